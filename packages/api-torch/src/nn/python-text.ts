// Values as Python writes them, for the printing of modules.

/** `True` and `False`. */
export const pyBool = (v: boolean): string => (v ? "True" : "False");

/** A number as `repr()` writes it, whole numbers without a fraction: exponents have two digits, from 1e-05 down. */
export function pyNumber(v: number | null): string {
  if (v === null) return "None";
  const magnitude = Math.abs(v);
  const text = magnitude !== 0 && magnitude < 1e-4 ? v.toExponential() : String(v);
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/** A float as `repr()` writes it: whole numbers end in `.0`. */
export const pyFloat = (v: number): string =>
  Number.isInteger(v) && Math.abs(v) < 1e16 ? `${v}.0` : pyNumber(v);

/** A setting: as given, or its default as a float. */
export const pyGiven = (given: number | undefined, value: number): string =>
  given === undefined ? pyFloat(value) : pyNumber(given);

/** A tuple; one element has a comma after it. */
export const pyTuple = (values: readonly (number | string)[]): string =>
  values.length === 1 ? `(${values[0]},)` : `(${values.join(", ")})`;

/** A number, or a list of them as a tuple. */
export const pySize = (v: number | readonly number[]): string =>
  typeof v === "number" ? String(v) : pyTuple(v);

/** Plain data: numbers, texts, flags, lists as tuples, and objects as dicts. */
export function pyValue(v: unknown): string {
  if (v === null || v === undefined) return "None";
  if (typeof v === "boolean") return pyBool(v);
  if (typeof v === "number") return Math.abs(v) === Infinity ? (v < 0 ? "-inf" : "inf") : pyNumber(v);
  if (Array.isArray(v)) return pyTuple(v.map(pyValue));
  if (typeof v !== "object") return typeof v === "string" ? `'${v}'` : String(v);
  return `{${Object.entries(v)
    .map(([k, x]) => `${k}: ${pyValue(x)}`)
    .join(", ")}}`;
}
