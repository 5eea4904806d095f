// The losses of Keras as classes.
import { constructible, type Constructible } from "@isoform/core";
import { filled } from "../config/options.js";
import type { TensorLike } from "../tensor/like.js";
import type { Tensor } from "../tensor/tensor.js";
import * as f from "./functions.js";
import { checkQ } from "./reduce.js";
import { LOSS, LossFunctionWrapper, type LossOptions } from "./loss.js";

/** Splits options into those of every loss and those of the function, with defaults. */
function split(
  owner: string,
  name: string,
  options: object,
  defaults: Readonly<Record<string, unknown>>,
): readonly [base: LossOptions, own: Record<string, unknown>] {
  const { reduction, name: own, dtype, ...rest } = filled(owner, options, { ...LOSS, ...defaults });
  return [{ reduction, name: own ?? name, dtype }, rest];
}

type Options = Readonly<Record<string, unknown>>;
type FnWithOptions = (yTrue: TensorLike, yPred: TensorLike, options: Options) => Tensor;

/** A class around a function of `functions.ts`. */
abstract class Named extends LossFunctionWrapper {
  constructor(
    owner: string,
    name: string,
    fn: FnWithOptions,
    options: object,
    defaults: Options,
    hidden: readonly string[] = [],
  ) {
    const [base, own] = split(owner, name, options, defaults);
    const shown = Object.fromEntries(Object.entries(own).filter(([k]) => !hidden.includes(k)));
    super((t, p) => fn(t, p, own), base, shown);
  }
}

class MeanSquaredErrorLoss extends Named {
  static override readonly className: string = "MeanSquaredError";
  constructor(options: LossOptions = {}) {
    super("MeanSquaredError", "mean_squared_error", f.meanSquaredError, options, {});
  }
}
class MeanAbsoluteErrorLoss extends Named {
  static override readonly className: string = "MeanAbsoluteError";
  constructor(options: LossOptions = {}) {
    super("MeanAbsoluteError", "mean_absolute_error", f.meanAbsoluteError, options, {});
  }
}
class MeanAbsolutePercentageErrorLoss extends Named {
  static override readonly className: string = "MeanAbsolutePercentageError";
  constructor(options: LossOptions = {}) {
    super(
      "MeanAbsolutePercentageError",
      "mean_absolute_percentage_error",
      f.meanAbsolutePercentageError,
      options,
      {},
    );
  }
}
class MeanSquaredLogarithmicErrorLoss extends Named {
  static override readonly className: string = "MeanSquaredLogarithmicError";
  constructor(options: LossOptions = {}) {
    super(
      "MeanSquaredLogarithmicError",
      "mean_squared_logarithmic_error",
      f.meanSquaredLogarithmicError,
      options,
      {},
    );
  }
}
class CosineSimilarityLoss extends Named {
  static override readonly className: string = "CosineSimilarity";
  constructor(options: LossOptions & { readonly axis?: number } = {}) {
    super("CosineSimilarity", "cosine_similarity", f.cosineSimilarity, options, { axis: -1 }, ["axis"]);
  }
}
class HuberLoss extends Named {
  static override readonly className: string = "Huber";
  constructor(options: LossOptions & { readonly delta?: number } = {}) {
    super("Huber", "huber_loss", f.huber, options, { delta: 1 }, ["delta"]);
  }
}
class LogCoshLoss extends Named {
  static override readonly className: string = "LogCosh";
  constructor(options: LossOptions = {}) {
    super("LogCosh", "log_cosh", f.logCosh, options, {});
  }
}
class HingeLoss extends Named {
  static override readonly className: string = "Hinge";
  constructor(options: LossOptions = {}) {
    super("Hinge", "hinge", f.hinge, options, {});
  }
}
class SquaredHingeLoss extends Named {
  static override readonly className: string = "SquaredHinge";
  constructor(options: LossOptions = {}) {
    super("SquaredHinge", "squared_hinge", f.squaredHinge, options, {});
  }
}
class CategoricalHingeLoss extends Named {
  static override readonly className: string = "CategoricalHinge";
  constructor(options: LossOptions = {}) {
    super("CategoricalHinge", "categorical_hinge", f.categoricalHinge, options, {});
  }
}
class KLDivergenceLoss extends Named {
  static override readonly className: string = "KLDivergence";
  constructor(options: LossOptions = {}) {
    super("KLDivergence", "kl_divergence", f.klDivergence, options, {});
  }
}
class PoissonLoss extends Named {
  static override readonly className: string = "Poisson";
  constructor(options: LossOptions = {}) {
    super("Poisson", "poisson", f.poisson, options, {});
  }
}
const CROSSENTROPY = { fromLogits: false, labelSmoothing: 0, axis: -1 };

