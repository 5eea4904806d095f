// An optimizer as PyTorch prints it: the hyper-parameters of every group in alphabetical order.
import { pyFloat, pyValue } from "../nn/python-text.js";
import { toSnake } from "./names.js";

/** Hyper-parameters that PyTorch also has, at their defaults. */
export const ONLY_THERE: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Adadelta: { capturable: false, differentiable: false, foreach: null },
  Adagrad: { differentiable: false, foreach: null, fused: null },
  Adam: {
    capturable: false,
    decoupled_weight_decay: false,
    differentiable: false,
    foreach: null,
    fused: null,
  },
  AdamW: {
    capturable: false,
    decoupled_weight_decay: true,
    differentiable: false,
    foreach: null,
    fused: null,
  },
  Adamax: { capturable: false, differentiable: false, foreach: null },
  ASGD: { capturable: false, differentiable: false, foreach: null },
  NAdam: { capturable: false, differentiable: false, foreach: null },
  RAdam: { capturable: false, differentiable: false, foreach: null },
  RMSprop: { capturable: false, differentiable: false, foreach: null },
  Rprop: { capturable: false, differentiable: false, foreach: null },
  SGD: { differentiable: false, foreach: null, fused: null },
};
/** Defaults that are whole floats in PyTorch. */
const FLOATS: Readonly<Record<string, readonly string[]>> = { Adadelta: ["lr"], ASGD: ["t0"] };

/** The text of an optimizer. */
export function printed(
  name: string,
  defaults: Readonly<Record<string, unknown>>,
  groups: readonly object[],
): string {
  const text = (key: string, v: unknown) =>
    FLOATS[name]?.includes(key) && v === defaults[key] && typeof v === "number" ? pyFloat(v) : pyValue(v);
  const parts = groups.map((group, i) => {
    const own = Object.entries(group).filter(([key]) => key !== "params");
    const lines = [
      ...own.map(([key, v]): [string, string] => [toSnake(key), text(key, v)]),
      ...Object.entries(ONLY_THERE[name] ?? {}).map(([key, v]): [string, string] => [key, pyValue(v)]),
    ].sort(([a], [b]) => (a < b ? -1 : 1));
    return `Parameter Group ${i}\n${lines.map(([key, v]) => `    ${key}: ${v}\n`).join("")}`;
  });
  return `${name} (\n${parts.join("\n")})`;
}
