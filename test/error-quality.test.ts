// Errors that users really meet: each names its op or layer, the shapes or dtypes involved, and a fix. The texts are part of
// the product, so they are kept word for word.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keras, tf } from "@isoform/api-keras";
import { F, nn, optim, torch } from "@isoform/api-torch";
import { cpu } from "@isoform/backend-cpu";
import {
  add,
  broadcastTo,
  cast,
  concat,
  conv,
  createRuntime,
  einsum,
  full,
  gather,
  grad,
  IsoformError,
  matmul,
  mul,
  reshape,
  scope,
  setBackend,
  slice,
  softmax,
  sum,
  tensor,
  transpose,
  type DType,
} from "@isoform/core";
import {
  bytesSource,
  importKeras,
  importOnnx,
  readKerasFile,
  Session,
  writeTorchStateDict,
  type RawTensor,
} from "@isoform/converter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { floats } from "./bad-input/support/bytes.js";
import { dense, kerasArchive, sequential, weights } from "./bad-input/support/keras.js";
import { graph, model, node } from "./bad-input/support/onnx.js";
import { cli } from "./support/cli.js";

const { layers } = keras;
const f = (shape: readonly number[], dtype: DType = "float32") => full(shape, 1, dtype);

/** The error as the command prints it. Fails when it has no place or no fix. */
async function said(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof IsoformError)) throw error;
    expect(error.op ?? error.path, error.message).toBeDefined();
    expect(error.hint, error.message).toBeDefined();
    return `${error.name} [${error.code}] ${error.message}`;
  }
  throw new Error("nothing was thrown");
}

beforeAll(async () => {
  await setBackend(cpu());
});

describe("ops", () => {
  it("matmul", async () => {
    expect(await said(() => matmul(f([2, 3]), f([4, 5])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] matmul: inner sizes 3 and 4 differ (inputs: float32[2,3], float32[4,5])
        Fix: need [.., m, k] x [.., k, n]"
    `);
  });
  it("add", async () => {
    expect(await said(() => add(f([2, 3]), f([4])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] add: the shapes cannot be broadcast (inputs: float32[2,3], float32[4])
        Fix: sizes must be equal or 1, counted from the last axis"
    `);
  });
  it("add backend", async () => {
    expect(await said(() => add(f([2]), "3" as never))).toMatchInlineSnapshot(`
      "ArgumentError [argument/not-a-tensor] add: expected a tensor or a number, got string
        Fix: make a tensor of it first"
    `);
  });
  it("reshape", async () => {
    expect(await said(() => reshape(f([2, 3]), [4, 2]))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] reshape: [4,2] has another size (inputs: float32[2,3])
        Fix: the new shape needs 6 elements"
    `);
  });
  it("reshape 2", async () => {
    expect(await said(() => reshape(f([2, 3]), [-1, -1]))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] reshape: [-1,-1] does not divide 6 elements (inputs: float32[2,3])
        Fix: use -1 at most once, for a whole number"
    `);
  });
  it("transpose", async () => {
    expect(await said(() => transpose(f([2, 3]), [0, 0]))).toMatchInlineSnapshot(`
      "ArgumentError [argument/axis] transpose: axes [0,0] name an axis twice
        Fix: name each axis once; negative axes count from the end"
    `);
  });
  it("concat", async () => {
    expect(await said(() => concat([f([2, 3]), f([2, 4])], 0))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] concat: the shapes differ outside axis 0 (inputs: float32[2,3], float32[2,4])
        Fix: only the joined axis may differ"
    `);
  });
  it("concat 0", async () => {
    expect(await said(() => concat([], 0))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] concat: there is nothing to join
        Fix: pass at least one tensor"
    `);
  });
  it("sum axis", async () => {
    expect(await said(() => sum(f([2, 3]), 5))).toMatchInlineSnapshot(`
      "ArgumentError [argument/axis] sum: axis 5 is out of range for 2 axes
        Fix: use an axis from -2 to 1"
    `);
  });
  it("broadcast", async () => {
    expect(await said(() => broadcastTo(f([3]), [4]))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] broadcastTo: cannot become [4] (inputs: float32[3])
        Fix: sizes must be equal or 1"
    `);
  });
  it("slice", async () => {
    expect(await said(() => slice(f([4]), [3], [9]))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] slice: the bounds are outside the tensor (inputs: float32[4])
        Fix: need 0 <= start <= end <= size, step >= 1"
    `);
  });
  it("gather", async () => {
    expect(await said(() => gather(f([4]), tensor([0.5, 1]), 0))).toMatchInlineSnapshot(`
      "DTypeError [dtype/not-allowed] gather: the dtype is not allowed here (inputs: float32[2])
        Fix: an integer dtype is needed, e.g. int64"
    `);
  });
  it("einsum", async () => {
    expect(await said(() => einsum("ij,jk->ik", [f([2, 3]), f([4, 5])]))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] einsum: j is 3 and 4 in "ij,jk->ik" (inputs: float32[2,3], float32[4,5])
        Fix: a label has one size"
    `);
  });
  it("einsum 2", async () => {
    expect(await said(() => einsum("ij,jk", [f([2, 3])]))).toMatchInlineSnapshot(`
      "ArgumentError [argument/equation] einsum: "ij,jk": it has 2 terms for 1 tensors
        Fix: one term per tensor"
    `);
  });
  it("conv", async () => {
    expect(await said(() => conv(f([1, 3, 8, 8]), f([4, 2, 3, 3]), {} as never))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] conv: 3 channels in 1 groups do not fit the kernel (inputs: float32[1,3,8,8], float32[4,2,3,3])
        Fix: w needs [O, 3, ...] with O a multiple of 1"
    `);
  });
  it("softmax", async () => {
    expect(await said(() => softmax(f([2], "int32"), 0))).toMatchInlineSnapshot(`
      "DTypeError [dtype/not-allowed] softmax: the dtype is not allowed here (inputs: int32[2])
        Fix: cast it to a float dtype, e.g. float32"
    `);
  });
  it("ragged", async () => {
    expect(await said(() => tensor([[1, 2], [3]]))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] tensor: the nested arrays are ragged
        Fix: all arrays of one level need the same length"
    `);
  });
  it("null", async () => {
    expect(await said(() => tensor([1, null] as never))).toMatchInlineSnapshot(`
      "ArgumentError [argument/not-array] tensor: expected a number, a boolean or nested arrays of them, got null
        Fix: Number(text) for text, NaN for what is missing; typed arrays go to fromTypedArray"
    `);
  });
  it("cast", async () => {
    expect(await said(() => cast(f([2]), "float23" as never))).toMatchInlineSnapshot(`
      "DTypeError [dtype/unknown] cast: "float23" is not an element type (inputs: float32[2])
        Fix: did you mean \`float16\`?"
    `);
  });
  it("grad scalar", async () => {
    expect(await said(() => grad((x) => mul(x, x))(f([2])))).toMatchInlineSnapshot(`
      "ShapeError [autograd/not-scalar] grad: the differentiated function must return a one-element tensor (inputs: float32[2])
        Fix: reduce the result with sum or mean"
    `);
  });
  it("grad int", async () => {
    expect(await said(() => grad((x) => sum(x))(f([2], "int32")))).toMatchInlineSnapshot(`
      "ArgumentError [autograd/not-float] backward: only floating-point tensors have gradients (inputs: int32[])
        Fix: cast the inputs to float32 before the loss is computed"
    `);
  });
  it("async scope", async () => {
    expect(await said(() => scope(async () => f([2])))).toMatchInlineSnapshot(`
      "LifetimeError [lifetime/async-scope] scope: the callback returned a promise
        Fix: await outside the scope; scopes are synchronous"
    `);
  });
  it("runtime", async () => {
    expect(await said(async () => (await createRuntime({ backends: [cpu()] })).use("gpu")))
      .toMatchInlineSnapshot(`
        "ArgumentError [runtime/unknown-backend] runtime: no backend "gpu"
          Fix: did you mean "cpu"? this runtime has cpu; install others and pass them to createRuntime"
      `);
  });
  it("runtime 0", async () => {
    expect(await said(async () => createRuntime({ backends: [] }))).toMatchInlineSnapshot(`
      "ArgumentError [runtime/no-backend] createRuntime: no backends given
        Fix: call \`await setBackend(cpu())\` first, with \`import { cpu } from "@isoform/backend-cpu"\`"
    `);
  });
  it("memory", async () => {
    expect(await said(() => full([2 ** 20, 2 ** 20], 0))).toMatchInlineSnapshot(`
      "OutOfMemoryError [memory/out-of-memory] full: no room for 4398046511104 bytes: 2624 in 24 blocks are in use, of 4294901760 (inputs: float32[1048576,1048576]) [backend cpu]
        Fix: free tensors (end scopes, smaller batches) or raise \`maxMemory\` (at most 4 GiB)"
    `);
  });
  it("shape", async () => {
    expect(await said(() => full([2, -1], 0))).toMatchInlineSnapshot(`
      "ShapeError [shape/invalid] full: [2,-1] is not a shape
        Fix: sizes are non-negative integers"
    `);
  });
});

