// Reads results that someone else wrote. Nothing in them is trusted: every field is checked, and copied by name.
import { isJsonObject, parseStrictJson, type JsonValue } from "@isoform/converter";
import { LimitExceededError, ModelFormatError } from "@isoform/core";
import {
  RESULT_SCHEMA,
  ROW_STATES,
  type BenchResult,
  type CaseFacts,
  type CheckFacts,
  type ContenderResult,
  type MachineFacts,
  type Row,
  type RowFailure,
  type Settings,
  type Spread,
} from "./types.js";

/** Most of what a file of results may hold. */
export const RESULT_LIMITS = {
  /** Characters of the file. */
  characters: 8_000_000,
  /** Characters of one text in it. */
  text: 2_000,
  cases: 1_000,
  contenders: 100,
  rows: 20_000,
  notes: 20,
} as const;

class Reader {
  private readonly object: ReadonlyMap<string, JsonValue>;
  private readonly path: string;

  constructor(value: JsonValue | undefined, path: string) {
    if (!isJsonObject(value)) throw bad(path, "an object", value);
    this.object = value;
    this.path = path;
  }

  private at(key: string): string {
    return `${this.path}.${key}`;
  }

  child(key: string): Reader {
    return new Reader(this.object.get(key), this.at(key));
  }

  optional(key: string): Reader | null {
    const value = this.object.get(key);
    return value === null || value === undefined ? null : new Reader(value, this.at(key));
  }

  text(key: string): string {
    const value = this.object.get(key);
    if (typeof value !== "string") throw bad(this.at(key), "a text", value);
    return short(value, this.at(key));
  }

  textOrNull(key: string): string | null {
    const value = this.object.get(key);
    return value === null || value === undefined ? null : this.text(key);
  }

  flag(key: string): boolean {
    const value = this.object.get(key);
    if (typeof value !== "boolean") throw bad(this.at(key), "true or false", value);
    return value;
  }

  oneOf<T extends string>(key: string, known: readonly T[]): T {
    const text = this.text(key);
    const found = known.find((k) => k === text);
    if (found === undefined) throw bad(this.at(key), `one of ${known.join(", ")}`, text);
    return found;
  }

  /** A number of at least 0; `Infinity` and `NaN` only where differences are meant. */
  number(key: string, endless = false): number {
    const value = this.object.get(key);
    const n = endless && (value === "Infinity" || value === "NaN") ? Number(value) : value;
    if (typeof n !== "number" || n < 0 || (!endless && !Number.isFinite(n)))
      throw bad(this.at(key), "a number of at least 0", value);
    return n;
  }

  numberOrNull(key: string): number | null {
    const value = this.object.get(key);
    return value === null || value === undefined ? null : this.number(key);
  }

  list<T>(key: string, most: number, read: (value: JsonValue, path: string) => T): T[] {
    const value = this.object.get(key);
    if (!isList(value)) throw bad(this.at(key), "a list", value);
    if (value.length > most) throw over(this.at(key), value.length, most);
    return value.map((v, i) => read(v, `${this.at(key)}[${i}]`));
  }
}

const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);

function short(text: string, path: string): string {
  if (text.length > RESULT_LIMITS.text) throw over(path, text.length, RESULT_LIMITS.text);
  return text;
}

function bad(path: string, wanted: string, found: unknown): ModelFormatError {
  const shown = found === undefined ? "nothing" : found instanceof Map ? "an object" : JSON.stringify(found);
  return new ModelFormatError(`expected ${wanted}, found ${shown.slice(0, 80)}`, {
    code: "bench/format",
    path,
    hint: "import a file that isoform bench or the benchmark app wrote",
  });
}

function over(path: string, found: number, most: number): LimitExceededError {
  return new LimitExceededError(`${found} is more than ${most}`, {
    code: "bench/limit",
    path,
    hint: "import a file that isoform bench or the benchmark app wrote",
  });
}

function machine(r: Reader): MachineFacts {
  return {
    runtime: r.oneOf("runtime", ["node", "browser"]),
    userAgent: r.text("userAgent"),
    processor: r.textOrNull("processor"),
    cores: r.numberOrNull("cores"),
    memoryBytes: r.numberOrNull("memoryBytes"),
    adapter: r.textOrNull("adapter"),
    isolated: r.flag("isolated"),
  };
}

function settings(r: Reader): Settings {
  return {
    budgetMs: r.number("budgetMs"),
    minSamples: r.number("minSamples"),
    maxSamples: r.number("maxSamples"),
    check: r.flag("check"),
  };
}

