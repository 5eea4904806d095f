// keras.layers.
export * from "./classes.js";
export {
  AveragePooling1D as AvgPool1D,
  AveragePooling2D as AvgPool2D,
  AveragePooling3D as AvgPool3D,
  MaxPooling1D as MaxPool1D,
  MaxPooling2D as MaxPool2D,
  MaxPooling3D as MaxPool3D,
} from "./pooling/pooling.js";
export {
  Conv1D as Convolution1D,
  Conv2D as Convolution2D,
  Conv3D as Convolution3D,
} from "./convolutional/conv.js";
export {
  GlobalAveragePooling1D as GlobalAvgPool1D,
  GlobalAveragePooling2D as GlobalAvgPool2D,
  GlobalMaxPooling1D as GlobalMaxPool1D,
  GlobalMaxPooling2D as GlobalMaxPool2D,
} from "./pooling/global.js";
export { GroupedQueryAttention as GroupQueryAttention } from "./attention/grouped-query.js";
export { Layer, type CallOptions, type LayerOptions, type WeightOptions } from "../engine/layer.js";
export { Cell } from "./recurrent/cell.js";
export { WrapperLayer as Wrapper } from "./core/wrapper.js";
export { Input } from "./core/input-layer.js";
export * from "./merging/functions.js";
export { deserialize, serialize } from "../saving/serialization.js";