describe("Keras style", () => {
  it("typo", async () => {
    expect(await said(() => layers.Dense(8, { activaton: "relu" } as never))).toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-option] Dense: unknown option "activaton"
        Fix: did you mean \`activation\`?"
    `);
  });
  it("snake", async () => {
    expect(await said(() => layers.Dense(8, { use_bias: false } as never))).toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-option] Dense: unknown option "use_bias"
        Fix: did you mean \`useBias\`?"
    `);
  });
  it("units", async () => {
    expect(await said(() => layers.Dense("8" as never))).toMatchInlineSnapshot(`
      "ArgumentError [argument/invalid] Dense: units is "8"
        Fix: use a positive integer"
    `);
  });
  it("units 0", async () => {
    expect(await said(() => layers.Dense(0))).toMatchInlineSnapshot(`
      "ArgumentError [argument/invalid] Dense: units is 0
        Fix: use a positive integer"
    `);
  });
  it("units missing", async () => {
    expect(await said(() => (layers.Dense as never as () => unknown)())).toMatchInlineSnapshot(`
      "ArgumentError [argument/missing] Dense: units is missing
        Fix: pass units"
    `);
  });
  it("dense shape", async () => {
    expect(
      await said(() => {
        const d = layers.Dense(4);
        d(tf.ones([2, 3]));
        return d(tf.ones([2, 5]));
      }),
    ).toMatchInlineSnapshot(`
      "ShapeError [shape/input-spec] Dense "dense_2" at dense_2: axis -1 of the input has size 5 (inputs: (2, 5))
        Fix: the layer was built for size 3 there"
    `);
  });
  it("conv rank", async () => {
    expect(await said(() => layers.Conv2D(4, 3)(tf.ones([2, 28, 28])))).toMatchInlineSnapshot(`
      "ShapeError [shape/input-spec] Conv2D "conv2d" at conv2d: the input has 3 axes (inputs: (2, 28, 28))
        Fix: pass an input with at least 4 axes, the batch axis included"
    `);
  });
  it("conv small", async () => {
    expect(await said(() => layers.Conv2D(4, 5)(tf.ones([2, 3, 3, 1])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] conv at conv2d_1: the kernel is larger than the padded input on spatial axis 0 (inputs: float32[2,3,3,1], float32[5,5,1,4])
        Fix: pad more or use a smaller kernel"
    `);
  });
  it("conv padding", async () => {
    expect(await said(() => layers.Conv2D(4, 3, { padding: "sam" as never }))).toMatchInlineSnapshot(`
      "ArgumentError [argument/invalid] Conv2D "conv2d_2": padding is "sam"
        Fix: did you mean "same"?"
    `);
  });
  it("conv kernel", async () => {
    expect(await said(() => (layers.Conv2D as never as (n: number) => unknown)(4))).toMatchInlineSnapshot(`
      "ArgumentError [argument/missing] Conv2D: kernelSize is missing
        Fix: pass kernelSize"
    `);
  });
  it("model input", async () => {
    expect(
      await said(() => keras.Sequential([keras.Input([4]), layers.Dense(2, { name: "d" })])(tf.ones([2, 3]))),
    ).toMatchInlineSnapshot(`
      "ShapeError [shape/model-input] Sequential "sequential" at sequential: the input "input_layer" has another shape (inputs: float32[2,3])
        Fix: the model was made for (None, 4)"
    `);
  });
  it("summary unbuilt", async () => {
    expect(await said(() => keras.Sequential([layers.Dense(2)]).countParams())).toMatchInlineSnapshot(`
      "ArgumentError [layer/not-built] Sequential "sequential_1": the layer has no weights yet
        Fix: call it, or build(inputShape), first"
    `);
  });
  it("fit uncompiled", async () => {
    expect(
      await said(() =>
        keras.Sequential([keras.Input([4]), layers.Dense(2)]).fit(tf.ones([4, 4]), tf.ones([4, 2])),
      ),
    ).toMatchInlineSnapshot(`
      "ArgumentError [model/not-compiled] Sequential "sequential_2".fit: the model is not compiled
        Fix: call compile({ optimizer: "adam", loss: "mse" }) first"
    `);
  });
  it("optimizer", async () => {
    expect(
      await said(() =>
        keras
          .Sequential([keras.Input([4]), layers.Dense(2)])
          .compile({ optimizer: "adm" as never, loss: "mse" }),
      ),
    ).toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-optimizer] keras.optimizer: no optimizer "adm"
        Fix: did you mean "Adam"?"
    `);
  });
  it("metric", async () => {
    expect(
      await said(() =>
        keras
          .Sequential([keras.Input([4]), layers.Dense(2)])
          .compile({ optimizer: "adam", loss: "mse", metrics: ["acuracy" as never] }),
      ),
    ).toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-metric] keras.metric: no metric "acuracy"
        Fix: did you mean "Accuracy"?"
    `);
  });
  it("optimizer option", async () => {
    expect(await said(() => keras.optimizers.Adam({ learning_rate: 0.1 } as never))).toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-option] Adam: unknown option "learning_rate"
        Fix: did you mean \`learningRate\`?"
    `);
  });
  it("fit sizes", async () => {
    expect(
      await said(async () => {
        const m = keras.Sequential([keras.Input([4]), layers.Dense(2)]);
        m.compile({ optimizer: "sgd", loss: "mse" });
        return m.fit(tf.ones([4, 4]), tf.ones([5, 2]), { verbose: 0 });
      }),
    ).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] fit: the arrays have different numbers of samples (inputs: float32[4,4], float32[5,2])
        Fix: first axes must be equal"
    `);
  });
  it("fit shape", async () => {
    expect(
      await said(async () => {
        const m = keras.Sequential([keras.Input([4]), layers.Dense(2)]);
        m.compile({ optimizer: "sgd", loss: "mse" });
        return m.fit(tf.ones([4, 4]), tf.ones([4, 3]), { verbose: 0 });
      }),
    ).toMatchInlineSnapshot(`
      "ShapeError [shape/loss] loss "mse": the targets do not fit the predictions (inputs: targets float32[4,3], predictions float32[4,2])
        Fix: give targets of the shape that the model predicts"
    `);
  });
  it("fit option", async () => {
    expect(
      await said(async () => {
        const m = keras.Sequential([keras.Input([4]), layers.Dense(2)]);
        m.compile({ optimizer: "sgd", loss: "mse" });
        return m.fit(tf.ones([4, 4]), tf.ones([4, 2]), { epoch: 3 } as never);
      }),
    ).toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-option] fit: unknown option "epoch"
        Fix: did you mean \`epochs\`?"
    `);
  });
  it("fit batch", async () => {
    expect(
      await said(async () => {
        const m = keras.Sequential([keras.Input([4]), layers.Dense(2)]);
        m.compile({ optimizer: "sgd", loss: "mse" });
        return m.fit(tf.ones([4, 4]), tf.ones([4, 2]), { batchSize: 0 });
      }),
    ).toMatchInlineSnapshot(`
      "ArgumentError [argument/invalid] fit: batchSize is 0
        Fix: use a positive integer"
    `);
  });
  it("assign", async () => {
    expect(await said(() => tf.Variable(tf.ones([2])).assign(tf.ones([3])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] assign at variable: the new value has another shape (inputs: float32[2], float32[3])
        Fix: the shape of a variable is fixed"
    `);
  });
  it("get layer", async () => {
    expect(
      await said(() =>
        keras.Sequential([keras.Input([4]), layers.Dense(2, { name: "first" })]).getLayer("frist"),
      ),
    ).toMatchInlineSnapshot(`
      "ArgumentError [model/unknown-layer] Sequential "sequential_9": no layer "frist"
        Fix: did you mean "first"?"
    `);
  });
  it("graph", async () => {
    expect(await said(() => keras.Model(keras.Input([4]), layers.Dense(2)(keras.Input([4])))))
      .toMatchInlineSnapshot(`
      "ArgumentError [model/disconnected] Model: the outputs depend on input_layer_10, which is not an input of the model
        Fix: list all inputs, or build the outputs from them"
    `);
  });
  it("concat", async () => {
    expect(await said(() => layers.Concatenate()([tf.ones([2, 3]), tf.ones([3, 3])]))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] Concatenate "concatenate" at concatenate: the shapes differ outside axis -1 (inputs: (2, 3), (3, 3))
        Fix: only the joined axis may differ"
    `);
  });
  it("add shapes", async () => {
    expect(await said(() => layers.Add()([tf.ones([2, 3]), tf.ones([2, 4])]))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] add at add: the shapes cannot be broadcast (inputs: float32[2,3], float32[2,4])
        Fix: sizes must be equal or 1, counted from the last axis"
    `);
  });
  it("reshape", async () => {
    expect(await said(() => layers.Reshape([3, 3])(tf.ones([2, 8])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] reshape at reshape: [2,3,3] has another size (inputs: float32[2,8])
        Fix: the new shape needs 16 elements"
    `);
  });
  it("lstm", async () => {
    expect(await said(() => layers.LSTM(4)(tf.ones([2, 3])))).toMatchInlineSnapshot(`
      "ShapeError [shape/input-spec] LSTM "lstm" at lstm: the input has 2 axes (inputs: (2, 3))
        Fix: pass sequences: [batch, time, features]"
    `);
  });
  it("dropout", async () => {
    expect(await said(() => layers.Dropout(1.5))).toMatchInlineSnapshot(`
      "ArgumentError [argument/invalid] Dropout "dropout": rate is 1.5
        Fix: use a share from 0 to 1"
    `);
  });
  it("set weights", async () => {
    expect(
      await said(() => {
        const d = layers.Dense(2);
        d.build([null, 3]);
        d.setWeights([tf.ones([3, 3]), tf.ones([2])]);
      }),
    ).toMatchInlineSnapshot(`
      "ShapeError [layer/weights] Dense "dense_12".setWeights: the arrays do not fit:
        dense_12/kernel: is [3,3], the weight is [3,2]
        Fix: pass one array per entry of \`weights\`, in that order"
    `);
  });
  it("ops", async () => {
    expect(await said(() => keras.ops.matmul(tf.ones([2, 3]), tf.ones([2, 3])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] matmul: inner sizes 3 and 2 differ (inputs: float32[2,3], float32[2,3])
        Fix: need [.., m, k] x [.., k, n]"
    `);
  });
  it("ops reshape", async () => {
    expect(await said(() => keras.ops.reshape(tf.ones([2, 3]), [5]))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] reshape: [5] has another size (inputs: float32[2,3])
        Fix: the new shape needs 6 elements"
    `);
  });
  it("initializer", async () => {
    expect(await said(() => layers.Dense(2, { kernelInitializer: "glorot" as never })(tf.ones([1, 2]))))
      .toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-initializer] keras.initializer: no initializer "glorot"
        Fix: known: Constant, GlorotNormal, GlorotUniform, HeNormal, HeUniform, Identity, IdentityInitializer, LecunNormal, LecunUniform, Normal, Ones, One, Orthogonal, OrthogonalInitializer, RandomNormal, RandomUniform, TruncatedNormal, Uniform, VarianceScaling, Zeros, Zero"
    `);
  });
});

describe("Keras style, values and names", () => {
  const ids = (...values: number[]) => tf.constant(values, { dtype: "int32" });
  it("a row of an embedding that does not exist", async () => {
    expect(await said(() => layers.Embedding(5, 2, { name: "words" })(ids(1, 5)))).toMatchInlineSnapshot(`
      "ArgumentError [argument/index] Embedding "words" at words: index 5 is outside the table of size 5 (inputs: int32[2])
        Fix: indices go from 0 to 4"
    `);
    expect(await said(() => layers.Embedding(5, 2, { name: "words" })(ids(-1)))).toMatchInlineSnapshot(`
      "ArgumentError [argument/index] Embedding "words" at words: index -1 is outside the table of size 5 (inputs: int32[1])
        Fix: indices go from 0 to 4"
    `);
  });
  it("a class that does not exist", async () => {
    const loss = keras.losses.SparseCategoricalCrossentropy();
    expect(await said(() => loss([2], [[0.5, 0.5]]))).toMatchInlineSnapshot(`
      "ArgumentError [argument/index] sparseCategoricalCrossentropy: index 2 is outside the classes of size 2 (inputs: int64[1])
        Fix: indices go from 0 to 1"
    `);
    const model = keras.Sequential([keras.Input([3]), layers.Dense(2, { activation: "softmax" })]);
    model.compile({ optimizer: "sgd", loss: "sparse_categorical_crossentropy" });
    const fit = () => model.fit([[1, 2, 3]], [7], { verbose: 0 });
    expect(await said(fit)).toMatchInlineSnapshot(`
      "ArgumentError [argument/index] sparseCategoricalCrossentropy: index 7 is outside the classes of size 2 (inputs: int64[1])
        Fix: indices go from 0 to 1"
    `);
  });
  it("an index outside an axis", async () => {
    expect(await said(() => keras.ops.take(f([4, 3]), ids(0, -5), 0))).toMatchInlineSnapshot(`
      "ArgumentError [argument/index] take: index -5 is outside axis 0 of size 4 (inputs: int32[2])
        Fix: indices go from 0 to 3"
    `);
    expect(await said(() => keras.ops.takeAlongAxis(f([1, 3]), tf.constant([[3]], { dtype: "int32" }))))
      .toMatchInlineSnapshot(`
      "ArgumentError [argument/index] takeAlongAxis: index 3 is outside axis 1 of size 3 (inputs: int32[1,1])
        Fix: indices go from 0 to 2"
    `);
    expect(await said(() => tf.gather(f([4]), ids(9)))).toMatchInlineSnapshot(`
      "ArgumentError [argument/index] take: index 9 is outside axis 0 of size 4 (inputs: int32[1])
        Fix: indices go from 0 to 3"
    `);
  });
  it("names with a typo in compile()", async () => {
    const model = keras.Sequential([keras.Input([3]), layers.Dense(2)]);
    expect(await said(() => model.compile({ loss: "mse_" }))).toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-loss] keras.loss: no loss "mse_"
        Fix: did you mean "mse"?"
    `);
    expect(await said(() => model.compile({ loss: { dense: "mean_square_error" } }))).toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-loss] keras.loss: no loss "mean_square_error"
        Fix: did you mean "mean_squared_error"?"
    `);
    expect(await said(() => model.compile({ loss: "mse", metrics: ["acuracy"] }))).toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-metric] keras.metric: no metric "acuracy"
        Fix: did you mean "Accuracy"?"
    `);
    expect(await said(() => model.compile({ optimizer: "adamm", loss: "mse" }))).toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-optimizer] keras.optimizer: no optimizer "adamm"
        Fix: did you mean "Adam"?"
    `);
  });
  it("an argument that is no tensor", async () => {
    class Foreign {
      readonly shape = [1, 3];
    }
    const input = keras.Input([3]);
    const model = keras.Model(input, layers.Dense(2)(input), { name: "net" });
    expect(await said(() => model(new Foreign() as never))).toMatchInlineSnapshot(`
      "ArgumentError [argument/not-a-tensor] Model "net": argument 1 is an object of class Foreign and not a tensor
        Fix: pass tensors of Isoform, arrays of numbers or typed arrays; options go last, in an object"
    `);
    expect(await said(() => layers.Dense(3, { name: "d" })(null as never))).toMatchInlineSnapshot(`
      "ArgumentError [argument/not-a-tensor] Dense "d": argument 1 is null and not a tensor
        Fix: pass tensors of Isoform, arrays of numbers or typed arrays; options go last, in an object"
    `);
    expect(await said(() => layers.Dense(3, { name: "d" })("x" as never))).toMatchInlineSnapshot(`
      "ArgumentError [argument/not-a-tensor] Dense "d": argument 1 is the string "x" and not a tensor
        Fix: pass tensors of Isoform, arrays of numbers or typed arrays; options go last, in an object"
    `);
    expect(await said(() => layers.Add({ name: "add" })([f([2]), "x"] as never))).toMatchInlineSnapshot(`
      "ArgumentError [argument/not-a-tensor] Add "add": argument 1 is the string "x" and not a tensor
        Fix: pass tensors of Isoform, arrays of numbers or typed arrays; options go last, in an object"
    `);
  });
  it("takes tensors of the other style", () => {
    const input = keras.Input([3]);
    const model = keras.Model(input, layers.Dense(2)(input));
    expect(model<tf.Tensor>(torch.ones([4, 3])).shape).toEqual([4, 2]);
  });
});

describe("PyTorch style", () => {
  it("linear", async () => {
    expect(await said(() => nn.Linear(3, 2)(torch.ones([4, 5])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] Linear: x has 5 features, w takes 3 (inputs: float32[4,5], float32[2,3], float32[2])
        Fix: the last axis of x must have size 3"
    `);
  });
  it("linear option", async () => {
    expect(await said(() => nn.Linear(3, 2, { Bias: false } as never))).toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-option] Linear: unknown option "Bias"
        Fix: did you mean \`bias\`?"
    `);
  });
  it("conv snake", async () => {
    expect(await said(() => nn.Conv2d(1, 2, 3, { padding_mode: "zeros" } as never))).toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-option] Conv2d: unknown option "padding_mode"
        Fix: did you mean \`paddingMode\`?"
    `);
  });
  it("conv channels", async () => {
    expect(await said(() => nn.Conv2d(1, 2, 3)(torch.ones([1, 3, 8, 8])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] Conv2d: expected 1 channels: [N, C, H, W] or [C, H, W] with C = 1 (inputs: float32[1,3,8,8])
        Fix: check the order of the axes: channels come before the image, unlike in Keras"
    `);
  });
  it("conv rank", async () => {
    expect(await said(() => nn.Conv2d(1, 2, 3)(torch.ones([8, 8])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] Conv2d: expected 1 channels: [N, C, H, W] or [C, H, W] with C = 1 (inputs: float32[8,8])
        Fix: check the order of the axes: channels come before the image, unlike in Keras"
    `);
  });
  it("conv groups", async () => {
    expect(await said(() => nn.Conv2d(3, 4, 3, { groups: 2 }))).toMatchInlineSnapshot(`
      "ArgumentError [argument/groups] Conv2d: 2 groups do not divide 3 and 4 channels
        Fix: both channel numbers must be multiples of groups"
    `);
  });
  it("conv small", async () => {
    expect(await said(() => nn.Conv2d(1, 2, 5)(torch.ones([1, 1, 3, 3])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] Conv2d (conv): the kernel is larger than the padded input on spatial axis 0 (inputs: float32[1,1,3,3], float32[2,1,5,5])
        Fix: pad more or use a smaller kernel"
    `);
  });
  it("sequential", async () => {
    expect(await said(() => nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(6, 2))(torch.ones([1, 4]))))
      .toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] Linear at 2: x has 8 features, w takes 6 (inputs: float32[1,8], float32[2,6], float32[2])
        Fix: the last axis of x must have size 6"
    `);
  });
  it("embedding", async () => {
    expect(await said(() => nn.Embedding(10, 3)(torch.tensor([10], { dtype: "int64" }))))
      .toMatchInlineSnapshot(`
      "ArgumentError [argument/index] Embedding: index 10 is outside the table of size 10 (inputs: int64[1])
        Fix: indices go from 0 to 9"
    `);
  });
  it("embedding float", async () => {
    expect(await said(() => nn.Embedding(10, 3)(torch.ones([2])))).toMatchInlineSnapshot(`
      "DTypeError [dtype/not-allowed] Embedding: the dtype is not allowed here (inputs: float32[2])
        Fix: an integer dtype is needed, e.g. int64"
    `);
  });
  it("cross entropy", async () => {
    expect(await said(() => F.crossEntropy(torch.ones([4, 3]), torch.tensor([0, 1, 2], { dtype: "int64" }))))
      .toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] crossEntropy: targets must be [4] (inputs: float32[4,3], int64[3])
        Fix: give one class per position, as integers"
    `);
  });
  it("cross entropy label", async () => {
    expect(await said(() => F.crossEntropy(torch.ones([2, 3]), torch.tensor([0, 3], { dtype: "int64" }))))
      .toMatchInlineSnapshot(`
      "ArgumentError [argument/index] crossEntropy: index 3 is outside the classes of size 3 (inputs: int64[2])
        Fix: indices go from 0 to 2"
    `);
  });
  it("mse", async () => {
    expect(await said(() => F.mseLoss(torch.ones([4, 1]), torch.ones([4, 3])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] mseLoss: input and target have different shapes (inputs: float32[4,1], float32[4,3])
        Fix: reshape one of them; losses do not broadcast"
    `);
  });
  it("backward vector", async () => {
    expect(await said(() => torch.ones([2], { requiresGrad: true }).mul(2).backward()))
      .toMatchInlineSnapshot(`
      "ShapeError [autograd/not-scalar] backward: only a one-element tensor has an implicit gradient (inputs: float32[2])
        Fix: reduce the loss with sum() or mean(), or pass { gradient }"
    `);
  });
  it("backward twice", async () => {
    expect(
      await said(() => {
        const y = torch.ones([2], { requiresGrad: true }).pow(2).sum();
        y.backward();
        y.backward();
      }),
    ).toMatchInlineSnapshot(`
      "LifetimeError [autograd/graph-freed] reduce: the graph behind this tensor was already freed by an earlier backward pass
        Fix: pass retainGraph (or use a persistent tape) to go through it again"
    `);
  });
  it("backward no grad", async () => {
    expect(await said(() => torch.ones([2]).sum().backward())).toMatchInlineSnapshot(`
      "ArgumentError [autograd/no-grad-fn] backward: the tensor does not require gradients (inputs: float32[])
        Fix: set requiresGrad on a leaf it depends on, and do not call it inside noGrad"
    `);
  });
  it("inplace leaf", async () => {
    expect(await said(() => torch.ones([2], { requiresGrad: true }).add_(1))).toMatchInlineSnapshot(`
      "ArgumentError [autograd/leaf-in-place] in-place op: a leaf that requires gradients is changed in place (inputs: float32[2])
        Fix: wrap the update in torch.noGrad(() => …)"
    `);
  });
  it("item", async () => {
    expect(await said(() => torch.ones([2]).item())).toMatchInlineSnapshot(`
      "ShapeError [shape/not-one-element] item: only a one-element tensor has an item (inputs: float32[2])
        Fix: reduce it first, or use \`await tensor.toArray()\`"
    `);
  });
  it("reshape", async () => {
    expect(await said(() => torch.ones([2, 3]).reshape([4, -1]))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] reshape: [4,-1] does not divide 6 elements (inputs: float32[2,3])
        Fix: use -1 at most once, for a whole number"
    `);
  });
  it("matmul", async () => {
    expect(await said(() => torch.ones([2, 3]).matmul(torch.ones([2, 3])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] matmul: inner sizes 3 and 2 differ (inputs: float32[2,3], float32[2,3])
        Fix: need [.., m, k] x [.., k, n]"
    `);
  });
  it("cat", async () => {
    expect(await said(() => torch.cat([torch.ones([2, 3]), torch.ones([2, 4])]))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] concat: the shapes differ outside axis 0 (inputs: float32[2,3], float32[2,4])
        Fix: only the joined axis may differ"
    `);
  });
  it("stack", async () => {
    expect(await said(() => torch.stack([torch.ones([2]), torch.ones([3])]))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] stack: the inputs have different shapes (inputs: float32[2], float32[3])
        Fix: broadcast them first with broadcastTo"
    `);
  });
  it("index", async () => {
    expect(await said(() => torch.ones([2, 3]).at(5))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] at: index 5 is outside axis 0 of size 2 (inputs: float32[2,3])
        Fix: use an index from -2 to 1"
    `);
  });
  it("dim", async () => {
    expect(await said(() => torch.ones([2, 3]).sum(2))).toMatchInlineSnapshot(`
      "ArgumentError [argument/axis] sum: axis 2 is out of range for 2 axes
        Fix: use an axis from -2 to 1"
    `);
  });
  it("dtype", async () => {
    expect(await said(() => torch.ones([2], { dtype: "float33" as never }))).toMatchInlineSnapshot(`
      "DTypeError [dtype/unknown] full: "float33" is not an element type
        Fix: did you mean \`float32\`?"
    `);
  });
  it("load", async () => {
    expect(
      await said(() => {
        const net = nn.Sequential(nn.Linear(2, 3));
        return net.loadStateDict(
          new Map([
            ["0.weight", torch.ones([3, 3])],
            ["0.bais", torch.ones([3])],
          ]),
        );
      }),
    ).toMatchInlineSnapshot(`
      "ShapeError [module/state-dict] Sequential.loadStateDict: the state dict does not fit:
        missing: 0.bias
        unexpected: 0.bais (did you mean 0.bias?)
        0.weight: is [3,3], the module has [3,2]
        Fix: make the module with the sizes it had when it was saved, or leave these tensors out of the Map and pass { strict: false }"
    `);
  });
  it("sgd", async () => {
    expect(await said(() => optim.SGD(nn.Linear(2, 2).parameters(), { learningRate: 0.1 } as never)))
      .toMatchInlineSnapshot(`
      "ArgumentError [argument/unknown-option] SGD: unknown option "learningRate"
        Fix: options are: lr, momentum, dampening, weightDecay, nesterov, maximize"
    `);
  });
  it("sgd lr", async () => {
    expect(await said(() => optim.SGD(nn.Linear(2, 2).parameters(), { lr: -1 }))).toMatchInlineSnapshot(`
      "ArgumentError [argument/range] SGD: lr is -1
        Fix: use 0 or more"
    `);
  });
  it("sgd empty", async () => {
    expect(await said(() => optim.SGD([], { lr: 0.1 }))).toMatchInlineSnapshot(`
      "ArgumentError [argument/no-parameters] SGD: no parameters to optimise
        Fix: pass model.parameters(), or a list of { params, … } groups"
    `);
  });
  it("no forward", async () => {
    expect(
      await said(() => {
        class Net extends nn.Module<[x: torch.Tensor], torch.Tensor> {}
        return new Net()(torch.ones([1]));
      }),
    ).toMatchInlineSnapshot(`
      "UnsupportedOpError [module/no-forward] Net: no forward() is defined
        Fix: define forward(x) in the class"
    `);
  });
  it("batch norm", async () => {
    expect(await said(() => nn.BatchNorm2d(3)(torch.ones([2, 4, 5, 5])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] BatchNorm2d: expected 4 axes with 3 channels on axis 1 (inputs: float32[2,4,5,5])
        Fix: check the layout: PyTorch is [N, C, …]"
    `);
  });
  it("batch norm one", async () => {
    expect(await said(() => nn.BatchNorm1d(3)(torch.ones([1, 3])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] BatchNorm1d (batchNorm): training needs more than one value per channel (inputs: float32[1,3])
        Fix: use a larger batch, or eval()"
    `);
  });
  it("lstm", async () => {
    expect(await said(() => nn.LSTM(4, 8)(torch.ones([2, 3, 5])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] LSTM: the last axis must be 4 (inputs: float32[2,3,5])
        Fix: check inputSize and batchFirst"
    `);
  });
  it("dropout", async () => {
    expect(await said(() => nn.Dropout({ p: 1.5 }))).toMatchInlineSnapshot(`
      "ArgumentError [argument/range] Dropout: the probability is 1.5
        Fix: use 0 to 1"
    `);
  });
  it("max pool", async () => {
    expect(await said(() => nn.MaxPool2d(3)(torch.ones([1, 1, 2, 2])))).toMatchInlineSnapshot(`
      "ShapeError [shape/mismatch] MaxPool2d (reduceWindow): the window is larger than the padded axis 2 (inputs: float32[1,1,2,2])
        Fix: pad more or use a smaller window"
    `);
  });
});

const importOf = (bytes: Uint8Array) => importOnnx(bytes, { name: "m.onnx" });
const kerasOf = async (bytes: Uint8Array) => importKeras(await readKerasFile(bytesSource(bytes, "m.keras")));
const raw = (shape: readonly number[], ...values: number[]): RawTensor => ({
  dtype: "float32",
  shape,
  data: floats(...values),
});
const relu = () => model(graph([node("Relu", ["x"], ["y"], { name: "act" })]));

describe("model files", () => {
  it("an unknown operator", async () => {
    const bytes = model(graph([node("Frobnicate", ["x"], ["y"], { name: "f" })]));
    expect(await said(() => importOf(bytes))).toMatchInlineSnapshot(`
      "UnsupportedOpError [onnx/unsupported] ONNX at m.onnx: 1 node(s) cannot be imported:
        Frobnicate "f": the operator is not known
        Fix: export the model with standard operators of the ai.onnx domain"
    `);
  });
  it("a node without an input", async () => {
    const bytes = model(graph([node("Conv", ["x"], ["y"], { name: "c" })]));
    expect(await said(() => importOf(bytes))).toMatchInlineSnapshot(`
      "ModelFormatError [onnx/node] Conv "c": input W is missing (inputs: x: float32[2])
        Fix: the node breaks the rules of its operator; check the file with onnx.checker, or export it again"
    `);
  });
  it("a value defined twice", async () => {
    const bytes = model(graph([node("Relu", ["x"], ["y"]), node("Neg", ["x"], ["y"])]));
    expect(await said(() => importOf(bytes))).toMatchInlineSnapshot(`
      "ModelFormatError [onnx/graph] at Neg "Neg_1": the value "y" is defined twice
        Fix: every input, initializer and node output needs a name of its own; export the model again"
    `);
  });
  it("a layer that is Python code", async () => {
    const lambda = {
      module: "keras.layers",
      class_name: "Lambda",
      config: { name: "code" },
      registered_name: null,
    };
    expect(await said(() => kerasOf(kerasArchive(sequential([lambda]), weights(0))))).toMatchInlineSnapshot(`
      "UnsupportedOpError [import/keras-unsupported] Keras at m.keras: 1 layer(s) cannot be imported:
        Lambda "code": it holds Python code, which is never run
        Fix: say what they compute with the option customLayers, by class name"
    `);
  });
  it("a misspelt option in a config", async () => {
    const bytes = kerasArchive(sequential([dense("d", { activaton: "relu" })]));
    expect(await said(() => kerasOf(bytes))).toMatchInlineSnapshot(`
      "ModelFormatError [keras/unknown-option] Dense "d" at config.config.layers[1].config.activaton: Dense has no option "activaton"
        Fix: did you mean "activation"?"
    `);
  });
  it("an input of another shape", async () => {
    const ir = await importOf(relu());
    const runtime = await createRuntime({ backends: [cpu()] });
    const session = new Session(ir.graph, { device: runtime.device("cpu") });
    expect(await said(() => session.run(new Map([["x", raw([3], 1, 2, 3)]])))).toMatchInlineSnapshot(`
      "ShapeError [run/shape] run at x: input x has another shape (inputs: float32[3])
        Fix: the model wants x: float32[2]"
    `);
  });
});

describe("the command", () => {
  const folder = mkdtempSync(join(tmpdir(), "isoform-errors-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const shown = async (...argv: string[]): Promise<string> => {
    const { code, err } = await cli(argv, { cwd: folder });
    expect(err).toContain("Fix: ");
    return `exit ${code}\n${err}`;
  };
  it("an unknown command", async () =>
    expect(await shown("inpect", "m.onnx")).toMatchInlineSnapshot(`
    "exit 2
    error UsageError [usage/unknownCommand] unknown command 'inpect'
      Fix: did you mean inspect?
    "
  `));
  it("an unknown flag", async () =>
    expect(await shown("run", "m.onnx", "--inptu", "x")).toMatchInlineSnapshot(`
      "exit 2
      error UsageError [usage/unknownOption] unknown option '--inptu'
        Fix: did you mean --input?
      "
    `));
  it("a missing argument", async () =>
    expect(await shown("convert", "m.onnx")).toMatchInlineSnapshot(`
    "exit 2
    error UsageError [usage/missingArgument] missing required argument 'out'
      Fix: see isoform convert --help
    "
  `));
  it("a choice that is none", async () =>
    expect(await shown("convert", "m.onnx", "m.keras", "--from", "tflite")).toMatchInlineSnapshot(`
      "exit 2
      error UsageError [usage/invalidArgument] option '--from <FORMAT>' argument 'tflite' is invalid. Allowed choices are keras, onnx, torch, safetensors.
        Fix: see isoform convert --help
      "
    `));
  it("a backend that is not installed", async () =>
    expect(await shown("run", "m.onnx", "--input", "x", "--backend", "gpu")).toMatchInlineSnapshot(`
      "exit 2
      error UsageError [usage/backend] at gpu: there is no backend "gpu"
        Fix: did you mean cpu? the command has cpu, reference, webgpu; installed here: no other; install it: npm install @isoform/backend-gpu
      "
    `));
  it("a number out of range", async () =>
    expect(await shown("convert", "a.onnx", "b.onnx", "--opset", "99")).toMatchInlineSnapshot(`
      "exit 2
      error UsageError [usage/invalidArgument] option '--opset <N>' argument '99' is invalid. Expected a whole number from 13 to 28.
        Fix: see isoform convert --help
      "
    `));
  it("weights without an architecture", async () => {
    writeFileSync(join(folder, "w.pt"), writeTorchStateDict(new Map([["w", raw([1], 1)]])));
    expect(await shown("convert", "w.pt", "w.onnx")).toMatchInlineSnapshot(`
      "exit 2
      error UsageError [usage/no-architecture] at w.pt: the file holds 1 tensors and no architecture
        Fix: name a JavaScript module with an nn.Module class of @isoform/api-torch: --model net.js#Net --input-shape 1,3,32,32
      "
    `);
  });
});
