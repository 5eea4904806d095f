// Arguments of functions of the Keras API: what Keras 3.15 takes gives its result, the rest a typed error.
import { cpu } from "@isoform/backend-cpu";
import {
  ArgumentError,
  DTypeError,
  IsoformError,
  ShapeError,
  UnsupportedOpError,
  createRuntime,
  scope,
  type Tensor,
} from "@isoform/core";
import { afterAll, describe, expect, it } from "vitest";
import { keras, tf } from "../index.js";

const runtime = await createRuntime({ backends: [cpu()] });
runtime.use();
afterAll(() => runtime.dispose());

const o = keras.ops;
const no = (value: unknown) => value as never;
const x = (): Tensor =>
  tf.constant([
    [0, 1, 2],
    [3, 4, 5],
  ]);
const ints = (): Tensor => tf.constant([[1, 2, 3]], { dtype: "int32" });
const bools = (): Tensor => tf.constant([true, false]);
const kernel = (): Tensor => tf.ones([2, 2, 3]);
const row = (): Tensor => tf.ones([1, 4, 2]);
const values = (t: unknown) => (t as Tensor).toArraySync();

type Call = readonly [string, () => unknown, typeof IsoformError];
const refused: readonly Call[] = [
  ["unstack of an unknown axis", () => o.unstack(keras.Input([null, 3]), 1), ShapeError],
  ...[0, -1, 1.5, "x", undefined].map((n): Call => [
    `split into ${n}`,
    () => o.split(x(), no(n)),
    ArgumentError,
  ]),
  ...["causal", "x", null].map((padding): Call => [
    `convTranspose padding ${padding}`,
    () => o.convTranspose(row(), kernel(), { padding: no(padding) }),
    ArgumentError,
  ]),
  ["where of a string", () => o.where(bools(), no("x"), 0), ArgumentError],
  ["where of nothing", () => o.where(bools(), no(undefined), no(undefined)), ArgumentError],
  ["full of a string", () => o.full([2], no("x")), ArgumentError],
  ["full of undefined", () => o.full([2], no(undefined)), ArgumentError],
  ...[-1, 1.5, NaN, "x"].map((num): Call => [
    `linspace num ${num}`,
    () => o.linspace(0, 1, { num: no(num) }),
    ArgumentError,
  ]),
  ["linspace to infinity", () => o.linspace(0, Infinity), ArgumentError],
  ["zeros of -1", () => o.zeros(-1), ShapeError],
  ["zeros of 2.5", () => o.zeros(2.5), ShapeError],
  ["zeros of an unknown dtype", () => o.zeros([2], { dtype: no("float") }), DTypeError],
  ["reshape to a fraction", () => o.reshape(x(), [1.5]), ShapeError],
  ["reshape to nothing", () => o.reshape(x(), no(undefined)), ShapeError],
  ["concatenate of a tensor", () => o.concatenate(no(x())), ArgumentError],
  ["pad by two numbers", () => o.pad(x(), no([1, 1])), ArgumentError],
  ["pad by one pair", () => o.pad(x(), [[1, 1]]), ArgumentError],
  ["size of null", () => o.size(no(null)), ArgumentError],
  ["shape of null", () => o.shape(no(null)), ArgumentError],
  ["ndim of null", () => o.ndim(no(null)), ArgumentError],
  ["einsum of a number", () => o.einsum(no(5), x()), ArgumentError],
  ["tensordot of one list", () => o.tensordot(x(), x(), { axes: no([[0]]) }), ArgumentError],
  ["sum along a string", () => o.sum(x(), { axis: no("x") }), ArgumentError],
  ["options null", () => o.round(x(), no(null)), ArgumentError],
  ["conv null", () => o.conv(row(), no(null)), ArgumentError],
  ["depthwiseConv null", () => o.depthwiseConv(row(), no(null)), ArgumentError],
  ["separableConv null", () => o.separableConv(row(), kernel(), no(null)), ArgumentError],
  ["batchNormalization null", () => o.batchNormalization(x(), no(null), tf.ones([3]), -1), ArgumentError],
  ["binaryCrossentropy null", () => o.binaryCrossentropy(x(), no(null)), ArgumentError],
  ["maxPool null", () => o.maxPool(row(), no(null)), ArgumentError],
  ["method reshape", () => tf.constant(x()).reshape(no("x")), ShapeError],
  ["method transpose", () => tf.constant(x()).transpose(no("x")), ArgumentError],
  ["method matmul", () => tf.constant(x()).matmul(no(null)), ArgumentError],
  ["symbolic transpose", () => keras.Input([2]).transpose(no(1)), ArgumentError],
  ["sparsemax of integers", () => keras.activations.sparsemax(ints()), DTypeError],
  ["relu of bool", () => o.relu(bools()), DTypeError],
  ["leaky relu of bool", () => o.relu(bools(), { negativeSlope: 0.1 }), DTypeError],
  ["capped relu of bool", () => o.relu(bools(), { maxValue: 1 }), DTypeError],
  ...[2, -1, NaN, "x"].map((rate): Call => [
    `dropout ${rate}`,
    () => keras.random.dropout(x(), no(rate)),
    ArgumentError,
  ]),
  ["dropout of bool", () => keras.random.dropout(bools(), 0.5), DTypeError],
  ["dropout of integers", () => keras.random.dropout(ints(), 0.5), DTypeError],
  ...[5, -1, NaN].map((p): Call => [`bernoulli ${p}`, () => keras.random.bernoulli([2], p), ArgumentError]),
  ["categorical of a vector", () => keras.random.categorical([1, 2], 1), ShapeError],
  ["uniform of int32", () => keras.random.uniform([2], { dtype: "int32" }), DTypeError],
  ["randint of float32", () => keras.random.randint([2], 0, 5, { dtype: "float32" }), DTypeError],
  ["shuffle of a scalar", () => keras.random.shuffle(5), ArgumentError],
  [
    "sparse cross entropy of a missing class",
    () => tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels: [7n], logits: [[1, 2, 3]] }),
    IsoformError,
  ],
  ["labels without logits", () => tf.nn.softmaxCrossEntropyWithLogits(no({ labels: [1] })), ArgumentError],
  ["Variable of another shape", () => tf.Variable([1, 2], { shape: [3] }), ShapeError],
  ["orthogonal cols", () => keras.regularizers.OrthogonalRegularizer({ mode: no("cols") }), ArgumentError],
  ["orthogonal of one row", () => keras.regularizers.OrthogonalRegularizer()(tf.ones([1, 2])), ShapeError],
  ...["a", -1, 0, NaN, null].map((e): Call => [
    `setEpsilon ${e}`,
    () => keras.backend.setEpsilon(no(e)),
    ArgumentError,
  ]),
  ["fans of a missing axis", () => keras.initializers.fans([2, 3], [0], [9]), ArgumentError],
  ["Zeros option", () => keras.initializers.Zeros(no({ x: 1 })), ArgumentError],
  ["Ones option", () => keras.initializers.Ones(no({ x: 1 })), ArgumentError],
  ["NonNeg option", () => keras.constraints.NonNeg(no({ x: 1 })), ArgumentError],
  ["convertToTensor shape", () => tf.convertToTensor([1], no({ shape: [1] })), ArgumentError],
  ["initializer of -2", () => keras.initializers.Zeros()([-2, 3]), ShapeError],
  ["initializer of a fraction", () => keras.initializers.Orthogonal()([1.5, 2]), ShapeError],
  ["initializer of 2^40", () => keras.initializers.Zeros()([2 ** 40]), IsoformError],
  ["initializers.get 5", () => keras.initializers.get(no(5)), ArgumentError],
  ["constraints.get 5", () => keras.constraints.get(no(5)), ArgumentError],
  ["regularizers.get 5", () => keras.regularizers.get(no(5)), ArgumentError],
  ["activations.get 5", () => keras.activations.get(no(5)), ArgumentError],
  ["activations.serialize null", () => keras.activations.serialize(no(null)), ArgumentError],
  ["register null", () => keras.saving.registerKerasSerializable(no(null)), ArgumentError],
  [
    "register frozen",
    () => keras.saving.registerKerasSerializable(Object.freeze({}), { name: "a" }),
    ArgumentError,
  ],
  ["custom scope null", () => keras.saving.customObjectScope(no(null), () => 1), ArgumentError],
  ["tf.function 5", () => tf.function(no(5)), ArgumentError],
  ["GradientTape null", () => tf.GradientTape(no(null)), ArgumentError],
];

