// Layers that the importer wrote as a Scan, told by the facts it left on the node.
import type { PlainObject } from "../../../formats/keras/index.js";
import type { IrGraph, IrNode, IrValue } from "../../../ir/types.js";
import { isOp } from "../../../ir/walk.js";

/** A Scan that is a Keras layer. */
export interface ScanPlan {
  readonly className: string;
  readonly config: PlainObject;
  /** The input of the layer as Keras sees it, or in the order that `order` says. */
  readonly x: IrValue;
  /** Axis i of the Keras tensor is axis order[i] of the value. */
  readonly order: readonly number[];
  /** Weights of the layer by suffix, with the values that hold them. */
  readonly weights: ReadonlyMap<string, IrValue>;
}

function parsed(v: number | string | boolean | undefined): unknown {
  try {
    return typeof v === "string" ? JSON.parse(v) : undefined;
  } catch {
    return undefined;
  }
}

function isObject(v: unknown): v is PlainObject {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}

/** Finds all of them whose input and weights are still there. */
export function scanPlans(graph: IrGraph): ReadonlyMap<IrNode, ScanPlan> {
  const found = new Map<IrNode, ScanPlan>();
  const scans = graph.nodes.filter((node) => isOp(node, "Scan") && node.facts?.["layer"] !== undefined);
  if (scans.length === 0) return found;
  const names = new Map<string, IrValue>();
  for (const v of [...graph.inputs, ...graph.weights.keys()]) names.set(v.name, v);
  for (const node of graph.nodes) for (const v of node.outputs) if (v) names.set(v.name, v);
  for (const node of scans) {
    const facts = node.facts ?? {};
    const config = parsed(facts["config"]);
    const weights = parsed(facts["weights"]);
    const order = parsed(facts["order"]);
    const x = names.get(String(facts["input"]));
    if (!isObject(config) || !isObject(weights) || !Array.isArray(order) || !x) continue;
    const held = Object.entries(weights).map(([suffix, name]) => [suffix, names.get(String(name))] as const);
    if (held.some(([, v]) => !v || !graph.weights.has(v))) continue;
    found.set(node, {
      className: String(facts["layer"]),
      config,
      x,
      order: order.map(Number),
      weights: new Map(held.flatMap(([suffix, v]) => (v ? [[suffix, v] as const] : []))),
    });
  }
  return found;
}
