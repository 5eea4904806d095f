import { IsoformError, LimitExceededError, ModelFormatError, UnsafeModelError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { numpyArrayOf } from "./numpy.js";
import { listPickleGlobals, readPickle, type PickleOptions } from "./read.js";
import type { PickleValue } from "./value.js";

/** Latin-1 text → bytes; pickles are written as their opcodes. */
const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0));
const read = (text: string, options: PickleOptions = {}): PickleValue =>
  readPickle(latin(text), "p.pkl", options).value;
const hex = (text: string): string =>
  text.replaceAll(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)));

/** Plain JavaScript for comparison: ints as bigint, dicts as arrays of pairs. */
function plain(value: PickleValue): unknown {
  switch (value.kind) {
    case "none":
      return null;
    case "list":
      return value.items.map(plain);
    case "tuple":
      return { tuple: value.items.map(plain) };
    case "set":
      return { set: value.items.map(plain) };
    case "dict":
      return { dict: value.entries.map(([k, v]) => [plain(k), plain(v)]) };
    case "global":
      return { global: value.name };
    case "object":
      return {
        type: value.type,
        args: value.args.map(plain),
        ...(value.state ? { state: plain(value.state) } : {}),
      };
    case "bytes":
      return [...value.value];
    case "tensor":
    case "storage":
      return value.kind;
    default:
      return value.value;
  }
}

// CPython 3.11's pickle.dumps of
// {'a': [1, -2, 2**70, 1.5, True, None], 'b': (1, (2, 3), 'grüße'), 'c': b'\x00\xff', 'd': {1, 2}, 5: [], 'e': 300}
const SAMPLES: Readonly<Record<number, string>> = {
  0: "286470300a56610a70310a286c70320a49310a61492d320a614c313138303539313632303731373431313330333432344c0a6146312e350a614930310a614e617356620a70330a2849310a2849320a49330a7470340a566772fcdf650a70350a7470360a7356630a70370a635f636f646563730a656e636f64650a70380a28565c7530303030ff0a70390a566c6174696e310a7031300a747031310a527031320a7356640a7031330a635f5f6275696c74696e5f5f0a7365740a7031340a28286c7031350a49310a6149320a61747031360a527031370a7349350a286c7031380a7356650a7031390a493330300a732e",
  1: "7d71002858010000006171015d7102284b014afeffffff4c313138303539313632303731373431313330333432344c0a473ff80000000000004930310a4e655801000000627103284b01284b024b0374710458070000006772c3bcc39f6571057471065801000000637107635f636f646563730a656e636f64650a710828580300000000c3bf710958060000006c6174696e31710a74710b52710c580100000064710d635f5f6275696c74696e5f5f0a7365740a710e285d710f284b014b02657471105271114b055d711258010000006571134d2c01752e",
  2: "80027d71002858010000006171015d7102284b014afeffffff8a09000000000000000040473ff8000000000000884e6558010000006271034b014b024b0386710458070000006772c3bcc39f6571058771065801000000637107635f636f646563730a656e636f64650a7108580300000000c3bf710958060000006c6174696e31710a86710b52710c580100000064710d635f5f6275696c74696e5f5f0a7365740a710e5d710f284b014b02658571105271114b055d711258010000006571134d2c01752e",
  3: "80037d71002858010000006171015d7102284b014afeffffff8a09000000000000000040473ff8000000000000884e6558010000006271034b014b024b0386710458070000006772c3bcc39f6571058771065801000000637107430200ff71085801000000647109636275696c74696e730a7365740a710a5d710b284b014b026585710c52710d4b055d710e580100000065710f4d2c01752e",
  4: "80049562000000000000007d94288c0161945d94284b014afeffffff8a09000000000000000040473ff8000000000000884e658c0162944b014b024b0386948c076772c3bcc39f659487948c016394430200ff948c0164948f94284b014b02904b055d948c0165944d2c01752e",
  5: "80059562000000000000007d94288c0161945d94284b014afeffffff8a09000000000000000040473ff8000000000000884e658c0162944b014b024b0386948c076772c3bcc39f659487948c016394430200ff948c0164948f94284b014b02904b055d948c0165944d2c01752e",
};

