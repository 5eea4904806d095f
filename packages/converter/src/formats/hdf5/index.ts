// HDF5 files: reading under guards, and writing. See types.ts for the interface.
// Not through h5wasm: links, storage, filters and sizes must be known before a value is read, which needs the whole file
// parsed anyway; that library then adds 987 kB, one shared instance that a damaged file can break, and no float16. It is
// the oracle of the tests instead.
export type { Hdf5Dataset, Hdf5File, Hdf5Group, Hdf5Link, Hdf5Object, Hdf5Value } from "./types.js";
export { openHdf5, type OpenHdf5Options } from "./read/file.js";
export { auditHdf5 } from "./read/audit.js";
export { findSignature as findHdf5Signature } from "./read/superblock.js";
export { Hdf5Builder } from "./write/builder.js";
