// The table of composites, and that a result is never one of the inputs.
import { reference } from "@isoform/backend-reference";
import { beforeAll, describe, expect, it } from "vitest";
import {
  add,
  backward,
  clip,
  compositeOps,
  expandDims,
  flatten,
  moveaxis,
  padMode,
  roll,
  setBackend,
  split,
  squeeze,
  swapaxes,
  tensor,
  tile,
  trace,
  withTape,
  bindAny,
  TRACK_TAPE,
  type Tensor,
} from "../../index.js";

beforeAll(async () => void (await setBackend(reference())));

describe("the table of composites", () => {
  it("has every op under its own id, with a decomposition", () => {
    const wrong = Object.entries(compositeOps()).filter(
      ([id, op]) => op.id !== id || op.tier !== "comp" || op.decompose === undefined,
    );
    expect(wrong).toEqual([]);
    expect(Object.keys(compositeOps()).length).toBeGreaterThan(100);
  });

  it("shows the helpers that are views as one node", () => {
    const ids = (fn: (x: Tensor) => Tensor) =>
      trace(fn, [{ shape: [2, 3, 4], dtype: "float32" }]).nodes.map((n) => n.op.id);
    expect(ids((x) => swapaxes(x, 0, -1))).toEqual(["transpose"]);
    expect(ids((x) => moveaxis(x, [0, 1], [-1, 0]))).toEqual(["transpose"]);
    expect(ids((x) => expandDims(x, 1))).toEqual(["unsqueeze"]);
  });
});

describe("calls that change nothing", () => {
  it("return x itself from the front door", () => {
    const x = tensor([1, 2, 3]);
    const same: readonly Tensor[] = [
      clip(x, null, Infinity),
      squeeze(x),
      flatten(x),
      tile(x, [1]),
      padMode(x, { low: [0], high: [0] }),
      split(x, [3])[0]!,
    ];
    expect(same.every((t) => t === x)).toBe(true);
  });

  it("give a tensor of its own from a recorded op", () => {
    const ops = compositeOps();
    const calls: readonly (readonly [keyof typeof ops, object])[] = [
      ["split", { sizes: [3], axis: 0 }],
      ["clip", { min: -100, max: null }],
      ["mean", { axes: [], keepDims: false }],
      ["softShrink", { lambda: 0 }],
    ];
    for (const [id, attrs] of calls) {
      const x = tensor([1, 2, 3]);
      x._track = TRACK_TAPE;
      const [y] = withTape(() => bindAny(ops[id], [x], attrs));
      expect(y, id).not.toBe(x);
      expect(x._node, id).toBeNull();
      const g = withTape(() => backward([y!], [null], { sources: [x] })).get(x)!;
      expect([...g.dataSync()], id).toHaveLength(3);
    }
  });

  it("roll by whole turns", () => {
    const x = tensor([1, 2, 3]);
    expect(roll(x, 3, 0).toArraySync()).toEqual([1, 2, 3]);
    expect(add(roll(x, -6, 0), 0).toArraySync()).toEqual([1, 2, 3]);
  });
});
