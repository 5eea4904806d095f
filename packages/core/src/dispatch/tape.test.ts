// The tape: memory over many steps, retained and freed graphs, in-place changes, deep and shared graphs.
import { reference } from "@isoform/backend-reference";
import { beforeEach, describe, expect, it } from "vitest";
import {
  add,
  backward,
  bindAny,
  exp,
  full,
  keep,
  LifetimeError,
  matmul,
  mul,
  noGrad,
  noGradGuard,
  rebind,
  relu,
  scope,
  setBackend,
  sort,
  sub,
  sum,
  tanh,
  tensor,
  TRACK_GRAD,
  type AnyOp,
  type Device,
  type Tensor,
} from "../index.js";

let device: Device;
beforeEach(async () => {
  device = await setBackend(reference({ poison: true }));
});
const live = () => device.memory().storages;

/** A leaf that asks for gradients, as a torch parameter does. */
function parameter(values: number[], shape?: number[]): Tensor {
  const t = keep(tensor(values, shape ? { shape } : {}));
  t._track = TRACK_GRAD;
  return t;
}

const grads = (loss: Tensor, options = {}) => backward([loss], [null], { bit: TRACK_GRAD }, options);

describe("tape", () => {
  it("leaves nothing after 1,000 training steps", () => {
    const w = parameter([0.1, -0.2, 0.3, 0.4, 0.5, -0.6], [3, 2]);
    const b = parameter([0, 0]);
    const x = keep(tensor([1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3], { shape: [4, 3] }));
    const before = live();
    let loss = Infinity;
    for (let step = 0; step < 1000; step++) {
      scope(() => {
        const y = add(tanh(matmul(x, w)), b);
        const d = sub(y, 0.25);
        const total = sum(mul(d, d));
        const found = grads(total);
        noGrad(() => {
          for (const p of [w, b]) p._assign(sub(p, mul(found.get(p)!, 0.01)));
        });
        loss = Number(total.itemSync());
      });
      if (step === 0) expect(live()).toBe(before);
    }
    expect(live()).toBe(before);
    expect(loss).toBeLessThan(0.1);
  });

  it("leaves nothing when the graph is never used", () => {
    const w = parameter([1, 2]);
    const before = live();
    for (let i = 0; i < 100; i++) scope(() => void sum(mul(exp(w), w)));
    expect(live()).toBe(before);
    const y = scope(() => sum(mul(exp(w), w)));
    expect(live()).toBeGreaterThan(before);
    y.dispose();
    expect(live()).toBe(before);
  });

  it("frees the graph unless it is retained", () => {
    const w = parameter([1, 2]);
    const loss = sum(mul(w, w));
    const first = grads(loss, { retainGraph: true }).get(w)!;
    expect(grads(loss).get(w)!.toArraySync()).toEqual(first.toArraySync());
    expect(() => grads(loss)).toThrow(LifetimeError);
    expect(() => grads(loss)).toThrow(/already freed/);
  });

  it("keeps only what the rules need", () => {
    const w = parameter([1, 2, 3, 4]);
    const before = live();
    const y = scope(() => add(add(add(w, 1), 2), 3));
    expect(live()).toBe(before + 1);
    const z = scope(() => exp(add(w, 1)));
    expect(live()).toBe(before + 2);
    y.dispose();
    z.dispose();
    expect(live()).toBe(before);
  });

  it("says when a saved input was changed in place", () => {
    const w = parameter([1, 2]);
    const loss = sum(mul(w, w));
    noGrad(() => w._assign(full([2], 5)));
    expect(() => grads(loss)).toThrow(/changed in place/);
    const fine = sum(add(w, w));
    noGrad(() => w._assign(full([2], 6)));
    expect(grads(fine).get(w)!.toArraySync()).toEqual([2, 2]);
  });

  it("goes through in-place ops", () => {
    const w = parameter([2, 3]);
    const before = live();
    scope(() => {
      const y = add(w, 1);
      rebind(y, mul(y, y));
      rebind(y, mul(y, w));
      // y = (w + 1)² w: derivative (w + 1)² + 2 (w + 1) w
      expect(grads(sum(y)).get(w)!.toArraySync()).toEqual([21, 40]);
    });
    scope(() => {
      const y = add(w, 1);
      const used = mul(y, y);
      rebind(y, mul(y, 2));
      expect(() => grads(sum(add(used, y)))).toThrow(/changed in place/);
    });
    scope(() => {
      // An op that saved nothing keeps the place of the old value in the graph.
      const y = mul(w, 3);
      const used = add(y, 1);
      rebind(y, mul(y, 10));
      expect(grads(sum(used)).get(w)!.toArraySync()).toEqual([3, 3]);
    });
    scope(() => {
      const y = full([2], 1);
      rebind(y, mul(y, w));
      expect(grads(sum(y)).get(w)!.toArraySync()).toEqual([1, 1]);
    });
    scope(() => {
      const y = full([2], 1);
      rebind(y, mul(y, w));
    });
    expect(live()).toBe(before);
  });

  it("gives every leaf a gradient of its own", () => {
    const a = parameter([1, 2]);
    const b = parameter([3, 4]);
    const seed = full([2], 7);
    const found = backward([add(a, b)], [seed], { bit: TRACK_GRAD });
    const ga = found.get(a)!;
    const gb = found.get(b)!;
    expect(ga).not.toBe(gb);
    ga.dispose();
    seed.dispose();
    expect(gb.toArraySync()).toEqual([7, 7]);
  });

  it("is fine with a chain of 50,000 nodes, forward, backward and released unused", () => {
    const w = parameter([1]);
    const before = live();
    const chain = () => {
      let y = w;
      for (let i = 0; i < 50_000; i++) {
        const next = i % 2 === 0 ? mul(y, 1) : add(y, 0);
        if (y !== w) y.dispose();
        y = next;
      }
      return y;
    };
    const unused = chain();
    unused.dispose();
    expect(live()).toBe(before);
    const y = chain();
    const found = grads(y);
    expect(found.get(w)!.toArraySync()).toEqual([1]);
    found.get(w)!.dispose();
    y.dispose();
    expect(live()).toBe(before);
  });

  it("adds up over shared paths", () => {
    const w = parameter([2]);
    let y: Tensor = w;
    for (let i = 0; i < 10; i++) y = add(y, y);
    expect(grads(y).get(w)!.toArraySync()).toEqual([1024]);
  });

  it("follows the right output of an op with several", () => {
    const w = parameter([3, 1, 2]);
    const [values, indices] = sort(w);
    expect(indices._track).toBe(0);
    expect(
      grads(sum(mul(values, tensor([10, 20, 30]))))
        .get(w)!
        .toArraySync(),
    ).toEqual([30, 10, 20]);
  });

  it("keeps apart the results and the input of a composite that changes nothing", () => {
    const twice: AnyOp = {
      id: "test.twice",
      tier: "comp",
      saves: "none",
      infer: ([x]) => [x!, x!],
      decompose: ([x]) => [x!, x!],
      vjp: ({ grads: [a, b] }) => [a && b ? add(a, b) : (a ?? b ?? null)],
    };
    const w = parameter([3, 4]);
    const before = live();
    for (const record of [true, false]) {
      scope(() => {
        const h = exp(w);
        const run = () => bindAny(twice, [h], {});
        const [a, b] = record ? run() : noGrad(run);
        expect(new Set([a, b, h]).size).toBe(3);
        a!.dispose();
        expect([h.disposed, b!.disposed]).toEqual([false, false]);
      });
      expect(live()).toBe(before);
    }
    scope(() => {
      const h = mul(w, w);
      const [a, b] = bindAny(twice, [h], {});
      expect(
        grads(sum(add(mul(a!, h), mul(b!, 10))))
          .get(w)!
          .toArraySync(),
      ).toEqual([168, 336]);
    });
    expect(live()).toBe(before);
  });

  it("records nothing inside noGrad", () => {
    const w = parameter([1]);
    expect(noGrad(() => mul(w, 2))._node).toBeNull();
    {
      using _guard = noGradGuard();
      expect(relu(w)._node).toBeNull();
    }
    expect(mul(w, 2)._node).not.toBeNull();
  });

  it("takes gradients for intermediate tensors", () => {
    const w = parameter([3]);
    const h = mul(w, w);
    const found = backward([mul(h, h)], [null], { sources: [h, w] });
    expect(found.get(h)!.toArraySync()).toEqual([18]);
    expect(found.get(w)!.toArraySync()).toEqual([108]);
  });

  it("refuses integers and wrong seeds", () => {
    expect(() => grads(tensor([1n]))).toThrow(/floating-point/);
    const w = parameter([1, 2]);
    expect(() => backward([mul(w, w)], [full([3], 1)], { bit: TRACK_GRAD })).toThrow(/another shape/);
  });
});
