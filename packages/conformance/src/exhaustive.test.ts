// Every op has cases: primitives forward and backward, composites, all inputs that can be differentiated.
import { compositeOps, DTYPES, isFloat, primitives, type PrimId } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { LEVELS } from "./case.js";
import { compositeCases } from "./cases/composites/index.js";
import { gradientCases } from "./cases/gradients/index.js";
import { primitiveCases } from "./cases/primitives/index.js";
import { casesOf } from "./plan.js";
import { reference } from "@isoform/backend-reference";

const prims = primitives();
const ids = Object.keys(prims) as PrimId[];
const comps = compositeOps();
const all = casesOf(reference(), "L3", true);

/** Inputs whose gradient is defined, by op; the others take every float input. */
const DIFFERENTIABLE: Readonly<Partial<Record<PrimId, readonly number[]>>> = {
  where: [1, 2],
  gather: [0],
  scatter: [0, 2],
  selectAndScatter: [1],
};

describe("cases", () => {
  it("have unique ids", () => {
    const seen = new Set<string>();
    const twice = all.map((c) => c.id).filter((id) => seen.size === seen.add(id).size);
    expect(twice).toEqual([]);
    expect(new Set(all.map((c) => c.level))).toEqual(new Set(LEVELS.slice(0, 4)));
  });

  it("show every primitive in every dtype it has, with at least six shapes", () => {
    const few: string[] = [];
    for (const id of ids) {
      for (const dtype of DTYPES) {
        const mine = all.filter((c) => c.level === "L1" && c.subject === id && c.dtype === dtype);
        const refused = mine.some((c) => c.id.endsWith("/is refused"));
        // randomBits has only uint32; the sources have no inputs that could be refused.
        const impossible = (id === "randomBits" && dtype !== "uint32") || (id === "iota" && dtype === "bool");
        if (!refused && !impossible && mine.length < 6) few.push(`${id} ${dtype}: ${mine.length}`);
      }
    }
    expect(few).toEqual([]);
  });

  it("show every primitive on views, empty arrays and scalars or single elements", () => {
    const missing: string[] = [];
    for (const id of ids) {
      const mine = primitiveCases.filter((c) => c.op === id && c.inputs.length > 0);
      if (mine.length === 0) continue;
      const layouts = new Set(mine.flatMap((c) => c.layout ?? "dense"));
      const views = ["transposed", "flipped", "stepped", "offset", "repeated"] as const;
      // These take their own view; four ways to lie in memory are enough.
      const enough = views.filter((l) => layouts.has(l)).length >= 2;
      if (!enough) missing.push(`${id}: ${[...layouts].join()}`);
      const shapes = mine.flatMap((c) => c.inputs.map((input) => input("float32").shape));
      const sizes = shapes.map((s) => s.reduce((p, n) => p * n, 1));
      if (!sizes.includes(0) && id !== "randomBits" && id !== "argReduce")
        missing.push(`${id}: nothing empty`);
      if (!sizes.includes(1) && id !== "randomBits") missing.push(`${id}: no single element`);
    }
    expect(missing).toEqual([]);
  });

  it("differentiate every primitive with a rule by every input", () => {
    const missing: string[] = [];
    for (const id of ids) {
      const mine = gradientCases.filter((c) => c.op === id && !c.refused);
      if (prims[id].vjp === undefined) {
        if (mine.length > 0) missing.push(`${id}: a case without a rule`);
        continue;
      }
      const covered = new Set(
        mine.flatMap((c) => c.wrt ?? c.inputs.flatMap((t, i) => (isFloat(t.dtype ?? "float64") ? [i] : []))),
      );
      const inputs = mine[0] ? mine[0].inputs.map((_, i) => i) : [0];
      for (const i of DIFFERENTIABLE[id] ?? inputs) if (!covered.has(i)) missing.push(`${id}: input ${i}`);
    }
    expect(missing).toEqual([]);
  });

  it("take second derivatives of what networks are made of", () => {
    const second = new Set(gradientCases.filter((c) => c.second).map((c) => c.op));
    const wanted = [
      "mul",
      "div",
      "pow",
      "exp",
      "log",
      "sqrt",
      "rsqrt",
      "tanh",
      "sin",
      "erf",
      "matmul",
      "conv",
      "reduce",
    ] as const;
    expect(wanted.filter((id) => !second.has(id))).toEqual([]);
  });

  it("show every composite", () => {
    const shown = new Set(compositeCases.map((c) => c.op));
    expect(Object.keys(comps).filter((id) => !shown.has(id))).toEqual([]);
    expect([...shown].filter((id) => !Object.hasOwn(comps, id))).toEqual([]);
  });

  it("differentiate every composite that has a rule of its own", () => {
    const graded = new Set(
      compositeCases
        .filter((c) => (c.grad ?? c.inputs.flatMap((t, i) => (t.dtype === undefined ? [i] : []))).length > 0)
        .map((c) => c.op),
    );
    const missing = Object.entries(comps).filter(([id, op]) => op.vjp !== undefined && !graded.has(id));
    expect(missing.map(([id]) => id)).toEqual([]);
  });
});

it("levels that do not exist are refused", () => {
  const level = "L9" as (typeof LEVELS)[number];
  expect(() => casesOf(reference(), level, true)).toThrow(
    expect.objectContaining({ name: "ArgumentError", code: "conformance/level" }),
  );
});