describe("protocols", () => {
  it.each(Object.keys(SAMPLES))("reads protocol %s", (protocol) => {
    expect(plain(read(hex(SAMPLES[Number(protocol)]!)))).toEqual({
      dict: [
        ["a", [1n, -2n, 2n ** 70n, 1.5, true, null]],
        ["b", { tuple: [1n, { tuple: [2n, 3n] }, "grüße"] }],
        ["c", [0, 255]],
        ["d", { set: [1n, 2n] }],
        [5n, []],
        ["e", 300n],
      ],
    });
  });

  it.each<[string, unknown]>([
    ["I01\nI00\n\x86.", { tuple: [true, false] }],
    ["L-12345678901234567890L\n.", -12345678901234567890n],
    ["F-1.5e3\n.", -1500],
    ["Fnan\n.", Number.NaN],
    ["S'a\\n\\x41\\101\\''\n.", "a\nAA'"],
    ["S'\\xff'\n.", [255]],
    ["U\x02\xc3\xa9.", "é"],
    ["Va\\u00e9\xe9\\U0001f600\n.", "aéé😀"],
    ["(I1\nI2\nl.", [1n, 2n]],
    ["(S'k'\nI1\nd.", { dict: [["k", 1n]] }],
    ["(lp0\ng0\n\x86.", { tuple: [[], []] }],
    ["]q\x00N1.", undefined],
    ["\x80\x05\x8a\x00.", 0n],
    ["\x80\x05\x8a\x01\xff.", -1n],
    ["J\xff\xff\xff\xff.", -1n],
    ["ccollections\nOrderedDict\n)RU\x01aK\x01s.", { dict: [["a", 1n]] }],
    ["ccollections\nOrderedDict\n(](](U\x01aK\x01eetR.", { dict: [["a", 1n]] }],
    ["c__builtin__\nset\n(](K\x01K\x02etR.", { set: [1n, 2n] }],
    ["c_codecs\nencode\n(X\x02\x00\x00\x00\xc3\xbfX\x06\x00\x00\x00latin1tR.", [255]],
    ["(iargparse\nNamespace\n}b.", { type: "argparse.Namespace", args: [], state: { dict: [] } }],
    ["(cargparse\nNamespace\nK\x01o.", { type: "argparse.Namespace", args: [1n] }],
    [
      "ccopy_reg\n_reconstructor\n(cargparse\nNamespace\nc__builtin__\nobject\nNtR.",
      { type: "argparse.Namespace", args: [] },
    ],
  ])("reads %j", (text, expected) => {
    if (expected === undefined) expect(() => read(text)).toThrow(ModelFormatError);
    else expect(plain(read(text))).toEqual(expected);
  });

  it("reports where the pickle ends", () => {
    expect(readPickle(latin("K\x01.garbage"), "p").byteLength).toBe(3);
  });
});

