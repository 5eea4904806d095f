// 200 random graphs of up to 40 operations, with their gradients: compiled gives what eager gives, bit for bit.
import { beforeAll, expect, it } from "vitest";
import {
  abs,
  add,
  broadcastTo,
  cast,
  compile,
  concat,
  cumsum,
  div,
  exp,
  flip,
  lt,
  matmul,
  max,
  maximum,
  mean,
  mul,
  neg,
  reshape,
  scope,
  setBackend,
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
  verifyGraph,
  type Tensor,
} from "@isoform/core";
import { cpu } from "../backend.js";

const GRAPHS = 200;

beforeAll(async () => {
  await setBackend(cpu());
});

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

const RULES: readonly Rule[] = [
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

const SHAPES = [[3, 4], [4], [4, 3], [], [1, 4], [2, 3, 4], [5]];

it.each(Array.from({ length: GRAPHS }, (_, i) => i))("graph %i", (seed) => {
  scope(() => {
    const next = random(seed + 1000);
    const inputs = Array.from({ length: 2 + next(3) }, (_, k) => {
      const shape = SHAPES[next(SHAPES.length)]!;
      const n = shape.reduce((a, b) => a * b, 1);
      return tensor(
        Array.from({ length: n }, (_, i) => Math.sin(i * 1.7 + k + seed)),
        { shape },
      );
    });
    const f = program(seed);
    const loss = (...x: Tensor[]) => f(...x).reduce((s, t) => add(s, mean(t)), tensor(0));
    const step = (...x: Tensor[]) => {
      const [value, grads] = valueAndGrads(loss, [...x.keys()])(...x);
      return [value, ...grads, ...f(...x)];
    };
    const want = step(...inputs);
    const compiled = compile(step, { warmUp: false, verify: verifyGraph });
    const got = compiled(...inputs);
    expect(compiled.info().notice).toBeNull();
    want.forEach((t, i) => {
      expect(got[i]!.shape).toEqual(t.shape);
      expect(got[i]!.dataSync()).toEqual(t.dataSync());
    });
    compiled.dispose();
  });
});
