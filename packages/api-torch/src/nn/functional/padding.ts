// Padding of torch.nn.functional.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import { INTEGER, checkOptions, checkValue, listOf, NUMBER, oneOf } from "../../checks.js";
import { checkTensors } from "../../tensor/arguments.js";
import { asTensor, type Tensor } from "../../tensor/tensor.js";
import { inOrder, type InOrder } from "../../options.js";

/** Pads the trailing axes with zeros, by reflection, by the edge value, or around. */
export function padMode(
  x: CoreTensor,
  pads: readonly (readonly [number, number])[],
  mode: "zeros" | "reflect" | "replicate" | "circular",
  value = 0,
): Tensor {
  const lead = new Array<number>(x.rank - pads.length).fill(0);
  const low = [...lead, ...pads.map(([l]) => l)];
  const high = [...lead, ...pads.map(([, h]) => h)];
  const names = { zeros: "constant", reflect: "reflect", replicate: "edge", circular: "wrap" } as const;
  return asTensor(core.padMode(x, { low, high, mode: names[mode], value }));
}

const PAD_OPTIONS = {
  mode: /* @__PURE__ */ oneOf("constant", "reflect", "replicate", "circular"),
  value: NUMBER,
};

/** Names of padding modes as PyTorch's `F.pad` takes them. */
export type PadMode = "constant" | "reflect" | "replicate" | "circular";

type PadFnOptions = { readonly mode?: PadMode; readonly value?: number };
const PAD = ["mode", "value"] as const;

/**
 * Pads the last axes by `amounts`: (low, high) elements per axis, from the last axis backward; negative
 * amounts crop. `mode` is 'constant' (default, with `value`, 0), 'reflect', 'replicate' or 'circular'.
 * @throws {ShapeError} when there is an odd number of amounts or more than two per axis, an axis is cropped
 * below 0, or is too short for the mode.
 * @throws {ArgumentError} when an amount is not an integer, or an option or the mode is unknown.
 * @throws {LifetimeError} when x was disposed.
 * @see torch.nn.functional.pad
 */
export function pad(
  x: CoreTensor,
  amounts: readonly number[],
  ...given: InOrder<PadFnOptions, typeof PAD>
): Tensor {
  const options = inOrder<PadFnOptions>("pad", given, PAD);
  checkTensors("pad", { x });
  checkValue(
    "pad",
    "amounts",
    amounts,
    listOf(INTEGER, "a list of integers: (low, high) per axis, last axis first"),
  );
  checkOptions("pad", options, PAD_OPTIONS);
  if (amounts.length % 2 !== 0 || amounts.length > 2 * x.rank) {
    throw core.shapeError(
      "pad",
      `[${amounts.join(",")}] is not a padding of this tensor`,
      [x],
      "give (low, high) per axis, last axis first",
    );
  }
  const pairs: [number, number][] = [];
  for (let i = amounts.length - 2; i >= 0; i -= 2) pairs.push([amounts[i]!, amounts[i + 1]!]);
  const lead = x.rank - pairs.length;
  const crop = (side: 0 | 1, axis: number) => Math.max(0, -(pairs[axis - lead]?.[side] ?? 0));
  const cropped = core.slice(
    x,
    x.shape.map((_, i) => crop(0, i)),
    x.shape.map((n, i) => n - crop(1, i)),
  );
  const mode = options.mode === undefined || options.mode === "constant" ? "zeros" : options.mode;
  const positive = pairs.map(([l, h]): [number, number] => [Math.max(0, l), Math.max(0, h)]);
  return padMode(cropped, positive, mode, options.value ?? 0);
}