describe("globals", () => {
  it.each([
    ["cbuiltins\neval\n(S'1'\ntR.", "builtins.eval"],
    ["c__builtin__\nexec\n(S'1'\ntR.", "builtins.exec"],
    ["cposix\nsystem\n(S'id'\ntR.", "posix.system"],
    ["(ios\nsystem\n.", "os.system"],
    ["\x80\x04\x8c\x02os\x8c\x06system\x93.", "os.system"],
    ["csubprocess\nPopen\n)\x81.", "subprocess.Popen"],
    ["cbuiltins\ngetattr\n.", "builtins.getattr"],
    ["cconstructor\n__proto__\n.", "constructor.__proto__"],
  ])("refuses %j and names it", (text, name) => {
    expect(() => read(text)).toThrow(UnsafeModelError);
    expect(() => read(text)).toThrow(name);
    if (!name.startsWith("constructor"))
      expect(() => read(text, { unknownClasses: "data" })).toThrow(UnsafeModelError);
  });

  it("lists all names that are not allowed at once, and lists without building", () => {
    const text = "(cnet\nA\n)\x81cnet\nB\n)\x81ccollections\nOrderedDict\n)Rl.";
    expect(() => read(text)).toThrow(/net\.A \(as well as net\.B\)/);
    expect(listPickleGlobals(latin(text), "p")).toEqual(["net.A", "net.B", "collections.OrderedDict"]);
  });

  it("makes unknown classes data on request only", () => {
    const text = "cnet\nA\n(K\x01t\x81}(S'w'\nK\x02ub.";
    expect(() => read(text)).toThrow(UnsafeModelError);
    const result = readPickle(latin(text), "p", { unknownClasses: (name) => name === "net.A" });
    expect(result.unknown).toEqual(["net.A"]);
    expect(plain(result.value)).toEqual({ type: "net.A", args: [1n], state: { dict: [["w", 2n]] } });
    expect(() => read(text, { unknownClasses: () => false })).toThrow(UnsafeModelError);
  });

  it.each([
    ["a called name", "cbuiltins\nint\n(K\x01tR."],
    ["a called value", "](K\x01tR."],
    ["a changed class", "cargparse\nNamespace\n}b."],
    ["the extension registry", "\x82\x01."],
    [
      "a call of a call",
      "ccopy_reg\n__newobj__\n(ccopy_reg\n__newobj__\nccopy_reg\n__newobj__\ncargparse\nNamespace\ntR.",
    ],
  ])("refuses %s", (_, text) => {
    expect(() => read(text)).toThrow(IsoformError);
  });
});

