// A saver for `model.save`: the archive of api-keras as the bytes of a .keras file, by the converter's writer.
import type { keras } from "@isoform/api-keras";
import { kerasWeightSlots, writeKerasFile } from "../../packages/converter/src/formats/index-b.js";

/** The bytes of a .keras file. Weights go by the places that both packages derive from the config. */
export function archiveBytes(archive: keras.saving.ModelArchive): Uint8Array {
  const raw = new Map(
    [...archive.weights].map(([path, t]) => {
      const bytes = new Uint8Array(t.data.buffer, t.data.byteOffset, t.data.byteLength);
      return [path, { dtype: t.dtype, shape: t.shape, data: bytes }] as const;
    }),
  );
  const weights = new Map([...raw].filter(([path]) => path.includes("seed_generator")));
  for (const slot of kerasWeightSlots(archive.config as never)) {
    const found = raw.get(slot.h5[0]!);
    if (found) weights.set(slot.path, found);
  }
  return writeKerasFile({ config: archive.config as never, weights: weights as never });
}
