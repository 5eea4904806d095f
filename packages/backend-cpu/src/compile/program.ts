// From recorded calls to a program: the temporaries get their places, the calls become functions of one module, and a
// run is a call of it (or a few, with calls for several threads and work for JavaScript in between).
import type { Executable } from "@isoform/core";
import type { Call, EagerEngine, Exports } from "../engine.js";
import { addressOf, type CpuView } from "../kernels/view.js";
import {
  f32,
  f64,
  i32,
  i64,
  type Expr,
  type FunctionBuilder,
  type Local,
  type ValueType,
} from "../wasm/index.js";
import { planMemory, type Lifetime } from "./memory-plan.js";
import { decode, type Block, type Recorded, type RecordedCall, type Recorder } from "./recorder.js";

/** Calls `visit` for every virtual address that a step names, those in its descriptors too. */
function addressesOf(step: Recorded, blocks: readonly Block[], visit: (block: number) => void): void {
  const follow = (value: number): void => {
    const at = decode(value);
    if (at === null) return;
    visit(at.block);
    for (const word of blocks[at.block]!.words ?? []) follow(word);
  };
  if (step.kind === "host") step.touches.forEach(follow);
  else for (const call of step.lists.flat()) call.args.forEach(follow);
}

/** Real addresses of temporaries and constants; inputs and outputs have an entry of the table. */
interface Places {
  readonly fixed: ReadonlyMap<number, number>;
  readonly slots: ReadonlyMap<number, number>;
  readonly table: number;
}

/** Bytes that the program holds, to give back. */
interface Held {
  readonly address: number;
  readonly bytes: number;
}

function place(engine: EagerEngine, recorder: Recorder): { readonly places: Places; readonly held: Held[] } {
  const { blocks, steps, heirs } = recorder;
  const first = (block: number): number => {
    let at = block;
    for (let from = heirs.get(at); from !== undefined; from = heirs.get(at)) at = from;
    return at;
  };
  const lifetimes = new Map<number, { bytes: number; first: number; last: number }>();
  steps.forEach((step, time) => {
    addressesOf(step, blocks, (named) => {
      if (blocks[named]!.kind !== "temporary") return;
      const block = first(named);
      const found = lifetimes.get(block);
      if (found) found.last = time;
      else lifetimes.set(block, { bytes: blocks[block]!.bytes, first: time, last: time });
    });
  });
  const list: readonly Lifetime[] = [...lifetimes.values()];
  const { offsets, bytes } = planMemory(list);
  const { heap } = engine;
  const held: Held[] = [];
  const take = (size: number): number => {
    const address = heap.alloc(size);
    held.push({ address, bytes: size });
    return address;
  };
  try {
    const arena = take(bytes);
    const fixed = new Map<number, number>();
    const starts = new Map([...lifetimes.keys()].map((block, i) => [block, arena + offsets[i]!]));
    blocks.forEach((b, i) => {
      const start = b.kind === "temporary" ? starts.get(first(i)) : undefined;
      if (start !== undefined) fixed.set(i, start);
    });
    const slots = new Map<number, number>();
    let words = 0;
    blocks.forEach((b, i) => {
      if (b.kind === "input" || b.kind === "output") slots.set(i, slots.size);
      if (b.kind === "constant") words += b.words!.length;
    });
    const table = take(4 * (slots.size + words));
    let at = table + 4 * slots.size;
    blocks.forEach((b, i) => {
      if (b.kind !== "constant") return;
      fixed.set(i, at);
      at += b.bytes;
    });
    return { places: { fixed, slots, table }, held };
  } catch (error) {
    for (const h of held) heap.free(h.address, h.bytes);
    throw error;
  }
}

/** Writes the words of constants; addresses of inputs and outputs among them are left for every run. */
function writeConstants(engine: EagerEngine, blocks: readonly Block[], { fixed, slots }: Places): Patch[] {
  const patches: Patch[] = [];
  blocks.forEach((b, i) => {
    if (b.kind !== "constant") return;
    const at = fixed.get(i)!;
    b.words!.forEach((word, k) => {
      const target = decode(word);
      const slot = target === null ? undefined : slots.get(target.block);
      if (slot !== undefined) patches.push({ address: at + 4 * k, slot, offset: target!.offset });
      const value = target === null ? word : (fixed.get(target.block) ?? 0) + target.offset;
      engine.heap.i32[at / 4 + k] = value;
    });
  });
  return patches;
}

/** A word that holds the address of an input or output. */
interface Patch {
  readonly address: number;
  readonly slot: number;
  readonly offset: number;
}

/** Writes functions that make the calls. */
class Emitter {
  private readonly places: Places;
  private readonly recorder: Recorder;

  constructor(recorder: Recorder, places: Places) {
    this.recorder = recorder;
    this.places = places;
  }