class BinaryCrossentropyLoss extends Named {
  static override readonly className: string = "BinaryCrossentropy";
  constructor(options: LossOptions & f.CrossentropyOptions = {}) {
    super("BinaryCrossentropy", "binary_crossentropy", f.binaryCrossentropy, options, CROSSENTROPY);
  }
}
class BinaryFocalCrossentropyLoss extends Named {
  static override readonly className: string = "BinaryFocalCrossentropy";
  constructor(options: LossOptions & f.BinaryFocalOptions = {}) {
    super("BinaryFocalCrossentropy", "binary_focal_crossentropy", f.binaryFocalCrossentropy, options, {
      ...CROSSENTROPY,
      applyClassBalancing: false,
      alpha: 0.25,
      gamma: 2,
    });
  }
}
class CategoricalCrossentropyLoss extends Named {
  static override readonly className: string = "CategoricalCrossentropy";
  constructor(options: LossOptions & f.CrossentropyOptions = {}) {
    super(
      "CategoricalCrossentropy",
      "categorical_crossentropy",
      f.categoricalCrossentropy,
      options,
      CROSSENTROPY,
    );
  }
}
class CategoricalFocalCrossentropyLoss extends Named {
  static override readonly className: string = "CategoricalFocalCrossentropy";
  constructor(options: LossOptions & f.CategoricalFocalOptions = {}) {
    super(
      "CategoricalFocalCrossentropy",
      "categorical_focal_crossentropy",
      f.categoricalFocalCrossentropy,
      options,
      {
        ...CROSSENTROPY,
        alpha: 0.25,
        gamma: 2,
      },
    );
  }
}
class SparseCategoricalCrossentropyLoss extends Named {
  static override readonly className: string = "SparseCategoricalCrossentropy";
  constructor(
    options: LossOptions & {
      readonly fromLogits?: boolean;
      readonly ignoreClass?: number | null;
      readonly axis?: number;
    } = {},
  ) {
    super(
      "SparseCategoricalCrossentropy",
      "sparse_categorical_crossentropy",
      f.sparseCategoricalCrossentropy,
      options,
      { fromLogits: false, ignoreClass: null, axis: -1 },
      ["axis"],
    );
  }
}
type Axis = { readonly axis?: number | readonly number[] | null };
class DiceLoss extends Named {
  static override readonly className: string = "Dice";
  constructor(options: LossOptions & Axis = {}) {
    super("Dice", "dice", f.dice, options, { axis: null });
  }
}
class TverskyLoss extends Named {
  static override readonly className: string = "Tversky";
  constructor(options: LossOptions & Axis & { readonly alpha?: number; readonly beta?: number } = {}) {
    super("Tversky", "tversky", f.tversky, options, { alpha: 0.5, beta: 0.5, axis: null });
  }
}
class GeneralizedLoss extends Named {
  static override readonly className: string = "CategoricalGeneralizedCrossEntropy";
  constructor(options: LossOptions & { readonly q?: number } = {}) {
    super(
      "CategoricalGeneralizedCrossEntropy",
      "categorical_generalized_cross_entropy",
      (t, p, o) => f.categoricalGeneralizedCrossEntropy(t, p, o["q"] as number),
      options,
      { q: 0.5 },
    );
    checkQ("CategoricalGeneralizedCrossEntropy", this.fnOptions["q"] as number);
  }
}

