// Data of fit, evaluate and predict as batches: arrays are cut and shuffled here, iterables are passed on.
import * as core from "@isoform/core";
import { ArgumentError, shown, type Tensor as CoreTensor } from "@isoform/core";
import { isPlainObject, leaves, mapLeaves } from "../engine/structure.js";
import { HostStream } from "../random/host.js";
import { nextSeed } from "../random/seed.js";
import { asTensor, isData, toTensor, type TensorLike } from "../tensor/like.js";
import { ARGUMENTS, checkList, notData, rowsOf, uploaded } from "./data-check.js";

/** Tensors or arrays, one, several or by name. */
export type DataLike = TensorLike | readonly TensorLike[] | Readonly<Record<string, TensorLike>>;
/** `[x]`, `[x, y]` or `[x, y, sampleWeight]`. */
export type Batch = readonly [x: unknown, y?: unknown, sampleWeight?: unknown];
/** A source of batches: iterables are read anew at every epoch, functions are called at every epoch. */
export type BatchSource =
  | Iterable<Batch | unknown>
  | AsyncIterable<Batch | unknown>
  | (() => Iterable<Batch | unknown> | AsyncIterable<Batch | unknown>);

/** Batches of one pass. */
export interface Batches {
  /** Number of batches, null when unknown. */
  readonly steps: number | null;
  /** Batches of one epoch; tensors in them belong to the scope in which `make` runs. */
  epoch(): Iterable<BatchMaker> | AsyncIterable<BatchMaker>;
  /** Frees what was made of arrays. */
  dispose(): void;
}
/** Makes a batch inside the scope of a step. */
export type BatchMaker = () => Batch;

const isTensor = (v: unknown): v is CoreTensor => v instanceof core.Tensor;

/** True for sources of batches rather than arrays. */
export function isBatchSource(x: unknown): x is BatchSource {
  if (typeof x === "function") return true;
  if (typeof x !== "object" || x === null || isTensor(x) || Array.isArray(x) || ArrayBuffer.isView(x))
    return false;
  return Symbol.iterator in x || Symbol.asyncIterator in x;
}

/** Arrays on the device: tensors of the caller as they are, others uploaded. */
export class ArrayData {
  readonly parts: readonly unknown[];
  readonly rows: number;
  readonly #own: readonly CoreTensor[];

  /** @param parts x, y and sample weights; null where missing */
  constructor(owner: string, parts: readonly unknown[], own: readonly CoreTensor[] = []) {
    this.parts = parts;
    this.#own = own;
    this.rows = rowsOf(owner, parts);
  }

  /** Uploads what is not a tensor. */
  static from(owner: string, given: readonly unknown[]): ArrayData {
    const own: CoreTensor[] = [];
    const upload = (value: unknown, place: string): unknown => {
      if (value === null || value === undefined || isTensor(value)) return value ?? null;
      if (isData(value)) {
        const t = core.keep(uploaded(owner, value, place));
        own.push(t);
        return t;
      }
      if (Array.isArray(value)) {
        checkList(owner, value, place);
        return value.map((v, i) => upload(v, `${place}[${i}]`));
      }
      if (isPlainObject(value))
        return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, upload(v, `${place}.${k}`)]));
      throw notData(owner, place, value);
    };
    try {
      if (given[0] === undefined || given[0] === null) throw notData(owner, ARGUMENTS[0]!, given[0]);
      return new ArrayData(
        owner,
        given.map((value, i) => upload(value, ARGUMENTS[i]!)),
        own,
      );
    } catch (error) {
      for (const t of own) t.dispose();
      throw error;
    }
  }

  /** The first `count` rows and the others, as views. */
  split(owner: string, count: number): readonly [ArrayData, ArrayData] {
    const cut = (from: number, to: number) => {
      const views: CoreTensor[] = [];
      const parts = this.parts.map((p) =>
        mapLeaves(p, isTensor, (t) => {
          const view = core.keep(
            from === 0 && to === t.shape[0] ? core.detach(t) : core.sliceAxis(t, 0, from, to),
          );
          views.push(view);
          return view;
        }),
      );
      return new ArrayData(owner, parts, views);
    };
    return [cut(0, count), cut(count, this.rows)];
  }

  dispose(): void {
    for (const t of this.#own) t.dispose();
  }
}

/** Batches of arrays. With `shuffle` the rows come in another order at every epoch, from the session's seeds. */
export class ArrayBatches implements Batches {
  readonly #data: ArrayData;
  readonly #size: number;
  readonly #shuffle: boolean;
  readonly #limit: number | null;

