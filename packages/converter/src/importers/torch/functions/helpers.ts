// The helper functions of model.py as IR nodes; their Python text is in torch-program/helpers.ts.
import type { IrValue } from "../../../ir/types.js";
import { assembleWeight, type WeightPiece, type WeightSource } from "../../../ir/weights.js";
import type { Arguments, Evaluator, PyValue } from "../evaluate.js";
import { tensor } from "./shared.js";

/** The padding of `same_pad`: absorbed by the window op that it is for, else sizes computed in the graph. */
export function samePad(e: Evaluator, a: Arguments): PyValue {
  const of = a.tensor(0);
  const [kernel, stride, dilation] = [1, 2, 3].map((i) => a.ints(i, "window", 0)) as [
    number[],
    number[],
    number[],
  ];
  const value = a.number(4, "value", 0);
  const build = () => buildSamePad(e, of, kernel, stride, dilation, value);
  return { kind: "padded", pad: { of, kernel, stride, dilation, value, build } };
}

function buildSamePad(
  e: Evaluator,
  x: IrValue,
  kernel: readonly number[],
  stride: readonly number[],
  dilation: readonly number[],
  value: number,
): IrValue {
  const n = kernel.length;
  const c = (values: readonly number[]) => e.builder.ints(values);
  const sizes = e.op("Shape", [x], { start: 2, end: 2 + n });
  const s = c(stride);
  const ceil = e.op("Div", [e.op("Add", [sizes, c(stride.map((v) => v - 1))], {}), s], {});
  const reach = kernel.map((k, i) => (k - 1) * dilation[i]! + 1);
  const covered = e.op(
    "Add",
    [e.op("Mul", [e.op("Sub", [ceil, c(kernel.map(() => 1))], {}), s], {}), c(reach)],
    {},
  );
  const total = e.op("Max", [e.op("Sub", [covered, sizes], {}), c(kernel.map(() => 0))], {});
  const low = e.op("Div", [total, c(kernel.map(() => 2))], {});
  const pads = e.op("Concat", [low, e.op("Sub", [total, low], {})], { axis: 0 });
  const axes = c(kernel.map((_, i) => i + 2));
  return e.op("Pad", [x, pads, value === 0 ? null : e.builder.scalar(value), axes], { mode: "constant" });
}

/** `gru_reset_before(…)`: one GRU node with the reset gate before the product. */
export function gruResetBefore(e: Evaluator, a: Arguments): PyValue {
  const [x, h0, w, r] = [0, 1, 2, 3].map((i) => a.tensor(i)) as [IrValue, IrValue, IrValue, IrValue];
  const b = a.optionalTensor(4, "b");
  const nameOf = (v: IrValue): string => {
    const name = e.looseNames.get(v);
    if (name === undefined) throw a.error("the weights must be parameters");
    return name;
  };
  const lead = (v: IrValue): IrValue => {
    const name = nameOf(v);
    const raw = e.raw(name);
    const shape = [1, ...raw.shape];
    const source: WeightSource = {
      axis: null,
      pieces: [{ name, shape: raw.shape, steps: [{ kind: "reshape", shape }] }],
    };
    return e.madeWeight(
      name,
      assembleWeight(source, (n) => e.raw(n)),
      source,
    );
  };
  const bias = (v: IrValue): IrValue => {
    const name = nameOf(v);
    const raw = e.raw(name);
    const shape = [1, ...raw.shape];
    const own: WeightPiece = { name, shape: raw.shape, steps: [{ kind: "reshape", shape }] };
    const source: WeightSource = { axis: 1, pieces: [own, { name: null, shape, steps: [] }] };
    return e.madeWeight(
      name,
      assembleWeight(source, (n) => e.raw(n)),
      source,
    );
  };
  const direction = a.flag(5, "reverse", false) ? "reverse" : "forward";
  const first = e.op("Unsqueeze", [h0, e.builder.ints([0])], {});
  const hidden_size = e.raw(nameOf(r)).shape[1]!;
  const [y, last] = e.builder.node(
    "GRU",
    [x, lead(w), lead(r), b ? bias(b) : null, null, first],
    { direction, hidden_size, linear_before_reset: 0 },
    { name: e.wanted, scope: e.scope, outputs: [`${e.wanted}_y`, `${e.wanted}_h`] },
  );
  const squeezed = (v: IrValue, axis: number) => tensor(e.op("Squeeze", [v, e.builder.ints([axis])], {}));
  return { kind: "tuple", items: [squeezed(y!, 1), squeezed(last!, 0)] };
}
