// The activations of a recurrent node by the names that Keras has for them.
import type { NodeExport } from "../node.js";

const DEFAULTS = { LSTM: ["Sigmoid", "Tanh", "Tanh"], GRU: ["Sigmoid", "Tanh"], RNN: ["Tanh"] } as const;

interface Named {
  readonly keras: string;
  /** Parameters with which it is the Keras function; undefined = it takes none. */
  readonly alpha?: number;
  readonly beta?: number;
  /** What ONNX means when the parameters are left out. */
  readonly usual?: readonly [number, number];
}

const NAMES: ReadonlyMap<string, Named> = new Map<string, Named>([
  ["sigmoid", { keras: "sigmoid" }],
  ["tanh", { keras: "tanh" }],
  ["relu", { keras: "relu" }],
  ["softsign", { keras: "softsign" }],
  ["softplus", { keras: "softplus" }],
  ["hardsigmoid", { keras: "hard_sigmoid", alpha: 1 / 6, beta: 0.5, usual: [0.2, 0.5] }],
  ["affine", { keras: "linear", alpha: 1, beta: 0, usual: [1, 0] }],
  ["elu", { keras: "elu", alpha: 1, usual: [1, 0] }],
  ["leakyrelu", { keras: "leaky_relu", alpha: 0.2, usual: [0.01, 0] }],
]);

const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;

/**
 * The functions of one direction: gate and cell of LSTM and GRU, or the one of a simple layer. Parameters are
 * used up in order by the functions that take them.
 * @throws {UnsupportedOpError} for functions that Keras has not
 */
export function cellActivations(n: NodeExport<"LSTM" | "GRU" | "RNN">, direction: number): readonly string[] {
  const usual = DEFAULTS[n.node.op];
  const per = usual.length;
  const given = n.attrs.activations ?? [...usual, ...usual];
  let a = 0;
  let b = 0;
  const all = given.map((name) => {
    const found = NAMES.get(name.toLowerCase());
    if (!found) throw n.error(`the activation ${name} is none of Keras' cells`);
    const alpha = found.alpha === undefined ? null : (n.attrs.activation_alpha?.[a++] ?? found.usual![0]);
    const beta = found.beta === undefined ? null : (n.attrs.activation_beta?.[b++] ?? found.usual![1]);
    const fits = (alpha === null || near(alpha, found.alpha!)) && (beta === null || near(beta, found.beta!));
    if (!fits) throw n.error(`the activation ${name} with parameters that Keras' ${found.keras} has not`);
    return found.keras;
  });
  const own = all.slice(direction * per, (direction + 1) * per);
  const [gate, cell, shown] = own;
  if (n.node.op === "LSTM" && cell !== shown) throw n.error("two different functions of the cell");
  return n.node.op === "LSTM" ? [gate!, cell!] : own;
}
