// Fusion as a pass over graphs: what joins, what does not, and that units come after what they need.
import { describe, expect, it } from "vitest";
import {
  abs,
  add,
  BINARY_FNS,
  broadcastTo,
  exp,
  fuse,
  matmul,
  mul,
  neg,
  reshape,
  sqrt,
  sub,
  sum,
  tanh,
  trace,
  transpose,
  UNARY_FNS,
  type Fusable,
  type FusedUnit,
  type GraphNode,
  type Tensor,
  type Unit,
} from "../index.js";

const names = new Set<string>([...UNARY_FNS, ...BINARY_FNS]);

type Fn = (...x: Tensor[]) => Tensor | readonly Tensor[];

/** Units of a function of float32 tensors; every node is in one of them, after what it needs. */
function unitsOf(fn: Fn, ...shapes: (readonly number[])[]): Unit[] {
  return unitsWith({}, fn, ...shapes);
}

function unitsWith(more: Partial<Fusable>, fn: Fn, ...shapes: (readonly number[])[]): Unit[] {
  const specs = shapes.map((shape) => ({ shape, dtype: "float32" as const }));
  const graph = trace((...x) => [fn(...x)].flat(), specs);
  const units = fuse(graph, {
    elementwise: (n) => names.has(n.op.id),
    head: (n) => n.op.id === "matmul",
    tail: (n) => n.op.id === "reduce",
    ...more,
  });
  const known = new Set([...graph.inputs, ...graph.constants.keys()]);
  const nodes = units.flatMap((u) =>
    u.kind === "op" ? [u.node] : [...(u.head ? [u.head] : []), ...u.nodes, ...(u.tail ? [u.tail] : [])],
  );
  for (const n of nodes) {
    for (const v of n.inputs) expect(v === null || known.has(v), `${n.op.id} comes too early`).toBe(true);
    for (const v of n.outputs) known.add(v);
  }
  expect(new Set(nodes)).toEqual(new Set(graph.nodes));
  return units;
}

const ids = (nodes: readonly { readonly op: { readonly id: string } }[]): string =>
  nodes.map((n) => n.op.id).join();
/** Units other than views: an operation, or what is before, in and after a loop. */
const texts = (units: readonly Unit[]): string[] =>
  units.flatMap((u) => {
    if (u.kind === "op") return u.node.op.view ? [] : [u.node.op.id];
    return [[u.head ? ids([u.head]) : "", ids(u.nodes), u.tail ? ids([u.tail]) : ""].join("|")];
  });

describe("loops", () => {
  it("are runs of elementwise operations over one shape", () => {
    const units = unitsOf((a, b) => [add(exp(a!), a!), tanh(neg(b!))], [3, 4], [4]);
    expect(texts(units)).toEqual(["|exp,add|", "|neg,tanh|"]);
  });
  it("read what is broadcast", () => {
    const units = unitsOf((a, b) => mul(exp(a!), broadcastTo(tanh(b!), [3, 4])), [3, 4], [4]);
    expect(texts(units)).toEqual(["|tanh|", "|exp,mul|"]);
  });
  it("end where a result would wait for itself", () => {
    const units = unitsOf(
      (a) => {
        const e = exp(a!);
        return sub(e, broadcastTo(sum(e, [1], { keepDims: true }), [3, 4]));
      },
      [3, 4],
    );
    expect(texts(units)).toEqual(["|exp|reduce", "|sub|"]);
  });
  it("do not wait for themselves through loops that grew", () => {
    unitsOf(
      (x, y, p, q) => {
        const a = exp(x!);
        const b = matmul(matmul(p!, a), q!);
        const m = tanh(y!);
        // The loop of `a` grows, so that `b` comes after `m`, which therefore cannot be computed with what reads `b`.
        const late = add(a, matmul(matmul(q!, m), p!));
        return [late, mul(m, b)];
      },
      [2, 2],
      [3, 3],
      [3, 2],
      [2, 3],
    );
  });
});

describe("heavy operations", () => {
  const heavy = { heavy: (n: GraphNode) => n.op.id === "exp" || n.op.id === "tanh" };
  it("are not after one another in a loop", () => {
    const units = unitsWith(heavy, (a) => neg(tanh(mul(exp(add(a!, a!)), a!))), [8]);
    expect(texts(units)).toEqual(["|add,exp,mul|", "|tanh,neg|"]);
  });
  it("may be beside one another", () => {
    const units = unitsWith(heavy, (a) => add(tanh(a!), exp(neg(a!))), [8]);
    expect(texts(units)).toEqual(["|tanh,neg,exp,add|"]);
  });
});

