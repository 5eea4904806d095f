// Repeated runs of a session as compiled programs: a graph whose run needs no data on the host becomes one program of
// the backend per shapes of its inputs and values of those that live on the host. The first run of a kind goes node by
// node, so that single runs compile nothing.
import { compile, Tensor, type CompiledFunction, type Device } from "@isoform/core";
import type { HostTensor } from "./host.js";

/** An input as a run takes it. */
export type Given = Tensor | HostTensor;
/** An output that does not depend on data, or the position of a device tensor. */
export type Slot = HostTensor | number;

/** What a run gives: device tensors, and where they stand among the outputs. */
export interface Traced {
  readonly tensors: readonly Tensor[];
  readonly slots: readonly Slot[];
}

/** Kinds of runs that are remembered; more come from values that differ every time, which programs are no good for. */
const MOST_KINDS = 64;

/** Programs of one session. */
export class Programs {
  private readonly seen: Set<string> = new Set();
  private readonly slots: Map<string, readonly Slot[]> = new Map();
  private readonly compiled: CompiledFunction;
  /** The run that is going on. */
  private current: readonly Given[] = [];

  /** `run` executes the graph at once; it throws when it needs the data of a traced tensor. */
  constructor(run: (inputs: readonly Given[]) => Traced) {
    this.compiled = compile(
      (...inputs: Tensor[]) => {
        const rest = [...inputs];
        const { tensors, slots } = run(this.current.map((v) => (v instanceof Tensor ? rest.shift()! : v)));
        this.slots.set(keyOf(this.current), slots);
        return tensors;
      },
      { warmUp: false, key: () => keyOf(this.current) },
    );
  }

  /** Whether a run with these inputs is worth a program, and one can be made. */
  wants(inputs: readonly Described[], device: Device): boolean {
    if (device.backend.compile === undefined || this.notice !== null) return false;
    const key = keyOf(inputs);
    if (this.seen.has(key)) return true;
    if (this.seen.size < MOST_KINDS) this.seen.add(key);
    return false;
  }

  /** Why runs go node by node, or null. */
  get notice(): string | null {
    return this.compiled.info().notice;
  }

  /** Runs the program; the tensors belong to the caller. */
  run(inputs: readonly Given[]): Traced {
    this.current = inputs;
    try {
      const tensors = this.compiled(...inputs.filter((v) => v instanceof Tensor));
      return { tensors, slots: this.slots.get(keyOf(inputs)) ?? tensors.map((_, i) => i) };
    } finally {
      this.current = [];
    }
  }

  dispose(): void {
    this.compiled.dispose();
  }
}

/** An input's type, and its values when it is on the host. */
interface Described {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values?: readonly unknown[];
}

const keyOf = (inputs: readonly Described[]): string =>
  inputs.map((t) => `${t.dtype}[${t.shape.join(",")}]${t.values?.map(String).join() ?? ""}`).join(";");
