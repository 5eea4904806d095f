// Cases of resize.
import { resize, type NearestRounding, type ResizeOptions } from "@isoform/core";
import type { CompositeCase } from "../composite-case.js";
import { resize as frozen } from "./frozen/resize.gen.js";
import { casesFrom } from "./frozen/frozen.js";

const make = casesFrom(frozen);
const ROUNDINGS: readonly NearestRounding[] = ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"];

/** What PyTorch's `mode="nearest"` is here. */
const TORCH_NEAREST = { coordinates: "asymmetric", nearest: "floor" } as const;

const CASES: readonly (readonly [name: string, options: ResizeOptions])[] = [
  ["torch nearest, up", { size: [4, 5], ...TORCH_NEAREST }],
  ["torch nearest, down, 1-d", { size: [3], ...TORCH_NEAREST }],
  ["torch nearest-exact", { size: [5, 3], nearest: "round_prefer_ceil" }],
  ["torch linear", { size: [8], mode: "linear" }],
  ["torch linear, aligned corners", { size: [8], mode: "linear", coordinates: "align_corners" }],
  ["torch bilinear, up", { size: [4, 7], mode: "linear" }],
  ["torch bilinear, down", { size: [3, 2], mode: "linear" }],
  ["torch bicubic", { size: [4, 7], mode: "cubic" }],
  ["torch bicubic, aligned corners", { size: [4, 7], mode: "cubic", coordinates: "align_corners" }],
  ["torch trilinear", { size: [3, 4, 2], mode: "linear" }],
  ["same size", { size: [3, 4], mode: "linear" }],
  ...ROUNDINGS.map((nearest) => [`nearest, ${nearest}`, { size: [10], nearest }] as const),
  ["nearest, asymmetric, scales", { size: [6, 6], scale: [2, 1.5], ...TORCH_NEAREST }],
  ["linear, scales that do not fit", { size: [8], scale: [1.75], mode: "linear" }],
  [
    "linear, half_pixel_symmetric",
    { size: [8], scale: [1.75], mode: "linear", coordinates: "half_pixel_symmetric" },
  ],
  ["linear, pytorch_half_pixel to 1", { size: [1, 3], mode: "linear", coordinates: "pytorch_half_pixel" }],
  [
    "cubic, a -0.5, outside excluded",
    { size: [9, 10], mode: "cubic", cubicCoeff: -0.5, excludeOutside: true },
  ],
  ["linear, align_corners", { size: [3, 8], mode: "linear", coordinates: "align_corners" }],
  ["tf_half_pixel_for_nn", { size: [3], coordinates: "tf_half_pixel_for_nn", nearest: "floor" }],
];

/** Cases of resize. */
export const resizeCases: readonly CompositeCase[] = CASES.map(([name, options]) =>
  make("resize", name, (x) => resize(x, options)),
);
