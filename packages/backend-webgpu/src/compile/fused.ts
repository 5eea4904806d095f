// Loops over elementwise operations that were fused: one shader reads every input once and writes every result that someone
// needs once.
import {
  BINARY_FNS,
  COMPARE_FNS,
  itemSize,
  sizeOf,
  UNARY_FNS,
  type DType,
  type Fusable,
  type FusedUnit,
  type GraphNode,
  type GraphVar,
} from "@isoform/core";
import { activationExpression } from "../kernels/composites/activations.js";
import { Addressing, reads, writes, type GpuView } from "../kernels/view.js";
import { bitsOf, literalOf } from "../wgsl/dtypes.js";
import { binaryExpression, castExpression, compareExpression, unaryExpression } from "../wgsl/functions.js";
import { groupsFor, type Code, type KernelCall } from "../wgsl/kernel.js";

/** Types whose values need no cutting off between two operations. */
const FUSED_DTYPES: readonly DType[] = ["float32", "int32", "uint32", "int64", "uint64", "bool"];

/** Operations in whose kernels a loop may go on with each result. */
const HEADS: readonly string[] = [
  "matmul",
  "conv",
  "reduce",
  "reduceWindow",
  "selectAndScatter",
  "gather",
  "softmax",
  "logSoftmax",
  "softmaxCrossEntropy",
  "layerNorm",
  "rmsNorm",
  "groupNorm",
  "instanceNorm",
];

const isOneOf = <T extends string>(names: readonly T[], id: string): id is T =>
  (names as readonly string[]).includes(id);

/** The WGSL of an operation on values, or null when it is not elementwise. */
function expressionOf({ op, inputs, outputs, attrs }: GraphNode, values: readonly string[]): string | null {
  const { id } = op;
  const dtype = inputs[0]?.dtype;
  if (dtype === undefined) return null;
  const [a, b, c] = values;
  if (isOneOf(UNARY_FNS, id)) return unaryExpression(id, dtype, a!);
  if (isOneOf(BINARY_FNS, id)) return binaryExpression(id, dtype, a!, b!);
  if (isOneOf(COMPARE_FNS, id)) return `select(0u, 1u, ${compareExpression(id, dtype, a!, b!)})`;
  if (id === "cast") return castExpression(dtype, outputs[0]!.dtype, a!);
  return id === "where" ? `select(${c}, ${b}, ${a} != 0u)` : activationExpression(id, attrs, a!);
}

/** What this backend fuses, with at most `operands` arrays in a loop. */
export function fusable(operands: number): Fusable {
  return {
    elementwise: (node) =>
      expressionOf(node, ["a", "b", "c"]) !== null &&
      [...node.inputs, ...node.outputs].every((v) => v !== null && FUSED_DTYPES.includes(v.dtype)),
    head: (node) => HEADS.includes(node.op.id),
    tail: () => false,
    mostOperands: operands,
  };
}

/** Statements that compute a unit's operations; gives the name of every value. */
export function computeNodes(
  unit: FusedUnit,
  given: ReadonlyMap<GraphVar, string>,
): { readonly lines: readonly string[]; readonly names: ReadonlyMap<GraphVar, string> } {
  const names = new Map<GraphVar, string>(given);
  const lines: string[] = [];
  let k = 0;
  const define = (v: GraphVar, expression: string): void => {
    const name = `v${k++}`;
    lines.push(`let ${name} = ${expression};`);
    names.set(v, name);
  };
  for (const [v, value] of unit.literals) define(v, literalOf(v.dtype, value));
  for (const node of unit.nodes) {
    const values = node.inputs.map((v) => names.get(v!)!);
    define(node.outputs[0]!, expressionOf(node, values)!);
  }
  return { lines, names };
}

