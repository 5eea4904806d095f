// Saving and loading as functions of a model: keras.saving.saveModel and its relatives.
import type { ModelLayer } from "../models/model.js";
import type { LoadWeightsOptions, SaveOptions } from "./files.js";

/**
 * `model.save(path, options)`: all of a model, with weights of any shape.
 * @throws {ArgumentError} when there is no saver or an option is unknown
 * @throws {LifetimeError} when the model was disposed
 * @see keras.saving.save_model
 */
export function saveModel(model: ModelLayer, path: string, options: SaveOptions): Promise<void> {
  return model.save(path, options);
}

/**
 * `model.saveWeights(path, options)`: the weights, of any shape, with the state of the optimizer.
 * @throws {ArgumentError} when there is no saver, an option is unknown or the path does not end with `.weights.h5`
 * @throws {LifetimeError} when the model was disposed
 * @see keras.saving.save_weights
 */
export function saveWeights(model: ModelLayer, path: string, options: SaveOptions): Promise<void> {
  return model.saveWeights(path, options);
}

/**
 * `model.loadWeights(source, options)`: weights of the shapes that the model has.
 * @throws {ArgumentError} when there is no loader, it gives no archive or an option is unknown
 * @throws {ShapeError} when weights are missing, unused or of another shape, listing all
 * @throws {ModelFormatError} when the state of a seed or of the optimizer is damaged
 * @see keras.saving.load_weights
 */
export function loadWeights<S>(model: ModelLayer, source: S, options: LoadWeightsOptions<S>): Promise<void> {
  return model.loadWeights(source, options);
}
