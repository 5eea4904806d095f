// Weights, programs and data that are deep, long or go in circles: a result or a typed error, never a full stack or a hang.
import {
  auditHdf5,
  bytesSource,
  importTorchProgram,
  openHdf5,
  openSafetensors,
  openShardedSafetensors,
  readTorchFile,
  resolveLimits,
  stateDictOf,
  torchTensors,
} from "@isoform/converter";
import { parseCsv, readIdx, readNpy, readNpz, readWav } from "@isoform/data";
import { ByteSink } from "../../packages/converter/src/formats/hdf5/write/byte-sink.js";
import { superblock } from "../../packages/converter/src/formats/hdf5/write/builder.js";
import {
  linkInfoMessage,
  linkMessage,
  objectHeader,
} from "../../packages/converter/src/formats/hdf5/write/messages.js";
import { floats, join, latin, le, utf8 as json } from "./support/bytes.js";
import { MANY, table } from "./support/depth.js";
import { hardLink, hdf5Root } from "./support/hdf5.js";
import {
  dict,
  global,
  int,
  pickle,
  reduce,
  text,
  tensor as pickled,
  torchLegacy,
  torchZip,
  tuple,
} from "./support/pickle.js";
import { rawZip } from "./support/zip.js";

const lists = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const objects = (depth: number): string => '{"a":'.repeat(depth) + "1" + "}".repeat(depth);

const torch = async (bytes: Uint8Array): Promise<void> => {
  const file = await readTorchFile(bytesSource(bytes, "m.pt"));
  await torchTensors(file);
  await stateDictOf(file);
};
const namespace = `${global("argparse", "Namespace")})\u0081q\u0000`;
const itself = `${namespace}h\u0000b`;
const eachOther = `${namespace}${global("argparse", "Namespace")})\u0081q\u0001h\u0000bb`;
const sparse = (depth: number): string => {
  const open = `${global("torch._utils", "_rebuild_sparse_tensor")}(${global("torch.serialization", "_get_layout")}(${text("torch.sparse_coo")}tR(${pickled([1, 1], [1, 1])}`;
  return `${open.repeat(depth)}${pickled([1], [1])}${`${tuple(int(1))}\u0089ttR`.repeat(depth)}`;
};
table("PyTorch", [
  ["an object that is its own state", () => torch(torchZip(itself)), "format/torch"],
  [
    "an object that is its own state, in a dict",
    () => torch(torchZip(dict({ model: itself, w: pickled([2], [1]) }))),
    "read",
  ],
  ["an object that is its own state, legacy", () => torch(torchLegacy(itself, [])), "format/torch"],
  ["an object that is its own state, plain", () => torch(pickle(itself)), "format/torch"],
  ["two objects that are each other's state", () => torch(pickle(eachOther)), "format/torch"],
  [
    "states in states",
    () => torch(pickle(`${`${global("argparse", "Namespace")})\u0081`.repeat(MANY)}N${"b".repeat(MANY)}`)),
    "limit/nesting",
  ],
  ["lists in lists", () => torch(pickle(`${"](".repeat(MANY)}${"e".repeat(MANY)}`)), "limit/nesting"],
  [
    "lists in lists without marks",
    () => torch(pickle(`${"]".repeat(MANY)}${"a".repeat(MANY - 1)}`)),
    "limit/nesting",
  ],
  ["tuples in tuples", () => torch(pickle(`)${"\u0085".repeat(MANY)}`)), "limit/nesting"],
  [
    "dicts in dicts",
    () => torch(pickle(`${`}${text("a")}`.repeat(MANY)}N${"s".repeat(MANY)}`)),
    "limit/nesting",
  ],
  ["a list in itself", () => torch(pickle("]q\u0000h\u0000a")), "format/torch"],
  ["a dict in itself", () => torch(pickle(`}q\u0000${text("a")}h\u0000s`)), "format/torch"],
  ["a tuple in itself", () => torch(pickle("(]q\u0000tq\u00010h\u0000h\u0001a")), "format/torch"],
  [
    "parameters of parameters",
    () =>
      torch(
        torchZip(
          dict({
            w: `${`${global("torch._utils", "_rebuild_parameter")}(`.repeat(200)}${pickled([2], [1])}${`\u0088}tR`.repeat(200)}`,
          }),
        ),
      ),
    "read",
  ],
  [
    "sparse tensors of one sparse tensor twice",
    () => torch(torchZip(dict({ w: sparse(120) }))),
    "format/torch",
  ],
  [
    "types of types",
    () =>
      torch(
        torchZip(
          dict({
            w: reduce(
              global("torch._tensor", "_rebuild_from_type_v2"),
              global("torch._tensor", "_rebuild_from_type_v2"),
              "N",
              tuple(global("torch._tensor", "_rebuild_from_type_v2"), "N", tuple(), "N"),
              "N",
            ),
          }),
        ),
      ),
    "format/pickle",
  ],
  ["a long list", () => torch(pickle(`](${"K\u0001".repeat(500_000)}e`)), "format/torch"],
  ["a long text", () => torch(pickle(`S'${"\\\\n".repeat(30_000)}'\n`)), "format/torch"],
  [
    "long lists that are shared, with tensors",
    () =>
      torch(
        torchZip(
          `](${"](K\u0001".repeat(1)}${"K\u0001".repeat(MANY)}${pickled([1], [1])}eq\u0005${"h\u0005".repeat(50_000)}e`,
        ),
      ),
    "limit/nodes",
  ],
]);

