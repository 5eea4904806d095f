// jax-js on its wasm backend; everything but the eager adds under jit. Its arrays are moved into calls: `.ref` keeps one.
import { permute } from "../lib/data.mjs";
import { importPeer } from "../lib/peers.mjs";
import { adapterOf, checkedLosses, Lacking } from "./common.mjs";

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** Opens the engine. */
export async function open(threads) {
  const jax = await importPeer("@jax-js/jax");
  const { numpy: np, nn, lax, jit } = jax;
  if (!(await jax.init("wasm")).includes("wasm")) throw new Lacking("its wasm backend does not start");
  jax.defaultDevice("wasm");
  const array = ({ data, shape }) => (shape.length === 1 ? np.array(data) : np.array(data).reshape(shape));

  const OPS = {
    matmul: () => (a, b) => np.matmul(a, b),
    conv:
      ({ pad, groups }) =>
      (x, w) =>
        lax.convGeneralDilated(
          x,
          w,
          [1, 1],
          [
            [pad, pad],
            [pad, pad],
          ],
          { featureGroupCount: groups },
        ),
    exp: () => (x) => np.exp(x),
    tanh: () => (x) => np.tanh(x),
    gelu: () => (x) => nn.gelu(x, { approximate: false }),
    softmax: () => (x) => nn.softmax(x, -1),
    layernorm: () => (x, scale, bias) => nn.standardize(x, -1).mul(scale).add(bias),
    sum: () => (x) => np.sum(x),
    transpose: () => (x) => np.transpose(x),
  };

  function single(c) {
    const inputs = c.inputs.map(array);
    let run;
    if (c.kind === "dispatch") {
      run = () => {
        let y = inputs[0].ref;
        for (let i = 0; i < c.attrs.repeats; i++) y = np.add(y, inputs[1].ref);
        return y;
      };
    } else {
      const f = jit(adapterOf(OPS, c.kind)(c.attrs));
      run = () => f(...inputs.map((i) => i.ref));
    }
    return {
      call: async () => {
        const y = run();
        await jax.blockUntilReady(y);
        y.dispose();
      },
      output: async () => Float32Array.from(await run().data()),
      dispose: () => inputs.forEach((i) => i.dispose()),
    };
  }

  const MODELS = {
    mlp: () => (p, x) => {
      let h = x;
      for (let i = 0; i < p.length; i += 2) {
        h = np.matmul(h, p[i]).add(p[i + 1]);
        if (i + 2 < p.length) h = nn.relu(h);
      }
      return h;
    },
    cnn:
      () =>
      ([w1, b1, w2, b2, w3, b3], x) => {
        const pad = [
          [1, 1],
          [1, 1],
        ];
        const pool = (h, [n, c, s]) => np.max(h.reshape([n, c, s / 2, 2, s / 2, 2]), [3, 5]);
        const block = (h, w, b, shape) =>
          pool(nn.relu(lax.convGeneralDilated(h, w, [1, 1], pad).add(b.reshape([1, shape[1], 1, 1]))), shape);
        const h = block(block(x, w1, b1, [64, 32, 28]), w2, b2, [64, 64, 14]);
        return np.matmul(h.reshape([64, 64 * 49]), w3).add(b3);
      },
  };

  function training(c) {
    const forward = adapterOf(MODELS, c.attrs.model)(c.attrs);
    const [x, y, ...given] = c.inputs;
    const images = array(x);
    const width = given.at(-1).shape[0];
    const target = new Float32Array(y.data.length * width);
    y.data.forEach((k, i) => (target[i * width + k] = 1));
    const classes = array({ data: target, shape: [y.data.length, width] });
    const weights = given.map((p) =>
      p.shape.length === 2
        ? { data: permute(p.data, p.shape, [1, 0]), shape: [p.shape[1], p.shape[0]] }
        : { data: p.data, shape: p.shape },
    );
    const lr = c.attrs.learningRate;
    const cost = (p, xs, ts) => np.mean(np.sum(nn.logSoftmax(forward(p, xs), -1).mul(ts), -1)).neg();
    const update = jit((p, m, v, rate1, rate2, xs, ts) => {
      const [loss, g] = jax.valueAndGrad(cost)(
        p.map((q) => q.ref),
        xs,
        ts,
      );
      const [p1, m1, v1] = [[], [], []];
      for (let i = 0; i < p.length; i++) {
        const mi = m[i].mul(BETA1).add(g[i].ref.mul(1 - BETA1));
        const vi = v[i].mul(BETA2).add(g[i].ref.mul(g[i]).mul(1 - BETA2));
        const denominator = np.sqrt(vi.ref.mul(rate2.ref)).add(EPSILON);
        p1.push(p[i].sub(mi.ref.mul(rate1.ref).div(denominator).mul(lr)));
        m1.push(mi);
        v1.push(vi);
      }
      rate1.dispose();
      rate2.dispose();
      return [loss, p1, m1, v1];
    });
    const zeros = (w) => array({ data: new Float32Array(w.data.length), shape: w.shape });
    let [p, m, v] = [weights.map(array), weights.map(zeros), weights.map(zeros)];
    let t = 0;
    const step = () => {
      t++;
      const rates = [1 / (1 - BETA1 ** t), 1 / (1 - BETA2 ** t)].map((r) => np.array(r));
      let loss;
      [loss, p, m, v] = update(p, m, v, ...rates, images.ref, classes.ref);
      return loss;
    };
    return {
      call: async () => {
        const loss = step();
        await jax.blockUntilReady([loss, ...p, ...m, ...v]);
        loss.dispose();
      },
      output: () => checkedLosses(c, async () => (await step().data())[0]),
      dispose: () => [...p, ...m, ...v, images, classes].forEach((a) => a.dispose()),
    };
  }

  return {
    threads: 1,
    note: threads > 1 ? "one thread: it has no more in Node" : null,
    async prepare(c) {
      if (c.kind === "model") throw new Lacking("no model file of its own format");
      return c.kind === "train" ? training(c) : single(c);
    },
  };
}
