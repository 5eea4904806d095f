// The advisory corpus: every known attack on model files as a small file of our own, against the command and the library.
import { beforeAll } from "vitest";
import { HDF5_ROWS } from "./rows/hdf5.js";
import { KERAS_ROWS } from "./rows/keras.js";
import { ONNX_ROWS } from "./rows/onnx.js";
import { SAFETENSORS_ROWS } from "./rows/safetensors.js";
import { TORCH_ROWS } from "./rows/torch.js";
import { ZIP_ROWS } from "./rows/zip.js";
import { dense, kerasArchive, sequential } from "./support/keras.js";
import { testRows } from "./support/rows.js";
import { accepted, Sandbox } from "./support/sandbox.js";
import { cli } from "../support/cli.js";

beforeAll(async () => {
  // Loads the commands, so that no row pays for it.
  const sandbox = new Sandbox();
  sandbox.put({ "m.keras": kerasArchive(sequential([dense("dense")])) });
  await cli(["convert", "m.keras", "m.onnx"], { cwd: sandbox.folder });
  await sandbox.refuses(["inspect", "m.onnx"], accepted);
  sandbox.remove();
});

testRows("Keras configs", KERAS_ROWS);
testRows("HDF5", HDF5_ROWS);
testRows("archives", ZIP_ROWS);
testRows("PyTorch pickles", TORCH_ROWS);
testRows("safetensors", SAFETENSORS_ROWS);
testRows("ONNX", ONNX_ROWS);
