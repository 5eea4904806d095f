// Strings. Attribute kinds and defaults follow the newest ONNX operator set.
export const TEXT_OPS = {
  RegexFullMatch: { in: "X", out: "Y", attrs: { pattern: ["string?"] } },
  StringConcat: { in: "X Y", out: "Z", attrs: {} },
  StringNormalizer: {
    in: "X",
    out: "Y",
    attrs: {
      case_change_action: ["string", "NONE"],
      is_case_sensitive: ["int", 0],
      locale: ["string?"],
      stopwords: ["strings?"],
    },
  },
  StringSplit: { in: "X", out: "Y Z", attrs: { delimiter: ["string?"], maxsplit: ["int?"] } },
  TfIdfVectorizer: {
    in: "X",
    out: "Y",
    attrs: {
      max_gram_length: ["int"],
      max_skip_count: ["int"],
      min_gram_length: ["int"],
      mode: ["string"],
      ngram_counts: ["ints"],
      ngram_indexes: ["ints"],
      pool_int64s: ["ints?"],
      pool_strings: ["strings?"],
      weights: ["floats?"],
    },
  },
} as const;
