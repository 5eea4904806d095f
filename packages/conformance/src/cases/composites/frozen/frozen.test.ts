// Every generated entry is used by a case, and a case without an entry is refused.
import { describe, expect, it } from "vitest";
import { compositeCases } from "../index.js";
import { activations } from "./activations.gen.js";
import { arithmetic } from "./arithmetic.gen.js";
import { contraction } from "./contraction.gen.js";
import { casesFrom } from "./frozen.js";
import { indexing } from "./indexing.gen.js";
import { losses } from "./losses.gen.js";
import { norms } from "./norms.gen.js";
import { pooling } from "./pooling.gen.js";
import { recurrent } from "./recurrent.gen.js";
import { reductions } from "./reductions.gen.js";
import { resize } from "./resize.gen.js";
import { shape } from "./shape.gen.js";

const groups = {
  activations,
  arithmetic,
  contraction,
  indexing,
  losses,
  norms,
  pooling,
  recurrent,
  reductions,
  resize,
  shape,
};

describe("frozen values", () => {
  it("are all used", () => {
    const used = new Set(compositeCases.map((c) => `${c.op}: ${c.name}`));
    const unused = Object.values(groups).flatMap((table) =>
      Object.keys(table).filter((key) => !used.has(key)),
    );
    expect(unused).toEqual([]);
  });

  it("say where they are from", () => {
    const entries = Object.values(groups).flatMap((table) => Object.values(table));
    expect(entries.filter((e) => e.expected.provenance.length < 10)).toEqual([]);
  });

  it("are refused when missing", () => {
    expect(() => casesFrom(losses)("softmaxCrossEntropy", "no such case", (x) => x)).toThrow(
      /composite_cases\.py/,
    );
  });
});
