// Ops that move elements: attributes became inputs in opsets 5 to 18.
import { attrToInts, dtypeOf, setInput, type Draft, type Upgrade } from "../node.js";

/** `axes` (or another list) as an input. */
export const listToInput =
  (name: string, input: number): Upgrade =>
  (d: Draft) =>
    attrToInts(d, name, input);

/** Slice-1: starts, ends, axes as attributes. */
export const slice: Upgrade = (d: Draft) => {
  if (!d.attrs.has("starts")) return;
  attrToInts(d, "starts", 1);
  attrToInts(d, "ends", 2);
  attrToInts(d, "axes", 3);
};

/** Pad-1 and Pad-2: `paddings`, later `pads`, and `value`. */
export const pad: Upgrade = (d: Draft) => {
  const pads = d.attrs.takeInts("paddings") ?? d.attrs.takeInts("pads");
  if (pads === null) return;
  setInput(d, 1, d.builder.ints(pads));
  const value = d.attrs.takeFloat("value", 0);
  if (value !== 0) setInput(d, 2, d.builder.scalar(value, dtypeOf(d.inputs[0])));
};

/** Split: sizes as an attribute or an input; equal parts are counted by the outputs. */
export const split: Upgrade = (d: Draft) => {
  attrToInts(d, "split", 1);
  if (!d.inputs[1] && !d.attrs.has("num_outputs")) d.attrs.setInt("num_outputs", d.outputs.length);
};

/** Concat-1 joins axis 1 when nothing is said. */
export const concat: Upgrade = (d: Draft) => {
  if (d.version < 4 && !d.attrs.has("axis")) d.attrs.setInt("axis", 1);
};

/** Scatter became ScatterElements. */
export const scatter: Upgrade = (d: Draft) => {
  d.op = "ScatterElements";
};

/** Upsample is Resize with the coordinates and rounding of its time. */
export const upsample: Upgrade = (d: Draft) => {
  const scales = d.attrs.takeFloats("scales");
  const height = d.attrs.takeFloat("height_scale", 0);
  const width = d.attrs.takeFloat("width_scale", 0);
  const given = scales ?? (height > 0 ? [1, 1, height, width] : null);
  const input = given ? d.builder.literal(given, [given.length], "float32") : (d.inputs[1] ?? null);
  d.op = "Resize";
  d.inputs = [d.inputs[0] ?? null, null, input];
  const mode = d.attrs.takeString("mode", "nearest");
  d.attrs.setString("mode", mode === "bilinear" ? "linear" : mode);
  d.attrs.setString("coordinate_transformation_mode", "asymmetric");
  d.attrs.setString("nearest_mode", "floor");
};

/** Resize-10 had the behaviour of Upsample. */
export const resize: Upgrade = (d: Draft) => {
  if (d.version < 11) upsample(d);
};
