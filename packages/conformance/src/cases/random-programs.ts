// Random programs of up to 40 operations with their gradients, to hold compiled steps against eager ones.
import {
  abs,
  add,
  broadcastTo,
  cast,
  concat,
  conv,
  cumsum,
  div,
  exp,
  flip,
  lt,
  matmul,
  max,
  maxPool,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  relu,
  reshape,
  sigmoid,
  slice,
  softmax,
  sqrt,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  valueAndGrads,
  where,
  type Tensor,
} from "@isoform/core";

/** Park and Miller's generator. */
function random(seed: number): (below: number) => number {
  let state = (seed * 7919 + 12345) % 2147483647;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

type Rule = (pick: () => Tensor, next: (below: number) => number) => Tensor | null;

const unary =
  (f: (x: Tensor) => Tensor): Rule =>
  (pick) =>
    f(pick());
const binary =
  (f: (a: Tensor, b: Tensor) => Tensor): Rule =>
  (pick) => {
    const a = pick();
    const b = pick();
    const fits = a.shape.every((n, i) => {
      const m = b.shape[i - a.rank + b.rank];
      return m === undefined || m === n || m === 1 || n === 1;
    });
    return fits ? f(a, b) : null;
  };

/** A constant, the same every time. */
const constant = (shape: readonly number[]): Tensor =>
  tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 2.3 + shape.length)),
    { shape: [...shape] },
  );

/** x and something that is broadcast along some axes, so that a row, a column, a channel or all of x meet it. */
const spread: Rule = (pick, next) => {
  const x = pick();
  const b = constant(x.shape.map((n) => (next(2) === 0 ? n : 1)));
  return [add, mul, maximum][next(3)]!(x, b);
};

/** A convolution: 1x1, 3x3 (with many channels by Winograd's method), with strides, groups, or a channel each. */
const convolution: Rule = (pick, next) => {
  const x = pick();
  if (x.rank !== 4 || x.shape[2]! < 3 || x.shape[3]! < 3) return null;
  const channels = x.shape[1]!;
  const groups = [1, 1, channels % 2 === 0 ? 2 : 1, channels][next(4)]!;
  const outputs = groups * (1 + next(groups === 1 ? 9 : 2));
  const size = next(2) === 0 ? 1 : 3;
  const step = 1 + next(2);
  const pad = [0, 1][next(2)]!;
  const padding = [
    [pad, pad],
    [pad, pad],
  ] as const;
  // Weights that depend on an input have a gradient.
  const w = mul(constant([outputs, channels / groups, size, size]), add(mean(pick()), 1));
  return conv(x, w, { strides: [step, step], padding, groups });
};