/** The call of a fused loop: `inputs` are views of the unit's shape, `outputs` row-major and at offset 0. */
export function fusedCall(
  unit: FusedUnit,
  inputs: readonly GpuView[],
  outputs: readonly GpuView[],
): KernelCall | null {
  const count = sizeOf(unit.shape);
  if (count === 0) return null;
  const addressing = new Addressing(unit.shape, inputs);
  const bytes = outputs.some((o) => itemSize(o.dtype) === 1);
  const per = bytes ? 4 : 1;
  const first = inputs.length;
  const code = (c: Code): string => {
    const given = new Map(unit.reads.map((v, i) => [v, `x${i}`]));
    const { lines, names } = computeNodes(unit, given);
    const element = [
      addressing.code(c, 1, "index"),
      ...unit.reads.map((_, i) => `let x${i} = ${c.load(i, `at${i}`)};`),
      ...lines,
      ...unit.writes.map((v, i) =>
        itemSize(outputs[i]!.dtype) === 1
          ? `word${i} |= ${bitsOf(v.dtype, names.get(v)!)} << (8u * part);`
          : c.store(first + i, "index", names.get(v)!),
      ),
    ].join("\n");
    if (!bytes) return `let index = group * 256u + lane;\nif (index < ${c.param(0)}) {\n${element}\n}`;
    const words = unit.writes.flatMap((_, i) => (itemSize(outputs[i]!.dtype) === 1 ? [i] : []));
    return `let item = group * 256u + lane;
if (item * 4u < ${c.param(0)}) {
${words.map((i) => `var word${i} = 0u;`).join("\n")}
for (var part = 0u; part < 4u; part++) {
let index = item * 4u + part;
if (index < ${c.param(0)}) {
${element}
}
}
${words.map((i) => `${c.array(first + i)}[item] = word${i};`).join("\n")}
}`;
  };
  return {
    key: "fused",
    operands: [...inputs.map(reads), ...outputs.map(writes)],
    params: [count, ...addressing.params],
    groups: groupsFor(Math.ceil(count / per)),
    code,
  };
}

/**
 * A kernel's call that goes on with a fused loop for each element of its result, or null where that cannot be. `head` is what
 * the loop calls the result, which is also written where `kept`. `inputs` are the loop's other reads, in order.
 */
export function withEpilogue(
  call: KernelCall,
  unit: FusedUnit,
  head: GraphVar,
  kept: boolean,
  inputs: readonly GpuView[],
  outputs: readonly GpuView[],
  mostOperands: number,
): KernelCall | null {
  const { result } = call;
  if (result === undefined || [...outputs].some((o) => itemSize(o.dtype) === 1)) return null;
  const others = kept ? outputs : outputs.slice(1);
  const operands = [...call.operands, ...inputs.map(reads), ...others.map(writes)];
  const { buffer, dtype } = call.operands[result]!;
  operands[result] = kept ? { buffer, dtype, access: "write" } : writes(outputs[0]!);
  if (operands.length > mostOperands) return null;
  const addressing = new Addressing(unit.shape, inputs);
  const first = call.operands.length;
  const placeOf = (i: number): number =>
    kept ? first + inputs.length + i : i === 0 ? result : first + inputs.length + i - 1;
  const code = (c: Code): string =>
    call.code(
      c.withResult((index, value) => {
        const given = new Map<GraphVar, string>([[head, "result_value"]]);
        unit.reads.filter((v) => v !== head).forEach((v, i) => given.set(v, `x${i}`));
        const { lines, names } = computeNodes(unit, given);
        return [
          "{",
          `let result_value = ${value};`,
          `let result_index = ${index};`,
          "{",
          "let index = result_index;",
          ...(kept ? [c.store(result, "index", "result_value")] : []),
          addressing.code(c, call.params.length, "index"),
          ...inputs.map((_, i) => `let x${i} = ${c.load(first + i, `at${i}`)};`),
          ...lines,
          ...unit.writes.map((v, i) => c.store(placeOf(i), "index", names.get(v)!)),
          "}",
          "}",
        ].join("\n");
      }),
    );
  const { result: _, ...rest } = call;
  return {
    ...rest,
    key: `${call.key}+fused`,
    operands,
    params: [...call.params, ...addressing.params],
    code,
  };
}
