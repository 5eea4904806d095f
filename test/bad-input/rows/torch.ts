// Pickles that want to run something, or to reach outside their storages.
import { floats, join, latin, le } from "../support/bytes.js";
import {
  dict,
  global,
  int,
  pickle,
  reduce,
  storage,
  tensor,
  text,
  torchLegacy,
  torchZip,
  tuple,
} from "../support/pickle.js";
import type { Row } from "../support/rows.js";
import { malformed, overLimit, shows, unsafe, type Outcome } from "../support/sandbox.js";

const row = (
  advisory: string,
  name: string,
  bytes: () => Uint8Array,
  convert: Outcome,
  inspect?: Outcome,
): Row => ({
  advisory,
  name,
  file: "m.pt",
  files: () => ({ "m.pt": bytes() }),
  convert,
  ...(inspect ? { inspect } : {}),
});

const RCE = "CVE-2025-32434";
/** Module, name, arguments: what no model has a reason to name. */
const calls: readonly (readonly [string, string, string])[] = [
  ["os", "system", text("touch pwned")],
  ["posix", "system", text("touch pwned")],
  ["builtins", "eval", text("globalThis.__pwned = 1")],
  ["builtins", "exec", text("globalThis.__pwned = 1")],
  ["__builtin__", "eval", text("globalThis.__pwned = 1")],
  ["builtins", "getattr", text("x") + text("__class__")],
  ["subprocess", "Popen", text("touch pwned")],
  ["runpy", "run_path", text("pwned.py")],
  ["importlib", "import_module", text("os")],
  ["operator", "attrgetter", text("system")],
  ["webbrowser", "open", text("http://127.0.0.1")],
  ["pickle", "loads", text("x")],
  ["shutil", "rmtree", text("/tmp/isoform")],
];
/** What could be a class of the author's: `inspect` shows the name as data, everything else refuses it. */
const classes: typeof calls = [
  ["functools", "partial", text("x")],
  ["torch.hub", "load", text("evil/repository")],
  ["torch.storage", "_load_from_bytes", text("x")],
  ["torch.serialization", "load", text("x")],
  ["torch.jit", "load", text("x")],
  ["torch._utils", "_import_dotted_name", text("os.system")],
  ["torch.utils._pytree", "tree_map", text("x")],
  ["numpy.testing._private.utils", "runstring", text("x")],
  ["evil", "Model", text("x")],
];

/** A list in a list, `depth` times. */
const deep = (depth: number): string => `${"](".repeat(depth)}${"e".repeat(depth)}`;
/** Lists of ten of the list before: `depth` of them unfold to 10^depth times `leaf`. */
function laughs(depth: number, leaf = "K\u0001"): string {
  let body = `](${leaf}eq\u0000`;
  for (let i = 0; i < depth; i++)
    body += `0](${`h${String.fromCharCode(i)}`.repeat(10)}eq${String.fromCharCode(i + 1)}`;
  return body;
}

