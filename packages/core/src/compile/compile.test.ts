// compile on a backend without a compiler: state, values of the host, caching, checks, and what happens when tracing fails.
import { afterAll, describe, expect, it } from "vitest";
import { reference } from "@isoform/backend-reference";
import {
  add,
  cast,
  compile,
  countIndices,
  createRuntime,
  div,
  embedding,
  gather,
  sum,
  ones,
  grad,
  fromTypedArray,
  hostEffect,
  hostNumber,
  LifetimeError,
  keep,
  matmul,
  mean,
  mul,
  noGrad,
  NOT_WARM,
  rebind,
  refuseInTrace,
  relu,
  reshape,
  scope,
  sliceAxis,
  softmaxCrossEntropy,
  sqrt,
  sub,
  tensor,
  traceGuard,
  traceNotes,
  TRACK_GRAD,
  valueAndGrads,
  withName,
  verifyGraph,
  type Tensor,
} from "../index.js";

const runtime = await createRuntime({ backends: [reference()] });
afterAll(() => runtime.dispose());
const device = runtime.use();
const numbers = (t: Tensor) => Array.from(t.dataSync(), Number);

/** An MLP with Adam, as a step over tensors that live outside. */
function mlp() {
  const seeded = (shape: number[], seed: number) =>
    keep(
      tensor(
        Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * 1.7 + seed) * 0.4),
        { shape },
      ),
    );
  const params = [seeded([5, 8], 1), seeded([8], 2), seeded([8, 3], 3), seeded([3], 4)];
  const slots = params.map((p) => [keep(mul(p, 0)), keep(mul(p, 0))] as const);
  let t = 0;
  const loss =
    (x: Tensor, y: Tensor) =>
    (...w: Tensor[]) =>
      mean(softmaxCrossEntropy(add(matmul(relu(add(matmul(x, w[0]!), w[1]!)), w[2]!), w[3]!), y));
  const step = (x: Tensor, y: Tensor) =>
    scope(() => {
      const [value, grads] = valueAndGrads((...w) => loss(x, y)(...w), [0, 1, 2, 3])(...params);
      hostEffect(() => t++);
      const rate = hostNumber(() => (0.01 * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t));
      params.forEach((p, i) => {
        const g = grads[i]!;
        const [m, v] = slots[i]!;
        rebind(m, add(m, mul(sub(g, m), 0.1)));
        rebind(v, add(v, mul(sub(mul(g, g), v), 0.001)));
        rebind(p, sub(p, div(mul(m, rate), add(sqrt(v), 1e-7))));
      });
      return value;
    });
  return { params, step };
}

const batch = (rows: number, seed: number) =>
  [
    tensor(
      Array.from({ length: rows * 5 }, (_, i) => Math.cos(i * 0.9 + seed)),
      { shape: [rows, 5] },
    ),
    tensor(
      Array.from({ length: rows }, (_, i) => (i + seed) % 3),
      { dtype: "int32" },
    ),
  ] as const;