describe("refused", () => {
  it.each(refused)("%s", (_, call, Type) => {
    let error: unknown;
    scope(() => {
      try {
        call();
      } catch (e) {
        error = e;
      }
    });
    expect(error).toBeInstanceOf(Type);
    expect(error).toMatchObject({ op: expect.any(String), hint: expect.any(String) });
    expect(error).not.toBeInstanceOf(UnsupportedOpError);
  });
});

/** Results of Keras 3.15 on TensorFlow. */
const accepted: readonly (readonly [string, () => unknown, string, unknown])[] = [
  ["identity of bool", () => tf.identity(tf.constant([true])), "bool", [true]],
  ["copy of -0", () => o.copy(tf.constant([-0])), "float32", [-0]],
  ["copy of a scalar", () => o.copy(tf.constant(3)), "float32", 3],
  ["reshape to a number", () => o.reshape(x(), 6), "float32", [0, 1, 2, 3, 4, 5]],
  ["method reshape to a number", () => tf.constant(x()).reshape(6), "float32", [0, 1, 2, 3, 4, 5]],
  ["zeros of a number", () => o.zeros(2), "float32", [0, 0]],
  ["ones of a number", () => o.ones(2), "float32", [1, 1]],
  ["full of a list", () => o.full([2], [1, 2]), "float32", [1, 2]],
  [
    "full of a row",
    () => o.full([2, 3], tf.constant([0, 1, 2])),
    "float32",
    [
      [0, 1, 2],
      [0, 1, 2],
    ],
  ],
  ["initializer of a number", () => keras.initializers.Ones()(2), "float32", [1, 1]],
  ["sum of nothing", () => o.sum([]), "float32", 0],
  ["pad by a number", () => o.pad(tf.constant([1]), 1), "float32", [0, 1, 0]],
  [
    "tensordot of two axes",
    () => o.tensordot(x(), x(), { axes: [1, 1] }),
    "float32",
    [
      [5, 14],
      [14, 50],
    ],
  ],
  [
    "where of a list",
    () => o.where(o.greater(x(), 2), [1, 2, 3], x()),
    "float32",
    [
      [0, 1, 2],
      [1, 2, 3],
    ],
  ],
  [
    "multiHot",
    () =>
      o.multiHot(
        [
          [0, 1],
          [2, 2],
        ],
        4,
      ),
    "float32",
    [
      [1, 1, 0, 0],
      [0, 0, 1, 0],
    ],
  ],
  [
    "multiHot axis 0",
    () =>
      o.multiHot(
        [
          [0, 1],
          [2, 2],
        ],
        4,
        { axis: 0 },
      ),
    "float32",
    [
      [1, 0],
      [0, 1],
      [1, 1],
      [0, 0],
    ],
  ],
  [
    "multiHot axis 1",
    () =>
      o.multiHot(
        [
          [0, 1],
          [2, 2],
        ],
        4,
        { axis: 1 },
      ),
    "float32",
    [
      [1, 1],
      [1, 1],
    ],
  ],
  [
    "multiHot axis 2",
    () =>
      o.multiHot(
        [
          [0, 1],
          [2, 2],
        ],
        4,
        { axis: 2 },
      ),
    "float32",
    [
      [1, 1, 0, 0],
      [0, 0, 1, 0],
    ],
  ],
  ["multiHot of a vector", () => o.multiHot([0, 2], 4), "float32", [1, 0, 1, 0]],
  ["multiHot of a vector, axis 0", () => o.multiHot([0, 2], 4, { axis: 0 }), "float32", [1, 1]],
  ["multiHot of a scalar", () => o.multiHot(2, 4), "float32", 1],
  [
    "multiHot out of range",
    () =>
      o.multiHot(
        [
          [-1, 1],
          [2, 7],
        ],
        4,
      ),
    "float32",
    [
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ],
  ],
  ["relu of integers", () => o.relu(tf.constant([1, -2], { dtype: "int32" })), "int32", [1, 0]],
  [
    "leaky relu of integers",
    () => o.relu(tf.constant([1, -2], { dtype: "int32" }), { negativeSlope: 0.5 }),
    "float32",
    [1, -1],
  ],
  ["dropout of everything", () => keras.random.dropout([1, 2], 1), "float32", [0, 0]],
  ["dropout of data", () => keras.random.dropout([1, 2], 0), "float32", [1, 2]],
  ["categorical of data", () => keras.random.categorical([[0, -1000]], 2), "int32", [[0, 0]]],
  ["uniform of a number", () => o.shape(keras.random.uniform(no(2))), "", [2]],
  [
    "labels as lists",
    () =>
      o.round(tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels: [1], logits: [[1, 2, 3]] }), {
        decimals: 3,
      }),
    "float32",
    [1.408],
  ],
  [
    "MaxNorm of a list",
    () => o.round(keras.constraints.MaxNorm()([1, 2] as never), { decimals: 3 }),
    "float32",
    [0.894, 1.789],
  ],
  ["L1 of a list", () => keras.regularizers.L1(1)([1, -2] as never), "float32", 3],
  ["shape of data", () => o.shape([[1, 2]]), "", [1, 2]],
  ["size of data", () => o.size([1]), "", 1],
  ["ndim of data", () => o.ndim(3), "", 0],
  ["get null", () => keras.constraints.get(null), "", null],
  ["get undefined", () => keras.regularizers.get(no(undefined)), "", null],
  ["initializers.get null", () => keras.initializers.get(null), "", null],
  ["initializers.serialize null", () => keras.initializers.serialize(null), "", null],
  [
    "activations.get undefined",
    () => keras.activations.get(no(undefined)) === keras.activations.linear,
    "",
    true,
  ],
  ["Variable with its shape", () => tf.Variable([1, 2], { shape: [2] }), "float32", [1, 2]],
];