const DOC = '"""m\n"""\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n\n\n';
function program(body: readonly string[], init: readonly string[] = []): string {
  return `${DOC}class M(nn.Module):\n    def __init__(self):\n        super().__init__()\n${init.map((l) => `        ${l}\n`).join("")}\n    def forward(self, x):\n        """\n        x: "x" float32 [2]\n        ->\n        y: "y" float32 [2]\n        """\n${body.map((l) => `        ${l}\n`).join("")}        return y\n`;
}
const py =
  (...body: string[]) =>
  () =>
    importTorchProgram(program(body), new Map());
const long = MANY;
table("model.py", [
  ["a sum", py(`y = ${"x + ".repeat(long)}x`), "read"],
  ["powers", py(`y = ${"x ** ".repeat(long)}x`), "limit/nesting"],
  ["attributes", py(`y = x${".T".repeat(long)}`), "limit/nesting"],
  ["attributes of torch", py(`y = torch${".T".repeat(long)}(x)`), "limit/nesting"],
  ["calls", py(`y = x${"()".repeat(long)}`), "limit/nesting"],
  ["methods", py(`y = x${".relu()".repeat(long)}`), "limit/nesting"],
  ["subscripts", py(`y = x${"[0]".repeat(long)}`), "limit/nesting"],
  ["modules", py(`y = self.a${'["a"]'.repeat(long)}(x)`), "limit/nesting"],
  ["minus signs", py(`y = ${"-".repeat(long)}x`), "limit/nesting"],
  ["parentheses", py(`y = ${"(".repeat(long)}x${")".repeat(long)}`), "limit/nesting"],
  ["lists", py(`y = ${"[".repeat(long)}x${"]".repeat(long)}`), "limit/nesting"],
  ["dicts", py(`y = ${'{"a": '.repeat(long)}x${"}".repeat(long)}`), "limit/nesting"],
  ["calls in calls", py(`y = ${"torch.relu(".repeat(50_000)}x${")".repeat(50_000)}`), "limit/nesting"],
  ["slices", py(`y = x${"[x:x".repeat(long)}${"]".repeat(long)}`), "limit/nesting"],
  ["arguments", py(`y = torch.cat((${"x, ".repeat(long)}x), dim=0)`), "limit/node-values"],
  ["an argument list", py(`y = torch.relu(${"x, ".repeat(long)}x)`), "torch-program/unsupported"],
  ["a line of one text", py(`y = "${"a".repeat(20_000_000)}"`), "limit/statement"],
  ["a statement of one text", py(`y = ("${"a".repeat(990_000)}"`, ")"), "torch-program/unsupported"],
  ["a line of escapes", py(`y = "${"\\n".repeat(10_000_000)}"`), "limit/statement"],
  [
    "lines of one open bracket",
    py("y = (", ...Array.from({ length: long }, () => "("), "x"),
    "limit/nesting",
  ],
  ["assignments", py(...Array.from({ length: long }, () => "x = F.relu(x)"), "y = F.relu(x)"), "read"],
  ["targets", py(`${"y, ".repeat(long)}y = x`), "torch-program/unsupported"],
  [
    "modules in modules",
    () =>
      importTorchProgram(
        program(
          ["y = x"],
          [`self.a = ${'nn.ModuleDict({"a": '.repeat(20_000)}nn.ReLU()${"})".repeat(20_000)}`],
        ),
        new Map(),
      ),
    "limit/nesting",
  ],
  [
    "a type",
    () =>
      importTorchProgram(
        program(["y = x"], [`self.a = nn.Parameter(torch.zeros((1,), dtype=torch${".a".repeat(long)}))`]),
        new Map(),
      ),
    "limit/nesting",
  ],
  [
    "a long docstring",
    () => importTorchProgram(program(["y = F.relu(x)"]).replace("m\n", "m\n".repeat(long)), new Map()),
    "read",
  ],
]);

