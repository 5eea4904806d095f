// Convolution of every dtype, one result per invocation: integers, depthwise ones, and where little is added up.
import { literalOf, perWord } from "../../wgsl/dtypes.js";
import { binaryExpression } from "../../wgsl/functions.js";
import { groupsFor, itemsOf, type Code, type Runner } from "../../wgsl/kernel.js";
import { placesOf, type Convolution } from "./conv-geometry.js";
import { Params } from "./params.js";

/** Statements that split the row-major `index` of a result into `p0`, `p1`, …, `o` and `image`. */
export function splitIndex(index: string, places: readonly string[], channels: string): string {
  const lines = [`var rest_of = ${index};`];
  for (let d = places.length - 1; d >= 0; d--) {
    lines.push(`let p${d} = rest_of % ${places[d]}; rest_of = rest_of / ${places[d]};`);
  }
  lines.push(`let o = rest_of % ${channels}; let image = rest_of / ${channels};`);
  return lines.join("\n");
}

/** Computes results one by one; parts of an output must be of 4 or 8 bytes. */
export function directConvolution(runner: Runner, g: Convolution): void {
  const { dtype } = g.x;
  const params = new Params();
  const channels = g.groups * g.outputs;
  const count = g.batch * channels * placesOf(g);
  const named = [
    count,
    channels,
    g.outputs,
    g.channels,
    g.x.offset,
    g.xBatch,
    g.xChannel,
    g.w.offset,
    g.wOutput,
    g.wChannel,
    g.out.offset,
    g.toBatch,
    g.toChannel,
  ].map((v) => params.add(v));
  const axes = g.axes.map((a) => ({
    spreads: a.spread > 1,
    all: [
      a.places,
      a.kernel,
      a.stride,
      a.dilation,
      a.low,
      a.size === 0 ? 0 : (a.size - 1) * a.spread + 1,
      a.spread,
      a.x,
      a.w,
      a.to,
    ].map((v) => params.add(v)),
  }));
  const times = binaryExpression("mul", dtype, "x_value", "w_value");
  const value = (c: Code): string => {
    const [, , outputs, depth, xOffset, xBatch, xChannel, wOffset, wOutput, wChannel] = named.map((p) =>
      p(c),
    );
    const open: string[] = [];
    const xAt = [`${xOffset} + image * ${xBatch} + (o / ${outputs}) * ${depth} * ${xChannel}`];
    const wAt = [`${wOffset} + o * ${wOutput}`];
    axes.forEach(({ spreads, all }, d) => {
      const [, kernel, stride, dilation, low, size, spread, x, w] = all.map((p) => p(c));
      open.push(`for (var k${d} = 0u; k${d} < ${kernel}; k${d}++) {
let at${d} = p${d} * ${stride} + k${d} * ${dilation} - ${low};
if (at${d} >= ${size}${spreads ? ` || at${d} % ${spread} != 0u` : ""}) { continue; }`);
      xAt.push(`${spreads ? `(at${d} / ${spread})` : `at${d}`} * ${x}`);
      wAt.push(`k${d} * ${w}`);
    });
    return `var value = ${literalOf(dtype, 0)};
${open.join("\n")}
var x_at = ${xAt.join(" + ")};
var w_at = ${wAt.join(" + ")};
for (var channel = 0u; channel < ${depth}; channel++) {
let x_value = ${c.load(0, "x_at")};
let w_value = ${c.load(1, "w_at")};
value = ${binaryExpression("add", dtype, "value", times)};
x_at += ${xChannel};
w_at += ${wChannel};
}
${axes.map(() => "}").join("\n")}`;
  };
  const places = (c: Code): string[] => axes.map(({ all }) => all[0]!(c));
  const reading = (view: Convolution["x"]) => ({ buffer: view.buffer, dtype, access: "read" as const });
  const kind = `${axes.map((a) => (a.spreads ? "s" : "p")).join("")}`;
  const operands = [reading(g.x), reading(g.w)];
  if (g.whole) {
    runner.run({
      key: `conv/direct/${kind}`,
      operands: [...operands, { buffer: g.out.buffer, dtype: g.out.dtype, access: "write" }],
      ...(perWord(g.out.dtype) === 1 ? { result: 2 } : {}),
      params: params.values,
      groups: groupsFor(itemsOf(g.out.dtype, count)),
      code: (c) =>
        c.storeMapped(2, "(group * 256u + lane)", named[0]!(c), (index) =>
          [splitIndex(index, places(c), named[1]!(c)), value(c)].join("\n"),
        ),
    });
    return;
  }
  runner.run({
    key: `conv/direct/${kind}/parts`,
    operands: [...operands, { buffer: g.out.buffer, dtype: g.out.dtype, access: "update" }],
    params: params.values,
    groups: groupsFor(count),
    code: (c) => {
      const [n, all, , , , , , , , , offset, toBatch, toChannel] = named.map((p) => p(c));
      const to = axes.map(({ all: a }, d) => `p${d} * ${a[9]!(c)}`).join(" + ");
      return `let index = group * 256u + lane;
if (index < ${n}) {
${splitIndex("index", places(c), all!)}
${value(c)}
let to = ${offset} + image * ${toBatch} + o * ${toChannel} + ${to};
${c.store(2, "to", "value")}
}`;
    },
  });
}