describe("malformed pickles", () => {
  it.each([
    ["an unknown opcode", "\xff."],
    ["no STOP", "K\x01"],
    ["an empty stack", "."],
    ["values left over", "K\x01K\x02."],
    ["a mark left over", "(K\x01."],
    ["no mark", "K\x01t."],
    ["an unknown memo entry", "h\x05."],
    ["memo of nothing", "q\x00."],
    ["append to a number", "K\x01K\x02a."],
    ["items without a value", "}(K\x01u."],
    ["add to a list", "](K\x01\x90."],
    ["protocol 6", "\x80\x06K\x01."],
    ["a second header", "\x80\x02\x80\x02K\x01."],
    ["a frame inside a frame", "\x80\x04\x95\x0b\0\0\0\0\0\0\0\x95\x02\0\0\0\0\0\0\0K\x01."],
    ["a frame beyond the end", "\x80\x04\x95\xff\0\0\0\0\0\0\0K\x01."],
    ["an opcode across a frame", "\x80\x04\x95\x01\0\0\0\0\0\0\0K\x01."],
    ["an out-of-band buffer", "\x80\x05\x97."],
    ["a persistent id", "P1\n."],
    ["a negative length", "T\xff\xff\xff\xff."],
    ["a huge length", "\x8e\xff\xff\xff\xff\xff\xff\xff\xff."],
    ["a bad number", "I1x\n."],
    ["a bad float", "F0x1\n."],
    ["a bad string", "Sabc\n."],
    ["a bad escape", "S'\\q'\n."],
    ["bad UTF-8", "X\x01\0\0\0\xff."],
    ["a duplicate key", "}(U\x01aK\x01U\x01aK\x02u."],
    ["two states", "cargparse\nNamespace\n)\x81}b}b."],
    ["arguments that are no tuple", "cargparse\nNamespace\n]\x81."],
    ["a bad global name", "c\nx\n."],
  ])("%s is a typed error", (_, text) => {
    expect(() => read(text)).toThrow(IsoformError);
  });

  it("is a typed error when cut at any byte", () => {
    for (const sample of Object.values(SAMPLES)) {
      const bytes = latin(hex(sample));
      for (let n = 0; n < bytes.length; n++)
        expect(() => readPickle(bytes.subarray(0, n), "p"), String(n)).toThrow(IsoformError);
    }
  });

  it("keeps names of the prototype as data", () => {
    expect(plain(read("}(U\x09__proto__K\x01U\x0bconstructorK\x02u."))).toEqual({
      dict: [
        ["__proto__", 1n],
        ["constructor", 2n],
      ],
    });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

const fast = (text: string, options: PickleOptions = {}): void => {
  const start = performance.now();
  expect(() => read(text, options)).toThrow(LimitExceededError);
  expect(performance.now() - start).toBeLessThan(10_000);
};

describe("bombs", () => {
  it("refuses deep nesting without overflowing the stack", () => {
    fast(`${"]".repeat(200_000)}${"a".repeat(199_999)}.`);
    fast(`)${"\x85".repeat(300_000)}.`);
    fast(`${"(".repeat(300_000)}${"t".repeat(300_000)}.`);
  });

  it("reads shared values once, however often they repeat", () => {
    const doubling = `](K\x00e${Array.from({ length: 100 }, (_, i) => `q${String.fromCharCode(i)}0](h${String.fromCharCode(i)}h${String.fromCharCode(i)}e`).join("")}.`;
    expect(read(doubling).kind).toBe("list");
  });

  it("reads values that contain themselves", () => {
    const value = read("]q\x00h\x00a.");
    expect(value.kind === "list" && value.items[0] === value).toBe(true);
  });

  it("limits values, memo and pushes", () => {
    const limits = { nodes: 1000 };
    fast(`(${"]".repeat(1001)}l.`, { limits });
    fast(`(${"N".repeat(20_000)}l.`, { limits });
    fast(`]${Array.from({ length: 1001 }, (_, i) => `p${i}\n`).join("")}.`, { limits });
    fast(`(${"U\x01a".repeat(1001)}l.`, { limits });
    fast(`\x8b\xff\xff\xff\x7f`);
    expect(() => read(`L${"9".repeat(5000)}L\n.`)).toThrow(ModelFormatError);
    expect(() => read("K\x01.", { limits: { headerBytes: 2 } })).toThrow(LimitExceededError);
  });
});

const dtype = (name: string, order: string): string =>
  `cnumpy\ndtype\n(U${String.fromCharCode(name.length)}${name}K\x00K\x01tR(K\x03U\x01${order}NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb`;

const ndarray = (name: string, order: string, fortran: string, shape: string, data: string): string =>
  `cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR(K\x01(${shape}t${dtype(name, order)}${fortran}C${String.fromCharCode(data.length)}${data}tb.`;

const array = (text: string) => numpyArrayOf(read(text), "p");

describe("NumPy", () => {
  it("reads arrays in either order of bytes and axes", () => {
    const little = "\x01\x00\x02\x00\x03\x00\x04\x00\x05\x00\x06\x00";
    const big = "\x00\x01\x00\x02\x00\x03\x00\x04\x00\x05\x00\x06";
    const fortran = "\x01\x00\x04\x00\x02\x00\x05\x00\x03\x00\x06\x00";
    const expected = { dtype: "int16", shape: [2, 3], data: latin(little) };
    expect(array(ndarray("i2", "<", "\x89", "K\x02K\x03", little))).toEqual(expected);
    expect(array(ndarray("i2", ">", "\x89", "K\x02K\x03", big))).toEqual(expected);
    expect(array(ndarray("i2", "<", "\x88", "K\x02K\x03", fortran))).toEqual(expected);
  });

  it("reads scalars and refuses objects and wrong sizes", () => {
    const scalar = `cnumpy.core.multiarray\nscalar\n(${dtype("f4", "<")}C\x04\x00\x00\xc0\x3ftR.`;
    expect(array(scalar)).toEqual({ dtype: "float32", shape: [], data: latin("\x00\x00\xc0\x3f") });
    expect(() => array(ndarray("O8", "|", "\x89", "K\x01", ""))).toThrow(/object arrays never/);
    expect(() => array(ndarray("i2", "<", "\x89", "K\x02K\x03", "\x00"))).toThrow(/needs 12 bytes/);
    expect(numpyArrayOf(read("K\x01."), "p")).toBeUndefined();
  });
});