const header = (text: string): Uint8Array => join(le(text.length, 8), latin(text));
const entries = Object.fromEntries(
  Array.from({ length: MANY }, (_, i) => [
    `w${i}`,
    { dtype: "F32", shape: [], data_offsets: [i * 4, i * 4 + 4] },
  ]),
);
table("safetensors", [
  [
    "lists in lists",
    async () => openSafetensors(bytesSource(header(`{"a":${lists(MANY)}}`))),
    "limit/nesting",
  ],
  ["objects in objects", async () => openSafetensors(bytesSource(header(objects(MANY)))), "limit/nesting"],
  [
    "dimensions",
    async () =>
      (
        await openSafetensors(
          bytesSource(
            join(
              header(
                JSON.stringify({
                  w: { dtype: "F32", shape: Array.from({ length: MANY }, () => 1), data_offsets: [0, 4] },
                }),
              ),
              floats(1),
            ),
          ),
        )
      ).readAll(),
    "read",
  ],
  [
    "as many tensors as are allowed",
    async () =>
      (
        await openSafetensors(bytesSource(join(header(JSON.stringify(entries)), new Uint8Array(MANY * 4))))
      ).readAll(),
    "read",
  ],
  [
    "an index of indices",
    async () =>
      openShardedSafetensors(bytesSource(json(`{"weight_map":${objects(MANY)}}`), "i.json"), () =>
        Promise.reject(new Error("no")),
      ),
    "limit/nesting",
  ],
  [
    "an index that names itself",
    async () => {
      const index = bytesSource(json('{"weight_map":{"a":"i.json"}}'), "i.json");
      return (await openShardedSafetensors(index, () => Promise.resolve(index))).readAll();
    },
    "format/truncated",
  ],
]);

/** Groups in groups. */
function groups(depth: number): Uint8Array {
  const body = new ByteSink();
  let address = 48;
  body.bytes(objectHeader([linkInfoMessage()]));
  for (let i = 0; i < depth; i++) {
    const at = 48 + body.position;
    body.bytes(objectHeader([linkInfoMessage(), linkMessage("a", address)]));
    address = at;
  }
  return new ByteSink()
    .bytes(superblock(address, 48 + body.position))
    .bytes(body.toBytes())
    .toBytes();
}
const audit =
  (bytes: Uint8Array, nesting = 32) =>
  () =>
    auditHdf5(openHdf5(bytes), resolveLimits({ nesting }));
