// EinsumDense: a dense layer of any einsum equation.
import * as core from "@isoform/core";
import { ArgumentError, ShapeError, constructible, type Constructible } from "@isoform/core";
import { TEXT, integer, optional, requireValue, arrayOf } from "../../config/values.js";
import type { ActivationLike } from "../../activations.js";
import { REQUIRED, type Defaults, type Settled, given } from "../../config/options.js";
import type { ConstraintLike } from "../../constraints.js";
import { knownSize } from "../../engine/input-spec.js";
import { formatShape, type SymbolicShape } from "../../engine/keras-tensor.js";
import { Layer, type LayerOptions } from "../../engine/layer.js";
import type { InitializerLike } from "../../initializers/index.js";
import type { RegularizerLike } from "../../regularizers.js";
import type { Variable } from "../../tensor/variable.js";

/** Options of `EinsumDense`, Keras' names and defaults. */
export interface EinsumDenseOptions {
  readonly activation?: ActivationLike;
  /** Letters of the output that the bias has, e.g. `"d"`; null for no bias. */
  readonly biasAxes?: string | null;
  readonly kernelInitializer?: InitializerLike;
  readonly biasInitializer?: InitializerLike;
  readonly kernelRegularizer?: RegularizerLike;
  readonly biasRegularizer?: RegularizerLike;
  readonly activityRegularizer?: RegularizerLike;
  readonly kernelConstraint?: ConstraintLike;
  readonly biasConstraint?: ConstraintLike;
  readonly quantizationConfig?: null;
}
interface EinsumDenseConfig extends EinsumDenseOptions {
  readonly equation: string;
  readonly outputShape: number | SymbolicShape;
}
const DEFAULTS: Defaults<EinsumDenseConfig> = {
  outputShape: REQUIRED,
  equation: REQUIRED,
  activation: null,
  biasAxes: null,
  kernelInitializer: "glorot_uniform",
  biasInitializer: "zeros",
  kernelRegularizer: null,
  biasRegularizer: null,
  activityRegularizer: null,
  kernelConstraint: null,
  biasConstraint: null,
  quantizationConfig: null,
};

/** See `EinsumDense`. */
export interface EinsumDenseLayer extends Settled<
  Omit<EinsumDenseConfig, "activityRegularizer">,
  { readonly outputShape: SymbolicShape }
> {}
/** See `EinsumDense`. */
export class EinsumDenseLayer extends Layer {
  static override readonly className: string = "EinsumDense";
  static override readonly positional: readonly string[] = ["equation", "outputShape"];
  kernel!: Variable;
  bias: Variable | null = null;

  constructor(
    equation: string,
    outputShape: number | SymbolicShape,
    options: EinsumDenseOptions & LayerOptions = {},
  ) {
    super(given(options, { equation, outputShape }), DEFAULTS);
    this.inputSpec = {};
    requireValue(this.describe(), "equation", equation, TEXT);
    const sizes = typeof outputShape === "number" ? integer(0) : arrayOf(optional(integer(0)));
    requireValue(this.describe(), "outputShape", outputShape, sizes);
    this.settle({ outputShape: typeof outputShape === "number" ? [outputShape] : [...outputShape] });
  }

  override build(shape: SymbolicShape): void {
    const { kernel, bias } = this.#analyze(shape);
    this.kernel = this.addWeight({
      name: "kernel",
      shape: kernel,
      initializer: this.kernelInitializer,
      regularizer: this.kernelRegularizer,
      constraint: this.kernelConstraint,
    });
    if (bias === null) return;
    this.bias = this.addWeight({
      name: "bias",
      shape: bias,
      initializer: this.biasInitializer,
      regularizer: this.biasRegularizer,
      constraint: this.biasConstraint,
    });
  }

  /** Shapes of kernel and bias from the equation. Letters not in the equation stand for the axes of an ellipsis. */
  #analyze(shape: SymbolicShape): { kernel: number[]; bias: number[] | null } {
    const match =
      /^\s*(\.\.\.)?([a-zA-Z]*)(\.\.\.)?\s*,\s*([a-zA-Z]+)\s*->\s*(\.\.\.)?([a-zA-Z]*)(\.\.\.)?\s*$/.exec(
        this.equation,
      );
    if (match === null) {
      throw new ArgumentError(`${JSON.stringify(this.equation)} is not an equation`, {
        code: "argument/equation",
        op: this.describe(),
        hint: 'write it like "ab,bc->ac", with an ellipsis at one end if need be: "...a,ab->...b"',
      });
    }
    const [, leftDots, input = "", rightDots, weight = "", outLeft, output = ""] = match;
    if (Boolean(leftDots) !== Boolean(outLeft)) {
      throw new ArgumentError("the ellipsis is not at the same end of input and output", {
        code: "argument/equation",
        op: this.describe(),
      });
    }
    const dotted = Boolean(leftDots || rightDots);
    const elided = shape.length - input.length;
    if (dotted ? elided < 0 : elided !== 0) {
      throw new ShapeError(`the input has ${shape.length} axes, the equation ${input.length}`, {
        code: "shape/mismatch",
        op: this.describe(),
        inputs: [`(${formatShape(shape)})`],
      });
    }
    const inputSizes = new Map<string, number>();
    [...input!].forEach((c, i) => {
      const axis = leftDots ? elided + i : i;
      if (weight.includes(c)) inputSizes.set(c, knownSize(this.describe(), shape, axis));
    });
    const given = this.outputShape;
    const outputRank = output.length + (dotted ? elided : 0);
    const offset = given.length - (outputRank - 1);
    const sizeOf = (c: string): number | null => {
      const place = output.indexOf(c);
      const axis = (leftDots ? elided + place : place) - 1 + offset;
      return place < 0 ? null : (given[axis] ?? null);
    };
    const kernel = [...weight].map((c) => {
      const size = inputSizes.get(c) ?? sizeOf(c);
      if (size !== null) return size;
      throw new ArgumentError(`the size of ${JSON.stringify(c)} is unknown`, {
        code: "argument/equation",
        op: this.describe(),
        hint: "give it in outputShape",
      });
    });
    if (this.biasAxes === null) return { kernel, bias: null };
    const letters = [...output].map((c) =>
      this.biasAxes!.includes(c) ? (sizeOf(c) ?? inputSizes.get(c) ?? null) : 1,
    );
    const first = [...output].findIndex((c) => this.biasAxes!.includes(c));
    const tail = rightDots ? Array.from({ length: elided }, () => 1) : [];
    return { kernel, bias: [...letters.slice(first), ...tail].map((n) => n ?? 1) };
  }

  override call(x: core.Tensor): core.Tensor {
    const dtype = this.computeDtype;
    const y = core.einsum(this.equation, [x, core.cast(this.kernel, dtype)]);
    return this.activation(this.bias ? core.add(y, core.cast(this.bias, dtype)) : y);
  }
}

/**
 * activation(einsum(equation, x, kernel) + bias): shapes as `equation` says, e.g. `"abc,cd->abd"`.
 * `outputShape` has no batch axis; null where the input decides.
 * @throws {ArgumentError} when an option is unknown, `equation` is not one, or the size of a letter of the
 *   kernel is unknown
 * @throws {ShapeError} when the rank or a size of the input does not fit the equation
 * @see keras.layers.EinsumDense
 */
export const EinsumDense: Constructible<typeof EinsumDenseLayer> =
  /* @__PURE__ */ constructible(EinsumDenseLayer);