  /** A function that stores the patches and makes the calls in order. */
  define(name: string, calls: readonly RecordedCall[], patches: readonly Patch[]): void {
    this.recorder.builder.exportFunc(name, [], null, (f) => {
      const bases = new Map<number, Local<"i32">>();
      const base = (slot: number): Local<"i32"> => {
        let local = bases.get(slot);
        if (!local) bases.set(slot, (local = f.let(i32.load(i32.const(this.places.table | 0), 4 * slot))));
        return local;
      };
      for (const p of patches) {
        i32.store(f, i32.const(p.address | 0), i32.add(base(p.slot), i32.const(p.offset | 0)));
      }
      for (const call of calls) this.call(f, call, base);
    });
  }

  private call(f: FunctionBuilder, { func, args }: RecordedCall, base: (slot: number) => Local<"i32">): void {
    const values = func.params.map((type, i) => this.value(type, args[i] ?? 0, base));
    f.call(func, ...values);
  }

  private value(type: ValueType, arg: number, base: (slot: number) => Local<"i32">): Expr {
    const at = decode(arg);
    if (at !== null) {
      const slot = this.places.slots.get(at.block);
      if (slot === undefined) return i32.const((this.places.fixed.get(at.block)! + at.offset) | 0);
      return at.offset === 0 ? base(slot) : i32.add(base(slot), i32.const(at.offset | 0));
    }
    switch (type) {
      case "f32":
        return f32.const(arg);
      case "f64":
        return f64.const(arg);
      case "i64":
        return i64.const(BigInt(arg));
      default:
        return i32.const(arg | 0);
    }
  }
}

/** The address in memory of a virtual address, during a run. */
type Real = (address: number) => number;

/** Part of a run: functions of the module to call at the same time, or something that JavaScript does. */
type Part = { readonly calls: readonly Call[] } | { readonly host: (real: Real) => void };

/** The program's functions; when the engine refuses the module, its memory is given back. */
function loaded(engine: EagerEngine, recorder: Recorder, held: readonly Held[]): Exports {
  try {
    return engine.load(recorder.builder.build());
  } catch (error) {
    for (const { address, bytes } of held) engine.heap.free(address, bytes);
    throw error;
  }
}

/** Makes the program of what was recorded; blocks of inputs and outputs are in the order of the arguments. */
export function makeProgram(
  engine: EagerEngine,
  recorder: Recorder,
  inPlace: readonly boolean[],
): Executable<number> {
  const { places, held } = place(engine, recorder);
  const patches = writeConstants(engine, recorder.blocks, places);
  const emitter = new Emitter(recorder, places);
  const pending: ({ readonly names: readonly string[] } | { readonly host: (real: Real) => void })[] = [];
  let calls: RecordedCall[] = [];
  let functions = 0;
  const define = (list: readonly RecordedCall[]): string => {
    const name = `run${functions}`;
    emitter.define(name, list, functions++ === 0 ? patches : []);
    return name;
  };
  const flush = (): void => {
    if (calls.length === 0 && !(functions === 0 && patches.length > 0)) return;
    pending.push({ names: [define(calls)] });
    calls = [];
  };
  for (const step of recorder.steps) {
    if (step.kind === "host") {
      flush();
      pending.push({ host: step.run });
    } else if (step.lists.length > 1 && engine.threads > 1) {
      // The first function stores the patches, so it must have run.
      if (functions === 0 && patches.length > 0) pending.push({ names: [define([])] });
      flush();
      pending.push({ names: step.lists.map(define) });
    } else calls.push(...step.lists.flat());
  }
  flush();
  const exports = loaded(engine, recorder, held);
  const parts = pending.map((p): Part =>
    "host" in p ? p : { calls: p.names.map((name): Call => [exports[name]!]) },
  );
  const slotCount = places.slots.size;
  const bases = new Int32Array(slotCount);
  const real: Real = (address) => {
    const { block, offset } = decode(address)!;
    const slot = places.slots.get(block);
    return (slot === undefined ? places.fixed.get(block)! : bases[slot]! >>> 0) + offset;
  };
  return {
    inPlace,
    run: (inputs: readonly CpuView[], outputs: readonly CpuView[]) => {
      let k = 0;
      for (const v of inputs) bases[k++] = addressOf(v);
      for (const v of outputs) bases[k++] = addressOf(v);
      engine.heap.i32.set(bases, places.table / 4);
      for (const part of parts) {
        if ("host" in part) part.host(real);
        else if (part.calls.length === 1) part.calls[0]![0]();
        else engine.parallel(part.calls);
      }
    },
    dispose: () => {
      for (const { address, bytes } of held.splice(0)) engine.heap.free(address, bytes);
    },
  };
}
