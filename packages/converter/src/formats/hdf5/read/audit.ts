// Walks a whole file before anything is read from it and refuses everything that leaves the tree of hard links.
import { checkLimit, type Limits } from "../../limits.js";
import type { Hdf5Dataset, Hdf5File, Hdf5Group } from "../types.js";

/**
 * Checks every object of a file: only hard links, no external storage, no virtual datasets, known filters and
 * types, sizes within the limits. Values are not read.
 * @returns All datasets by path, in file order.
 * @throws {UnsafeModelError} when a link is not hard, or a dataset is virtual or lies in another file
 * @throws {UnsupportedOpError} when a filter or a layout is not read
 * @throws {DTypeError} when an element type is not read
 * @throws {LimitExceededError} when there are more objects than `entries`, one is over `tensorBytes` or
 * `ratio`, or all together unpack to more than `fileBytes`
 * @throws {ModelFormatError} when a structure is damaged
 */
export function auditHdf5(file: Hdf5File, limits: Limits): ReadonlyMap<string, Hdf5Dataset> {
  const datasets = new Map<string, Hdf5Dataset>();
  let objects = 0;
  let unpacked = 0;
  const visit = (group: Hdf5Group): void => {
    for (const link of group.links()) {
      checkLimit(limits, "entries", ++objects, file.name);
      const child = group.get(link.name);
      if (child.kind === "group") {
        visit(child);
        continue;
      }
      child.check();
      unpacked += child.unpackedBytes;
      checkLimit(limits, "fileBytes", unpacked, `${file.name}: all datasets together`);
      datasets.set(child.path, child);
    }
  };
  visit(file.root);
  return datasets;
}
