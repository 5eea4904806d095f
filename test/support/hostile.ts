// Functions called with what nobody should pass them: a result or a typed error, and nothing left allocated.
import {
  ambient,
  collectTensors,
  full,
  IsoformError,
  scope,
  tensor,
  Tensor,
  updateMask,
  type Device,
  type DType,
  type TensorClass,
} from "@isoform/core";

/** Park and Miller's generator: the same calls everywhere. */
function numbers(seed: number): (below: number) => number {
  let state = (seed * 7919 + 1) % 2147483647;
  return (below) => {
    state = (state * 48271) % 2147483647;
    return state % below;
  };
}

/** What to call, and how often. */
export interface Target {
  readonly name: string;
  /** Number of arguments that are tried, at most. */
  readonly arity: number;
  /** Calls it; `x` is a tensor for methods. */
  readonly call: (args: readonly unknown[]) => unknown;
}

/** Any function. */
export type AnyFunction = (...args: readonly unknown[]) => unknown;

/** Arguments that are tried in every call, at most. */
export const ARITY = 4;

/** Functions of a namespace, but those named in `without`. */
export function functionsOf(name: string, namespace: object, without: readonly string[] = []): Target[] {
  return Object.entries(namespace).flatMap(([key, value]: [string, unknown]) =>
    typeof value === "function" && !without.includes(key)
      ? [{ name: `${name}.${key}`, arity: ARITY, call: (args) => (value as AnyFunction)(...args) }]
      : [],
  );
}

const SHAPES = [[], [1], [3], [0], [2, 3], [3, 3], [1, 2, 4, 4], [2, 3, 2]];
const DTYPES: readonly DType[] = [
  "float32",
  "float32",
  "float32",
  "int64",
  "bool",
  "float16",
  "uint8",
  "int32",
];

/** Values that are no tensors. */
const PLAIN: readonly (() => unknown)[] = [
  () => null,
  () => undefined,
  () => 0,
  () => 1,
  () => 2,
  () => -1,
  () => -5,
  () => 1.5,
  () => NaN,
  () => Infinity,
  () => -Infinity,
  () => 2 ** 40,
  () => -(2 ** 40),
  () => Number.MAX_SAFE_INTEGER,
  () => 2n,
  () => 2n ** 70n,
  () => true,
  () => false,
  () => "",
  () => "2",
  () => "a",
  () => "float32",
  () => "mean",
  () => Symbol("s"),
  () => [],
  () => [1],
  () => [0, 1],
  () => [2, 2],
  () => [-1],
  () => [1.5],
  () => [NaN],
  () => [null],
  () => [2 ** 40, 2 ** 40],
  () => ["a"],
  () => [[1, 2], [3]],
  () => [
    [1, 2],
    [3, 4],
  ],
  () => ({}),
  () => ({ dim: 0 }),
  () => ({ dim: "a" }),
  () => ({ dim: null, keepdim: true }),
  () => ({ nonsense: 1 }),
  () => ({ shape: [2], dtype: "float32" }),
  () => ({ rank: 2, shape: [2, 2], dtype: "float32", size: 4 }),
  () => ({ length: 3 }),
  () => ({ dtype: "float33" }),
  () => ({ dtype: "int64" }),
  () => ({ dtype: 7 }),
  () => new Float32Array(3),
  () => new Uint8ClampedArray(3),
  () => new DataView(new ArrayBuffer(8)),
  () => new ArrayBuffer(8),
  () => new Map(),
  () => Object.create(null) as unknown,
  () => () => 1,
  () => new Date(0),
  () => /a/,
];

function text(value: unknown): string {
  if (value instanceof Tensor) return `${value.dtype}[${value.shape.join(",")}]`;
  if (Array.isArray(value)) return `[${value.map(text).join(", ")}]`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) {
    if (Object.getPrototypeOf(value) !== Object.prototype) return Object.prototype.toString.call(value);
    return `{${Object.entries(value)
      .map(([k, v]) => `${k}: ${text(v)}`)
      .join(", ")}}`;
  }
  return String(value);
}

/** Makes arguments of one call. */
export class Arguments {
  private readonly next: (below: number) => number;
  private readonly tensorClass: TensorClass;
  private readonly optionNames: readonly string[];

