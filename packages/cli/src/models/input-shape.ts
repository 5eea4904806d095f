// The inputs that `--input-shape` declares: `4,3,32,32`, or `x=1,3,32,32;ids=1,16:int64`. A class of `--model` is traced
// with them; for a model that has its own architecture they are the shapes of random inputs.
import { ArgumentError, isDType, type DType } from "@isoform/core";
import { formatValue, inputShapes, type IrValue } from "@isoform/converter";
import { UsageError } from "../errors.js";
import type { ReadModel } from "./import.js";

/** One declared input. */
export interface DeclaredInput {
  /** Undefined when not named. */
  readonly name: string | undefined;
  readonly shape: readonly number[];
  /** Undefined when not given. */
  readonly dtype: DType | undefined;
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
  const [match, name, sizes = "", dtype] = FORM.exec(text) ?? [];
  if (match === undefined || text === "") throw bad(`${JSON.stringify(text)} is not a shape`);
  const shape =
    sizes.trim() === "" ? [] : sizes.split(",").map((s) => (s.trim() === "" ? Number.NaN : Number(s)));
  if (!shape.every((n) => Number.isSafeInteger(n) && n > 0))
    throw bad(`the sizes ${JSON.stringify(sizes)} are not whole numbers above 0`);
  if (dtype !== undefined && !isDType(dtype)) throw bad(`there is no dtype ${JSON.stringify(dtype)}`);
  return { name: name?.trim(), shape, dtype };
}

const FORMS = "write sizes like 4,3,32,32, several inputs like x=1,3,32,32;ids=1,16:int64";

function bad(problem: string, hint = FORMS): UsageError {
  return new UsageError(problem, { code: "usage/input-shape", path: "--input-shape", hint });
}

/** How shapes are said on the command line: `x=1,3,32,32;step=`. */
export function formatInputShapes(shapes: Readonly<Record<string, readonly number[]>>): string {
  return Object.entries(shapes)
    .map(([name, shape]) => `${name}=${shape.join(",")}`)
    .join(";");
}

/**
 * The shapes of random inputs that `--input-shape` gives a model that has its own architecture, by input name. Undefined
 * without the option, and for a traced class: its free batch is checked with another size than it was traced with.
 * @param input What `--input` says.
 * @throws {UsageError} when they do not fit the model, or there are no random inputs
 */
export function randomShapes(
  text: string | undefined,
  { model, traced }: ReadModel,
  input?: string,
): ReadonlyMap<string, readonly number[]> | undefined {
  if (text === undefined || traced) return undefined;
  if (input !== undefined)
    throw bad("--input-shape is for random inputs, and --input gives the inputs", "leave one of them out");
  return shapesOf(text, { model });
}

/** The same for a measurement, which takes a traced class as it was traced. @throws {UsageError} */
export function measuredShapes(
  text: string | undefined,
  { model }: ReadModel,
): ReadonlyMap<string, readonly number[]> | undefined {
  return text === undefined ? undefined : shapesOf(text, { model });
}

/** Refuses the option where nothing is random and nothing traced. @throws {UsageError} */
export function refuseInputShape(text: string | undefined, { traced }: ReadModel, hint: string): void {
  if (text === undefined || traced) return;
  throw bad("--input-shape does not apply: the file has its own architecture, and no input is random", hint);
}

/** Refuses `--static` where no model was traced. @throws {UsageError} */
export function refuseStatic(given: boolean, ...reads: readonly ReadModel[]): void {
  if (!given || reads.some(({ traced }) => traced)) return;
  throw new UsageError("--static does not apply: it is for a class of --model, and none is traced", {
    code: "usage/static",
    path: "--static",
    hint: "leave it out",
  });
}

function shapesOf(text: string, { model }: Pick<ReadModel, "model">): Map<string, readonly number[]> {
  const { inputs } = model.graph;
  const wants = `the model takes ${inputs.map(formatValue).join("; ") || "no inputs"}`;
  const given = parseInputShapes(text);
  const positional = given.every((g) => g.name === undefined);
  if (positional && given.length !== inputs.length)
    throw bad(`there are ${given.length} shapes without names for ${inputs.length} inputs`, wants);
  const out = new Map<string, readonly number[]>();
  for (const [i, { name, shape, dtype }] of given.entries()) {
    const found: IrValue | undefined = positional ? inputs[i] : inputs.find((v) => v.name === name);
    if (name === undefined && !positional) throw bad("name all shapes or none", wants);
    if (found && dtype !== undefined && dtype !== found.dtype)
      throw bad(`the input ${found.name} is not ${dtype}`, wants);
    out.set(found?.name ?? name ?? "", shape);
  }
  try {
    inputShapes(model.graph, { shapes: out });
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw bad(error.problem, wants);
  }
  return out;
}