const RULES: readonly Rule[] = [
  spread,
  spread,
  unary(relu),
  unary((x) => minimum(maximum(x, -0.5), 1)),
  convolution,
  convolution,
  convolution,
  (pick, next) => {
    const x = pick();
    return x.rank < 2 ? null : matmul(x, mul(constant([x.shape.at(-1)!, 1 + next(9)]), add(mean(pick()), 1)));
  },
  (pick, next) => {
    const x = pick();
    if (x.rank !== 4 || x.shape[2]! < 2 || x.shape[3]! < 2) return null;
    const pad = [0, 0] as const;
    const step = 1 + next(2);
    return maxPool(x, { window: [2, 2], strides: [step, step], padding: [pad, pad] });
  },
  // Loops that end in reductions, some of whose terms nobody else needs.
  (pick, next) => {
    const x = pick();
    const axes = x.shape.map((_, i) => i).filter(() => next(2) === 0);
    return [sum, mean, max][next(3)]!(mul(x, tanh(x)), axes);
  },
  (pick, next) => {
    const x = pick();
    const axes = x.shape.map((_, i) => i).filter(() => next(2) === 0);
    const y = add(x, 1);
    return add(sum(y, axes, { keepDims: true }), mul(sum(mul(y, x), axes, { keepDims: true }), y));
  },
  unary(neg),
  unary(abs),
  unary((x) => exp(mul(tanh(x), 0.5))),
  unary((x) => sqrt(add(mul(x, x), 1))),
  unary(tanh),
  unary(sigmoid),
  unary((x) => mul(x, 0.75)),
  unary((x) => add(x, -1.5)),
  binary(add),
  binary(sub),
  binary((a, b) => mul(tanh(a), b)),
  binary((a, b) => div(a, add(mul(b, b), 1))),
  binary(maximum),
  binary((a, b) => where(lt(a, b), a, mul(b, 0.5))),
  unary((x) => cast(cast(mul(tanh(x), 100), "int32"), "float32")),
  (pick, next) => {
    const x = pick();
    return x.rank === 0 ? null : sum(x, next(x.rank), { keepDims: next(2) === 0 });
  },
  (pick, next) => {
    const x = pick();
    return x.rank === 0 ? null : max(x, next(x.rank), { keepDims: true });
  },
  (pick) => {
    const x = pick();
    return x.rank === 0 ? null : softmax(x, -1);
  },
  (pick) => {
    const x = pick();
    return x.rank < 2 ? null : transpose(x, [...x.shape.keys()].reverse());
  },
  (pick) => {
    const x = pick();
    return reshape(x, [x.size]);
  },
  (pick, next) => {
    const x = pick();
    const axis = x.rank === 0 ? -1 : next(x.rank);
    if (axis < 0 || x.shape[axis]! < 2) return null;
    return slice(
      x,
      x.shape.map((_, i) => (i === axis ? 1 : 0)),
      x.shape,
    );
  },
  (pick, next) => {
    const x = pick();
    return x.rank === 0 ? null : flip(x, [next(x.rank)]);
  },
  (pick, next) => {
    const x = pick();
    return x.rank === 0 || x.size > 200 ? null : concat([x, mul(x, 2)], next(x.rank));
  },
  (pick) => {
    const a = pick();
    const b = pick();
    return a.rank === 2 && b.rank === 2 && a.shape[1] === b.shape[0] ? matmul(a, b) : null;
  },
  (pick, next) => {
    const x = pick();
    return x.rank === 0 ? null : cumsum(x, next(x.rank));
  },
  (pick) => {
    const x = pick();
    return x.rank > 3 || x.size > 100 ? null : broadcastTo(x, [2, ...x.shape]);
  },
];

/** A function that is the same every time it is called: it draws its operations anew from the seed. */
function program(seed: number): (...inputs: Tensor[]) => Tensor[] {
  return (...inputs) => {
    const next = random(seed);
    const values = [...inputs];
    const length = 3 + next(38);
    for (let i = 0; i < length; i++) {
      const pick = () => values[Math.max(0, values.length - 1 - next(Math.min(values.length, 6)))]!;
      const made = RULES[next(RULES.length)]!(pick, next);
      if (made !== null && made.size <= 600) values.push(made);
    }
    return values.slice(inputs.length).slice(-3);
  };
}

const IMAGES = [
  [2, 8, 5, 6],
  [1, 8, 7, 4],
  [3, 2, 5, 5],
];
const SHAPES = [[3, 4], [4], [4, 3], [], [1, 4], [2, 3, 4], [5], ...IMAGES, ...IMAGES];

/** A step made from a seed: the same operations every time. */
export interface RandomStep {
  /** New inputs: 2 to 4 float32 tensors of up to 4 axes. */
  inputs(): Tensor[];
  /** The loss, its gradients, and the last results of the program. */
  run(...inputs: Tensor[]): Tensor[];
}

/**
 * A random program as a training step would be: elementwise chains, products, convolutions, pooling, reductions, views, with the
 * gradients of a loss. Every size is small: at most 600 elements. Never throws itself; its methods throw LifetimeError where
 * no backend is set.
 */
export function randomStep(seed: number): RandomStep {
  const f = program(seed);
  const loss = (...x: Tensor[]): Tensor => f(...x).reduce((s, t) => add(s, mean(t)), tensor(0));
  return {
    inputs() {
      const next = random(seed + 1000);
      return Array.from({ length: 2 + next(3) }, (_, k) => {
        const shape = SHAPES[next(SHAPES.length)]!;
        const n = shape.reduce((a, b) => a * b, 1);
        const data = Array.from({ length: n }, (_, i) => Math.sin(i * 1.7 + k + seed));
        return tensor(data, { shape });
      });
    },
    run(...x) {
      const [value, grads] = valueAndGrads(loss, [...x.keys()])(...x);
      return [value, ...grads, ...f(...x)];
    },
  };
}
