// ONNX models that reach for files, contradict themselves, or unfold without end.
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { onnx } from "@isoform/converter";
import { floats, join, le } from "../support/bytes.js";
import {
  externalModel,
  graph,
  intsAttribute,
  model,
  node,
  tensor,
  tensorAttribute,
  value,
} from "../support/onnx.js";
import type { Row } from "../support/rows.js";
import {
  malformed,
  overLimit,
  shows,
  unsafe,
  unsupported,
  type Outcome,
  type Sandbox,
} from "../support/sandbox.js";

const row = (
  advisory: string,
  name: string,
  bytes: () => Uint8Array,
  convert: Outcome,
  more: Partial<Pick<Row, "prepare" | "inspect" | "runs">> = {},
): Row => ({ advisory, name, file: "m.onnx", files: () => ({ "m.onnx": bytes() }), convert, ...more });

const PATH = "onnx/external-path";
const paths: readonly (readonly [string, string, string])[] = [
  ["CVE-2022-25882", "the folder above", "../outside/secret.bin"],
  ["CVE-2022-25882", "a folder above inside a path", "weights/../../outside/secret.bin"],
  ["CVE-2024-27318", "an absolute path", "/etc/passwd"],
  ["CVE-2024-27318", "a path with a drive", "C:\\Windows\\win.ini"],
  ["CVE-2024-27318", "a URL", "file:///etc/passwd"],
  ["CVE-2024-27318", "backslashes", "..\\outside\\secret.bin"],
  ["CVE-2024-27318", "a NUL in the name", "secret.bin\u0000.txt"],
  ["CVE-2024-27318", "the current folder", "./w.bin"],
  ["CVE-2024-27318", "no name at all", ""],
];

const toOutside = (kind: (target: string, path: string) => void) => (s: Sandbox) => {
  kind(`${s.root}/outside/secret.bin`, s.at("w.bin"));
};
const ATTRIBUTES = "CVE-2026-34445";
const withData = (s: Sandbox) => writeFileSync(s.at("w.bin"), new Uint8Array(16));

/** Graphs in graphs by If, as bytes, since the encoder would refuse them. */
function nestedGraphs(depth: number): Uint8Array {
  // GraphProto { node { op_type: If, attribute { name: then_branch, g: …, type: GRAPH } } }, from inside out.
  const behind = Uint8Array.of(20 << 3, 1, 5);
  const heads: Uint8Array[] = [];
  let length = 0;
  const wrap = (id: number, before: Uint8Array, after: number): void => {
    heads.unshift(join(before, (id << 3) | 2, varint(length)));
    length += heads[0]!.length + after;
  };
  const opType = join((4 << 3) | 2, 2, "If");
  const name = join((1 << 3) | 2, 11, "then_branch");
  for (let i = 0; i < depth; i++) {
    wrap(6, name, behind.length);
    wrap(5, opType, 0);
    wrap(1, new Uint8Array(), 0);
  }
  wrap(7, join(8, 9, (8 << 3) | 2, 2, 16, 20), 0);
  return join(...heads, ...Array.from({ length: depth }, () => behind));
}
function varint(n: number): Uint8Array {
  const out: number[] = [];
  for (let rest = n; ; rest >>>= 7) {
    if (rest < 128) return Uint8Array.from([...out, rest]);
    out.push((rest & 127) | 128);
  }
}

const DOMAIN = "evil";
const call = (name: string, input = "x", output = "y") => node(name, [input], [output], { domain: DOMAIN });
function fn(name: string, nodes: readonly onnx.NodeProto[]): onnx.FunctionProto {
  const opsetImport = [onnx.create("OperatorSetIdProto", { domain: "", version: 20n })];
  return onnx.create("FunctionProto", {
    domain: DOMAIN,
    name,
    input: ["x"],
    output: ["y"],
    node: nodes,
    opsetImport,
  });
}
const functions = (list: readonly onnx.FunctionProto[]) => ({
  functions: list,
  opsetImport: [
    onnx.create("OperatorSetIdProto", { domain: "", version: 20n }),
    onnx.create("OperatorSetIdProto", { domain: DOMAIN, version: 1n }),
  ],
});
/** Functions that each call the next one twice. */
const doubling = (depth: number): Uint8Array =>
  model(
    graph([call("f0")]),
    functions(
      Array.from({ length: depth }, (_, i) =>
        fn(
          `f${i}`,
          i === depth - 1
            ? [node("Relu", ["x"], ["y"])]
            : [call(`f${i + 1}`, "x", "m"), call(`f${i + 1}`, "m", "y")],
        ),
      ),
    ),
  );

