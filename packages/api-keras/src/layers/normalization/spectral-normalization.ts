// SpectralNormalization: a layer whose kernel is divided by its largest singular value.
import * as core from "@isoform/core";
import { ArgumentError, constructible, type Constructible } from "@isoform/core";
import { REQUIRED, positive, type Resolved } from "../../config/options.js";
import type { Layer, LayerOptions, Shapes } from "../../engine/layer.js";
import { TruncatedNormal } from "../../initializers/random.js";
import { Variable } from "../../tensor/variable.js";
import { WrapperLayer } from "../core/wrapper.js";

interface SpectralNormalizationLayer extends Resolved<{ readonly powerIterations?: number }> {}
class SpectralNormalizationLayer extends WrapperLayer {
  static override readonly className: string = "SpectralNormalization";
  vectorU!: Variable;
  /** The kernel of the layer inside. */
  kernel!: Variable;

  constructor(layer: Layer, options: { readonly powerIterations?: number } & LayerOptions = {}) {
    super(layer, options, { layer: REQUIRED, powerIterations: 1 });
    positive(this.describe(), "powerIterations", this.powerIterations);
  }
  override build(shape: Shapes): void {
    super.build(shape);
    const found: unknown = Reflect.get(this.layer, "kernel") ?? Reflect.get(this.layer, "embeddings");
    if (!(found instanceof Variable)) {
      throw new ArgumentError("the layer inside has no kernel", {
        code: "argument/no-kernel",
        op: this.describe(),
        hint: "wrap a layer with a kernel, such as Dense or Conv2D",
      });
    }
    this.kernel = found;
    this.vectorU = this.addWeight({
      name: "vector_u",
      shape: [1, found.shape.at(-1)!],
      initializer: TruncatedNormal({ stddev: 0.02 }),
      trainable: false,
    });
  }
  /** In training one round of power iteration updates the vector and the kernel; inference uses them as they are. */
  override call(x: core.Tensor, { training }: { readonly training: boolean }): unknown {
    if (training) this.#normalize();
    return this.layer<unknown>(x, { training });
  }
  #normalize(): void {
    core.noGrad(() => {
      const matrix = core.reshape(this.kernel, [-1, this.kernel.shape.at(-1)!]);
      const unit = (t: core.Tensor) => core.mul(t, core.rsqrt(core.maximum(core.sum(core.square(t)), 1e-14)));
      let u: core.Tensor = this.vectorU;
      let v = u;
      for (let i = 0; i < this.powerIterations; i++) {
        v = unit(core.matmul(u, core.transpose(matrix)));
        u = unit(core.matmul(v, matrix));
      }
      const sigma = core.matmul(core.matmul(v, matrix), core.transpose(u));
      this.vectorU.assign(u);
      this.kernel.assign(core.div(this.kernel, core.reshape(sigma, [])));
    });
  }
}

/**
 * A layer with its kernel divided by its largest singular value during training (Miyato et al. 2018); shapes
 * are those of the layer. Weight `vectorU` `[1, last size of the kernel]`.
 * @throws {ArgumentError} when an option is unknown, the first argument is not a layer, it has neither
 *   `kernel` nor `embeddings`, or `powerIterations` is not a positive integer
 * @throws {ShapeError} when the layer inside does not take the shape of the input
 * @see keras.layers.SpectralNormalization
 * @see Miyato et al. 2018, https://arxiv.org/abs/1802.05957
 */
export const SpectralNormalization: Constructible<typeof SpectralNormalizationLayer> =
  /* @__PURE__ */ constructible(SpectralNormalizationLayer);