describe("heads", () => {
  it("make what a loop reads", () => {
    const units = unitsOf((a, b, c) => exp(add(matmul(a!, b!), c!)), [3, 5], [5, 4], [4]);
    expect(texts(units)).toEqual(["matmul|add,exp|"]);
    expect((units.at(-1) as FusedUnit).reads.map((v) => v.shape)).toEqual([
      [3, 4],
      [3, 4],
    ]);
  });
  it("may be read elsewhere too", () => {
    const units = unitsOf(
      (a, b) => {
        const c = matmul(a!, b!);
        return [c, exp(c), sum(c)];
      },
      [3, 5],
      [5, 4],
    );
    expect(texts(units)).toEqual(["matmul|exp|", "reduce"]);
  });
  it("are one of several", () => {
    const units = unitsOf((a, b) => neg(add(matmul(a!, b!), exp(matmul(b!, a!)))), [4, 4], [4, 4]);
    expect(texts(units)).toEqual(["matmul", "matmul|exp,add,neg|"]);
  });
  it("do not wait for much else", () => {
    const after = (others: number): string[] =>
      texts(
        unitsOf(
          (a, b) => {
            const c = matmul(a!, b!);
            let d = b!;
            for (let i = 0; i < others; i++) d = transpose(d, [1, 0]);
            return [d, exp(c)];
          },
          [4, 4],
          [4, 4],
        ),
      );
    expect(after(15)).toEqual(["matmul|exp|"]);
    expect(after(16)).toEqual(["matmul", "|exp|"]);
  });
  it("do not make a loop wait for itself", () => {
    const units = unitsOf(
      (a, b) => {
        const c = matmul(a!, b!);
        return add(exp(c), matmul(c, b!));
      },
      [4, 4],
      [4, 4],
    );
    expect(texts(units)).toEqual(["matmul", "matmul|exp,add|"]);
  });
});

describe("tails", () => {
  it("reduce what a loop makes, and tell what is needed for nothing else", () => {
    const passes = (fn: Fn): [string[], boolean] => {
      const units = unitsOf(fn, [3, 4], [3, 4]);
      return [texts(units), (units[0] as FusedUnit).passing];
    };
    const square = (a: Tensor, b: Tensor): Tensor => mul(sub(a, b), sub(a, b));
    expect(passes((a, b) => sum(square(a!, b!), [0]))).toEqual([["|sub,sub,mul|reduce"], true]);
    expect(
      passes((a, b) => {
        const d = square(a!, b!);
        return [d, sum(d, [0])];
      }),
    ).toEqual([["|sub,sub,mul|reduce"], false]);
  });
  it("are one of several", () => {
    const units = unitsOf(
      (a) => {
        const e = exp(a!);
        return [sum(e, [0]), sum(e, [1])];
      },
      [3, 4],
    );
    expect(texts(units)).toEqual(["|exp|reduce", "reduce"]);
    expect((units[0] as FusedUnit).passing).toBe(false);
  });
  it("follow a head's loop", () => {
    const units = unitsOf((a, b) => sum(tanh(matmul(a!, b!)), [1]), [4, 5], [5, 4]);
    expect(texts(units)).toEqual(["matmul|tanh|reduce"]);
  });
});

/** Park and Miller's generator. */
function random(seed: number): (below: number) => number {
  let state = (seed * 7919 + 12345) % 2147483647;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

describe("any graph", () => {
  it("has its units in order", () => {
    for (let seed = 0; seed < 100; seed++) {
      const next = random(seed);
      unitsOf(
        (...inputs) => {
          const values = [...inputs];
          const pick = (): Tensor => values[Math.max(0, values.length - 1 - next(12))]!;
          const like = (a: Tensor, b: Tensor): Tensor => (a.shape.join() === b.shape.join() ? add(a, b) : a);
          for (let i = 0; i < 60; i++) {
            const [a, b] = [pick(), pick()];
            const rule = next(8);
            if (rule === 0 && a.shape[1] === b.shape[0]) values.push(matmul(a, b));
            else if (rule === 1) values.push(add(a, broadcastTo(sum(a, [0], { keepDims: true }), a.shape)));
            else if (rule === 2) values.push(transpose(a, [1, 0]));
            else if (rule === 3) values.push(exp(reshape(a, [...a.shape].reverse())));
            else values.push(like([tanh, abs, neg, sqrt][next(4)]!(a), b));
          }
          return values.slice(-4);
        },
        [3, 4],
        [4, 3],
        [3, 3],
        [4, 4],
      );
    }
  });
});
