// Strings, always on the host. Patterns from a model are never compiled: RegexFullMatch does not run.
import type { TEXT_OPS } from "../../ir/ops/text.js";
import { missing, type Call, type OpRuns, type Result } from "../call.js";
import { checkHostSize, hostInts, HostTensor } from "../host.js";

function concat(c: Call<"StringConcat">): HostTensor {
  const [a, b] = [c.host(0), c.host(1)];
  const n = Math.max(a.size, b.size);
  const shape = a.size >= b.size ? a.shape : b.shape;
  const at = (t: HostTensor, i: number) => {
    const lead = shape.length - t.shape.length;
    let rest = i;
    let place = 0;
    let step = 1;
    for (let d = shape.length - 1; d >= 0; d--) {
      const index = rest % shape[d]!;
      rest = Math.floor(rest / shape[d]!);
      const size = t.shape[d - lead];
      if (size === undefined) continue;
      place += (size === 1 ? 0 : index) * step;
      step *= size;
    }
    return String(t.values[place]);
  };
  return new HostTensor(
    "string",
    shape,
    Array.from({ length: n }, (_, i) => at(a, i) + at(b, i)),
  );
}

/** Pieces padded with empty strings to the longest, and their counts. */
function split(c: Call<"StringSplit">): Result {
  const x = c.host(0);
  const { delimiter, maxsplit } = c.attrs;
  const pieces = x.strings().map((s) => splitOne(s, delimiter ?? "", maxsplit));
  const width = pieces.reduce((n, p) => Math.max(n, p.length), 0);
  checkHostSize(pieces.length * width, c.node.op);
  const values = pieces.flatMap((p) => Array.from({ length: width }, (_, i) => p[i] ?? ""));
  return [
    new HostTensor("string", [...x.shape, width], values),
    hostInts(
      pieces.map((p) => p.length),
      x.shape,
    ),
  ];
}

/** Like Python's str.split: no delimiter splits at runs of white space. */
function splitOne(s: string, delimiter: string, limit: number | undefined): string[] {
  const out: string[] = [];
  let rest = delimiter === "" ? s.trimStart() : s;
  if (delimiter === "" && rest.trim() === "") return [];
  while (limit === undefined || limit < 0 || out.length < limit) {
    const at = delimiter === "" ? rest.search(/\s/) : rest.indexOf(delimiter);
    if (at < 0) break;
    out.push(rest.slice(0, at));
    rest = delimiter === "" ? rest.slice(at).trimStart() : rest.slice(at + delimiter.length);
    if (delimiter === "" && rest === "") return out;
  }
  out.push(delimiter === "" ? rest.trimEnd() : rest);
  return out;
}

/** Removes stop words and changes case; an empty result is one empty string. */
function normalize(c: Call<"StringNormalizer">): HostTensor {
  const x = c.host(0);
  const { case_change_action: action, is_case_sensitive: sensitive, stopwords } = c.attrs;
  const fold = (s: string) => (sensitive ? s : s.toLowerCase());
  const stops = new Set((stopwords ?? []).map(fold));
  const kept = x.strings().filter((s) => !stops.has(fold(s)));
  const cased = kept.map((s) =>
    action === "LOWER" ? s.toLowerCase() : action === "UPPER" ? s.toUpperCase() : s,
  );
  const values = cased.length > 0 ? cased : [""];
  return new HostTensor("string", x.shape.length === 2 ? [1, values.length] : [values.length], values);
}

/** Counts of n-grams of the pool in every row. */
function tfidf(c: Call<"TfIdfVectorizer">): HostTensor {
  const x = c.host(0);
  const { attrs } = c;
  const pool = attrs.pool_strings ?? attrs.pool_int64s?.map(String) ?? [];
  const starts = attrs.ngram_counts;
  const size = attrs.ngram_indexes.reduce((most, i) => Math.max(most, i), -1) + 1;
  checkHostSize(size * (x.shape.length === 2 ? x.shape[0]! : 1), c.node.op);
  const grams = new Map<string, number>();
  let index = 0;
  starts.forEach((start, i) => {
    const n = i + 1;
    const end = starts[i + 1] ?? pool.length;
    for (let k = start; k + n <= end; k += n, index++) {
      if (n < attrs.min_gram_length || n > attrs.max_gram_length) continue;
      grams.set(pool.slice(k, k + n).join("\u0000"), index);
    }
  });
  const rows = x.shape.length === 2 ? x.shape[0]! : 1;
  const width = x.shape.at(-1) ?? 0;
  const all = x.strings();
  const values: number[] = [];
  for (let r = 0; r < rows; r++) {
    const counts = new Array<number>(size).fill(0);
    const row = all.slice(r * width, (r + 1) * width);
    for (let n = Math.max(1, attrs.min_gram_length); n <= Math.min(attrs.max_gram_length, width); n++) {
      const skips = n === 1 ? 0 : Math.min(attrs.max_skip_count, width);
      for (let skip = 0; skip <= skips; skip++) {
        for (let at = 0; at + (n - 1) * (skip + 1) < width; at++) {
          const gram = Array.from({ length: n }, (_, k) => row[at + k * (skip + 1)]!).join("\u0000");
          const found = grams.get(gram);
          if (found !== undefined) counts[attrs.ngram_indexes[found]!]!++;
        }
      }
    }
    const weightOf = (i: number) => attrs.weights?.[attrs.ngram_indexes.indexOf(i)] ?? 1;
    values.push(
      ...counts.map((n, i) => {
        if (attrs.mode === "TF") return n;
        return (attrs.mode === "IDF" ? Math.min(n, 1) : n) * weightOf(i);
      }),
    );
  }
  return new HostTensor("float32", x.shape.length === 2 ? [rows, size] : [size], values);
}

/** Strings. */
export const TEXT: OpRuns<keyof typeof TEXT_OPS> = {
  RegexFullMatch: missing("patterns from a model are not compiled"),
  StringConcat: { host: "all", run: concat },
  StringNormalizer: { host: "all", run: normalize },
  StringSplit: { host: "all", run: split },
  TfIdfVectorizer: { host: "all", run: tfidf },
};
