// Arithmetic, reductions and softmax of older opsets.
import type { IrValue } from "../../../ir/types.js";
import { attrToInts, dtypeOf, setInput, type Draft, type Replacement, type Upgrade } from "../node.js";

/** Clip-1 and Clip-6: bounds as attributes, the whole float range by default. */
export const clip: Upgrade = (d: Draft) => {
  if (d.version >= 11) return;
  const dtype = dtypeOf(d.inputs[0]);
  const low = d.attrs.takeFloat("min", -Infinity);
  const high = d.attrs.takeFloat("max", Infinity);
  const bound = (v: number) => Math.abs(v) < 3.4e38 && Number.isFinite(v);
  if (bound(low)) setInput(d, 1, d.builder.scalar(low, dtype));
  if (bound(high)) setInput(d, 2, d.builder.scalar(high, dtype));
};

/** Reductions: axes as an attribute. */
export const reduce: Upgrade = (d: Draft) => attrToInts(d, "axes", 1);

/** TopK-1: k as an attribute. */
export const topK: Upgrade = (d: Draft) => attrToInts(d, "k", 1);

/** Softmax before opset 13 flattened the input to two axes at `axis` (default 1). */
export const softmax: Upgrade = (d: Draft): Replacement | void => {
  if (d.version >= 13) return;
  const [x] = d.inputs;
  if (!x) return;
  const axis = d.attrs.takeInt("axis", 1);
  const rank = x.dims?.length;
  const at = rank !== undefined && axis < 0 ? axis + rank : axis;
  if (rank !== undefined && at === rank - 1) {
    d.attrs.setInt("axis", -1);
    return;
  }
  const { builder: b } = d;
  const flat = b.op("Flatten", [x], { axis: at }, { name: `${d.name}.flatten` });
  const options = { name: `${d.name}.rows` };
  const rows = softmaxOf(d, flat, options);
  const shape = b.op("Shape", [x], {}, { name: `${d.name}.shape` });
  return b.node("Reshape", [rows, shape], {}, { name: d.name, outputs: d.outputs });
};

function softmaxOf(d: Draft, x: IrValue, options: { readonly name: string }): IrValue {
  switch (d.op) {
    case "LogSoftmax":
      return d.builder.op("LogSoftmax", [x], { axis: -1 }, options);
    case "Hardmax":
      return d.builder.op("Hardmax", [x], { axis: -1 }, options);
    default:
      return d.builder.op("Softmax", [x], { axis: -1 }, options);
  }
}

/** Dropout before opset 12: the rate as an attribute, `is_test` before opset 7. */
export const dropout: Upgrade = (d: Draft) => {
  if (d.version >= 12) return;
  d.attrs.take("is_test");
  const ratio = d.attrs.takeFloat("ratio", 0.5);
  setInput(d, 1, d.builder.scalar(ratio));
  if (d.outputs.length > 1 && d.outputs[1] === null) d.outputs.length = 1;
};

/** BatchNormalization before opset 14 had up to five outputs and flags of training. */
export const batchNorm: Upgrade = (d: Draft) => {
  if (d.version >= 14) return;
  d.attrs.take("is_test");
  d.attrs.take("spatial");
  d.outputs.length = 1;
};

/** GroupNormalization-18 has one scale and bias per group; later one per channel. */
export const groupNorm: Upgrade = (d: Draft) => {
  if (d.version >= 21) return;
  const { builder: b } = d;
  const [x, ...params] = d.inputs;
  if (!x) return;
  const groups = d.attrs.get("num_groups");
  const count = groups?.kind === "int" ? Number(groups.value) : 1;
  const channels = b.op("Shape", [x], { start: 1, end: 2 }, { name: `${d.name}.channels` });
  const per = b.op("Div", [channels, b.ints([count])], {}, { name: `${d.name}.per_group` });
  const target = b.op("Concat", [b.ints([count]), per], { axis: 0 }, { name: `${d.name}.groups` });
  d.inputs = [
    x,
    ...params.map((p) => {
      if (!p) return null;
      const column = b.op("Unsqueeze", [p, b.ints([1])], {}, { name: `${d.name}.column` });
      const spread = b.op("Expand", [column, target], {}, { name: `${d.name}.spread` });
      return b.op("Reshape", [spread, b.ints([-1])], {}, { name: `${d.name}.per_channel` });
    }),
  ];
};

/** DFT-17: the axis as an attribute. */
export const dft: Upgrade = (d: Draft) => {
  if (d.version >= 20) return;
  setInput(d, 2, d.builder.scalar(d.attrs.takeInt("axis", 1), "int64"));
};

/** GridSample-16: names of the modes. */
export const gridSample: Upgrade = (d: Draft) => {
  const mode = d.attrs.takeString("mode", "linear");
  d.attrs.setString("mode", mode === "bilinear" ? "linear" : mode === "bicubic" ? "cubic" : mode);
};

/** RoiAlign-10 did not shift by half a pixel. */
export const roiAlign: Upgrade = (d: Draft) => {
  if (d.version < 16 && !d.attrs.has("coordinate_transformation_mode")) {
    d.attrs.setString("coordinate_transformation_mode", "output_half_pixel");
  }
};
