// The inputs that `--input-shape` declares: `4,3,32,32`, or `x=1,3,32,32;ids=1,16:int64`.
import { isDType, type DType } from "@isoform/core";
import { UsageError } from "../errors.js";

/** One declared input. */
export interface DeclaredInput {
  /** Undefined when not named. */
  readonly name: string | undefined;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

const FORM = /^(?:([^=;]+)=)?\s*\[?([\d\s,]*)\]?\s*(?::\s*(\w+))?$/;

/** Parses the text of `--input-shape`. @throws {UsageError} */
export function parseInputShapes(text: string): DeclaredInput[] {
  const inputs = text.split(";").map((part) => parseOne(part.trim()));
  const names = inputs.flatMap((i) => i.name ?? []);
  if (new Set(names).size !== names.length) throw bad(`a name is given twice in ${JSON.stringify(text)}`);
  return inputs;
}

function parseOne(text: string): DeclaredInput {
  const [match, name, sizes = "", dtype = "float32"] = FORM.exec(text) ?? [];
  if (match === undefined || text === "") throw bad(`${JSON.stringify(text)} is not a shape`);
  const shape =
    sizes.trim() === "" ? [] : sizes.split(",").map((s) => (s.trim() === "" ? Number.NaN : Number(s)));
  if (!shape.every((n) => Number.isSafeInteger(n) && n > 0))
    throw bad(`the sizes ${JSON.stringify(sizes)} are not whole numbers above 0`);
  if (!isDType(dtype)) throw bad(`there is no dtype ${JSON.stringify(dtype)}`);
  return { name: name?.trim(), shape, dtype };
}

function bad(problem: string): UsageError {
  return new UsageError(problem, {
    code: "usage/input-shape",
    path: "--input-shape",
    hint: "write sizes like 4,3,32,32, several inputs like x=1,3,32,32;ids=1,16:int64",
  });
}
