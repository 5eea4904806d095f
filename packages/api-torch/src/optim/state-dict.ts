// The state of an optimizer as plain data in PyTorch's layout, to save it and to go on from it.
import * as core from "@isoform/core";
import type { Tensor as CoreTensor } from "@isoform/core";
import type { Tensor } from "../tensor/tensor.js";
import { toCamel, toSnake } from "./names.js";
import { ONLY_THERE } from "./repr.js";
import type { ParamState } from "./state.js";

/** What `Optimizer.stateDict` gives: names on disk are PyTorch's, parameters are numbered in the order of the groups. */
export interface OptimizerStateDict {
  /** By number of the parameter: tensors and counts, e.g. `step`, `exp_avg`, `exp_avg_sq`. */
  readonly state: Readonly<Record<number, Readonly<Record<string, CoreTensor | number>>>>;
  readonly param_groups: readonly (Readonly<Record<string, unknown>> & {
    /** Numbers of the parameters. */
    readonly params: readonly number[];
  })[];
}

interface Group {
  readonly params: readonly Tensor[];
}

/** Ways in which PyTorch computes, without effect on what it computes. */
const WAYS = ["foreach", "fused", "capturable", "differentiable"];

/** Whether a hyper-parameter of PyTorch that is absent here changes nothing: it has the value of this class. */
function isMeant(owner: string, name: string, value: unknown): boolean {
  return WAYS.includes(name) || (name in (ONLY_THERE[owner] ?? {}) && ONLY_THERE[owner]![name] === value);
}

/** The state dict of groups and states. */
export function readStateDict(
  groups: readonly Group[],
  state: ReadonlyMap<Tensor, ParamState>,
): OptimizerStateDict {
  const all = groups.flatMap((g) => g.params);
  const entries = all.flatMap((p, i): [number, Record<string, CoreTensor | number>][] => {
    const own = state.get(p);
    return own ? [[i, Object.fromEntries(own)]] : [];
  });
  let next = 0;
  return {
    state: Object.fromEntries(entries),
    param_groups: groups.map((g) => {
      const { params, ...hyper } = g;
      const named = Object.entries(hyper).map(([k, v]): [string, unknown] => [toSnake(k), v]);
      return { ...Object.fromEntries(named), params: params.map(() => next++) };
    }),
  };
}

/** Everything that keeps `dict` from fitting `groups`. */
function problemsOf(owner: string, dict: OptimizerStateDict, groups: readonly Group[]): string[] {
  const problems: string[] = [];
  const [given, own] = [dict.param_groups, groups];
  if (given.length !== own.length) return [`${given.length} groups, the optimizer has ${own.length}`];
  own.forEach((g, i) => {
    const n = given[i]!.params.length;
    if (n !== g.params.length) problems.push(`group ${i} has ${n} parameters instead of ${g.params.length}`);
    for (const [name, v] of Object.entries(given[i]!)) {
      const known = name === "params" || name === "initial_lr" || Object.hasOwn(g, toCamel(name));
      if (!known && !isMeant(owner, name, v)) {
        problems.push(`group ${i}: there is no ${name}`);
      }
    }
  });
  const numbers = given.flatMap((g) => [...g.params]);
  const all = own.flatMap((g) => [...g.params]);
  for (const [key, entries] of Object.entries(dict.state)) {
    const at = numbers.indexOf(Number(key));
    const p = all[at];
    if (p === undefined) problems.push(`state ${key} belongs to no parameter`);
    for (const [name, v] of Object.entries(entries)) {
      if (typeof v === "number") continue;
      if (!(v instanceof core.Tensor)) problems.push(`${name} of parameter ${key} is ${core.shown(v)}`);
      else if (p && v.device !== p.device) {
        problems.push(`${name} of parameter ${key} is on ${v.device.name}, move it to ${p.device.name}`);
      } else if (p && v.size > 1 && !core.sameShape(v.shape, p.shape)) {
        problems.push(`${name} of parameter ${key} is [${v.shape.join(",")}], not [${p.shape.join(",")}]`);
      }
    }
  }
  return problems;
}

/**
 * Takes over copies of a state dict's tensors, its counts and hyper-parameters.
 * @throws {ArgumentError} when `given` is no state dict or does not fit; nothing is changed then
 */
export function writeStateDict(
  owner: string,
  given: unknown,
  groups: readonly Group[],
  state: Map<Tensor, ParamState>,
): void {
  const op = `${owner}.loadStateDict`;
  if (!isStateDict(given)) {
    throw new core.ArgumentError(`${core.shown(given)} is not the state of an optimizer`, {
      code: "argument/state-dict",
      op,
      hint: "pass what stateDict() of an optimizer of the same class gave: { state, param_groups }",
    });
  }
  const problems = problemsOf(owner, given, groups);
  if (problems.length > 0) {
    throw new core.ArgumentError(`the state does not fit:\n  ${problems.join("\n  ")}`, {
      code: "optimizer/state-dict",
      op,
      hint: "make the optimizer with the groups and parameters that it had when it was saved",
    });
  }
  const numbers = given.param_groups.flatMap((g) => [...g.params]);
  const all = groups.flatMap((g) => [...g.params]);
  const made = all.map((_, i): ParamState => {
    const entries = Object.entries(given.state[numbers[i]!] ?? {});
    return new Map(entries.map(([name, v]) => [name, typeof v === "number" ? v : copied(name, v)]));
  });
  all.forEach((p, i) => {
    for (const v of state.get(p)?.values() ?? []) if (v instanceof core.Tensor) v.dispose();
    if (made[i]!.size > 0) state.set(p, made[i]!);
    else state.delete(p);
  });
  groups.forEach((g, i) => {
    for (const [name, v] of Object.entries(given.param_groups[i]!)) {
      if (name === "initial_lr" || (name !== "params" && Object.hasOwn(g, toCamel(name)))) {
        Reflect.set(g, toCamel(name), v);
      }
    }
  });
}

/** PyTorch keeps counts of steps as tensors of one element, read where that is possible at once. */
function copied(name: string, v: CoreTensor): CoreTensor | number {
  if (name === "step" && v.size === 1 && v.device.capabilities.syncRead) return Number(v.itemSync());
  return core.noGrad(() => core.scope(() => core.keep(core.detach(core.add(v, 0)))));
}

function isStateDict(value: unknown): value is OptimizerStateDict {
  if (typeof value !== "object" || value === null) return false;
  const { state, param_groups: groups } = value as Partial<OptimizerStateDict>;
  return (
    typeof state === "object" &&
    state !== null &&
    Array.isArray(groups) &&
    groups.every(
      (g: unknown) =>
        typeof g === "object" && g !== null && Array.isArray((g as { params?: unknown }).params),
    ) &&
    Object.values(state).every((entries) => typeof entries === "object" && entries !== null)
  );
}
