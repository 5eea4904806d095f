// TensorFlow.js on its wasm or cpu backend. Layouts are its own (NHWC); tensors stay on the device.
import { permute } from "../lib/data.mjs";
import { importPeer } from "../lib/peers.mjs";
import { adapterOf, checkedLosses, Lacking } from "./common.mjs";

let tf;
/** Tensors made for the case under preparation. */
let owned = [];

async function start(backend, threads) {
  if (!tf) {
    // Registers the gradients.
    await importPeer("@tensorflow/tfjs");
    tf = await importPeer("@tensorflow/tfjs-core");
  }
  const pkg = await importPeer(`@tensorflow/tfjs-backend-${backend}`);
  if (backend === "wasm" && threads > 1) pkg.setThreadsCount(threads);
  if (!(await tf.setBackend(backend))) throw new Lacking(`the ${backend} backend does not start`);
  return backend === "wasm" ? threadsOf(pkg) : 1;
}
const threadsOf = (pkg) => {
  try {
    return pkg.getThreadsCount();
  } catch {
    return 1; // It has no threads in Node.
  }
};

const own = (data, shape) => {
  const t = tf.tensor(data, shape, "float32");
  owned.push(t);
  return t;
};
const variable = (data, shape) => {
  const v = tf.tidy(() => tf.variable(tf.tensor(data, shape, "float32")));
  owned.push(v);
  return v;
};
const tensor = ({ data, shape }) => own(data, shape);
const toNhwc = ({ data, shape }) => [permute(data, shape, [0, 2, 3, 1]), [0, 2, 3, 1].map((a) => shape[a])];

function conv({ inputs, attrs }) {
  const [x, w] = inputs;
  const images = own(...toNhwc(x));
  const depthwise = attrs.groups > 1;
  const perm = depthwise ? [2, 3, 0, 1] : [2, 3, 1, 0];
  const filter = own(
    permute(w.data, w.shape, perm),
    perm.map((a) => w.shape[a]),
  );
  const run = depthwise
    ? () => tf.depthwiseConv2d(images, filter, 1, "same")
    : () => tf.conv2d(images, filter, 1, "same");
  return { run, read: (y) => permute(y.dataSync(), y.shape, [0, 3, 1, 2]) };
}

const plain = (make) => (c) => {
  const t = Object.fromEntries(c.inputs.map((i) => [i.name, tensor(i)]));
  return { run: () => make(t, c.attrs), read: (y) => y.dataSync() };
};
const OPS = {
  matmul: plain(({ a, b }) => tf.matMul(a, b)),
  conv,
  exp: plain(({ x }) => tf.exp(x)),
  tanh: plain(({ x }) => tf.tanh(x)),
  gelu: plain(({ x }) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))),
  softmax: plain(({ x }) => tf.softmax(x)),
  // As its LayerNormalization layer computes it.
  layernorm: plain(({ x, scale, bias }) => {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), scale), bias);
  }),
  sum: plain(({ x }) => tf.sum(x)),
  transpose: plain(({ x }) => tf.transpose(x)),
  dispatch: plain(({ a, b }, { repeats }) => {
    let y = a;
    for (let i = 0; i < repeats; i++) y = tf.add(y, b);
    return y;
  }),
};

/** Weights of PyTorch's layouts as variables of this one's. */
const swapped = (p) => variable(permute(p.data, p.shape, [1, 0]), [p.shape[1], p.shape[0]]);
const vector = (p) => variable(p.data, p.shape);
const filter = (p) =>
  variable(
    permute(p.data, p.shape, [2, 3, 1, 0]),
    [2, 3, 1, 0].map((a) => p.shape[a]),
  );