describe("compile", () => {
  it("trains as the eager step does, for every batch size with one program", () => {
    const [a, b] = [mlp(), mlp()];
    const compiled = compile(b.step, { verify: verifyGraph });
    for (let i = 0; i < 12; i++) {
      scope(() => {
        const [x, y] = batch(i % 4 === 3 ? 2 : 6, i);
        const want = a.step(x, y);
        const [got] = compiled(x, y);
        expect(numbers(got!)).toEqual(numbers(want));
      });
    }
    a.params.forEach((p, i) => expect(numbers(b.params[i]!)).toEqual(numbers(p)));
    expect(compiled.info()).toMatchObject({ programs: 2, notice: null });
    compiled.dispose();
  });

  it("leaves nothing behind", () => {
    const { step } = mlp();
    const compiled = compile(step);
    scope(() => void compiled(...batch(4, 0)));
    const before = device.memory().storages;
    for (let i = 0; i < 20; i++) scope(() => void compiled(...batch(4, i)));
    expect(device.memory().storages).toBe(before);
    compiled.dispose();
    expect(device.memory().storages).toBe(before);
  });

  it("leaves nothing behind where gradients do not go, nor where tracing fails", () => {
    const before = device.memory().storages;
    for (const fail of [false, true]) {
      scope(() => {
        const step = compile(
          (x: Tensor) =>
            grad((a: Tensor) => {
              mul(a, fromTypedArray(new Float32Array(10)));
              if (fail) throw new TypeError("on purpose");
              return sum(a);
            })(x),
          { warmUp: false },
        );
        if (fail) expect(() => step(ones([10]))).toThrow("on purpose");
        else expect(numbers(step(ones([10]))[0]!)).toEqual(Array(10).fill(1));
        step.dispose();
      });
      expect(device.memory().storages).toBe(before);
    }
    const weight = keep(ones([3]));
    const unused = compile((x: Tensor) => grad((a: Tensor) => (mul(a, weight), sum(a)))(x), {
      warmUp: false,
    });
    scope(() => void unused(ones([3])));
    unused.dispose();
    weight.dispose();
    expect(device.memory().storages).toBe(before);
  });

  it("runs eagerly where gradients are recorded through a call", () => {
    const square = compile((x: Tensor) => sum(mul(x, x)), { warmUp: false });
    for (let i = 0; i < 3; i++) {
      expect(numbers(grad((x: Tensor) => square(x)[0]!)(tensor([1, 2, 3])))).toEqual([2, 4, 6]);
      expect(square(tensor([1, 2]))[0]!.itemSync()).toBe(5);
    }
    expect(square.info()).toMatchObject({ programs: 1, notice: null });
  });

  it("runs eagerly where an argument gets another value", () => {
    const double = compile((x: Tensor) => (rebind(x, mul(x, 2)), add(x, 1)), { warmUp: false });
    const x = tensor([1]);
    expect([1, 2, 3].map(() => double(x)[0]!.itemSync())).toEqual([3, 5, 9]);
    expect(x.itemSync()).toBe(8);
    expect(double.info().notice).toContain("an argument in place");
  });

  it("refuses what returns no tensors", () => {
    const wrong: readonly object[] = [async (x: Tensor) => x, (x: Tensor) => x.shape, () => [tensor([1]), 2]];
    for (const fn of wrong) {
      expect(() => compile(fn as () => Tensor)(tensor([1]))).toThrow(
        /must return tensors[^]*must not be async/,
      );
    }
  });

  it("checks indices of arguments before every run", () => {
    const table = keep(
      tensor([
        [1, 2],
        [3, 4],
      ]),
    );
    const look = compile(
      (ids: Tensor) => {
        countIndices("embedding", ids, 2, { what: "the table" });
        return embedding(table, ids);
      },
      { warmUp: false },
    );
    expect(numbers(look(tensor([1, 0], { dtype: "int32" }))[0]!)).toEqual([3, 4, 1, 2]);
    expect(() => look(tensor([1, 2], { dtype: "int32" }))).toThrow("index 2 is outside the table of size 2");
    expect(look.info().notice).toBeNull();
  });

  it.each(["int64", "int32", "uint8"] as const)(
    "checks many indices, %s, eagerly and before every run",
    (dtype) => {
      const table = keep(tensor(Array.from({ length: 200 }, (_, i) => [i])));
      const look = (ids: Tensor): Tensor => {
        countIndices("embedding", ids, 200, { what: "the table" });
        return embedding(table, ids);
      };
      const compiled = compile(look, { warmUp: false });
      const ids = (bad: number) =>
        tensor(
          Array.from({ length: 5000 }, (_, i) => (i === 4321 ? bad : i % 200)),
          { dtype },
        );
      const before = device.memory().storages;
      scope(() => {
        expect(countIndices("embedding", ids(199), 200, { what: "the table" })).toBe(5000);
        expect(numbers(compiled(ids(199))[0]!)[4321]).toBe(199);
        for (const run of [look, compiled]) {
          expect(() => run(ids(200))).toThrow("index 200 is outside the table of size 200");
          if (dtype !== "uint8") {
            expect(() => run(ids(-1))).toThrow("index -1 is outside the table of size 200");
          }
        }
      });
      compiled.dispose();
      table.dispose();
      expect(device.memory().storages).toBe(before - 1);
    },
  );

  it("checks indices that are computed from an argument", () => {
    const table = keep(tensor([5, 6, 7]));
    const look = compile(
      (columns: Tensor) => {
        const ids = sub(sliceAxis(columns, 1, 1, 2), 10);
        countIndices("embedding", ids, 3, { what: "the table" });
        return gather(table, ids, 0);
      },
      { warmUp: false },
    );
    const rows = (...second: number[]) =>
      tensor(
        second.map((v) => [99, v]),
        { dtype: "int32" },
      );
    const before = device.memory().storages;
    expect(scope(() => numbers(look(rows(10, 12))[0]!))).toEqual([5, 7]);
    expect(() => scope(() => look(rows(10, 13)))).toThrow("index 3 is outside the table of size 3");
    look.dispose();
    expect(device.memory().storages).toBe(before);
    expect(look.info()).toMatchObject({ programs: 1, notice: null });
  });

  it("checks fractions as the integers that they are cast to, and names the layer", () => {
    const table = keep(tensor([5, 6, 7]));
    const look = compile(
      (labels: Tensor) =>
        withName("words", () => {
          const ids = cast(labels, "int32");
          countIndices("embedding", ids, 3, { what: "the table" });
          return gather(table, ids, 0);
        }),
      { warmUp: false },
    );
    expect(numbers(look(tensor([-0.5, 2.5]))[0]!)).toEqual([5, 7]);
    expect(() => look(tensor([1, 3]))).toThrow("embedding at words: index 3 is outside the table of size 3");
    expect(look.info().notice).toBeNull();
  });

  it("checks indices that are state before every run, and does not read state while tracing", () => {
    const table = keep(tensor([1, 2, 3]));
    const ids = keep(tensor([2, 0], { dtype: "int32" }));
    const look = compile(
      () => {
        const known = countIndices("look", ids, 3, { what: "the table" });
        const fixed = countIndices("look", tensor([1], { dtype: "int32" }), 3, { what: "the table" });
        expect([known, fixed]).toEqual([null, 1]);
        return embedding(reshape(table, [3, 1]), ids);
      },
      { warmUp: false },
    );
    expect(numbers(look()[0]!)).toEqual([3, 1]);
    rebind(ids, tensor([1, 1], { dtype: "int32" }));
    expect(numbers(look()[0]!)).toEqual([2, 2]);
    rebind(ids, tensor([1, 3], { dtype: "int32" }));
    expect(() => look()).toThrow("index 3 is outside the table of size 3");
    expect(look.info().notice).toBeNull();
    const scale = keep(tensor([2]));
    const reading = compile((x: Tensor) => mul(x, Number(scale.itemSync())), { warmUp: false });
    expect(numbers(reading(tensor([3]))[0]!)).toEqual([6]);
    rebind(scale, tensor([5]));
    expect(numbers(reading(tensor([3]))[0]!)).toEqual([15]);
    expect(reading.info().notice).toContain("a tensor is read while a step is compiled");
  });

  it("runs eagerly, and says why, what reads values", () => {
    const branch = compile((x: Tensor) => (Number(x.itemSync()) > 0 ? mul(x, 2) : add(x, 1)), {
      warmUp: false,
    });
    expect(numbers(branch(tensor([3]))[0]!)).toEqual([6]);
    expect(numbers(branch(tensor([-3]))[0]!)).toEqual([-2]);
    expect(branch.info().notice).toContain("a traced tensor has no value");
  });

  it("drops the program used least recently", () => {
    const twice = compile((x: Tensor) => mul(x, 2), { warmUp: false, maxPrograms: 2 });
    for (const n of [1, 2, 3, 1, 3]) twice(tensor(Array.from({ length: n }, () => 1)));
    expect(twice.info().programs).toBe(4);
    expect(() => compile((x: Tensor) => x, { maxPrograms: 0 })).toThrow("maxPrograms is 0");
  });

  it("hands arguments and constants on as results of their own", () => {
    const f = compile((x: Tensor) => [x, x, mul(tensor([1, 2]), 1)], { warmUp: false });
    const x = tensor([5, 6]);
    expect(f(x).map(numbers)).toEqual([
      [5, 6],
      [5, 6],
      [1, 2],
    ]);
  });

  it("makes another program when what a program was made for no longer holds", () => {
    let factor = 2;
    let frozen = false;
    const w = keep(tensor([3]));
    const f = compile(
      (x: Tensor) => {
        const [now, held] = [factor, frozen];
        traceGuard(() => factor === now && frozen === held);
        return mul(mul(x, w), now);
      },
      { warmUp: false },
    );
    const one = tensor([1]);
    expect(numbers(f(one)[0]!)).toEqual([6]);
    factor = 5;
    expect(numbers(f(one)[0]!)).toEqual([15]);
    factor = 2;
    expect(numbers(f(one)[0]!)).toEqual([6]);
    expect(f.info().programs).toBe(2);
    frozen = true;
    w._track |= TRACK_GRAD;
    noGrad(() => expect(numbers(f(one)[0]!)).toEqual([6]));
    expect(f.info()).toMatchObject({ programs: 3, notice: null });
  });

  it("runs once more when state is missing, and says so when it stays missing", () => {
    let state: Tensor | null = null;
    const step = compile(
      (x: Tensor) => {
        if (state === null) {
          refuseInTrace("step", "there is no state yet", "run it");
          state = keep(mul(x, 0));
        }
        rebind(state, add(state, x));
        return state;
      },
      { warmUp: false },
    );
    expect(numbers(step(tensor([1]))[0]!)).toEqual([1]);
    expect(step.info().notice).toContain("there is no state yet");

    let slot: Tensor | null = null;
    const patient = compile(
      (x: Tensor) => {
        if (slot === null && traceNotes() !== null) {
          throw new LifetimeError("there is no state yet", { code: NOT_WARM });
        }
        slot ??= keep(mul(x, 0));
        rebind(slot, add(slot, x));
        return mul(slot, 1);
      },
      { warmUp: false },
    );
    expect([1, 2, 3].map((v) => numbers(patient(tensor([v]))[0]!)[0])).toEqual([1, 3, 6]);
    expect(patient.info()).toMatchObject({ programs: 1, notice: null });
    const never = compile(
      () => {
        if (traceNotes() !== null) throw new LifetimeError("never warm", { code: NOT_WARM });
      },
      { warmUp: false },
    );
    for (let i = 0; i < 6; i++) never();
    expect(never.info().notice).toContain("never warm");
  });

  it("lets errors of the caller through and compiles all the same afterwards", () => {
    const f = compile((a: Tensor, b: Tensor) => matmul(a, b), { warmUp: false });
    const a = tensor([[1, 2]]);
    expect(() => f(a, a)).toThrow("matmul");
    expect(f.info().notice).toBeNull();
    expect(numbers(f(a, tensor([[3], [4]]))[0]!)).toEqual([11]);
    expect(f.info()).toMatchObject({ programs: 1, notice: null });
  });

  it("runs eagerly when state that it writes to is an argument too", () => {
    const w = keep(tensor([1, 2]));
    const step = compile(
      (x: Tensor) => {
        rebind(w, add(w, 1));
        return mul(x, 10);
      },
      { warmUp: false },
    );
    expect(numbers(step(w)[0]!)).toEqual([20, 30]);
    expect(numbers(step(tensor([1, 2]))[0]!)).toEqual([10, 20]);
    expect(numbers(step(w)[0]!)).toEqual([40, 50]);
    expect(numbers(w)).toEqual([4, 5]);
  });

  it("refuses state that would stay part of a recorded graph, and tensors of an earlier trace", () => {
    const p = keep(tensor([2]));
    p._track |= TRACK_GRAD;
    const state = keep(tensor([0]));
    const recorded = compile((x: Tensor) => void rebind(state, mul(p, x)), { warmUp: false });
    recorded(tensor([3]));
    expect(recorded.info().notice).toContain("part of the recorded graph");
    let last: Tensor | null = null;
    const escaping = compile((x: Tensor) => (last = last === null ? mul(x, 1) : add(last, x)), {
      warmUp: false,
    });
    expect(numbers(escaping(tensor([1]))[0]!)).toEqual([1]);
    expect(() => escaping(tensor([1, 2]))).toThrow(/after its trace ended|has no value/);
  });

  it("takes numbers of the host in the dtype that is asked for", () => {
    const wide = tensor([1], { dtype: "float64" });
    const f = compile(
      () =>
        mul(
          wide,
          hostNumber(() => 0.1, "float64"),
        ),
      { warmUp: false },
    );
    expect(numbers(f()[0]!)).toEqual([0.1]);
  });
});