  constructor(seed: number, tensorClass: TensorClass, optionNames: readonly string[]) {
    this.next = numbers(seed);
    this.tensorClass = tensorClass;
    this.optionNames = optionNames;
  }

  tensor(): Tensor {
    const shape = SHAPES[this.next(SHAPES.length)]!;
    const dtype = DTYPES[this.next(DTYPES.length)]!;
    const values = full(shape, this.next(3), dtype);
    return tensor(values.dataSync(), { dtype, shape, tensorClass: this.tensorClass });
  }

  plain(): unknown {
    return PLAIN[this.next(PLAIN.length)]!();
  }

  value(): unknown {
    const kind = this.next(20);
    if (kind < 8) return this.tensor();
    if (kind === 8) return [this.tensor(), this.tensor()];
    if (kind === 9) return [this.tensor(), this.plain()];
    if (kind === 10 && this.optionNames.length > 0) {
      const name = this.optionNames[this.next(this.optionNames.length)]!;
      return { [name]: this.next(3) === 0 ? this.tensor() : this.plain() };
    }
    return this.plain();
  }

  /** Arguments of call `round`: first every value alone, then behind one, two and three tensors, then random ones. */
  list(arity: number, round: number): unknown[] {
    const tensors = Math.floor(round / PLAIN.length);
    if (tensors < arity) {
      return [...Array.from({ length: tensors }, () => this.tensor()), PLAIN[round % PLAIN.length]!()];
    }
    const count = this.next(arity + 1);
    // Half of the calls start with a tensor, so that they come further.
    return Array.from({ length: count }, (_, i) =>
      i === 0 && this.next(2) === 0 ? this.tensor() : this.value(),
    );
  }
}

/** What went wrong in calls of one function: each kind of failure once. */
export async function failures(
  target: Target,
  device: Device,
  make: (round: number) => Arguments,
  random: number,
): Promise<string[]> {
  const found = new Map<string, string>();
  const note = (problem: string, args: readonly unknown[]) => {
    if (!found.has(problem)) found.set(problem, `${target.name}(${args.map(text).join(", ")}): ${problem}`);
  };
  const before = device.memory().storages;
  for (let round = 0; round < PLAIN.length * target.arity + random; round++) {
    const promises: Promise<unknown>[] = [];
    let args: unknown[] = [];
    const check = (error: unknown): void => {
      if (error instanceof IsoformError) {
        if (/\bundefined (axes|elements)|object Object|NaN axes/.test(error.message))
          note(`unhelpful: ${error.message}`, args);
        return;
      }
      const at =
        error instanceof Error
          ? (error.stack ?? "")
              .split("\n")
              .find((l) => l.includes("/src/"))
              ?.trim()
          : "";
      note(`${String(error)} ${at}`, args);
    };
    const state = {
      scope: ambient.scope,
      grad: ambient.gradEnabled,
      names: ambient.names.length,
      trace: ambient.trace,
    };
    try {
      const started = performance.now();
      scope(() => {
        args = make(round).list(target.arity, round);
        let out: unknown;
        try {
          out = target.call(args);
        } catch (error) {
          check(error);
          return;
        }
        if (out instanceof Promise) {
          promises.push(out);
          return;
        }
        const made = new Set<Tensor>();
        collectTensors(out, made);
        try {
          for (const t of made)
            if (t.size < 1e6 && t.dataSync().length !== t.size) note("wrong number of elements", args);
        } catch (error) {
          check(error);
        }
        if (!(out instanceof Tensor) && typeof out === "object" && out !== null && Symbol.dispose in out) {
          (out as Disposable)[Symbol.dispose]();
        }
      });
      if (performance.now() - started > 3000) note("takes seconds", args);
    } catch (error) {
      check(error);
    }
    for (const p of promises) await p.catch(check);
    if (ambient.scope !== state.scope) note("a scope stays open", args);
    if (ambient.gradEnabled !== state.grad) note("the recording mode is changed", args);
    if (ambient.trace !== state.trace) note("a trace stays open", args);
    if (ambient.names.length !== state.names) note("a name stays on the path", args);
    ambient.scope = state.scope;
    ambient.gradEnabled = state.grad;
    updateMask();
    const left = device.memory().storages - before;
    if (left !== 0 && !found.has("storages are left")) note("storages are left", args);
  }
  return [...found.values()];
}
