// depthToSpace, spaceToDepth and pixelShuffle: blocks of channels against blocks of space.
import { bind } from "../../../dispatch/bind.js";
import { checkOptions } from "../../../errors.js";
import type { Tensor } from "../../../tensor/tensor.js";
import { shapeError } from "../../infer.js";
import { reshape, transpose } from "../../prims/movement.js";
import { defineOp, type Op } from "../../table.js";
import { requireOneOf, requirePositive } from "../common/arguments.js";
import type { UnaryEntry } from "../common/entries.js";

/** Order of the channels: block offsets outermost (DCR: TensorFlow, ONNX's default) or innermost (CRD: PyTorch). */
export type BlockOrder = "DCR" | "CRD";

interface BlockAttrs {
  readonly block: number;
  readonly mode: BlockOrder;
}
declare module "../../table.js" {
  interface OpTable {
    depthToSpace: UnaryEntry<BlockAttrs>;
    spaceToDepth: UnaryEntry<BlockAttrs>;
  }
}

/** The `depthToSpace` composite. */
export const depthToSpaceOp: Op<"depthToSpace"> = defineOp("depthToSpace", {
  infer: ([x], { block }) => {
    if (x.shape.length !== 4)
      throw shapeError("depthToSpace", "x is not an image batch", [x], "x is [N, C, H, W]");
    const [n, c, h, w] = x.shape as [number, number, number, number];
    if (c % (block * block) !== 0) {
      const hint = `C must be a multiple of block² = ${block * block}`;
      throw shapeError("depthToSpace", `${c} channels do not fill blocks of ${block}`, [x], hint);
    }
    return [{ shape: [n, c / block ** 2, h * block, w * block], dtype: x.dtype }];
  },
  decompose: ([x], { block: b, mode }) => {
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const rest = c / (b * b);
    const apart = reshape(x, mode === "DCR" ? [n, b, b, rest, h, w] : [n, rest, b, b, h, w]);
    const order = mode === "DCR" ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3];
    return [reshape(transpose(apart, order), [n, rest, h * b, w * b])];
  },
});

/** The `spaceToDepth` composite. */
export const spaceToDepthOp: Op<"spaceToDepth"> = defineOp("spaceToDepth", {
  infer: ([x], { block }) => {
    if (x.shape.length !== 4)
      throw shapeError("spaceToDepth", "x is not an image batch", [x], "x is [N, C, H, W]");
    const [n, c, h, w] = x.shape as [number, number, number, number];
    if (h % block !== 0 || w % block !== 0) {
      throw shapeError(
        "spaceToDepth",
        `${h} x ${w} does not divide into blocks of ${block}`,
        [x],
        "pad or crop first",
      );
    }
    return [{ shape: [n, c * block ** 2, h / block, w / block], dtype: x.dtype }];
  },
  decompose: ([x], { block: b, mode }) => {
    const [n, c, h, w] = x.shape as [number, number, number, number];
    const apart = reshape(x, [n, c, h / b, b, w / b, b]);
    const order = mode === "DCR" ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
    return [reshape(transpose(apart, order), [n, c * b * b, h / b, w / b])];
  },
});

function attrsOf(op: string, block: number, options: { readonly mode?: BlockOrder }): BlockAttrs {
  checkOptions(op, options, ["mode"]);
  const mode = requireOneOf(op, "mode", options.mode ?? "DCR", ["DCR", "CRD"]);
  return { block: requirePositive(op, "block", block), mode };
}

/**
 * x `[N, C·b², H, W]` as `[N, C, H·b, W·b]` with b = `block`. Default order DCR, as ONNX.
 * @throws {ShapeError} unless x has four axes and b² divides the channels
 * @throws {ArgumentError} when `block` is not a positive integer, or the mode or an option is unknown
 * @see ONNX DepthToSpace, tf.nn.depth_to_space
 */
export function depthToSpace(x: Tensor, block: number, options: { readonly mode?: BlockOrder } = {}): Tensor {
  return bind(depthToSpaceOp, [x], attrsOf("depthToSpace", block, options))[0];
}

/**
 * x `[N, C, H·b, W·b]` as `[N, C·b², H, W]` with b = `block`, the inverse of `depthToSpace`. Default order
 * DCR.
 * @throws {ShapeError} unless x has four axes and b divides height and width
 * @throws {ArgumentError} when `block` is not a positive integer, or the mode or an option is unknown
 * @see ONNX SpaceToDepth, tf.nn.space_to_depth
 */
export function spaceToDepth(x: Tensor, block: number, options: { readonly mode?: BlockOrder } = {}): Tensor {
  return bind(spaceToDepthOp, [x], attrsOf("spaceToDepth", block, options))[0];
}

/**
 * x `[N, C·b², H, W]` as `[N, C, H·b, W·b]` with b = `block`: `depthToSpace` in order CRD.
 * @throws {ShapeError} unless x has four axes and b² divides the channels
 * @throws {ArgumentError} when `block` is not a positive integer
 * @see torch.nn.functional.pixel_shuffle
 */
export function pixelShuffle(x: Tensor, block: number): Tensor {
  return depthToSpace(x, block, { mode: "CRD" });
}

/**
 * x `[N, C, H·b, W·b]` as `[N, C·b², H, W]` with b = `block`: `spaceToDepth` in order CRD.
 * @throws {ShapeError} unless x has four axes and b divides height and width
 * @throws {ArgumentError} when `block` is not a positive integer
 * @see torch.nn.functional.pixel_unshuffle
 */
export function pixelUnshuffle(x: Tensor, block: number): Tensor {
  return spaceToDepth(x, block, { mode: "CRD" });
}