  constructor(data: ArrayData, batchSize: number, shuffle: boolean, limit: number | null = null) {
    this.#data = data;
    this.#size = batchSize;
    this.#shuffle = shuffle;
    this.#limit = limit;
  }
  get steps(): number {
    const all = Math.ceil(this.#data.rows / this.#size);
    return this.#limit === null ? all : Math.min(all, this.#limit);
  }
  *epoch(): Generator<BatchMaker> {
    const order = this.#shuffle ? permutation(this.#data.rows) : null;
    for (let b = 0; b < this.steps; b++) {
      const from = b * this.#size;
      const to = Math.min(from + this.#size, this.#data.rows);
      yield () => this.#take(from, to, order);
    }
  }
  #take(from: number, to: number, order: Int32Array | null): Batch {
    const places = order ? core.tensor(order.slice(from, to)) : null;
    const pick = (t: CoreTensor) =>
      asTensor(places ? core.gather(t, places, 0) : core.sliceAxis(t, 0, from, to));
    const [x, y, w] = this.#data.parts.map((p) => mapLeaves(p, isTensor, pick));
    return [x, y ?? null, w ?? null];
  }
  dispose(): void {
    this.#data.dispose();
  }
}

/** 0…n−1 in random order (Fisher and Yates), seeded by the session. */
function permutation(n: number): Int32Array {
  const stream = new HostStream([nextSeed(), 1]);
  const out = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(stream.uniform() * (i + 1));
    [out[i], out[j]] = [out[j]!, out[i]!];
  }
  return out;
}

/** Batches that come from outside. A generator that can be read once serves several epochs when `steps` is given. */
export class SourceBatches implements Batches {
  readonly steps: number | null;
  readonly #source: BatchSource;
  #running: Iterator<unknown> | AsyncIterator<unknown> | null = null;

  constructor(source: BatchSource, steps: number | null) {
    this.#source = source;
    this.steps = steps;
  }
  async *epoch(): AsyncGenerator<BatchMaker> {
    const iterator = this.#running ?? open(this.#source);
    this.#running = this.steps === null ? null : iterator;
    for (let i = 0; this.steps === null || i < this.steps; i++) {
      const next = await iterator.next();
      if (next.done) {
        this.#running = null;
        return;
      }
      const batch = next.value;
      yield () => asBatch(batch);
    }
  }
  dispose(): void {
    this.#running = null;
  }
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return (
    typeof value === "object" && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
  );
}

function open(source: BatchSource): Iterator<unknown> | AsyncIterator<unknown> {
  const made: unknown = typeof source === "function" ? source() : source;
  if (!isIterable(made)) {
    throw new ArgumentError(`the function for the batches gave ${shown(made)}`, {
      code: "argument/data",
      op: "fit",
      hint: "let it give an iterable of [x, y] batches: function* () { yield [x, y]; }",
    });
  }
  return Symbol.asyncIterator in made ? made[Symbol.asyncIterator]() : made[Symbol.iterator]();
}

/** `[x]`, `[x, y]` or `[x, y, w]`; anything but an array of up to three is x alone. */
function asBatch(value: unknown): Batch {
  const isTuple = Array.isArray(value) && value.length <= 3;
  const [x, y, w] = isTuple ? (value as unknown[]) : [value];
  return [toTensors(x), toTensors(y ?? null), toTensors(w ?? null)];
}

/** Data as tensors, in its structure. */
export function toTensors(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (isTensor(value)) return asTensor(value);
  if (isData(value)) return toTensor(value);
  if (Array.isArray(value)) return value.map(toTensors);
  if (isPlainObject(value))
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, toTensors(v)]));
  return value;
}

/** Number of samples of a batch. */
export function batchSizeOf(x: unknown): number {
  return leaves(x, isTensor)[0]?.shape[0] ?? 1;
}

/** One weight per sample by its class. @throws {ArgumentError} for a class without weight */
export function classWeights(y: CoreTensor, weights: Readonly<Record<number, number>>): CoreTensor {
  const keys = Object.keys(weights).map(Number);
  const table = Array.from({ length: Math.max(...keys) + 1 }, (_, c) => weights[c] ?? 1);
  const oneHot = y.rank > 1 && y.shape.at(-1)! > 1;
  const flat = oneHot ? core.argmax(y, -1) : core.cast(core.reshape(y, [y.shape[0]!]), "int64");
  return core.gather(core.tensor(table), flat, 0);
}
