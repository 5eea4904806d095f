// The coverage data in docs/coverage: complete against the recorded names, no empty row, only known vocabulary.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { primitives as corePrimitives } from "../packages/core/src/index.js";

interface Row {
  readonly name: string;
  readonly since?: number;
  readonly last?: number;
  readonly by?: readonly string[];
  readonly notPlanned?: string;
}
interface Framework {
  readonly version: string;
  readonly sections: readonly { readonly id: string; readonly rows: readonly Row[] }[];
}
interface Names {
  readonly version: string;
  readonly sections: Readonly<Record<string, readonly string[]>>;
}
interface Uses {
  readonly name: string;
  readonly uses: readonly string[];
}
interface Composite extends Uses {
  readonly group: string;
  readonly sketch: string;
}
interface Vocabulary {
  readonly primitives: Readonly<Record<string, readonly string[]>>;
  readonly control: Readonly<Record<string, string>>;
  readonly extensions: Readonly<Record<string, string>>;
  readonly host: Readonly<Record<string, string>>;
  readonly groups: Readonly<Record<string, string>>;
  readonly vjp: readonly Uses[];
  readonly composites: readonly Composite[];
}

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const load = <T>(relative: string): T => JSON.parse(readFileSync(path(relative), "utf8")) as T;

const vocabulary = load<Vocabulary>("../docs/coverage/vocabulary.json");
const primitives = Object.values(vocabulary.primitives).flat();
const basic = [
  ...primitives,
  ...Object.keys(vocabulary.control),
  ...Object.keys(vocabulary.extensions),
  ...Object.keys(vocabulary.host),
];
const composites = new Map(vocabulary.composites.map((c) => [c.name, c]));
const known = new Set([...basic, ...composites.keys()]);
const names = load<Record<string, Names>>("../fixtures/recorded/names.json");
const frameworks = ["onnx", "keras", "torch"] as const;
const data = new Map(frameworks.map((id) => [id, load<Framework>(`../docs/coverage/${id}.json`)]));
const rowsOf = (id: (typeof frameworks)[number]): readonly Row[] =>
  data.get(id)?.sections.flatMap((s) => s.rows) ?? [];

describe("vocabulary", () => {
  test("its primitives are those of core", () => {
    expect(primitives.toSorted()).toEqual(Object.keys(corePrimitives()).toSorted());
  });

  test("has 57 primitives and every name once", () => {
    expect(primitives).toHaveLength(57);
    expect(known.size).toBe(basic.length + vocabulary.composites.length);
  });

  test("composites use known names, are not circular, and belong to a group", () => {
    const done = new Set<string>();
    const visit = (name: string, path: readonly string[]): void => {
      const composite = composites.get(name);
      if (composite === undefined || done.has(name)) return;
      expect(path, `circular: ${[...path, name].join(" > ")}`).not.toContain(name);
      for (const used of composite.uses) visit(used, [...path, name]);
      done.add(name);
    };
    for (const c of vocabulary.composites) {
      visit(c.name, []);
      expect(c.sketch, c.name).not.toBe("");
      expect(c.uses.length, c.name).toBeGreaterThan(0);
      expect(vocabulary.groups, c.name).toHaveProperty([c.group]);
      expect(
        c.uses.filter((u) => !known.has(u)),
        c.name,
      ).toEqual([]);
    }
  });

  test("every primitive has one gradient entry, written with known names", () => {
    expect(vocabulary.vjp.map((v) => v.name).toSorted()).toEqual(primitives.toSorted());
    for (const v of vocabulary.vjp) {
      expect(
        v.uses.filter((u) => !known.has(u)),
        v.name,
      ).toEqual([]);
    }
  });

  test("no name is there for nothing", () => {
    const used = new Set([
      ...vocabulary.vjp.flatMap((v) => v.uses),
      ...vocabulary.composites.flatMap((c) => c.uses),
      ...frameworks.flatMap((id) => rowsOf(id).flatMap((r) => r.by ?? [])),
    ]);
    expect([...known].filter((name) => !used.has(name))).toEqual([]);
  });
});

describe.each(frameworks)("%s", (id) => {
  test("has exactly the recorded names", () => {
    const sections = new Map(data.get(id)?.sections.map((s) => [s.id, s.rows]));
    const recorded = names[id];
    expect(recorded?.version).toBe(data.get(id)?.version);
    for (const [section, list] of Object.entries(recorded?.sections ?? {})) {
      const rows = sections.get(section) ?? [];
      const text = (r: Row): string => (r.since === undefined ? r.name : `${r.name}:${r.since}-${r.last}`);
      expect(rows.map(text).toSorted(), section).toEqual(list.toSorted());
    }
    expect([...sections.keys()].toSorted()).toEqual(Object.keys(recorded?.sections ?? {}).toSorted());
  });

  test("every row has known names or a reason, not both", () => {
    const rows = rowsOf(id);
    expect(rows.length).toBeGreaterThan(200);
    for (const row of rows) {
      const unknown = (row.by ?? []).filter((name) => !known.has(name));
      expect(unknown, row.name).toEqual([]);
      const expressed = (row.by?.length ?? 0) > 0;
      const refused = (row.notPlanned?.length ?? 0) > 0;
      expect(expressed !== refused, `${row.name} needs 'by' or 'notPlanned'`).toBe(true);
    }
  });
});

test("the markdown tables are what the data says", () => {
  expect(() =>
    execFileSync(process.execPath, [path("../docs/coverage/render.mjs"), "--check"]),
  ).not.toThrow();
});
