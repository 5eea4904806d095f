// Imports a Keras model: config and weights become the IR, in its canonical axis order.
import { UnsupportedOpError } from "@isoform/core";
import type { KerasFile } from "../../formats/keras/index.js";
import type { IrModel } from "../../ir/types.js";
import type { CustomKerasLayers } from "./custom.js";

/** Options of `importKeras`. */
export interface KerasImportOptions {
  /** Meanings of layers that are not Keras' own, by class name (the part after `>` of `package>Class`). */
  readonly customLayers?: CustomKerasLayers | undefined;
  /** The file that holds the architecture, when the first one holds only weights. */
  readonly architecture?: KerasFile | undefined;
}

/**
 * The model of a Keras file. Nothing of the file is executed.
 * @throws UnsupportedOpError listing every layer without a meaning; ModelFormatError for a malformed config or weights
 * that do not fit it.
 */
export function importKeras(file: KerasFile, options: KerasImportOptions = {}): IrModel {
  void options;
  throw new UnsupportedOpError("no Keras layer can be imported yet", {
    code: "import/keras-unsupported",
    path: file.name,
  });
}
