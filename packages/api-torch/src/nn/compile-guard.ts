// What a compiled step assumes about the modules it calls: their mode and properties stay what they were when it was traced.
import * as core from "@isoform/core";
import type { Module } from "./module.js";

/** Sets the mode of one module. A compiled step sets it before every run. */
export function setMode(module: Module, mode: boolean): void {
  const notes = core.traceNotes();
  if (notes !== null) {
    const before = module.training;
    notes.set(module.$books, true);
    core.atTraceEnd(() => {
      module.training = before;
    });
    core.hostEffect(() => {
      module.training = mode;
    });
  }
  module.training = mode;
}

/**
 * When a step is being compiled: its program is for this mode and these properties of the module (parameters, children,
 * settings), and forward() must not change them, since a program could not repeat that.
 */
export function watchModule(module: Module): void {
  const notes = core.traceNotes();
  if (notes === null || notes.has(module)) return;
  notes.set(module, true);
  if (!notes.has(module.$books)) {
    const { training } = module;
    core.traceGuard(() => module.training === training);
  }
  const { hooks } = module.$books;
  const hookList = [...hooks];
  core.traceGuard(() => hooks.size === hookList.length && hookList.every((h) => hooks.has(h)));
  const entries: readonly [string, unknown][] = Object.entries(module);
  core.traceGuard(() => {
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      if (!Object.is(Reflect.get(module, entry[0]), entry[1])) return false;
    }
    return true;
  });
  const known = new Map(entries);
  const changed = (name: string): boolean =>
    !known.has(name) || !Object.is(Reflect.get(module, name), known.get(name));
  core.whenTraced(() => {
    const name = Object.keys(module).find(changed);
    if (name === undefined) return;
    throw new core.UnsupportedOpError(
      `the call changes the property ${name}, which a program cannot repeat`,
      {
        code: "compile/module-state",
        op: module.constructor.name,
        hint: "keep what changes from call to call in a buffer and write it with copy_() or add_()",
      },
    );
  });
  core.atTraceEnd(() => {
    for (const name of Object.keys(module)) if (!known.has(name)) Reflect.deleteProperty(module, name);
    for (const [name, value] of entries) if (changed(name)) Reflect.set(module, name, value);
  });
}
