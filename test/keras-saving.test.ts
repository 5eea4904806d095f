// Saving and loading as users do it: files, weights, checkpoints, training that goes on, names of classes, and what is
// wrong with a path or a file.
import fs from "node:fs";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { cpu } from "@isoform/backend-cpu";
import { ArgumentError, IsoformError, ModelFormatError, ShapeError, setBackend } from "@isoform/core";
import { keras, tf } from "@isoform/api-keras";
import { kerasBytes, kerasWeightsBytes, loadKeras, saveKeras } from "@isoform/converter";

const { layers, models, optimizers, losses, metrics } = keras;
const folder = mkdtempSync(join(tmpdir(), "isoform-saving-"));
const at = (name: string) => join(folder, name);
const saver = saveKeras;
const loader = loadKeras;

beforeAll(async () => {
  await setBackend(cpu());
});
beforeEach(() => {
  keras.backend.clearSession();
  keras.utils.setRandomSeed(3);
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => rmSync(folder, { recursive: true }));

const wave = (size: number, seed: number) =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 0.7 * i));
const inputs = (...shape: number[]) =>
  tf.reshape(
    tf.constant(
      wave(
        shape.reduce((a, b) => a * b, 1),
        1,
      ),
    ),
    shape,
  );
const classes = (n: number) =>
  tf.constant(
    Array.from({ length: n }, (_, i) => (i * 7) % 3),
    { dtype: "int32" },
  );

function cnn(): keras.Model {
  const model = keras.Sequential([
    keras.Input([8, 8, 1]),
    layers.Conv2D(4, 3, { padding: "same", activation: "relu" }),
    layers.BatchNormalization(),
    layers.Dropout(0.3),
    layers.MaxPooling2D(2),
    layers.Flatten(),
    layers.Dense(3),
  ]);
  model.compile({
    optimizer: optimizers.Adam({ learningRate: 0.01 }),
    loss: losses.SparseCategoricalCrossentropy({ fromLogits: true }),
    metrics: ["accuracy"],
  });
  return model;
}
const quiet = { verbose: 0, batchSize: 4, shuffle: false } as const;
async function weightsOf(model: keras.Model): Promise<number[][]> {
  return (await model.getWeights()).map((w) => Array.from(w, Number));
}

describe("save and loadModel", () => {
  it("give a model that evaluates at once, by path and by bytes", async () => {
    const model = cnn();
    const [x, y] = [inputs(12, 8, 8, 1), classes(12)];
    await model.fit(x, y, { ...quiet, epochs: 2 });
    await model.save(at("deep/er/cnn.keras"), { saver });
    const expected = await model.evaluate(x, y, { verbose: 0 });
    const byPath = await models.loadModel(at("deep/er/cnn.keras"), { loader });
    expect(await byPath.evaluate(x, y, { verbose: 0 })).toEqual(expected);
    const bytes = new Uint8Array(readFileSync(at("deep/er/cnn.keras")));
    expect(bytes).toEqual(kerasBytes(await model.toArchive()));
    for (const source of [bytes, new Blob([bytes])]) {
      const again = await keras.saving.loadModel(source, { loader });
      expect(await again.evaluate(x, y, { verbose: 0 })).toEqual(expected);
    }
    expect(byPath.toJSON()).toEqual(model.toJSON());
    expect(readdirSync(at("deep/er"))).toEqual(["cnn.keras"]);
  });

  it("leave the compile settings out on request", async () => {
    await models.saveModel(cnn(), at("plain.keras"), { saver });
    const again = await models.loadModel(at("plain.keras"), { loader, compile: false });
    expect(again.compiled).toBe(false);
    await expect(again.evaluate(inputs(2, 8, 8, 1), classes(2))).rejects.toThrow(/not compiled/);
  });

  it("say what to pass when there is no saver or loader, or it gives nothing", async () => {
    await expect(cnn().save("m.keras")).rejects.toThrow(/saver: saveKeras[\s\S]*converter/);
    await expect(cnn().saveWeights("m.weights.h5")).rejects.toThrow(/saver: saveKeras/);
    await expect(models.loadModel("m.keras", {} as never)).rejects.toThrow(/loader: loadKeras/);
    await expect(cnn().loadWeights("m.keras")).rejects.toThrow(/loader: loadKeras/);
    await expect(models.loadModel("m", { loader: () => ({}) as never })).rejects.toThrow(/the loader gave/);
    await expect(models.loadModel("m", { loader, compiled: true } as never)).rejects.toThrow(/compiled/);
  });
});