describe("accepted", () => {
  it.each(accepted)("%s", (_, call, dtype, expected) => {
    scope(() => {
      const result = call();
      if (dtype === "") return expect(result).toEqual(expected);
      expect((result as Tensor).dtype).toBe(dtype);
      const [found, wanted] = [values(result), expected].map((v) => (Array.isArray(v) ? v.flat() : [v]));
      const close = (a: unknown, b: unknown) =>
        typeof a === "number" && typeof b === "number" && b !== 0 ? Math.abs(a - b) < 1e-6 : Object.is(a, b);
      expect(found).toHaveLength(wanted!.length);
      expect(found!.filter((v, i) => !close(v, wanted![i]))).toEqual([]);
    });
  });
});

describe("erfc", () => {
  /** erfc to double precision. */
  const exact: readonly (readonly [number, number])[] = [
    [-3, 1.9999779095030015],
    [-0.5, 1.5204998778130465],
    [0, 1],
    [0.1, 0.887537083981715],
    [0.5, 0.4795001221869535],
    [0.6, 0.3961439091520741],
    [1, 0.15729920705028513],
    [2, 0.004677734981047266],
    [3, 2.209049699858544e-5],
    [4, 1.541725790028002e-8],
    [6, 2.1519736712498913e-17],
    [8, 1.1224297172982926e-29],
  ];
  it.each([
    ["float32", 3e-7],
    ["float64", 1e-14],
  ] as const)("%s", (dtype, bound) => {
    const t = tf.constant(
      exact.map(([v]) => v),
      { dtype },
    );
    const found = values(o.erfc(t)) as number[];
    const errors = exact.map(([, y], i) => Math.abs(found[i]! / y - 1));
    expect(Math.max(...errors)).toBeLessThan(bound);
  });

  it("at the ends", () => {
    const far = tf.constant([Infinity, -Infinity, 30, NaN]);
    expect(values(o.erfc(far))).toEqual([0, 2, 0, NaN]);
  });

  it("has the gradient −2/√π·e^(−x²)", () => {
    const at = [-2, -0.3, 0.3, 0.7, 2.2, 5.1];
    const v = tf.Variable(tf.constant(at, { dtype: "float64" }));
    const g = tf.GradientTape((tape) => tape.gradient(o.sum(o.erfc(v)), v));
    const found = values(g) as number[];
    const errors = at.map((a, i) => Math.abs(found[i]! / ((-2 / Math.sqrt(Math.PI)) * Math.exp(-a * a)) - 1));
    expect(Math.max(...errors)).toBeLessThan(1e-12);
    v.dispose();
  });
});
