// HDF5 files, alone and as the weights of a .keras archive, that point outside or lie about their size.
import {
  contiguous,
  deflated,
  externalLink,
  externalStorage,
  hardLink,
  hdf5Dataset,
  hdf5Root,
  oneChunk,
  shape,
  softLink,
  textAttribute,
  virtualLayout,
} from "../support/hdf5.js";
import { dense, kerasArchive, sequential } from "../support/keras.js";
import type { Row } from "../support/rows.js";
import { malformed, overLimit, unsafe } from "../support/sandbox.js";

const KERNEL = "layers/dense/vars/0";
const CONFIG = textAttribute(
  "model_config",
  JSON.stringify({
    class_name: "Sequential",
    config: {
      name: "m",
      layers: [{ class_name: "Dense", config: { name: "d", units: 2, batch_input_shape: [null, 2] } }],
    },
  }),
);

/** The same bytes as weights of a .keras archive and as an .h5 file of its own. */
function both(advisory: string, name: string, bytes: () => Uint8Array, convert: Row["convert"]): Row[] {
  return [
    {
      advisory,
      name: `${name}, in a .keras`,
      file: "m.keras",
      files: () => ({ "m.keras": kerasArchive(sequential([dense("dense")]), bytes()) }),
      convert,
    },
    { advisory, name: `${name}, in a .h5`, file: "m.h5", files: () => ({ "m.h5": bytes() }), convert },
  ];
}

/** The rows. */
export const HDF5_ROWS: readonly Row[] = [
  ...both(
    "CVE-2026-1669",
    "an external link to a file of the host",
    () => hdf5Root(CONFIG, externalLink("layers", "/etc/passwd", "/")),
    unsafe("hdf5/external-link", "layers"),
  ),
  ...both(
    "CVE-2026-1669",
    "an external link to the folder above",
    () => hdf5Root(CONFIG, externalLink("model_weights", "../outside/secret.bin", "/")),
    unsafe("hdf5/external-link", "model_weights"),
  ),
  ...both(
    "CVE-2026-1669",
    "a soft link",
    () => hdf5Root(CONFIG, softLink("layers", "/model_weights/other")),
    unsafe("hdf5/soft-link", "layers"),
  ),
  ...both(
    "CVE-2026-1669",
    "external storage",
    () => hdf5Dataset(KERNEL, [shape(4), contiguous(48, 16), externalStorage], [CONFIG]),
    unsafe("hdf5/external-storage", KERNEL),
  ),
  ...both(
    "keras-team/keras#22976",
    "a virtual dataset",
    () => hdf5Dataset(KERNEL, [shape(4), virtualLayout], [CONFIG]),
    unsafe("hdf5/virtual-dataset", KERNEL),
  ),
  ...both(
    "keras-team/keras#22899",
    "groups that hold themselves",
    () => hdf5Root(CONFIG, hardLink("layers"), hardLink("again")),
    overLimit("limit/nesting"),
  ),
  ...both(
    "CVE-2026-0897",
    "a dataset of 2^33 numbers",
    () => hdf5Dataset(KERNEL, [shape(2 ** 33), contiguous(48, 2 ** 35)], [CONFIG]),
    overLimit("limit/tensorBytes", KERNEL),
  ),
  ...both(
    "CVE-2026-0897",
    "a shape whose product is over 2^53",
    () => hdf5Dataset(KERNEL, [shape(2 ** 40, 2 ** 40), contiguous(48, 16)], [CONFIG]),
    overLimit("limit/elements", KERNEL),
  ),
  ...both(
    "tf-keras#921",
    "a dataset that is its fill value only",
    () => hdf5Dataset(KERNEL, [shape(2 ** 28), contiguous(0, 0)], [CONFIG]),
    overLimit("limit/ratio", KERNEL),
  ),
  ...both(
    "tf-keras#921",
    "a chunk of 400 MB in 60 bytes",
    () => hdf5Dataset(KERNEL, [shape(10 ** 8), deflated, oneChunk(10 ** 8, 60)], [CONFIG]),
    overLimit("limit/ratio", KERNEL),
  ),
  ...both(
    "CVE-2024-27319",
    "values past the end of the file",
    () => hdf5Dataset(KERNEL, [shape(4), contiguous(2 ** 40, 16)], [CONFIG]),
    malformed("format/truncated", "1099511627776"),
  ),
];
