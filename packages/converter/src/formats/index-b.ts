// Public surface of the format layer, second half: HDF5, Keras files and ONNX protobuf.
export * from "./hdf5/index.js";
export * as onnx from "./onnx/index.js";
export * from "./keras/index.js";
