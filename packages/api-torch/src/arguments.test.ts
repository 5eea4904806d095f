// Arguments of the torch API: results and refusals as PyTorch's, with a typed error for everything that is refused.
import { beforeAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import { IsoformError, setBackend } from "@isoform/core";
import { torch } from "./index.js";

beforeAll(async () => {
  await setBackend(reference());
});

/** Arguments that the types refuse, as JavaScript users can pass them. */
const wrong = (value: unknown): never => value as never;

const x = (): torch.Tensor =>
  torch.tensor([
    [1, 2],
    [3, 4],
  ]);
const int8 = { dtype: "int8" } as const;
const leaf = (): torch.Tensor => torch.ones([2], { requiresGrad: true });

const RESULTS: Readonly<Record<string, readonly [run: () => unknown, want: unknown]>> = {
  "allclose of halves that differ": [
    () => torch.allclose(torch.tensor([1]).to("float16"), torch.tensor([2]).to("float16"), { rtol: 0.1 }),
    false,
  ],
  "allclose of halves that are close": [
    () =>
      torch.allclose(torch.tensor([1]).to("bfloat16"), torch.tensor([1.25]).to("bfloat16"), { rtol: 0.3 }),
    true,
  ],
  "allclose of float16 NaN": [
    () => torch.allclose(torch.tensor([NaN]).to("float16"), torch.tensor([NaN]).to("float16")),
    false,
  ],
  "triu of bool": [
    () => torch.triu(torch.ones(2, 2).bool()),
    [
      [true, true],
      [false, true],
    ],
  ],
  "tril of bool": [
    () => torch.tril(torch.ones(2, 2).bool(), -1),
    [
      [false, false],
      [true, false],
    ],
  ],
  "narrow from the end": [() => torch.arange(5).narrow(0, -2, 2), [3n, 4n]],
  "narrow of nothing at the end": [() => torch.arange(5).narrow(0, 5, 0), []],
  "index_select of a scalar": [() => x().indexSelect(1, torch.tensor(1n)), [[2], [4]]],
  "where of two booleans": [() => torch.where(torch.tensor([true, false]), true, false), [true, false]],
  "where of two bigints": [() => torch.where(torch.tensor([true, false]), 1n, 2n), [1n, 2n]],
  "where of two numbers": [() => torch.where(torch.tensor([true, false]), 1, 2).dtype, "float32"],
  "full of booleans": [() => torch.full([1], true), [true]],
  "full drops fractions of integers": [() => torch.full([1], -1.5, int8), [-1]],
  "full to the last integer": [() => torch.full([1], 127.5, int8), [127]],
  "add with alpha": [() => torch.add(torch.tensor([1]), torch.tensor([2]), { alpha: 3 }), [7]],
  "sub with alpha": [() => torch.sub(torch.tensor([1]), 2, { alpha: 3 }), [-5]],
  "add of a number with alpha": [() => torch.add(1, torch.tensor([2]), { alpha: 0.5 }), [2]],
  "argmax of all with keepdim": [() => torch.argmax(x(), undefined, { keepdim: true }), [[3n]]],
  "argmax of null": [() => torch.argmax(x(), null), 3n],
  "argmin of all by name": [() => torch.argmin(x(), { keepdim: true }), [[0n]]],
  "split of nothing": [() => torch.split(torch.zeros(0), 2).map((t) => t.shape), [[0]]],
  "eye with options": [
    () => torch.eye(2, { dtype: "int64" }),
    [
      [1n, 0n],
      [0n, 1n],
    ],
  ],
  "randint of bigints": [() => torch.randint(0, 1n, [2]), [0n, 0n]],
  "linspace of one": [() => torch.linspace(3, 5, 1), [3]],
  linspace: [() => torch.linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1]],
  "a list of booleans is a mask": [() => x().at([true, false]), [[1, 2]]],
  bernoulli: [() => torch.bernoulli(torch.tensor([0, 1])), [0, 1]],
};