/**
 * `meanSquaredError` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the mean by
 * default.
 * @throws {ArgumentError} when an option is unknown or `reduction` is not one of its values
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.MeanSquaredError
 */
export const MeanSquaredError: Constructible<typeof MeanSquaredErrorLoss> =
  /* @__PURE__ */ constructible(MeanSquaredErrorLoss);
/**
 * `meanAbsoluteError` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the mean by
 * default.
 * @throws {ArgumentError} when an option is unknown or `reduction` is not one of its values
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.MeanAbsoluteError
 */
export const MeanAbsoluteError: Constructible<typeof MeanAbsoluteErrorLoss> =
  /* @__PURE__ */ constructible(MeanAbsoluteErrorLoss);
/**
 * `meanAbsolutePercentageError` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the
 * mean by default.
 * @throws {ArgumentError} when an option is unknown or `reduction` is not one of its values
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.MeanAbsolutePercentageError
 */
export const MeanAbsolutePercentageError: Constructible<typeof MeanAbsolutePercentageErrorLoss> =
  /* @__PURE__ */ constructible(MeanAbsolutePercentageErrorLoss);
/**
 * `meanSquaredLogarithmicError` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the
 * mean by default.
 * @throws {ArgumentError} when an option is unknown or `reduction` is not one of its values
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.MeanSquaredLogarithmicError
 */
export const MeanSquaredLogarithmicError: Constructible<typeof MeanSquaredLogarithmicErrorLoss> =
  /* @__PURE__ */ constructible(MeanSquaredLogarithmicErrorLoss);
/**
 * `cosineSimilarity` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the mean by
 * default.
 * @throws {ArgumentError} when an option is unknown, `reduction` is not one of its values, or an axis is out
 *   of range
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.CosineSimilarity
 */
export const CosineSimilarity: Constructible<typeof CosineSimilarityLoss> =
  /* @__PURE__ */ constructible(CosineSimilarityLoss);
/**
 * `huber` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the mean by default.
 * @throws {ArgumentError} when an option is unknown or `reduction` is not one of its values
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.Huber
 */
export const Huber: Constructible<typeof HuberLoss> = /* @__PURE__ */ constructible(HuberLoss);
/**
 * `logCosh` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the mean by default.
 * @throws {ArgumentError} when an option is unknown or `reduction` is not one of its values
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.LogCosh
 */
export const LogCosh: Constructible<typeof LogCoshLoss> = /* @__PURE__ */ constructible(LogCoshLoss);
/**
 * `hinge` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the mean by default.
 * @throws {ArgumentError} when an option is unknown or `reduction` is not one of its values
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.Hinge
 */
export const Hinge: Constructible<typeof HingeLoss> = /* @__PURE__ */ constructible(HingeLoss);
/**
 * `squaredHinge` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the mean by default.
 * @throws {ArgumentError} when an option is unknown or `reduction` is not one of its values
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.SquaredHinge
 */
export const SquaredHinge: Constructible<typeof SquaredHingeLoss> =
  /* @__PURE__ */ constructible(SquaredHingeLoss);
/**
 * `categoricalHinge` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the mean by
 * default.
 * @throws {ArgumentError} when an option is unknown or `reduction` is not one of its values
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.CategoricalHinge
 */
export const CategoricalHinge: Constructible<typeof CategoricalHingeLoss> =
  /* @__PURE__ */ constructible(CategoricalHingeLoss);
/**
 * `klDivergence` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the mean by default.
 * @throws {ArgumentError} when an option is unknown or `reduction` is not one of its values
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.KLDivergence
 */
export const KLDivergence: Constructible<typeof KLDivergenceLoss> =
  /* @__PURE__ */ constructible(KLDivergenceLoss);
