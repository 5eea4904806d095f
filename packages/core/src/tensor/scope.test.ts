// Scopes: what they release, what escapes, what misuse gives.
import { reference } from "@isoform/backend-reference";
import { beforeEach, describe, expect, it } from "vitest";
import {
  add,
  full,
  keep,
  LifetimeError,
  mul,
  rebind,
  scalar,
  Scope,
  scope,
  setBackend,
  sum,
  tensor,
  TRACK_GRAD,
  type Device,
} from "../index.js";

let device: Device;
beforeEach(async () => {
  device = await setBackend(reference({ poison: true }));
});
const live = () => device.memory().storages;

describe("scope", () => {
  it("releases what it made and returns nested results", () => {
    const out = scope(() => {
      const x = full([8], 2);
      return { list: [add(x, 1), { y: mul(x, x) }], other: 5, map: new Map([["z", full([3], 1)]]) };
    });
    expect(live()).toBe(3);
    const nested = out.list[1] as { y: ReturnType<typeof full> };
    expect(nested.y.toArraySync()).toEqual([4, 4, 4, 4, 4, 4, 4, 4]);
    nested.y.dispose();
    (out.list[0] as ReturnType<typeof full>).dispose();
    out.map.get("z")!.dispose();
    expect(live()).toBe(0);
  });

  it("hands results to the surrounding scope", () => {
    scope(() => {
      const inner = scope(() => scope(() => full([4], 1)));
      expect(inner.toArraySync()).toEqual([1, 1, 1, 1]);
      expect(live()).toBe(1);
    });
    expect(live()).toBe(0);
  });

  it("releases when the callback throws", () => {
    expect(() =>
      scope(() => {
        full([4], 1);
        throw new RangeError("stop");
      }),
    ).toThrow(RangeError);
    expect(live()).toBe(0);
  });

  it("keeps what keep() marks", () => {
    const kept = scope(() => void keep(full([4], 1))) ?? null;
    expect(kept).toBeNull();
    expect(live()).toBe(1);
  });

  it("names a released tensor in the error", () => {
    const x = full([2, 3], 1);
    x.dispose();
    x.dispose();
    expect(() => add(x, 1)).toThrow(LifetimeError);
    expect(() => add(x, 1)).toThrow(/add: this tensor was released \(inputs: float32\[2,3\]\)/);
  });

  it("keeps the value of a released scalar", () => {
    let loss = full([], 0);
    loss.dispose();
    scope(() => {
      loss = sum(full([4], 1.5));
    });
    expect(live()).toBe(0);
    expect(loss.itemSync()).toBe(6);
    scope(() => expect(add(loss, 1).itemSync()).toBe(7));
    expect(live()).toBe(0);
    expect(loss.itemSync()).toBe(6);
  });

  it("lets a released scalar be assigned and used on its own device", async () => {
    let total = full([], 1);
    total.dispose();
    scope(() => {
      total = sum(full([4], 1));
    });
    scope(() => rebind(total, add(total, 3)));
    expect(total.itemSync()).toBe(7);
    (total.dataSync() as Float32Array)[0] = 99;
    expect(total.itemSync()).toBe(7);
    expect(live()).toBe(0);
    const other = await setBackend({ ...reference(), name: "other" });
    scope(() => expect(add(total, 1).device).toBe(device));
    expect(other.memory().storages).toBe(0);
  });

  it("cuts a released scalar off its graph", () => {
    const w = tensor([2]);
    w._track = TRACK_GRAD;
    let loss = w;
    scope(() => {
      loss = sum(mul(w, w));
    });
    expect(add(loss, 1)._node).toBeNull();
    expect(loss.itemSync()).toBe(4);
  });

  it("refuses a promise", () => {
    expect(() => scope(() => Promise.resolve(full([4], 1)))).toThrow(/scopes are synchronous/);
    expect(live()).toBe(0);
  });

  it("says when scopes end out of order, and frees nothing that is in use", () => {
    const outer = new Scope();
    const a = full([4], 1);
    const inner = new Scope();
    const b = full([4], 2);
    expect(() => outer[Symbol.dispose]()).toThrow(LifetimeError);
    expect(a.toArraySync()).toEqual([1, 1, 1, 1]);
    inner[Symbol.dispose]();
    expect(b.disposed).toBe(true);
    // No scope is open now: a new tensor is nobody's.
    const c = full([4], 3);
    scope(() => void full([4], 4));
    expect(c.toArraySync()).toEqual([3, 3, 3, 3]);
    a.dispose();
    c.dispose();
    expect(live()).toBe(0);
  });

  it("works as a using block", () => {
    {
      using s = new Scope();
      expect(s.escape(5)).toBe(5);
      tensor([1, 2, 3]);
      expect(live()).toBe(1);
    }
    expect(live()).toBe(0);
  });

  it("leaves shared scalars out of the accounts", () => {
    scope(() => {
      const x = full([4], 1);
      const before = live();
      const made = mul(x, 2.5);
      expect(live()).toBe(before + 1);
      expect(scalar(2.5, "float32")).toBe(scalar(2.5, "float32"));
      expect(Object.is(scalar(-0, "float32").itemSync(), -0)).toBe(true);
      made.dispose();
    });
    expect(live()).toBe(0);
    expect(device.memory().bytes).toBe(0);
    for (let i = 0; i < 300; i++) scope(() => void add(full([2], 1), i + 0.5));
    expect(live()).toBe(0);
    expect(device.scalars.get("float32")!.size).toBeGreaterThan(256);
  });
});