const REFUSED: Readonly<Record<string, readonly [run: () => unknown, name: string, message: string]>> = {
  "narrow past the end": [
    () => torch.ones(5).narrow(0, 3, 3),
    "ShapeError",
    "narrow: start 3 and length 3 are outside axis 0 of size 5 (inputs: float32[5])\n  Fix: start and length are integers, start + length is at most the size",
  ],
  "narrow from before the start": [() => torch.ones(5).narrow(0, -6, 1), "ShapeError", "narrow: start -6"],
  "narrow of a negative length": [
    () => torch.ones(5).narrow(0, 0, -1),
    "ShapeError",
    "narrow: start 0 and length -1",
  ],
  "indexSelect outside": [
    () => x().indexSelect(0, torch.tensor([2n])),
    "ArgumentError",
    "indexSelect: index 2 is outside axis 0 of size 2 (inputs: int64[1])\n  Fix: indices go from 0 to 1",
  ],
  "indexSelect from the end": [
    () => x().indexSelect(0, torch.tensor([-1n])),
    "ArgumentError",
    "indexSelect: index -1",
  ],
  "indexSelect by a matrix": [
    () => x().indexSelect(0, torch.tensor([[0n]])),
    "ShapeError",
    "indexSelect: the index is not a vector",
  ],
  "gather outside": [
    () => x().gather(1, torch.tensor([[2n]])),
    "ArgumentError",
    "gather: index 2 is outside axis 1 of size 2",
  ],
  "gather from the end": [
    () => x().gather(1, torch.tensor([[-1n]])),
    "ArgumentError",
    "gather: index -1 is outside axis 1",
  ],
  "gather by floats": [
    () => x().gather(1, torch.tensor([[1]])),
    "DTypeError",
    "gather: the dtype is not allowed here",
  ],
  "a clamped array": [
    () => torch.fromTypedArray(wrong(new Uint8ClampedArray(2))),
    "ArgumentError",
    "fromTypedArray: a Uint8ClampedArray is not an array of elements",
  ],
  "an array for a typed array": [
    () => torch.fromTypedArray(wrong([1, 2])),
    "ArgumentError",
    "fromTypedArray: [1,2] is not",
  ],
  "a DataView": [
    () => torch.tensor(wrong(new DataView(new ArrayBuffer(8)))),
    "ArgumentError",
    "fromTypedArray: a DataView is not",
  ],
  "an array inside itself": [
    () => {
      const list: unknown[] = [];
      list.push(list);
      torch.tensor(wrong(list));
    },
    "ArgumentError",
    "tensor: arrays are nested more than 64 deep",
  ],
  "a bigint over 64 bits": [
    () => torch.tensor([2n ** 70n]),
    "DTypeError",
    "tensor: 1180591620717411303424 does not fit int64\n  Fix: int64 holds -9223372036854775808 to 9223372036854775807; use a wider dtype",
  ],
  "a number over 8 bits": [
    () => torch.tensor([300], int8),
    "DTypeError",
    "tensor: 300 does not fit int8\n  Fix: int8 holds -128 to 127; use a wider dtype",
  ],
  "a negative number in uint8": [
    () => torch.tensor([-1], { dtype: "uint8" }),
    "DTypeError",
    "tensor: -1 does not fit uint8",
  ],
  "full over 8 bits": [() => torch.full([1], 300, int8), "DTypeError", "full: 300 does not fit int8"],
  "full of NaN in integers": [
    () => torch.full([1], NaN, { dtype: "int64" }),
    "DTypeError",
    "full: NaN does not fit int64",
  ],
  "fill_ over 8 bits": [
    () => torch.zeros(1, int8).fill_(-129),
    "DTypeError",
    "fill_: -129 does not fit int8",
  ],
  "setAt over 8 bits": [
    () => torch.zeros(1, int8).setAt([0], 300),
    "DTypeError",
    "setAt: 300 does not fit int8",
  ],
  "an int64 value that is missing": [
    () => torch.fullLike(torch.zeros(1, { dtype: "int64" }), wrong(undefined)),
    "ArgumentError",
    "fullLike: the value is undefined\n  Fix: use a number",
  ],
  "a probability that is NaN": [
    () => torch.bernoulli(torch.tensor([NaN])),
    "ArgumentError",
    "bernoulli: the probability is NaN\n  Fix: use 0 to 1",
  ],
  "a probability above 1": [
    () => torch.bernoulli(torch.tensor([1.5])),
    "ArgumentError",
    "bernoulli: the probability is 1.5",
  ],
  "integer probabilities": [
    () => torch.bernoulli(torch.tensor([1n])),
    "DTypeError",
    "bernoulli: the dtype is not allowed here",
  ],
  "an unknown roundingMode": [
    () => torch.div(x(), 2, wrong({ roundingMode: "x" })),
    "ArgumentError",
    'div: roundingMode is "x"\n  Fix: roundingMode must be one of trunc, floor',
  ],
  "add of null with alpha": [
    () => x().add(wrong(null), { alpha: 0.5 }),
    "ArgumentError",
    "add: expected a tensor or a number, got null",
  ],
  "an alpha that is no number": [
    () => x().add(1, { alpha: wrong("2") }),
    "ArgumentError",
    'add: alpha is "2"',
  ],
  "add of two numbers": [
    () => torch.add(1, 2),
    "ArgumentError",
    "add: at least one operand must be a tensor",
  ],
  "a negative size in a split": [
    () => torch.split(x(), [3, -1]),
    "ShapeError",
    "split: parts of sizes [3,-1]",
  ],
  "negative chunks": [() => torch.chunk(x(), -1), "ShapeError", "chunk: numbers of chunks [-1]"],
  "a fraction of chunks": [() => torch.chunk(x(), 1.5), "ShapeError", "chunk: numbers of chunks [1.5]"],
  "argmax with a typo": [
    () => torch.argmax(x(), undefined, wrong({ keepdims: true })),
    "ArgumentError",
    'argmax: unknown option "keepdims"',
  ],
  "max of all with keepdim": [
    () => torch.max(x(), wrong(undefined), { keepdim: true }),
    "ArgumentError",
    "max: dim is missing\n  Fix: pass the axis, or use amax",
  ],
  "max with a typo": [
    () => x().max(wrong(undefined), wrong({ keep: true })),
    "ArgumentError",
    'max: unknown option "keep"',
  ],
  "max along null": [() => torch.max(x(), wrong(null)), "ArgumentError", "max: dim is missing"],
  "sort by null": [() => torch.sort(x(), wrong(null)), "ArgumentError", "sort: dim is null"],
  "keepdim in order": [() => torch.sum(x(), 0, wrong(true)), "ArgumentError", "sum: the options are true"],
  "options twice": [
    () => x().sum(wrong({ dim: 0 }), wrong({ keepdim: true })),
    "ArgumentError",
    'sum: unknown option "keepdim"',
  ],
  "sum along a text": [() => torch.sum(x(), wrong("a")), "ArgumentError", 'sum: axis "a" is not an axis'],
  "softmax along a symbol": [
    () => torch.softmax(x(), wrong(Symbol("s"))),
    "ArgumentError",
    "softmax: axis Symbol(s) is not an axis",
  ],
  "abs of an array": [
    () => torch.abs(wrong([1])),
    "ArgumentError",
    "abs: the first argument is not a tensor: [1]\n  Fix: make a tensor of it first",
  ],
  "abs of null": [
    () => torch.abs(wrong(null)),
    "ArgumentError",
    "abs: the first argument is not a tensor: null",
  ],
  "clone of an array": [
    () => torch.clone(wrong([1])),
    "ArgumentError",
    "clone: the first argument is not a tensor: [1]",
  ],
  "logicalAnd with a number": [
    () => x().logicalAnd(wrong(1)),
    "ArgumentError",
    "logicalAnd: other is not a tensor: 1",
  ],
  "copy_ of an array": [
    () => x().copy_(wrong([1, 2])),
    "ArgumentError",
    "copy_: source is not a tensor: [1,2]",
  ],
  "matmul with null": [
    () => x().matmul(wrong(null)),
    "ArgumentError",
    "matmul: input 1 is not a tensor: null",
  ],
  "what looks like a tensor": [
    () => torch.matmul(x(), wrong({ rank: 2, shape: [2, 2], dtype: "float32" })),
    "ArgumentError",
    'matmul: input 1 is not a tensor: {"rank":2,"shape":[2,2],"dtype":"float32"}',
  ],
  "gather by null": [
    () => x().gather(0, wrong(null)),
    "ArgumentError",
    "gather: index is not a tensor: null",
  ],
  "where by an array": [
    () => torch.where(wrong([true]), x(), 2),
    "ArgumentError",
    "where: cond is not a tensor: [true]",
  ],
  "where of null": [
    () => torch.where(torch.tensor(true), x(), wrong(null)),
    "ArgumentError",
    "where: expected a tensor or a number, got null",
  ],
  "stack of arrays": [
    () => torch.stack(wrong([[1]])),
    "ArgumentError",
    "stack: input 0 is not a tensor: [1]",
  ],
  "cat of null": [() => torch.cat(wrong(null)), "ArgumentError", "cat: expected a list of tensors, got null"],
  "cat of tensors one by one": [
    () => torch.cat(wrong(x()), wrong(x())),
    "ArgumentError",
    "cat: expected a list of tensors, got float32[2,2]\n  Fix: put the tensors into an array",
  ],
  "allclose of arrays": [
    () => torch.allclose(wrong([1]), wrong([1])),
    "ArgumentError",
    "allclose: input 0 is not a tensor: [1]",
  ],
  "a gradient that is an array": [
    () =>
      leaf()
        .mul(2)
        .backward({ gradient: wrong([1, 1]) }),
    "ArgumentError",
    "backward: gradient is not a tensor: [1,1]",
  ],
  "grad of null": [
    () => torch.autograd.grad(wrong(null), leaf()),
    "ArgumentError",
    "autograd.grad: expected a list of tensors",
  ],
  "gradOutputs that are a tensor": [
    () => torch.autograd.grad(leaf().sum(), leaf(), { gradOutputs: wrong(torch.ones(1)) }),
    "ArgumentError",
    "autograd.grad: gradOutputs are float32[1]",
  ],
  "full as zeros": [
    () => torch.full(wrong(2), 3),
    "ShapeError",
    "full: 2 is not a shape\n  Fix: pass an array of sizes, e.g. [2, 3]",
  ],
  "onesLike of an array": [
    () => torch.onesLike(wrong([1])),
    "ArgumentError",
    "onesLike: a value is not a tensor: [1]",
  ],
  "randint without a shape": [
    () => torch.randint(wrong(10), wrong(undefined)),
    "ShapeError",
    "randint: undefined is not a shape",
  ],
  "randint of fractions": [
    () => torch.randint(0.5, [2]),
    "ArgumentError",
    "random_: high 0.5 is not an integer",
  ],
  "a range without end": [() => torch.arange(1e12), "OutOfMemoryError", ""],
  "many steps": [() => torch.linspace(0, 1, 1e12), "OutOfMemoryError", ""],
  "arange of a text": [() => torch.arange(wrong("5")), "ArgumentError", 'arange: a number is "5"'],
  "arange the wrong way": [
    () => torch.arange(5, 2),
    "ArgumentError",
    "arange: steps of 1 do not lead from 5 to 2",
  ],
  "zeros in a text": [() => torch.zeros(wrong("2")), "ShapeError", 'zeros: ["2"] is not a shape'],
  "at undefined": [() => x().at(wrong(undefined)), "ArgumentError", "at: undefined is not an index"],
  "at an object": [() => x().at(wrong({})), "ArgumentError", "at: {} is not an index"],
  "at true": [() => x().at(wrong(true)), "ArgumentError", "at: true is not an index"],
  "setAt a number": [
    () => x().setAt(wrong(0), 5),
    "ArgumentError",
    "setAt: the index is 0\n  Fix: put it into an array: setAt([0], value)",
  ],
  "split by a text": [() => torch.split(x(), wrong("2")), "ShapeError", 'split: parts of size "2"'],
  "split by nothing": [
    () => torch.split(x(), wrong(undefined)),
    "ShapeError",
    "split: parts of size undefined",
  ],
  "unflatten without sizes": [
    () => torch.unflatten(x(), 1, wrong(undefined)),
    "ShapeError",
    "unflatten: sizes undefined",
  ],
  "noGrad of null": [
    () => torch.noGrad(wrong(null)),
    "ArgumentError",
    "noGrad: expected a function, got null",
  ],
  "a dtype that every object has": [
    () => x().to(wrong("constructor")),
    "DTypeError",
    '"constructor" is not an element type',
  ],
};

