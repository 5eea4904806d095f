import { IsoformError } from "@isoform/core";
import { expect, it } from "vitest";
import { parseStrictJson, type JsonValue } from "./strict-json.js";

function plain(value: JsonValue): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([k, v]: [string, JsonValue]) => [k, plain(v)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

it.each([
  `{"a":[1,-0,0.5,1e3,-2.5E-2,123456789012345678901,0],"b":{"":null,"c":[true,false]}}`,
  ` [ ] `,
  `"\\u00e9\\n\\"\\\\"`,
  `{"x\\\\":"\\\\\\"","y":"\\ud83d\\ude00"}`,
  `9007199254740993`,
  `[{},[],{"a":{}}]`,
])("agrees with JSON.parse on %s", (text) => {
  expect(plain(parseStrictJson(text, "t"))).toEqual(JSON.parse(text));
});

it.each([
  "",
  "{",
  "[1,]",
  `{"a":1,}`,
  "01",
  "1.",
  ".5",
  "+1",
  "NaN",
  "nul",
  "truex",
  `"\t"`,
  `"\\x41"`,
  `"a`,
  `"a\\"`,
  "{a:1}",
  "[1 2]",
  "1 2",
  `{"a":1,"a":2}`,
  `{"a":1,"\\u0061":2}`,
  "[".repeat(100_000),
])("refuses %#", (text) => {
  expect(() => parseStrictJson(text, "t")).toThrow(IsoformError);
});

it("keeps order and odd names without touching prototypes", () => {
  const value = parseStrictJson(`{"2":1,"1":2,"__proto__":{"polluted":1},"constructor":3}`, "t");
  expect([...(value as ReadonlyMap<string, JsonValue>).keys()]).toEqual([
    "2",
    "1",
    "__proto__",
    "constructor",
  ]);
  expect("polluted" in {}).toBe(false);
});