table("HDF5", [
  ["groups in groups", audit(groups(MANY)), "limit/nesting"],
  [
    "groups in groups, by path",
    () => openHdf5(groups(MANY)).root.get(Array.from({ length: MANY }, () => "a").join("/")),
    "limit/nesting",
  ],
  [
    "a question for groups in groups",
    () => openHdf5(groups(MANY)).root.has(Array.from({ length: MANY }, () => "a").join("/")),
    "limit/nesting",
  ],
  [
    "without a limit",
    () =>
      auditHdf5(
        openHdf5(groups(MANY), { limits: { nesting: Infinity, entries: Infinity } }),
        resolveLimits({ nesting: Infinity, entries: Infinity }),
      ),
    "limit/nesting",
  ],
  ["a group in itself", audit(hdf5Root(hardLink("a"))), "limit/nesting"],
  ["a group in itself twice", audit(hdf5Root(hardLink("a"), hardLink("b"))), "limit/nesting"],
]);

const npy = (head: string): Uint8Array => join(0x93, "NUMPY", 2, 0, le(head.length, 4), head);
const npyHead = (shape: string): string => `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }\n`;
const riff = (...chunks: Uint8Array[]): Uint8Array => {
  const body = join("WAVE", ...chunks);
  return join("RIFF", le(body.length, 4), body);
};
table("data", [
  ["npy: tuples in tuples", () => readNpy(npy(npyHead("(".repeat(MANY) + ")".repeat(MANY)))), "format/npy"],
  ["npy: open parentheses", () => readNpy(npy(npyHead("(".repeat(MANY)))), "format/npy"],
  [
    "npy: a list of fields",
    () =>
      readNpy(
        npy(
          `{'descr': ${"[('a', ".repeat(MANY)}'<f4'${")]".repeat(MANY)}, 'fortran_order': False, 'shape': (), }\n`,
        ),
      ),
    "format/npy",
  ],
  ["npy: dimensions", () => readNpy(join(npy(npyHead(`(${"1, ".repeat(MANY)})`)), floats(1))), "format/npy"],
  [
    "npy: dimensions in Fortran's order",
    () => readNpy(join(npy(npyHead(`(${"1, ".repeat(MANY)})`).replace("False", "True")), floats(1))),
    "format/npy",
  ],
  ["npy: spaces", () => readNpy(join(npy(npyHead(`(${" ".repeat(900_000)})`)), floats(1))), "read"],
  [
    "npz: arrays",
    () =>
      readNpz(
        rawZip(
          Array.from({ length: 2000 }, (_, i) => ({
            name: `a${i}.npy`,
            data: join(npy(npyHead("()")), floats(1)),
          })),
        ),
      ),
    "read",
  ],
  ["npz: an archive in itself", () => readNpz(rawZip([{ name: "a.npy", data: rawZip([]) }])), "format/npy"],
  [
    "csv: columns",
    () => parseCsv(`${"a,".repeat(MANY)}b\n${"1,".repeat(MANY)}2\n`, { header: false }),
    "read",
  ],
  [
    "csv: names that repeat",
    () => parseCsv(`${"a,".repeat(MANY)}b\n${"1,".repeat(MANY)}2\n`, { header: true }),
    "format/csv",
  ],
  ["csv: rows", () => parseCsv("1,2\n".repeat(500_000), { header: false }), "read"],
  ["csv: open quotes", () => parseCsv(`"${"a".repeat(5_000_000)}`), "format/csv"],
  ["csv: quotes", () => parseCsv(`"${'""'.repeat(2_000_000)}"`), "read"],
  [
    "idx: dimensions",
    () => readIdx(join(0, 0, 8, 255, new Uint8Array(255 * 4).fill(255))),
    "limit/arrayBytes",
  ],
  ["wav: chunks", () => readWav(riff(latin("LIST\0\0\0\0".repeat(MANY)))), "format/wav"],
]);