/**
 * `poisson` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the mean by default.
 * @throws {ArgumentError} when an option is unknown or `reduction` is not one of its values
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.Poisson
 */
export const Poisson: Constructible<typeof PoissonLoss> = /* @__PURE__ */ constructible(PoissonLoss);
/**
 * `binaryCrossentropy` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the mean by
 * default.
 * @throws {ArgumentError} when an option is unknown, `reduction` is not one of its values, or an axis is out
 *   of range
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.BinaryCrossentropy
 */
export const BinaryCrossentropy: Constructible<typeof BinaryCrossentropyLoss> =
  /* @__PURE__ */ constructible(BinaryCrossentropyLoss);
/**
 * `binaryFocalCrossentropy` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the mean
 * by default.
 * @throws {ArgumentError} when an option is unknown, `reduction` is not one of its values, or an axis is out
 *   of range
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.BinaryFocalCrossentropy
 */
export const BinaryFocalCrossentropy: Constructible<typeof BinaryFocalCrossentropyLoss> =
  /* @__PURE__ */ constructible(BinaryFocalCrossentropyLoss);
/**
 * `categoricalCrossentropy` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the mean
 * by default.
 * @throws {ArgumentError} when an option is unknown, `reduction` is not one of its values, or an axis is out
 *   of range
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.CategoricalCrossentropy
 */
export const CategoricalCrossentropy: Constructible<typeof CategoricalCrossentropyLoss> =
  /* @__PURE__ */ constructible(CategoricalCrossentropyLoss);
/**
 * `categoricalFocalCrossentropy` as an object: targets and predictions `[N, ...]`, reduced to a scalar, the
 * mean by default.
 * @throws {ArgumentError} when an option is unknown, `reduction` is not one of its values, or an axis is out
 *   of range
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.CategoricalFocalCrossentropy
 */
export const CategoricalFocalCrossentropy: Constructible<typeof CategoricalFocalCrossentropyLoss> =
  /* @__PURE__ */ constructible(CategoricalFocalCrossentropyLoss);
/**
 * `sparseCategoricalCrossentropy` as an object: class numbers `[...]` and predictions `[..., classes]`,
 * reduced to a scalar, the mean by default.
 * @throws {ArgumentError} when an option is unknown, `reduction` is not one of its values, or as the function
 *   says
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.SparseCategoricalCrossentropy
 */
export const SparseCategoricalCrossentropy: Constructible<typeof SparseCategoricalCrossentropyLoss> =
  /* @__PURE__ */ constructible(SparseCategoricalCrossentropyLoss);
/**
 * `dice` as an object: targets and predictions `[N, ...]`, a scalar.
 * @throws {ArgumentError} when an option is unknown, `reduction` is not one of its values, or an axis is out
 *   of range
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.Dice
 */
export const Dice: Constructible<typeof DiceLoss> = /* @__PURE__ */ constructible(DiceLoss);
/**
 * `tversky` as an object: targets and predictions `[N, ...]`, a scalar.
 * @throws {ArgumentError} when an option is unknown, `reduction` is not one of its values, or an axis is out
 *   of range
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.Tversky
 */
export const Tversky: Constructible<typeof TverskyLoss> = /* @__PURE__ */ constructible(TverskyLoss);
/**
 * `categoricalGeneralizedCrossEntropy` with `q` 0.5 by default as an object: class numbers `[N]` and
 * predictions `[N, classes]`, reduced to a scalar, the mean by default.
 * @throws {ArgumentError} when an option is unknown, `reduction` is not one of its values, or `q` is not
 *   between 0 and 1
 * @throws {ShapeError} when targets, predictions or sample weights do not fit each other
 * @see keras.losses.CategoricalGeneralizedCrossEntropy
 */
export const CategoricalGeneralizedCrossEntropy: Constructible<typeof GeneralizedLoss> =
  /* @__PURE__ */ constructible(GeneralizedLoss);
