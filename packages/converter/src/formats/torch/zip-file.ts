// The zip container of PyTorch files (since 1.6): where the pickle and the storages are.
import { ModelFormatError } from "@isoform/core";
import { decodeUtf8, type ByteSource } from "../bytes.js";
import { checkLimit, type Limits } from "../limits.js";
import { openZip, type ZipArchive } from "../zip/read.js";
import type { StorageReader, StorageTable } from "./storages.js";

/** A PyTorch zip archive with its `data.pkl` read. */
export interface TorchZip {
  readonly archive: ZipArchive;
  /** Name of the root folder with a trailing slash; any name is allowed. */
  readonly root: string;
  readonly pickle: Uint8Array;
  /** Name of the pickle for messages. */
  readonly pickleName: string;
  /** True for TorchScript archives, which also hold code. */
  readonly script: boolean;
  readonly byteOrder: "little" | "big";
}

/**
 * Opens the archive and reads the object pickle.
 * @throws {ModelFormatError}
 * @throws {LimitExceededError}
 */
export async function openTorchZip(source: ByteSource, limits: Limits): Promise<TorchZip> {
  const archive = await openZip(source, { limits });
  const candidates = [...archive.entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const [pickleName] = candidates;
  if (!pickleName || candidates.length > 1) throw notTorch(archive, candidates.length);
  const root = pickleName.slice(0, -"data.pkl".length);
  const order = await text(archive, `${root}byteorder`);
  if (order !== undefined && order !== "little" && order !== "big")
    throw bad(`the byte order ${JSON.stringify(order)} is unknown`, `${source.name}: ${root}byteorder`);
  const length = archive.entries.get(pickleName)?.byteLength ?? 0;
  checkLimit(limits, "headerBytes", length, `${source.name}: ${pickleName}`);
  return {
    archive,
    root,
    pickle: await archive.read(pickleName),
    pickleName: `${source.name}: ${pickleName}`,
    script: archive.entries.has(`${root}constants.pkl`),
    byteOrder: order ?? "little",
  };
}

/**
 * The storages of the archive, each checked to be present with exactly the declared bytes.
 * @throws {ModelFormatError} naming the missing or wrong entry
 */
export function zipStorages({ archive, root }: TorchZip, table: StorageTable): StorageReader {
  for (const { key, byteLength } of table.blocks.values()) {
    const name = `${root}data/${key}`;
    const entry = archive.entries.get(name);
    if (!entry) throw bad("the storage is missing", `${archive.name}: ${name}`);
    if (entry.byteLength !== byteLength)
      throw bad(
        `the storage has ${entry.byteLength} bytes instead of ${byteLength}`,
        `${archive.name}: ${name}`,
      );
  }
  return { read: (key) => archive.read(`${root}data/${key}`) };
}

const LONGEST_NOTE = 100;

async function text(archive: ZipArchive, name: string): Promise<string | undefined> {
  const entry = archive.entries.get(name);
  if (!entry) return undefined;
  if (entry.byteLength > LONGEST_NOTE) throw bad("is too long", `${archive.name}: ${name}`);
  return decodeUtf8(await archive.read(name), `${archive.name}: ${name}`).trim();
}

function bad(problem: string, path: string): ModelFormatError {
  return new ModelFormatError(problem, { code: "format/torch", path });
}

function notTorch(archive: ZipArchive, pickles: number): ModelFormatError {
  const names = [...archive.entries.keys()];
  const exported = names.some((name) => /(^|\/)archive_format$/.test(name));
  const keras = names.includes("config.json") && names.includes("model.weights.h5");
  const what = exported
    ? "a torch.export archive (.pt2), which is not read: in Python, save its weights, " +
      'torch.save(torch.export.load("model.pt2").state_dict, "weights.pt"), or export ONNX instead'
    : keras
      ? "a Keras model: name it .keras"
      : undefined;
  return new ModelFormatError(
    pickles > 1
      ? `the archive has ${pickles} data.pkl`
      : "the archive has no data.pkl, so torch.save did not make it",
    {
      code: "format/torch",
      path: archive.name,
      hint: what ? `it looks like ${what}` : "give a file written by torch.save",
    },
  );
}