const withWeight = (t: onnx.TensorProto): Uint8Array =>
  model(graph([node("Add", ["x", "w"], ["y"])], { initializer: [t] }));

const int64 = (name: string, ...values: readonly (number | bigint)[]): onnx.TensorProto =>
  onnx.create("TensorProto", {
    name,
    dims: [BigInt(values.length)],
    dataType: 7,
    rawData: join(...values.map((v) => le(BigInt.asUintN(64, BigInt(v)), 8))),
  });

/** x through one hostile node, then the sum of what it makes. */
const bomb = (
  op: string,
  inputs: readonly string[],
  ...initializer: readonly onnx.TensorProto[]
): Uint8Array => model(graph([node(op, inputs, ["c"]), node("ReduceSum", ["c"], ["y"])], { initializer }));
const scalar = (name: string, value: bigint): onnx.TensorProto =>
  onnx.create("TensorProto", { name, dims: [], dataType: 7, rawData: le(value, 8) });
/** Only running finds out. */
const INSPECTED = { inspect: { exit: 0 }, runs: true };
const outOfMemory = (...says: readonly string[]): Outcome => ({
  exit: 1,
  name: "OutOfMemoryError",
  code: "memory/out-of-memory",
  says: [...says, "Fix:"],
});

/** The rows. */
export const ONNX_ROWS: readonly Row[] = [
  ...paths.map(([advisory, name, location]) =>
    row(advisory, `external data at ${name}`, () => externalModel({ location }), unsafe(PATH, '"w"')),
  ),
  row(
    "CVE-2026-27489",
    "external data through a symbolic link",
    () => externalModel({ location: "w.bin" }),
    unsafe("file/linked", "w.bin"),
    {
      prepare: toOutside(symlinkSync),
    },
  ),
  row(
    "CVE-2026-27489",
    "external data through a hard link",
    () => externalModel({ location: "w.bin" }),
    unsafe("file/linked", "w.bin"),
    {
      prepare: toOutside(linkSync),
    },
  ),
  row(
    "CVE-2026-27489",
    "external data in a linked folder",
    () => externalModel({ location: "sub/secret.bin" }),
    unsafe("file/linked"),
    {
      prepare: (s) => symlinkSync(`${s.root}/outside`, s.at("sub")),
    },
  ),
  row(
    "CVE-2026-27489",
    "external data in a folder",
    () => externalModel({ location: "sub" }),
    unsafe("file/linked"),
    {
      prepare: (s) => mkdirSync(s.at("sub")),
    },
  ),
  row(
    "CVE-2022-25882",
    "external data that is not there",
    () => externalModel({ location: "w.bin" }),
    malformed("onnx/external-missing", "w.bin"),
  ),
  row(
    ATTRIBUTES,
    "an unknown key",
    () => externalModel({ location: "w.bin", __class__: "os" }),
    unsafe("onnx/external-key", "__class__"),
    { prepare: withData },
  ),
  row(
    ATTRIBUTES,
    "a key of objects",
    () =>
      externalModel([
        ["location", "w.bin"],
        ["__proto__", "x"],
      ]),
    unsafe("onnx/external-key", "__proto__"),
    { prepare: withData },
  ),
  row(
    ATTRIBUTES,
    "a key twice",
    () =>
      externalModel([
        ["location", "w.bin"],
        ["location", "/etc/passwd"],
      ]),
    malformed("onnx/external-data", "location"),
    { prepare: withData },
  ),
  row(
    ATTRIBUTES,
    "an offset past the end",
    () => externalModel({ location: "w.bin", offset: "12" }),
    malformed("format/truncated", "w.bin"),
    { prepare: withData },
  ),
  row(
    ATTRIBUTES,
    "an offset over 2^53",
    () => externalModel({ location: "w.bin", offset: "18446744073709551615" }),
    malformed("onnx/external-data", "offset"),
    { prepare: withData },
  ),
  row(
    ATTRIBUTES,
    "a negative offset",
    () => externalModel({ location: "w.bin", offset: "-8" }),
    malformed("onnx/external-data", "offset"),
    { prepare: withData },
  ),
  row(
    ATTRIBUTES,
    "an offset in hexadecimal",
    () => externalModel({ location: "w.bin", offset: "0x4" }),
    malformed("onnx/external-data", "offset"),
    { prepare: withData },
  ),
  row(
    ATTRIBUTES,
    "a length that the shape does not need",
    () => externalModel({ location: "w.bin", length: "4096" }),
    malformed("onnx/external-data", "4096"),
    { prepare: withData },
  ),
  row(
    "GHSA-7w46-vvrh-m8q5",
    "a function that calls itself",
    () => model(graph([call("f")]), functions([fn("f", [call("f")])])),
    overLimit("limit/nesting", "f"),
  ),
  row(
    "GHSA-7w46-vvrh-m8q5",
    "functions that call each other",
    () => model(graph([call("f")]), functions([fn("f", [call("g")]), fn("g", [call("f")])])),
    overLimit("limit/nesting"),
  ),
  row(
    "GHSA-7w46-vvrh-m8q5",
    "30 functions that each call the next twice: 2^29 nodes",
    () => doubling(30),
    overLimit("limit/nodes"),
  ),
  row("CVE-2026-44289", "5,000 graphs in graphs", () => nestedGraphs(5000), overLimit("limit/nesting")),
  row(
    "CVE-2026-44289",
    "100,000 groups in groups",
    () => new Uint8Array(100_000).fill(0x0b),
    malformed("onnx/protobuf"),
  ),
  row(
    "CVE-2024-27319",
    "a shape over 2^53",
    () => withWeight(tensor("w", [2n ** 32n, 2n ** 32n], { rawData: floats(1) })),
    overLimit("limit/elements", '"w"'),
  ),
  row(
    "CVE-2024-27319",
    "a tensor of 16 GiB",
    () => withWeight(tensor("w", [2 ** 32], { rawData: floats(1) })),
    overLimit("limit/tensorBytes", '"w"'),
  ),
  row(
    "CVE-2024-27319",
    "a negative size",
    () => withWeight(tensor("w", [-2], { rawData: floats(1, 2) })),
    malformed("format/shape", '"w"', "[-2]"),
  ),
  row(
    "CVE-2024-27319",
    "fewer bytes than the shape needs",
    () => withWeight(tensor("w", [4], { rawData: floats(1, 2) })),
    malformed("format/tensor-size", '"w"'),
  ),
  row(
    "CVE-2024-27319",
    "more bytes than the shape needs",
    () => withWeight(tensor("w", [1], { rawData: floats(1, 2) })),
    malformed("format/tensor-size", '"w"'),
  ),
  row(
    "CVE-2024-27319",
    "data stored twice",
    () => withWeight(tensor("w", [2], { rawData: floats(1, 2), floatData: [1, 2] })),
    malformed("onnx/tensor", '"w"'),
  ),
  row(
    "CVE-2024-27319",
    "an unknown element type",
    () => withWeight(tensor("w", [2], { dataType: 99, rawData: floats(1, 2) })),
    unsupported("onnx/dtype", '"w"'),
    { inspect: shows("99") },
  ),
  row(
    "CVE-2024-27319",
    "a sparse tensor of 2^40 zeros",
    () =>
      model(
        graph([node("Add", ["x", "w"], ["y"])], {
          sparseInitializer: [
            onnx.create("SparseTensorProto", {
              values: tensor("w", [1], { rawData: floats(1) }),
              indices: int64("", 0),
              dims: [2n ** 40n],
            }),
          ],
        }),
      ),
    overLimit("limit/tensorBytes"),
  ),
  row(
    "CVE-2024-27319",
    "a sparse index out of range",
    () =>
      model(
        graph([node("Add", ["x", "w"], ["y"])], {
          sparseInitializer: [
            onnx.create("SparseTensorProto", {
              values: tensor("w", [1], { rawData: floats(1) }),
              indices: int64("", 5),
              dims: [2n],
            }),
          ],
        }),
      ),
    malformed("onnx/tensor"),
  ),
  row(
    "shape bombs",
    "ConstantOfShape of 2^40",
    () => bomb("ConstantOfShape", ["s"], int64("s", 2n ** 20n, 2n ** 20n)),
    outOfMemory("ConstantOfShape"),
    INSPECTED,
  ),
  row(
    "shape bombs",
    "Expand to 2^40",
    () => bomb("Expand", ["x", "s"], int64("s", 2n ** 39n, 2)),
    overLimit("limit/elements", "Expand", "1099511627776"),
    INSPECTED,
  ),
  row(
    "shape bombs",
    "Tile to 2^40",
    () => bomb("Tile", ["x", "s"], int64("s", 2n ** 39n)),
    overLimit("limit/elements", "Tile", "1099511627776"),
    INSPECTED,
  ),
  row(
    "shape bombs",
    "Tile of constants to 2^40",
    () => bomb("Tile", ["s", "s"], int64("s", 2n ** 40n)),
    overLimit("limit/elements", "Tile", "1099511627776"),
    INSPECTED,
  ),
  row(
    "shape bombs",
    "Range to 2^62",
    () => bomb("Range", ["a", "b", "d"], int64("a", 0), int64("b", 2n ** 62n), int64("d", 1)),
    overLimit("limit/elements", "Range"),
    INSPECTED,
  ),
  row(
    "shape bombs",
    "Pad by 2^40",
    () => bomb("Pad", ["x", "s"], int64("s", 0, 2n ** 40n)),
    outOfMemory("Pad"),
    INSPECTED,
  ),
  row(
    "shape bombs",
    "a window of 2^62",
    () => bomb("HannWindow", ["a"], scalar("a", 2n ** 62n)),
    overLimit("limit/elements", "HannWindow"),
    INSPECTED,
  ),
  row(
    "shape bombs",
    "Resize to 2^40",
    () => bomb("Resize", ["x", "", "", "s"], int64("s", 2n ** 40n)),
    unsupported("execute/unsupported", "Resize", "1099511627776"),
    INSPECTED,
  ),
  row(
    "shape bombs",
    "a matrix product of 2^40 results",
    () =>
      model(
        graph(
          [
            node("Reshape", ["x", "s"], ["col"]),
            node("Expand", ["col", "t"], ["row"]),
            node("MatMul", ["row", "row2"], ["c"]),
            node("ReduceSum", ["c"], ["y"]),
            node("Transpose", ["row"], ["row2"]),
          ],
          { initializer: [int64("s", 2, 1), int64("t", 2, 1)] },
        ),
      ),
    malformed("onnx/graph", "row2"),
  ),
  row(
    "hangs",
    "parts of size 0",
    () => bomb("SplitToSequence", ["x", "s"], scalar("s", 0n)),
    unsupported("execute/unsupported", "SplitToSequence", "[0]"),
    INSPECTED,
  ),
  row(
    "shapes",
    "a Reshape to a negative size",
    () => bomb("Reshape", ["x", "s"], int64("s", -7)),
    { exit: 1, name: "ShapeError", code: "shape/invalid", says: ["Reshape_0", "[-7]", "float32[2]"] },
    INSPECTED,
  ),
  row(
    "shapes",
    "sizes that do not broadcast",
    () => bomb("Add", ["x", "w"], tensor("w", [3], { rawData: floats(1, 2, 3) })),
    {
      exit: 1,
      name: "ShapeError",
      code: "shape/mismatch",
      says: ["Add_0", "float32[2]", "float32[3]", "Fix:"],
    },
    INSPECTED,
  ),
  row(
    "graph",
    "a node that reads its own output",
    () => model(graph([node("Relu", ["y"], ["y"])])),
    malformed("onnx/graph", "Relu"),
  ),
  row(
    "graph",
    "two nodes that write one value",
    () => model(graph([node("Relu", ["x"], ["y"]), node("Neg", ["x"], ["y"])])),
    malformed("onnx/graph", "y"),
  ),
  row(
    "graph",
    "two initializers of one name",
    () =>
      model(
        graph([node("Add", ["x", "w"], ["y"])], {
          initializer: [
            tensor("w", [2], { rawData: floats(1, 2) }),
            tensor("w", [2], { rawData: floats(3, 4) }),
          ],
        }),
      ),
    malformed("onnx/graph", "w"),
  ),
  row(
    "graph",
    "two inputs of one name",
    () => model(graph([node("Relu", ["x"], ["y"])], { input: [value("x", [2]), value("x", [3])] })),
    malformed("onnx/graph", "x"),
  ),
  row("graph", "an output that nothing makes", () => model(graph([])), malformed("onnx/graph", "y")),
  row(
    "graph",
    "a Conv without its kernel",
    () => model(graph([node("Conv", ["x"], ["y"], { name: "c" })])),
    malformed("onnx/node", "Conv", "c"),
  ),
  row(
    "graph",
    "a Relu of three inputs",
    () => model(graph([node("Relu", ["x", "x", "x"], ["y"], { name: "r" })])),
    malformed("onnx/node", "Relu", "r"),
  ),
  row(
    "graph",
    "a Concat without its axis",
    () => model(graph([node("Concat", ["x", "x"], ["y"], { name: "c" })])),
    malformed("onnx/node", "axis", "c"),
  ),
  row(
    "graph",
    "an attribute of another type",
    () => model(graph([node("Softmax", ["x"], ["y"], { name: "s", attribute: [intsAttribute("axis", 1)] })])),
    malformed("onnx/attribute", "axis"),
  ),
  row(
    "graph",
    "an attribute twice",
    () =>
      model(
        graph([
          node("Softmax", ["x"], ["y"], {
            name: "s",
            attribute: [intsAttribute("axis", 1), intsAttribute("axis", 2)],
          }),
        ]),
      ),
    malformed("onnx/attribute", "axis"),
  ),
  row(
    "graph",
    "an operator that nobody knows",
    () => model(graph([node("Exec", ["x"], ["y"], { name: "evil" })])),
    unsupported("onnx/unsupported", "Exec", "evil"),
    { inspect: { exit: 0 } },
  ),
  row(
    "graph",
    "a domain that nobody knows",
    () => model(graph([call("Exec")])),
    unsupported("onnx/unsupported", "evil.Exec"),
    { inspect: { exit: 0 } },
  ),
  row(
    "graph",
    "a constant without a value",
    () => model(graph([node("Constant", [], ["y"], { name: "c" })])),
    unsupported("onnx/unsupported", "c"),
    { inspect: { exit: 0 } },
  ),
  row(
    "graph",
    "a constant with a hostile tensor",
    () =>
      model(
        graph([
          node("Constant", [], ["y"], {
            name: "c",
            attribute: [tensorAttribute("value", tensor("", [2 ** 33], { rawData: floats(1) }))],
          }),
        ]),
      ),
    overLimit("limit/tensorBytes"),
  ),
  row(
    "graph",
    "no graph",
    () => onnx.encodeModel(onnx.create("ModelProto", { irVersion: 9n })),
    malformed("onnx/model"),
  ),
  row(
    "graph",
    "an opset of the far future",
    () =>
      model(graph([node("Relu", ["x"], ["y"])]), {
        opsetImport: [onnx.create("OperatorSetIdProto", { domain: "", version: 10n ** 12n })],
      }),
    shows("newer than 28"),
  ),
  row(
    "graph",
    "an opset below 1",
    () =>
      model(graph([node("Relu", ["x"], ["y"])]), {
        opsetImport: [onnx.create("OperatorSetIdProto", { domain: "", version: -3n })],
      }),
    malformed("onnx/model", "-3"),
  ),
  row(
    "graph",
    "text that is no UTF-8",
    () => join(model(graph([node("Relu", ["x"], ["y"])])), 0x12, 2, 0xff, 0xfe),
    malformed("format/utf8"),
  ),
];
