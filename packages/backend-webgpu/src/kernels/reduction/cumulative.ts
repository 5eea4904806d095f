// Running reductions along an axis. Short lines, and many lines side by side, have an invocation each. Otherwise a workgroup
// scans a line in tiles; long lines are cut in chunks, whose totals are scanned first (Blelloch 1990, Prefix sums and their
// applications).
import { sizeOf, type DType, type ReduceKind } from "@isoform/core";
import { computeType, perWord } from "../../wgsl/dtypes.js";
import { castExpression, reducer } from "../../wgsl/functions.js";
import { GROUP_SIZE, groupsFor, type Code, type Runner } from "../../wgsl/kernel.js";
import { sharedLoad, sharedStore, sharedWords, wideOf } from "../../wgsl/shared.js";
import { mapElements } from "../pointwise.js";
import { alongAxes, denseView, reads, writes, type Addressing, type GpuView } from "../view.js";

/** What is scanned: the contract's attributes, and the dtype whose arithmetic combines. */
interface Scan {
  readonly kind: ReduceKind;
  readonly dtype: DType;
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

const SHORT = 64;
const SHORT_COLUMNS = 1024;
const MANY_LINES = 4096;
/** Elements that a workgroup scans at once, and in all where lines are cut. */
const EACH = 4;
const TILE = GROUP_SIZE * EACH;
const CHUNK = 4 * TILE;
/** Workgroups that keep a GPU busy. */
const BUSY = 256;

/** The family. */
export function cumulative(
  runner: Runner,
  kind: ReduceKind,
  x: GpuView,
  out: GpuView,
  attrs: { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean },
): void {
  if (sizeOf(out.shape) === 0) return;
  const scan: Scan = { kind, dtype: x.dtype, ...attrs };
  if (perWord(out.dtype) === 1) return run(runner, scan, x, out);
  const dtype = wideOf(out.dtype);
  const wide = denseView(runner.scratch(sizeOf(out.shape) * 4), dtype, out.shape);
  run(runner, scan, x, wide);
  mapElements(runner, "cast", [wide], out, (v) => castExpression(dtype, out.dtype, v!));
  runner.release(wide.buffer);
}

/** The same for an output of 4 or 8 bytes per element. */
function run(runner: Runner, s: Scan, x: GpuView, out: GpuView): void {
  const n = x.shape[s.axis]!;
  const lines = sizeOf(x.shape) / n;
  const inner = sizeOf(x.shape.slice(s.axis + 1));
  const short = n <= SHORT || (lines >= MANY_LINES && inner > 1 && n <= SHORT_COLUMNS);
  if (short) return launch(runner, s, "line", [x], out, groupsFor(lines), 1);
  if (n <= 2 * CHUNK || lines >= BUSY) return launch(runner, s, "scan", [x], out, lines, 1);
  const chunks = Math.ceil(n / CHUNK);
  const dtype = wideOf(s.dtype);
  const bytes = lines * chunks * 4 * sharedWords(computeType(dtype));
  const totals = denseView(runner.scratch(bytes), dtype, [lines, chunks]);
  const carries = denseView(runner.scratch(bytes), dtype, [lines, chunks]);
  launch(runner, s, "totals", [x], totals, lines * chunks, chunks);
  run(runner, { ...s, axis: 1, exclusive: true, reverse: false }, totals, carries);
  launch(runner, s, "carried", [x, carries], out, lines * chunks, chunks);
  runner.release(totals.buffer);
  runner.release(carries.buffer);
}

/**
 * "line": an invocation per line; "scan": a workgroup per line; "totals" and "carried": a workgroup per chunk, which gives its
 * total or begins with what `from[1]` has.
 */
type Form = "line" | "scan" | "totals" | "carried";

function launch(
  runner: Runner,
  s: Scan,
  form: Form,
  from: readonly GpuView[],
  out: GpuView,
  groups: number,
  chunks: number,
): void {
  const [x] = from;
  const { axis, reverse } = s;
  const n = x!.shape[axis]!;
  const inner = sizeOf(x!.shape.slice(axis + 1));
  const lines = sizeOf(x!.shape) / n;
  const outer = alongAxes(
    [x!],
    x!.shape.map((_, a) => a).filter((a) => a !== axis),
    true,
  );
  const stride = x!.strides[axis]!;
  const steps = reverse ? [(n - 1) * stride, -stride, (n - 1) * inner, -inner] : [0, stride, 0, inner];
  runner.run({
    key: `cumulative ${s.kind} ${s.dtype} ${form}/${outer.key}`,
    operands: [...from.map(reads), writes(out)],
    params: [lines, n, inner, chunks, s.exclusive ? 1 : 0, ...steps, ...outer.params],
    groups,
    shared: form === "line" ? 0 : GROUP_SIZE * sharedWords(computeType(s.dtype)),
    code: (c) => (form === "line" ? lineCode(c, s, outer) : blockCode(c, s, outer, form)),
  });
}

/** Defines where a line begins: `source` and `place`. */
const places = (c: Code, outer: Addressing, line: string): string => `${outer.code(c, 9, line)}
let source = at0 + ${c.param(5)};
let place = (${line} / ${c.param(2)}) * ${c.param(1)} * ${c.param(2)} + ${line} % ${c.param(2)} + ${c.param(7)};`;

function lineCode(c: Code, s: Scan, outer: Addressing): string {
  const { combine, neutral } = reducer(s.kind, s.dtype);
  return `let line = group * ${GROUP_SIZE}u + lane;
if (line < ${c.param(0)}) {
${places(c, outer, "line")}
var running: ${computeType(s.dtype)} = ${neutral};
for (var j = 0u; j < ${c.param(1)}; j++) {
let x = ${c.load(0, `(source + j * ${c.param(6)})`)};
let next = ${combine("running", "x")};
${c.store(1, `(place + j * ${c.param(8)})`, `select(next, running, ${c.param(4)} == 1u)`)}
running = next;
}
}`;
}

function blockCode(c: Code, s: Scan, outer: Addressing, form: Form): string {
  const { combine, neutral } = reducer(s.kind, s.dtype);
  const type = computeType(s.dtype);
  const shared = (index: string): string => sharedLoad(type, index, GROUP_SIZE);
  const put = (value: string): string => sharedStore(type, "lane", GROUP_SIZE, value);
  const each = Array.from({ length: EACH }, (_, k) => k);
  const carry = form === "carried" ? c.load(1, "number") : neutral;
  const target = form === "carried" ? 2 : 1;
  const chunk =
    form === "scan"
      ? `let first = 0u; let last = ${c.param(1)};`
      : `let first = (number % ${c.param(3)}) * ${CHUNK}u; let last = min(first + ${CHUNK}u, ${c.param(1)});`;
  const loads = each.map(
    (k) => `var v${k}: ${type} = ${neutral};
if (begin + ${k}u < last) { v${k} = ${c.load(0, `(source + (begin + ${k}u) * ${c.param(6)})`)}; }
${k === 0 ? "" : `v${k} = ${combine(`v${k - 1}`, `v${k}`)};`}`,
  );
  const results = each.map(
    (k) => `if (begin + ${k}u < last) {
let inclusive = ${combine("before", `v${k}`)};
let value = select(inclusive, ${k === 0 ? "before" : "previous"}, ${c.param(4)} == 1u);
${c.store(target, `(place + (begin + ${k}u) * ${c.param(8)})`, "value")}
previous = inclusive;
}`,
  );
  return `let number = min(group, ${c.param(0)} * ${c.param(3)} - 1u);
let line = number / ${c.param(3)};
${places(c, outer, "line")}
${chunk}
var carry: ${type} = ${carry};
for (var tile = first; tile < last; tile += ${TILE}u) {
let begin = tile + lane * ${EACH}u;
${loads.join("\n")}
var total = v${EACH - 1};
${put("total")}
for (var step = 1u; step < ${GROUP_SIZE}u; step = step << 1u) {
workgroupBarrier();
var other: ${type} = ${neutral};
if (lane >= step) { other = ${shared("(lane - step)")}; }
workgroupBarrier();
total = ${combine("other", "total")};
${put("total")}
}
workgroupBarrier();
var before = carry;
if (lane > 0u) { let left = ${shared("(lane - 1u)")}; before = ${combine("carry", "left")}; }
${form === "totals" ? "" : `var previous = before;\n${results.join("\n")}`}
let whole = ${shared(`${GROUP_SIZE - 1}u`)};
carry = ${combine("carry", "whole")};
workgroupBarrier();
}
${form === "totals" ? `if (lane == 0u) { ${c.store(1, "number", "carry")} }` : ""}`;
}
