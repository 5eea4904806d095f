// Archives with hostile entries. Nothing is ever unpacked to disk; the rules are the same for every format in a zip.
import { deflateRawSync } from "node:zlib";
import { floats, join, latin, utf8 } from "../support/bytes.js";
import { dense, kerasArchive, sequential, weights } from "../support/keras.js";
import { dict, pickle, tensor } from "../support/pickle.js";
import type { Row } from "../support/rows.js";
import { malformed, overLimit, unsafe, type Outcome } from "../support/sandbox.js";
import { rawZip, type RawEntry } from "../support/zip.js";

const config = sequential([dense("dense")]);
const evil = utf8("evil");

/** The entries beside an honest model, once as .keras and once as PyTorch's zip. */
function both(advisory: string, name: string, more: () => readonly RawEntry[], convert: Outcome): Row[] {
  const torch = (): Uint8Array =>
    rawZip([
      { name: "m/data.pkl", data: pickle(dict({ w: tensor([2, 2], [2, 1]) })) },
      { name: "m/data/0", data: floats(1, 2, 3, 4) },
      ...more(),
    ]);
  return [
    {
      advisory,
      name: `${name}, in a .keras`,
      file: "m.keras",
      files: () => ({ "m.keras": kerasArchive(config, weights(), more()) }),
      convert,
    },
    { advisory, name: `${name}, in a .pt`, file: "m.pt", files: () => ({ "m.pt": torch() }), convert },
  ];
}

const keras = (advisory: string, name: string, bytes: () => Uint8Array, convert: Outcome): Row => ({
  advisory,
  name,
  file: "m.keras",
  files: () => ({ "m.keras": bytes() }),
  convert,
});

/** The rows. */
export const ZIP_ROWS: readonly Row[] = [
  ...both(
    "CVE-2024-55459",
    "an entry above the folder",
    () => [{ name: "../outside/evil", data: evil }],
    unsafe("unsafe/path"),
  ),
  ...both(
    "CVE-2024-55459",
    "an entry above it inside a path",
    () => [{ name: "a/../../evil", data: evil }],
    unsafe("unsafe/path"),
  ),
  ...both(
    "CVE-2024-55459",
    "an absolute entry",
    () => [{ name: "/tmp/isoform-evil", data: evil }],
    unsafe("unsafe/path"),
  ),
  ...both(
    "CVE-2024-55459",
    "an entry with a drive",
    () => [{ name: "C:/evil", data: evil }],
    unsafe("unsafe/path"),
  ),
  ...both(
    "CVE-2024-55459",
    "an entry with backslashes",
    () => [{ name: "..\\evil", data: evil }],
    unsafe("unsafe/path"),
  ),
  ...both(
    "GHSA-hqp4-2352-xf5r",
    "a symbolic link",
    () => [{ name: "assets/link", data: utf8("/etc/passwd"), mode: 0o120777 }],
    unsafe("unsafe/link"),
  ),
  ...both(
    "keras-team/keras#23010",
    "an entry that unpacks 1,028 times",
    () => [{ name: "assets/bomb", data: new Uint8Array(8 * 2 ** 20), deflate: true }],
    overLimit("limit/ratio", "assets/bomb"),
  ),
  ...both(
    "keras-team/keras#23010",
    "entries of 8 GiB together",
    () =>
      ["a", "b", "c"].map((name) => ({
        name: `assets/${name}`,
        data: evil,
        deflate: true,
        size: 3_000_000_000,
      })),
    overLimit("limit/ratio", "assets/a"),
  ),
  ...both(
    "keras-team/keras#23016",
    "two entries with one name",
    () => [
      { name: "assets/a", data: evil },
      { name: "assets/a", data: utf8("good") },
    ],
    malformed("format/zip"),
  ),
  keras(
    "keras-team/keras#23016",
    "entries that share their data",
    () =>
      rawZip([
        { name: "model.weights.h5", data: weights() },
        { name: "config.json", data: weights(), shares: 0 },
      ]),
    malformed("format/zip", "config.json"),
  ),
  ...both(
    "keras-team/keras#23016",
    "an encrypted entry",
    () => [{ name: "assets/a", data: evil, flags: 1 }],
    malformed("format/zip"),
  ),
  keras(
    "keras-team/keras#23010",
    "a config that unpacks to more than it declares",
    () => {
      const text = utf8(JSON.stringify(config).padEnd(200_000));
      return rawZip([
        { name: "config.json", data: text, deflate: true, size: 1000 },
        { name: "model.weights.h5", data: weights() },
      ]);
    },
    malformed("format/zip", "config.json"),
  ),
  keras(
    "keras-team/keras#23010",
    "a config of 20 MB in 20 kB",
    () =>
      rawZip([
        { name: "config.json", data: new Uint8Array(20_000_000).fill(32), deflate: true },
        { name: "model.weights.h5", data: weights() },
      ]),
    overLimit("limit/ratio", "config.json"),
  ),
  keras(
    "keras-team/keras#23016",
    "a wrong checksum",
    () =>
      rawZip([
        { name: "config.json", data: utf8(JSON.stringify(config)), crc: 1 },
        { name: "model.weights.h5", data: weights() },
      ]),
    malformed("format/zip", "config.json"),
  ),
  keras(
    "keras-team/keras#23016",
    "the config twice: which one counts?",
    () =>
      rawZip([
        { name: "config.json", data: utf8(JSON.stringify(config)) },
        { name: "config.json", data: utf8("{}") },
        { name: "model.weights.h5", data: weights() },
      ]),
    malformed("format/zip"),
  ),
  keras(
    "keras-team/keras#23016",
    "something in front of the archive",
    () => {
      const inner = kerasArchive(config);
      return join("PK\u0003\u0004", latin("#!/bin/sh\nexit\n"), inner);
    },
    malformed("format/zip"),
  ),
  keras(
    "keras-team/keras#23016",
    "deflated data that is none",
    () =>
      rawZip([
        { name: "config.json", data: deflateRawSync(utf8("{}")).fill(0xff), method: 8, size: 2 },
        { name: "model.weights.h5", data: weights() },
      ]),
    malformed("format/zip", "config.json"),
  ),
  keras(
    "config",
    "an archive of something else",
    () => rawZip([{ name: "readme.txt", data: evil }]),
    malformed("keras/archive", "config.json"),
  ),
  {
    advisory: "CVE-2025-51480",
    name: "two pickles: which one counts?",
    file: "m.pt",
    files: () => ({
      "m.pt": rawZip([
        { name: "a/data.pkl", data: pickle("}") },
        { name: "b/data.pkl", data: pickle("}") },
      ]),
    }),
    convert: malformed("format/torch"),
  },
];
