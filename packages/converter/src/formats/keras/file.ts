// What a Keras file holds, whichever of its formats it is in. Weights are read when asked for.
import type { RawDType, RawTensor } from "../raw-tensor.js";
import type { PlainObject } from "./plain-json.js";

/** A weight in a file. */
export interface StoredWeight {
  /** Dataset path (`layers/dense/vars/0`) or legacy weight name (`dense_1/kernel:0`). */
  readonly path: string;
  /** Name of the layer it belongs to, where the file says. */
  readonly layerName: string | undefined;
  readonly shape: readonly number[];
  readonly dtype: RawDType;
  /**
   * The values, row-major.
   * @throws {ModelFormatError} when they are damaged
   * @throws {LimitExceededError} when they are over a limit
   */
  read(): RawTensor;
}

/** The weights of a file. */
export type KerasWeights =
  | {
      /** Keras 3: one group per layer, numbered by class. */
      readonly layout: "v3";
      readonly weights: ReadonlyMap<string, StoredWeight>;
      readonly optimizer: ReadonlyMap<string, StoredWeight>;
    }
  | {
      /** Keras 1 and 2, and the HDF5 format of Keras 3: per layer name an ordered list. */
      readonly layout: "legacy";
      readonly layers: ReadonlyMap<string, readonly StoredWeight[]>;
      readonly optimizer: readonly StoredWeight[];
    };

/** An open Keras file. */
export interface KerasFile {
  readonly name: string;
  /** `keras` = .keras archive, `h5-model` = full HDF5 model, `h5-weights` = weights only, `config` = architecture JSON. */
  readonly kind: "keras" | "h5-model" | "h5-weights" | "config";
  /** As the file says, e.g. `3.15.1` or `2.2.4-tf`; null when it does not. */
  readonly kerasVersion: string | null;
  /** The serialised model `{class_name, config, …}`, as inert data; null in weights-only files. */
  readonly config: PlainObject | null;
  /** Optimizer, loss and metrics as configured; null when the model was not compiled. */
  readonly compile: PlainObject | null;
  /** metadata.json of an archive. */
  readonly metadata: PlainObject | null;
  readonly weights: KerasWeights | null;
  /** Other files of an archive, such as vocabularies, by name. */
  readonly assets: ReadonlyMap<string, () => Promise<Uint8Array>>;
}
