// metadata.json of a .keras archive that this package writes.
import type { PlainObject } from "./plain-json.js";

/** The Keras version whose format is written, and no date, so that equal models give equal bytes. */
export const KERAS_METADATA: PlainObject = { keras_version: "3.15.1", date_saved: "1980-01-01@00:00:00" };