describe("results", () => {
  it.each(Object.entries(RESULTS))("%s", async (_, [run, want]) => {
    const got = await run();
    expect(got instanceof torch.Tensor ? got.toArraySync() : got).toEqual(want);
  });
});

describe("refusals", () => {
  it.each(Object.entries(REFUSED))("%s", async (_, [run, name, message]) => {
    let caught: unknown;
    try {
      await run();
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(IsoformError);
    const error = caught as IsoformError;
    expect(error.name).toBe(name);
    expect(error.message.slice(0, message.length)).toBe(message);
    expect(error.hint).toBeDefined();
  });
});

describe("in a compiled step", () => {
  const indices = (...values: bigint[]) => torch.tensor(values);

  it.each([
    ["gather", (i: torch.Tensor) => torch.ones(3).gather(0, i)],
    ["indexSelect", (i: torch.Tensor) => torch.ones(3).indexSelect(0, i)],
  ])("%s looks at the indices of every run", (op, run) => {
    const step = torch.compile(run, { fullgraph: true });
    for (let i = 0; i < 3; i++) expect(step(indices(2n)).toArraySync()).toEqual([1]);
    expect(() => step(indices(3n))).toThrow(`${op}: index 3 is outside axis 0 of size 3`);
    expect(step.info().notice).toBeNull();
    step.dispose();
  });

  it("bernoulli looks at the probabilities of every run", () => {
    const step = torch.compile((p: torch.Tensor) => torch.bernoulli(p), { fullgraph: true });
    for (let i = 0; i < 3; i++) expect(step(torch.tensor([1])).toArraySync()).toEqual([1]);
    expect(() => step(torch.tensor([2]))).toThrow("bernoulli: the probability is 2");
    step.dispose();
  });
});