const MODELS = {
  mlp: ({ inputs }) => {
    const [x, , ...p] = inputs;
    const [images, v] = [tensor(x), p.map((q) => (q.shape.length === 2 ? swapped(q) : vector(q)))];
    return () => {
      let h = images;
      for (let i = 0; i < v.length; i += 2) {
        h = tf.add(tf.matMul(h, v[i]), v[i + 1]);
        if (i + 2 < v.length) h = tf.relu(h);
      }
      return h;
    };
  },
  cnn: ({ inputs }) => {
    const [x, , w1, b1, w2, b2, w3, b3] = inputs;
    const images = own(...toNhwc(x));
    const [k1, c1, k2, c2, c3] = [filter(w1), vector(b1), filter(w2), vector(b2), vector(b3)];
    const dense = variable(permute(w3.data, [10, 64, 7, 7], [2, 3, 1, 0]), [64 * 49, 10]);
    const block = (h, k, b) => tf.maxPool(tf.relu(tf.add(tf.conv2d(h, k, 1, "same"), b)), 2, 2, "valid");
    return () =>
      tf.add(tf.matMul(tf.reshape(block(block(images, k1, c1), k2, c2), [-1, 64 * 49]), dense), c3);
  },
  lstm: ({ inputs, attrs }) => {
    const [x, , wIh, wHh, bIh, bHh, w, b] = inputs;
    const { units, features, batch, steps } = attrs;
    const images = tensor(x);
    // basicLSTMCell has the gates in the order i, g, f, o, side by side.
    const order = (data, rows) => {
      const block = rows * units;
      const gates = permute(data, [rows, 4, units], [1, 0, 2]);
      const swap = Float32Array.from(
        [0, 2, 1, 3].flatMap((k) => [...gates.subarray(k * block, (k + 1) * block)]),
      );
      return permute(swap, [4, rows, units], [1, 0, 2]);
    };
    const rows = [wIh, wHh].flatMap((w) => [...permute(w.data, w.shape, [1, 0])]);
    const kernel = variable(order(Float32Array.from(rows), features + units), [features + units, 4 * units]);
    const bias = variable(
      order(
        bIh.data.map((v, i) => v + bHh.data[i]),
        1,
      ),
      [4 * units],
    );
    const [dense, last] = [swapped(w), vector(b)];
    const forget = own(Float32Array.of(0), []);
    return () => {
      let [h, c] = [tf.zeros([batch, units]), tf.zeros([batch, units])];
      for (const xt of tf.unstack(images).slice(0, steps))
        [c, h] = tf.basicLSTMCell(forget, kernel, bias, xt, c, h);
      return tf.add(tf.matMul(h, dense), last);
    };
  },
};

function training(c) {
  const forward = adapterOf(MODELS, c.attrs.model)(c);
  const y = c.inputs[1];
  const classes = tf.tidy(() => {
    const width = c.inputs.at(-1).shape[0];
    return tf.cast(tf.oneHot(tf.tensor1d(Int32Array.from(y.data), "int32"), width), "float32");
  });
  owned.push(classes);
  const optimizer = tf.train.adam(c.attrs.learningRate, 0.9, 0.999, 1e-8);
  const cost = () => tf.neg(tf.mean(tf.sum(tf.mul(classes, tf.logSoftmax(forward())), -1)));
  const step = (read) =>
    tf.tidy(() => {
      const loss = optimizer.minimize(cost, read);
      return read ? loss.dataSync()[0] : null;
    });
  return { call: () => void step(false), output: () => checkedLosses(c, () => step(true)), optimizer };
}

/** Opens "wasm" or "cpu". */
export async function open(backend, threads) {
  const used = await start(backend, threads);
  return {
    threads: used,
    note: used < threads ? "one thread: it has no more in Node" : null,
    async prepare(c) {
      if (c.kind === "model") throw new Lacking("no model file of its own format");
      owned = [];
      const { optimizer, ...made } = c.kind === "train" ? training(c) : single(adapterOf(OPS, c.kind)(c));
      const tensors = owned;
      const dispose = () => {
        optimizer?.dispose();
        tensors.forEach((t) => t.dispose());
      };
      return { ...made, dispose };
    },
  };
}

function single({ run, read }) {
  return {
    call: () => tf.tidy(() => void run()),
    output: async () => {
      // Not as tidy's result, which would look for tensors among its elements.
      let values;
      tf.tidy(() => {
        values = new Float32Array(read(run()));
      });
      return values;
    },
  };
}
