// The verifier finds planted faults.
import { reference } from "@isoform/backend-reference";
import { beforeAll, describe, expect, it } from "vitest";
import {
  add,
  full,
  matmul,
  mul,
  setBackend,
  sort,
  trace,
  type Graph,
  type GraphNode,
  type GraphVar,
} from "../index.js";
import { GraphError, verifyGraph } from "./verify.js";

const spec = (...shape: number[]) => ({ shape, dtype: "float32" as const });

beforeAll(async () => {
  await setBackend(reference());
});

function graph(): Graph {
  const c = full([3, 4], 1);
  return trace(
    (x) => {
      const y = matmul(mul(x, x), c);
      return [add(y, y), sort(y)[1]];
    },
    [spec(2, 3)],
  );
}

const withNode = (g: Graph, i: number, change: Partial<GraphNode>): Graph => ({
  ...g,
  nodes: g.nodes.map((n, k) => (k === i ? { ...n, ...change } : n)),
});
const withOutput = (g: Graph, i: number, change: Partial<GraphVar>): Graph => {
  const output = { ...g.nodes[i]!.outputs[0]!, ...change };
  return withNode(g, i, { outputs: [output, ...g.nodes[i]!.outputs.slice(1)] });
};

const faults: readonly (readonly [string, (g: Graph) => Graph, RegExp])[] = [
  [
    "a use before the definition",
    (g) => ({ ...g, nodes: g.nodes.toReversed() }),
    /used before its definition/,
  ],
  ["a missing node", (g) => ({ ...g, nodes: g.nodes.slice(1) }), /used before its definition/],
  ["a value defined twice", (g) => ({ ...g, nodes: [...g.nodes, g.nodes[0]!] }), /defined twice/],
  ["a wrong shape", (g) => withOutput(g, 0, { shape: [3, 2] }), /should be float32\[2,3\]/],
  ["a wrong dtype", (g) => withOutput(g, 1, { dtype: "float64" }), /should be float32\[2,4\]/],
  [
    "inputs in the wrong order",
    (g) => withNode(g, 1, { inputs: g.nodes[1]!.inputs.toReversed() }),
    /inner sizes/,
  ],
  ["attributes that do not fit", (g) => withNode(g, 3, { attrs: { axis: 7, descending: false } }), /axis 7/],
  [
    "an output too few",
    (g) => withNode(g, 3, { outputs: g.nodes[3]!.outputs.slice(1) }),
    /1 outputs, sort has 2/,
  ],
  ["an undefined result", (g) => ({ ...g, outputs: [...g.outputs, { ...g.outputs[0]! }] }), /never defined/],
  [
    "a constant of another type",
    (g) => ({ ...g, constants: new Map([...g.constants].map(([v, t]) => [{ ...v, shape: [4, 3] }, t])) }),
    /holds float32\[3,4\]/,
  ],
];

describe("verifyGraph", () => {
  it("accepts what the tracer makes", () => {
    verifyGraph(graph());
  });

  for (const [name, plant, message] of faults) {
    it(`finds ${name}`, () => {
      const broken = plant(graph());
      expect(() => verifyGraph(broken)).toThrow(GraphError);
      expect(() => verifyGraph(broken)).toThrow(message);
    });
  }

  it("lists every problem", () => {
    const broken = withOutput(withOutput(graph(), 0, { shape: [3, 2] }), 2, { dtype: "int32" });
    try {
      verifyGraph(broken);
      expect.unreachable();
    } catch (error) {
      expect(String(error)).toMatch(/float32\[2,3\][^]*float32\[2,4\]/);
    }
  });
});