function contender(value: JsonValue, path: string): ContenderResult {
  const r = new Reader(value, path);
  return {
    id: r.text("id"),
    label: r.text("label"),
    kind: r.oneOf("kind", ["backend", "peer"]),
    threads: r.numberOrNull("threads"),
    adapter: r.textOrNull("adapter"),
    notice: r.textOrNull("notice"),
  };
}

function caseFacts(value: JsonValue, path: string): CaseFacts {
  const r = new Reader(value, path);
  return {
    id: r.text("id"),
    suite: r.text("suite"),
    group: r.text("group"),
    title: r.text("title"),
    flops: r.numberOrNull("flops"),
    bytes: r.numberOrNull("bytes"),
  };
}

const spread = (r: Reader): Spread => ({
  median: r.number("median"),
  p10: r.number("p10"),
  p90: r.number("p90"),
  samples: r.number("samples"),
  runs: r.number("runs"),
});

const check = (r: Reader): CheckFacts => ({
  ok: r.flag("ok"),
  maxAbs: r.number("maxAbs", true),
  maxRel: r.number("maxRel", true),
  tolerance: r.number("tolerance"),
  at: r.textOrNull("at"),
});

const failure = (r: Reader): RowFailure => ({ code: r.text("code"), message: r.text("message") });

function row(value: JsonValue, path: string): Row {
  const r = new Reader(value, path);
  const part = <T>(key: string, read: (r: Reader) => T): T | null => {
    const child = r.optional(key);
    return child === null ? null : read(child);
  };
  return {
    case: r.text("case"),
    contender: r.text("contender"),
    state: r.oneOf("state", ROW_STATES),
    coldMs: r.numberOrNull("coldMs"),
    warm: part("warm", spread),
    peakBytes: r.numberOrNull("peakBytes"),
    check: part("check", check),
    failure: part("failure", failure),
    notes: r.list("notes", RESULT_LIMITS.notes, (v, at) => {
      if (typeof v !== "string") throw bad(at, "a text", v);
      return short(v, at);
    }),
  };
}

function requireKnown(
  rows: readonly Row[],
  key: "case" | "contender",
  known: readonly string[],
  name: string,
): void {
  const ids = new Set(known);
  if (ids.size !== known.length)
    throw bad(`${name}.${key}s`, "ids that occur once", "an id that occurs twice");
  for (const [i, r] of rows.entries()) {
    if (!ids.has(r[key])) throw bad(`${name}.rows[${i}].${key}`, `the id of a ${key}`, r[key]);
  }
}

function requireOnce(rows: readonly Row[], name: string): void {
  const seen = new Set<string>();
  for (const [i, r] of rows.entries()) {
    const key = JSON.stringify([r.case, r.contender]);
    if (seen.has(key))
      throw bad(`${name}.rows[${i}]`, "one row of each case and contender", `${r.case} on ${r.contender}`);
    seen.add(key);
  }
}

/**
 * A result from JSON text that may come from anywhere. Only known fields are taken; texts stay texts.
 * @param name What errors call the file
 * @throws {ModelFormatError} when it is no JSON, not of this schema, a field is missing or of another type, or a row is there twice
 * @throws {LimitExceededError} when it is longer than `RESULT_LIMITS` or nested too deep
 */
export function parseResult(text: string, name = "results"): BenchResult {
  if (text.length > RESULT_LIMITS.characters) throw over(name, text.length, RESULT_LIMITS.characters);
  const r = new Reader(parseStrictJson(text, name, 16), name);
  const schema = r.text("schema");
  if (schema !== RESULT_SCHEMA) throw bad(`${name}.schema`, RESULT_SCHEMA, schema);
  const created = r.text("created");
  if (Number.isNaN(Date.parse(created))) throw bad(`${name}.created`, "a time", created);
  const contenders = r.list("contenders", RESULT_LIMITS.contenders, contender);
  const cases = r.list("cases", RESULT_LIMITS.cases, caseFacts);
  const rows = r.list("rows", RESULT_LIMITS.rows, row);
  requireKnown(
    rows,
    "case",
    cases.map((c) => c.id),
    name,
  );
  requireKnown(
    rows,
    "contender",
    contenders.map((c) => c.id),
    name,
  );
  requireOnce(rows, name);
  return {
    schema: RESULT_SCHEMA,
    created,
    label: r.text("label"),
    isoform: r.text("isoform"),
    machine: machine(r.child("machine")),
    settings: settings(r.child("settings")),
    contenders,
    cases,
    rows,
  };
}
