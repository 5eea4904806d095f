// Convolution with few results and long sums, as depthwise weight gradients are: a workgroup adds up one result.
import { itemSize } from "@isoform/core";
import { combineParts, plus } from "../../wgsl/combine.js";
import { GROUP_SIZE, type Code, type Operand, type Runner } from "../../wgsl/kernel.js";
import { splitIndex } from "./conv-direct.js";
import { placesOf, termsOf, type Convolution } from "./conv-geometry.js";
import { Params } from "./params.js";
import { sumPartial } from "./partial.js";
import { boundTo } from "./target.js";

/** Workgroups that keep a GPU busy, and the least terms of a part. */
const [ENOUGH, LEAST_TERMS] = [128, 8192];

/** Computes each result by a workgroup; floats only, inputs not spread, the whole output. */
export function longConvolution(runner: Runner, g: Convolution): void {
  const { dtype } = g.x;
  const { subgroups } = runner.limits;
  const channels = g.groups * g.outputs;
  const count = g.batch * channels * placesOf(g);
  const terms = termsOf(g);
  const parts = Math.max(1, Math.min(Math.ceil(ENOUGH / count), Math.floor(terms / LEAST_TERMS)));
  const perSplit = Math.ceil(terms / parts / GROUP_SIZE) * GROUP_SIZE;
  const splits = Math.max(1, Math.ceil(terms / perSplit));
  const direct = splits === 1 && itemSize(dtype) === 4;
  const to = direct ? g.out.buffer : runner.scratch(splits * count * 4);

  const params = new Params();
  const numbers = [count, channels, g.outputs, g.channels, terms, splits, perSplit];
  const strides = [g.x.offset, g.xBatch, g.xChannel, g.w.offset, g.wOutput, g.wChannel];
  const named = [...numbers, ...strides].map((v) => params.add(v));
  const axes = g.axes.map((a) =>
    [a.places, a.kernel, a.stride, a.dilation, a.low, a.size, a.x, a.w].map((v) => params.add(v)),
  );
  // Neighbouring invocations take neighbouring elements of the input.
  const channelsLast = Math.abs(g.xChannel) < Math.abs(g.axes.at(-1)!.x) && g.channels > 1;

  const code = (c: Code): string => {
    const [n, all, outputs, depth, sum, splitCount, part] = named.slice(0, 7).map((p) => p(c));
    const [xOffset, xBatch, xChannel, wOffset, wOutput, wChannel] = named.slice(7).map((p) => p(c));
    const of = axes.map((a) => a.map((p) => p(c)));
    const digits: string[] = [];
    const digit = (name: string, size: string): void => {
      digits.push(`let ${name} = term % ${size}; term = term / ${size};`);
    };
    if (channelsLast) digit("channel", depth!);
    for (let d = axes.length - 1; d >= 0; d--) digit(`k${d}`, of[d]![1]!);
    if (!channelsLast) digits.push("let channel = term;");
    const at = of.map((a, d) => `let at${d} = base${d} + k${d} * ${a[3]};`);
    const inside = of.map((a, d) => `at${d} < ${a[5]}`).join(" && ");
    const x = `x_base + channel * ${xChannel}${of.map((a, d) => ` + at${d} * ${a[6]}`).join("")}`;
    const w = `w_base + channel * ${wChannel}${of.map((a, d) => ` + k${d} * ${a[7]}`).join("")}`;
    return `let split = group / ${n};
if (split < ${splitCount}) {
let index = group % ${n};
${splitIndex(
  "index",
  of.map((a) => a[0]!),
  all!,
)}
let x_base = ${xOffset} + image * ${xBatch} + (o / ${outputs}) * ${depth} * ${xChannel};
let w_base = ${wOffset} + o * ${wOutput};
${of.map((a, d) => `let base${d} = p${d} * ${a[2]} - ${a[4]};`).join("\n")}
let last = min(${sum}, (split + 1u) * ${part});
var value = 0.0f;
for (var i = split * ${part} + lane; i < last; i += ${GROUP_SIZE}u) {
var term = i;
${digits.join("\n")}
${at.join("\n")}
if (${inside}) {
value += ${c.load(0, `(${x})`)} * ${c.load(1, `(${w})`)};
}
}
${combineParts({
  variable: "value",
  type: "f32",
  combine: plus,
  parts: `${GROUP_SIZE}u`,
  part: "lane",
  step: "1u",
  subgroups,
  all: false,
})}
if (lane == 0u) { ${c.array(2)}[group] = value; }
}`;
  };
  const reading = (view: Convolution["x"]): Operand => ({ buffer: view.buffer, dtype, access: "read" });
  runner.run({
    key: `conv/long/${axes.length}${channelsLast ? "c" : ""}${subgroups ? "s" : ""}`,
    operands: [reading(g.x), reading(g.w), boundTo(to, "float32", false)],
    params: params.values,
    groups: count * splits,
    shared: GROUP_SIZE,
    code,
  });
  if (direct) return;
  sumPartial(runner, to, splits, { ...g.out, shape: [count], strides: [1] });
  runner.release(to);
}