/** The rows. */
export const TORCH_ROWS: readonly Row[] = [
  ...calls.map(([module, name, args]) =>
    row(
      RCE,
      `calls ${module}.${name}`,
      () => torchZip(dict({ w: reduce(global(module, name), args) })),
      unsafe("unsafe/global", name),
    ),
  ),
  ...classes.map(([module, name, args]) =>
    row(
      RCE,
      `calls ${module}.${name}`,
      () => torchZip(dict({ w: tensor([2], [1]), x: reduce(global(module, name), args) })),
      unsafe("unsafe/global", `${module}.${name}`),
      shows(`${module}.${name}`, "nothing of them was run"),
    ),
  ),
  row(
    RCE,
    "calls torch.load, which is only mentioned",
    () => torchZip(dict({ w: reduce(global("torch", "load"), text("x")) })),
    unsafe("unsafe/pickle", "a call of torch.load"),
  ),
  row(
    RCE,
    "calls os.system, before 1.6",
    () => torchLegacy(dict({ w: reduce(global("os", "system"), text("x")) })),
    unsafe("unsafe/global", "os.system"),
  ),
  row(
    RCE,
    "calls os.system in the header pickles",
    () => join(torchLegacy("}").subarray(0, 15), pickle(reduce(global("os", "system"), text("x")))),
    unsafe("unsafe/global", "os.system"),
  ),
  row(
    RCE,
    "calls os.system in a plain pickle",
    () => pickle(reduce(global("os", "system"), text("x"))),
    unsafe("unsafe/global", "os.system"),
  ),
  row(
    RCE,
    "makes an object by INST",
    () => torchZip(`(${text("x")}ios\nsystem\n`),
    unsafe("unsafe/global", "os.system"),
  ),
  row(
    RCE,
    "makes an object by OBJ",
    () => torchZip(`(${global("os", "system")}${text("x")}o`),
    unsafe("unsafe/global", "os.system"),
  ),
  row(
    RCE,
    "names it by STACK_GLOBAL",
    () => torchZip(`${text("os")}${text("system")}\u0093${tuple(text("x"))}R`),
    unsafe("unsafe/global", "os.system"),
  ),
  row(
    RCE,
    "names it by an extension code",
    () => torchZip("\u0082\u0001"),
    unsafe("unsafe/pickle", "extension"),
  ),
  row(
    RCE,
    "a persistent id that names a module",
    () => torchZip(`${tuple(text("storage"), global("os", "system"), text("0"), text("cpu"), int(4))}Q`),
    unsafe("unsafe/global", "os.system"),
  ),
  row(
    RCE,
    "an allowed function as the state of another",
    () => torchZip(`${global("torch", "load")}${tuple(text("x"))}b`),
    unsafe("unsafe/pickle", "torch.load"),
  ),
  row(
    RCE,
    "calls a class that is only named",
    () => torchZip(reduce(global("torch", "FloatStorage"), text("x"))),
    unsafe("unsafe/pickle", "torch.FloatStorage"),
  ),
  row(
    "CVE-2026-24747",
    "an offset past the storage",
    () => torchZip(dict({ w: tensor([2], [1], 3) })),
    malformed("format/torch", "storage of 4"),
  ),
  row(
    "CVE-2026-24747",
    "a stride past the storage",
    () => torchZip(dict({ w: tensor([2, 2], [4, 1]) })),
    malformed("format/torch", "storage of 4"),
  ),
  row(
    "CVE-2026-24747",
    "a size past the storage",
    () => torchZip(dict({ w: tensor([5], [1]) })),
    malformed("format/torch", "storage of 4"),
  ),
  row(
    "CVE-2026-24747",
    "a negative stride",
    () => torchZip(dict({ w: tensor([2], [-1], 1) })),
    malformed("format/torch"),
  ),
  row(
    "CVE-2026-24747",
    "a negative offset",
    () => torchZip(dict({ w: tensor([2], [1], -1) })),
    malformed("format/torch"),
  ),
  row(
    "CVE-2026-24747",
    "fewer strides than sizes",
    () => torchZip(dict({ w: tensor([2, 2], [1]) })),
    malformed("format/torch"),
  ),
  row(
    "CVE-2026-24747",
    "4 numbers seen as 10^8",
    () => torchZip(dict({ w: tensor([10_000, 10_000], [0, 0]) })),
    overLimit("limit/ratio"),
  ),
  row(
    "CVE-2026-24747",
    "a shape over 2^53",
    () => torchZip(dict({ w: tensor([2 ** 30, 2 ** 30], [0, 0]) })),
    overLimit("limit/elements"),
  ),
  row(
    "CVE-2026-24747",
    "a storage longer than its entry",
    () => torchZip(dict({ w: tensor([2], [1], 0, 1000) })),
    malformed("format/torch", "data/0"),
  ),
  row(
    "CVE-2026-24747",
    "a storage of -1 elements",
    () => torchZip(dict({ w: tensor([2], [1], 0, -1) })),
    malformed("format/shape", "[-1]"),
  ),
  row(
    "CVE-2026-24747",
    "a storage that is not there",
    () => torchZip(dict({ w: tensor([2], [1]) }), {}),
    malformed("format/torch", "data/0"),
  ),
  row(
    "CVE-2026-24747",
    "a storage with two sizes",
    () => torchZip(dict({ v: tensor([2], [1], 0, 3), w: tensor([2], [1], 0, 4) })),
    malformed("format/torch"),
  ),
  row(
    "CVE-2026-24747",
    "a storage named as a path",
    () =>
      torchZip(
        dict({
          w: reduce(
            global("torch._utils", "_rebuild_tensor"),
            storage("../../outside/secret.bin", 4),
            int(0),
            tuple(int(4)),
            tuple(int(1)),
          ),
        }),
      ),
    malformed("format/torch"),
  ),
  row(
    "CVE-2026-24747",
    "a legacy storage past the end",
    () => torchLegacy(dict({ w: tensor([2], [1]) })).subarray(0, -4),
    malformed("format/truncated"),
  ),
  row(
    "CVE-2026-24747",
    "bytes behind the pickle",
    () => join(pickle("}"), "more"),
    malformed("format/torch"),
  ),
  row(
    "pickle bombs",
    "lists of lists: 10^9 values in 200 bytes",
    () => torchZip(dict({ w: laughs(9) })),
    malformed("format/torch", "no tensors"),
    shows("weights"),
  ),
  row(
    "pickle bombs",
    "10^9 mentions of one tensor",
    () => torchZip(dict({ w: laughs(9, tensor([2], [1])) })),
    malformed("format/torch", "no tensors"),
    overLimit("limit/entries"),
  ),
  row("pickle bombs", "100,000 lists in lists", () => torchZip(deep(100_000)), overLimit("limit/nesting")),
  row(
    "pickle bombs",
    "bytes of 2^40",
    () => torchZip(`\u008e${String.fromCharCode(...le(2n ** 40n, 8))}`),
    malformed("format/truncated"),
  ),
  row(
    "pickle bombs",
    "a negative length",
    () => torchZip(`T${String.fromCharCode(...le(2 ** 32 - 5, 4))}`),
    malformed("format/truncated"),
  ),
  row(
    "pickle bombs",
    "a memo place of 2^32",
    () =>
      torchZip(`}r${String.fromCharCode(255, 255, 255, 255)}0j${String.fromCharCode(254, 255, 255, 255)}`),
    malformed("format/pickle"),
  ),
  row("pickle bombs", "pops an empty stack", () => torchZip("0000"), malformed("format/pickle")),
  row("pickle bombs", "no end", () => latin("\u0080\u0002}("), malformed("format/truncated")),
  row("pickle bombs", "protocol 9", () => latin("\u0080\u0009}."), malformed("format/pickle")),
  row(
    "other formats",
    "a tar of PyTorch 0.1",
    () => join(new Uint8Array(257), "ustar", new Uint8Array(250)),
    malformed("format/torch", "tar"),
  ),
  row(
    "missing weights",
    "no tensors at all",
    () => torchZip(dict({ epoch: int(3) }), {}),
    malformed("format/torch", "no tensors"),
    shows("weights"),
  ),
  row(
    "missing weights",
    "a tensor of the meta device",
    () =>
      torchZip(
        dict({
          w: reduce(
            global("torch._utils", "_rebuild_meta_tensor_no_storage"),
            global("torch", "float32"),
            tuple(int(2)),
            tuple(int(1)),
            "\u0089",
          ),
        }),
      ),
    { exit: 3, name: "UnsupportedOpError", code: "unsupported/tensor" },
  ),
  row(
    "data only",
    "a huge integer",
    () => torchZip(dict({ w: tensor([2], [1]), n: `\u008b${String.fromCharCode(...le(2 ** 31 - 1, 4))}` })),
    overLimit("limit/integer"),
  ),
  row(
    "CVE-2026-24747",
    "a complex view of real storage",
    () =>
      torchZip(
        dict({
          w: reduce(
            global("torch._utils", "_rebuild_tensor_v3"),
            storage("0", 4, "UntypedStorage"),
            int(0),
            tuple(int(2)),
            tuple(int(1)),
            "\u0089",
            "N",
            global("torch", "complex128"),
          ),
        }),
        { 0: floats(1) },
      ),
    malformed("format/torch"),
  ),
];