describe("training goes on as if it had not stopped, bit for bit", () => {
  const rates = optimizers.schedules;
  const cases: Readonly<Record<string, () => keras.optimizers.Optimizer>> = {
    SGD: () => optimizers.SGD(0.05),
    "SGD momentum decay": () =>
      optimizers.SGD({ learningRate: 0.05, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
    "SGD schedule": () => optimizers.SGD({ learningRate: rates.CosineDecay(0.1, 12), momentum: 0.5 }),
    RMSprop: () => optimizers.RMSprop({ momentum: 0.5, centered: true }),
    Adam: () => optimizers.Adam({ amsgrad: true, clipnorm: 1 }),
    "Adam averages": () => optimizers.Adam({ useEma: true, emaOverwriteFrequency: 5 }),
    "Adam accumulating": () => optimizers.Adam({ gradientAccumulationSteps: 4 }),
    AdamW: () => optimizers.AdamW({ clipvalue: 0.5 }),
    Adamax: () => optimizers.Adamax(),
    Nadam: () => optimizers.Nadam({ learningRate: 0.003 }),
    Lamb: () => optimizers.Lamb(),
    Adagrad: () => optimizers.Adagrad(),
    Adadelta: () => optimizers.Adadelta(),
    Ftrl: () => optimizers.Ftrl(),
    Lion: () => optimizers.Lion(),
  };
  const net = () => {
    const input = keras.Input([6, 4]);
    const h = layers.LSTM(5, { dropout: 0.2 })(layers.GaussianNoise(0.1)(input));
    return keras.Model(input, layers.Dense(3, { activation: "softmax" })(layers.Dropout(0.4)(h)));
  };

  for (const runEagerly of [false, true]) {
    it.each(Object.keys(cases))(`%s${runEagerly ? ", eagerly" : ""}`, async (name) => {
      const [x, y] = [inputs(12, 6, 4), classes(12)];
      const model = net();
      model.compile({ optimizer: cases[name]!(), loss: "sparse_categorical_crossentropy", runEagerly });
      await model.fit(x, y, { ...quiet, epochs: 2 });
      const bytes = kerasBytes(await model.toArchive());
      keras.utils.setRandomSeed(99);
      const again = await models.loadModel(bytes, { loader });
      const rest = { ...quiet, epochs: 4, initialEpoch: 2 };
      const whole = await model.fit(x, y, rest);
      const resumed = await again.fit(x, y, rest);
      expect(resumed.history).toEqual(whole.history);
      expect(await weightsOf(again)).toEqual(await weightsOf(model));
      // Keras counts updates, of which four batches make one.
      expect(again.optimizer.iterations).toBe(name === "Adam accumulating" ? 3 : 12);
      expect(again.runEagerly).toBe(runEagerly);
      const state = async (m: keras.Model) =>
        [...(await m.toArchive()).weights].map(([path, t]) => [path, Array.from(t.data, Number)]);
      expect(await state(again)).toEqual(await state(model));
    });
  }

  it("with a rate that a callback set", async () => {
    const [x, y] = [inputs(12, 6, 4), classes(12)];
    const model = net();
    model.compile({ optimizer: optimizers.Adam(0.01), loss: "sparse_categorical_crossentropy" });
    const callbacks = [keras.callbacks.LearningRateScheduler((_, rate) => rate / 3)];
    await model.fit(x, y, { ...quiet, epochs: 2, callbacks });
    const again = await models.loadModel(kerasBytes(await model.toArchive()), { loader });
    expect(again.optimizer.learningRate).toBe(0.01 / 9);
    await model.fit(x, y, quiet);
    await again.fit(x, y, quiet);
    expect(await weightsOf(again)).toEqual(await weightsOf(model));
  });
});

describe("weights alone", () => {
  it("are saved and loaded, the optimizer's with them when it has slots", async () => {
    const [x, y] = [inputs(12, 8, 8, 1), classes(12)];
    const model = cnn();
    await model.fit(x, y, quiet);
    await model.saveWeights(at("cnn.weights.h5"), { saver });
    const fresh = cnn();
    await fresh.loadWeights(at("cnn.weights.h5"), { loader });
    expect(await weightsOf(fresh)).toEqual(await weightsOf(model));
    expect(fresh.optimizer.iterations).toBe(0);
    const built = cnn();
    built.optimizer.build(built.trainableWeights);
    await keras.saving.loadWeights(built, at("cnn.weights.h5"), { loader });
    expect(built.optimizer.iterations).toBe(3);
    await model.fit(x, y, quiet);
    await built.fit(x, y, quiet);
    expect(await weightsOf(built)).toEqual(await weightsOf(model));
  });

  it("take a model back to where it was, in the middle of compiled training", async () => {
    const [x, y] = [inputs(12, 8, 8, 1), classes(12)];
    const model = cnn();
    await model.fit(x, y, { ...quiet, epochs: 2 });
    await model.saveWeights(at("back.weights.h5"), { saver });
    const first = await model.fit(x, y, quiet);
    const after = await weightsOf(model);
    await model.loadWeights(at("back.weights.h5"), { loader });
    const second = await model.fit(x, y, quiet);
    expect(second.history).toEqual(first.history);
    expect(await weightsOf(model)).toEqual(after);
    expect(model.compileInfo.notice).toBeNull();
  });

  it("come from .keras files too, and tell apart other models and paths", async () => {
    const model = cnn();
    await model.save(at("whole.keras"), { saver });
    const fresh = cnn();
    await fresh.loadWeights(at("whole.keras"), { loader });
    expect(await weightsOf(fresh)).toEqual(await weightsOf(model));
    const other = keras.Sequential([keras.Input([2]), layers.Dense(2)]);
    await expect(other.loadWeights(at("whole.keras"), { loader })).rejects.toThrow(ShapeError);
    await expect(model.saveWeights(at("w.keras"), { saver })).rejects.toThrow(/\.weights\.h5/);
    await keras.saving.saveWeights(model, at("only.weights.h5"), { saver });
    await expect(models.loadModel(at("only.weights.h5"), { loader })).rejects.toThrow(/model\.loadWeights/);
  });
});

describe("ModelCheckpoint", () => {
  it("writes every epoch, the best, or the weights, under names with values", async () => {
    const [x, y] = [inputs(12, 8, 8, 1), classes(12)];
    const { ModelCheckpoint } = keras.callbacks;
    const model = cnn();
    await model.fit(x, y, {
      ...quiet,
      epochs: 3,
      callbacks: [
        ModelCheckpoint(at("ck/all-{epoch:02d}-{loss:.3f}.keras"), { saver }),
        ModelCheckpoint(at("ck/w{epoch}.weights.h5"), { saver, saveWeightsOnly: true }),
        ModelCheckpoint(at("ck/best.keras"), { saver, saveBestOnly: true, monitor: "loss" }),
        ModelCheckpoint(at("ck/never-{epoch}.keras"), {
          saver,
          saveBestOnly: true,
          monitor: "loss",
          initialValueThreshold: 0,
        }),
        ModelCheckpoint(at("ck/steps.keras"), { saver, saveFreq: 4 }),
      ],
    });
    const names = readdirSync(at("ck")).map((name) => name.replace(/-\d\.\d{3}/, "-LOSS"));
    expect(names.toSorted()).toEqual(
      ["all-01-LOSS.keras", "all-02-LOSS.keras", "all-03-LOSS.keras", "best.keras", "steps.keras"].concat(
        ["w1", "w2", "w3"].map((w) => `${w}.weights.h5`),
      ),
    );
    const [second] = readdirSync(at("ck")).filter((name) => name.startsWith("all-02"));
    const again = await models.loadModel(at(`ck/${second}`), { loader });
    expect(again.optimizer.iterations).toBe(6);
    await again.fit(x, y, { ...quiet, epochs: 3, initialEpoch: 2 });
    expect(await weightsOf(again)).toEqual(await weightsOf(model));
    const fourth = await models.loadModel(at("ck/steps.keras"), { loader });
    expect(fourth.optimizer.iterations).toBe(8);
  });

  it("has the values of batches read only where it saves between them", () => {
    const calls = (saveFreq: "epoch" | number) => {
      const callback = keras.callbacks.ModelCheckpoint(at("m.keras"), { saver, saveFreq });
      return keras.callbacks.CallbackList([callback], cnn(), callback.params).has("onTrainBatchEnd");
    };
    expect([calls("epoch"), calls(2)]).toEqual([false, true]);
  });

  it("lets errors of the saver pass", async () => {
    const callbacks = [keras.callbacks.ModelCheckpoint(at("m.txt"), { saver })];
    const fit = cnn().fit(inputs(4, 8, 8, 1), classes(4), { ...quiet, callbacks });
    await expect(fit).rejects.toThrow(/no format goes by the name/);
  });
});

describe("classes and functions of the user", () => {
  class Scale extends layers.Layer {
    factor = this.addWeight({ name: "factor", shape: [1], initializer: "ones" });
    override call(x: tf.Tensor): tf.Tensor {
      return x.mul(this.factor);
    }
  }
  /** What a minifier makes of a class: another name. */
  function minified<T extends object>(Class: T): T {
    Object.defineProperty(Class, "name", { value: "t" });
    return Class;
  }
  const netOf = (layer: keras.layers.Layer) => keras.Sequential([keras.Input([2]), layer, layers.Dense(1)]);

  it("are found by a registered name, whatever a minifier made of theirs", async () => {
    const Registered = minified(class extends Scale {});
    keras.saving.registerKerasSerializable(Registered, { package: "mine", name: "Scale" });
    const model = netOf(new Registered());
    const archive = await model.toArchive();
    expect(JSON.stringify(archive.config)).toContain('"registered_name":"mine>Scale"');
    expect([...archive.weights.keys()]).toContain("layers/scale/vars/0");
    const again = await models.loadModel(kerasBytes(archive), { loader });
    expect(again.layers[0]).toBeInstanceOf(Registered);
    expect(again.toJSON()).toEqual(model.toJSON());
  });

  it("are found by a static className", async () => {
    class Named extends Scale {
      static override readonly className: string = "NamedScale";
    }
    const bytes = kerasBytes(await netOf(new (minified(Named))()).toArchive());
    const again = await models.loadModel(bytes, { loader, customObjects: { NamedScale: Named } });
    expect(again.layers[0]).toBeInstanceOf(Named);
  });

  it("are named by the error when they are unknown", async () => {
    const bytes = kerasBytes(await netOf(new (minified(class extends Scale {}))()).toArchive());
    const load = models.loadModel(bytes, { loader });
    await expect(load).rejects.toThrow(ModelFormatError);
    await expect(models.loadModel(bytes, { loader })).rejects.toThrow(
      /unknown layer class "t"[\s\S]*customObjects[\s\S]*minifier/,
    );
  });

  it("serve as loss, metric and optimizer", async () => {
    const spread = (t: tf.Tensor, p: tf.Tensor) => tf.reduceMean(tf.abs(t.sub(p)), -1);
    const doubled = keras.saving.registerKerasSerializable(
      (t: tf.Tensor, p: tf.Tensor) => spread(t, p).mul(2),
      {
        name: "doubled",
      },
    );
    class Steps extends optimizers.Optimizer {
      static override readonly className: string = "Steps";
      constructor(options: keras.optimizers.OptimizerArgument = {}) {
        super(options, 0.1, {});
      }
      protected override update(g: tf.Tensor, v: tf.Tensor): tf.Tensor {
        return tf.subtract(v, tf.sign(g).mul(0.01));
      }
    }
    class Offset extends losses.Loss {
      override call(t: tf.Tensor, p: tf.Tensor): tf.Tensor {
        return spread(t, p).add(1);
      }
    }
    const [x, y] = [inputs(6, 2), inputs(6, 1)];
    const settings = [
      { optimizer: new Steps(), loss: spread, metrics: [doubled] },
      { optimizer: "adam", loss: doubled, metrics: [spread, metrics.MeanSquaredError()] },
      { optimizer: "adam", loss: new Offset(), metrics: ["mae"] },
    ] as const;
    for (const setting of settings) {
      const model = netOf(layers.Dense(2));
      model.compile(setting as never);
      await model.fit(x, y, quiet);
      const bytes = kerasBytes(await model.toArchive());
      await expect(models.loadModel(bytes, { loader })).rejects.toThrow(/compile: false/);
      const customObjects = { spread, Steps, Offset };
      const again = await models.loadModel(bytes, { loader, customObjects });
      expect(await again.evaluate(x, y, { verbose: 0 })).toEqual(await model.evaluate(x, y, { verbose: 0 }));
      await models.loadModel(bytes, { loader, compile: false });
    }
  });

  it("of Keras are written by Keras' names", async () => {
    const model = netOf(layers.Dense(2));
    model.compile({ loss: losses.meanSquaredError, metrics: [metrics.binaryAccuracy] });
    expect(model.getCompileConfig()).toMatchObject({
      loss: "mean_squared_error",
      metrics: ["binary_accuracy"],
    });
  });
});

describe("a file that cannot be written", () => {
  it("leaves the old one and no other, and says why", async () => {
    const path = at("kept.keras");
    const first = cnn();
    await first.save(path, { saver });
    const before = readFileSync(path);
    for (const step of ["writeSync", "fsyncSync", "renameSync"] as const) {
      const failure = Object.assign(new Error("no space left"), { code: "ENOSPC" });
      vi.spyOn(fs, step).mockImplementationOnce(() => {
        throw failure;
      });
      const saving = cnn().save(path, { saver });
      await expect(saving).rejects.toThrow(ArgumentError);
      await expect(saving).rejects.toMatchObject({ code: "file/failed", path, cause: failure });
      expect(readFileSync(path).equals(before)).toBe(true);
    }
    expect(readdirSync(folder).filter((name) => name.includes("kept"))).toEqual(["kept.keras"]);
    expect(await weightsOf(await models.loadModel(path, { loader }))).toEqual(await weightsOf(first));
  });

  it("is refused by name or by what is there", async () => {
    fs.mkdirSync(at("taken.keras"));
    await expect(cnn().save(at("taken.keras"), { saver })).rejects.toMatchObject({ code: "file/failed" });
    await expect(cnn().save(at("m.h5"), { saver })).rejects.toMatchObject({ code: "keras/extension" });
    const { weights } = await cnn().toArchive();
    expect(() => kerasBytes({ config: null, weights })).toThrow(/weights alone/);
    await expect(saveKeras({ config: null, weights }, at("w.keras"))).rejects.toThrow(/weights alone/);
  });

  it("without a file system is refused with what to do instead", async () => {
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
    await expect(cnn().save(at("m.keras"), { saver })).rejects.toThrow(/kerasBytes/);
    await expect(models.loadModel("m.keras", { loader })).rejects.toThrow(/Blob/);
  });
});

describe("a file that is none of these", () => {
  type Archive = Awaited<ReturnType<keras.Model["toArchive"]>>;
  const trained = async () => {
    const model = cnn();
    await model.fit(inputs(4, 8, 8, 1), classes(4), quiet);
    return model.toArchive();
  };
  const scalar = (value: number) => ({ dtype: "float32", shape: [], data: Float32Array.of(value) }) as const;
  const with_ = (
    archive: Archive,
    path: string,
    tensor?: Archive["weights"] extends ReadonlyMap<string, infer T> ? T : never,
  ) => {
    const weights = new Map(archive.weights);
    if (tensor) weights.set(path, tensor);
    else weights.delete(path);
    return { ...archive, weights };
  };
  const compileWith = (archive: Archive, change: object) => ({
    ...archive,
    config: { ...archive.config, compile_config: { ...archive.config.compile_config, ...change } },
  });

  const HOSTILE: Readonly<Record<string, readonly [(a: Archive) => object, RegExp]>> = {
    "a missing count of updates": [(a) => with_(a, "optimizer/vars/0"), /optimizer\/vars\/0 is missing/],
    "a negative count of updates": [(a) => with_(a, "optimizer/vars/0", scalar(-1)), /a scalar was expected/],
    "a learning rate of NaN": [(a) => with_(a, "optimizer/vars/1", scalar(NaN)), /a scalar was expected/],
    "a learning rate of a list": [
      (a) => with_(a, "optimizer/vars/1", { dtype: "float32", shape: [2], data: new Float32Array(2) }),
      /a scalar was expected/,
    ],
    "a slot of another shape": [
      (a) => with_(a, "optimizer/vars/2", scalar(0)),
      /state of the optimizer does not fit/,
    ],
    "a slot at a huge number": [(a) => with_(a, "optimizer/vars/4294967290", scalar(0)), /is missing/],
    "a seed of -1": [
      (a) =>
        with_(
          a,
          [...a.weights.keys()].find((k) => k.includes("seed_generator"))!,
          {
            dtype: "int32",
            shape: [2],
            data: Int32Array.of(-1, 0),
          },
        ),
      /no seed/,
    ],
    "an unknown optimizer": [
      (a) => compileWith(a, { optimizer: { class_name: "Evil", config: {} } }),
      /"Evil"/,
    ],
    "an optimizer that is a number": [(a) => compileWith(a, { optimizer: 3 }), /not an optimizer/],
    "an unknown option of the optimizer": [
      (a) => compileWith(a, { optimizer: { class_name: "Adam", config: { zeta: 1 } } }),
      /zeta/,
    ],
    "a lambda for a loss": [
      (a) =>
        compileWith(a, { loss: { class_name: "__lambda__", config: { value: ["4wIAAA==", null, null] } } }),
      /no loss "__lambda__"/,
    ],
    "an unknown loss": [(a) => compileWith(a, { loss: "sparse_crossentropi" }), /no loss/],
    "a loss that is a number": [(a) => compileWith(a, { loss: 3 }), /this is no loss/],
    "a metric that is a number": [(a) => compileWith(a, { metrics: [[3]] }), /this is no metric/],
    "a name of Object.prototype": [(a) => compileWith(a, { loss: "constructor" }), /no loss "constructor"/],
    "compile_config as text": [
      (a) => ({ ...a, config: { ...a.config, compile_config: "adam" } }),
      /compile_config is no object/,
    ],
  };

  it.each(Object.keys(HOSTILE))("with %s gives a typed error", async (name) => {
    const [change, message] = HOSTILE[name]!;
    const bytes = kerasBytes(change(await trained()) as never);
    const load = models.loadModel(bytes, { loader });
    await expect(load).rejects.toBeInstanceOf(IsoformError);
    await expect(load).rejects.toThrow(message);
    if (/seed/.test(name)) return;
    // What is wrong concerns training only.
    expect((await models.loadModel(bytes, { loader, compile: false })).compiled).toBe(false);
  });

  it("gives typed errors wherever bytes are cut off or changed", async () => {
    const bytes = kerasBytes(await trained());
    const sources = [
      ...[0, 1, 100, 2000, bytes.length - 1].map((n) => bytes.slice(0, n)),
      ...Array.from({ length: 40 }, (_, i) => {
        const changed = bytes.slice();
        changed[Math.floor(((i + 0.5) / 40) * bytes.length)]! ^= 0xff;
        return changed;
      }),
    ];
    let refused = 0;
    for (const source of sources) {
      try {
        await models.loadModel(source, { loader });
      } catch (error) {
        refused++;
        expect(error).toBeInstanceOf(IsoformError);
      }
    }
    expect(refused).toBeGreaterThan(40);
  });

  it("is told apart: absent, a folder, no Keras file, an architecture, an old file", async () => {
    const load = (source: never) => models.loadModel(source, { loader: loadKeras });
    await expect(load(at("absent.keras") as never)).rejects.toMatchObject({ code: "file/not-found" });
    await expect(load(folder as never)).rejects.toMatchObject({ code: "file/not-a-file" });
    writeFileSync(at("text.keras"), "no model");
    await expect(load(at("text.keras") as never)).rejects.toThrow(/not a Keras file/);
    writeFileSync(at("model.json"), JSON.stringify(cnn().toJSON()));
    await expect(load(at("model.json") as never)).rejects.toThrow(/modelFromJson/);
    await expect(load(3 as never)).rejects.toThrow(/is no file/);
    await expect(load(null as never)).rejects.toThrow(/is no file/);
    await expect(loadKeras(new Uint8Array(9), { limits: { fileBytes: 4 } })).rejects.toThrow(/fileBytes/);
  });

  it("with another optimizer state goes on without it, and says so", async () => {
    const archive = await trained();
    const said: string[] = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => said.push(String(text)) > 0);
    const again = keras.saving.modelFromArchive(
      compileWith(archive, { optimizer: { class_name: "SGD", config: {} } }) as never,
    );
    expect(again.optimizer.iterations).toBe(0);
    expect(said.join("")).toMatch(/state of the optimizer was left out: the file has \d+ variables, \w+ 0\n/);
  });

  it("of weights keeps names of layers as attributes", async () => {
    const archive = await trained();
    const { names } = await loadKeras(kerasWeightsBytes(archive));
    expect(names?.get("layers/conv2d")).toBe("conv2d");
    expect(names?.get("optimizer")).toBe("adam");
  });
});
