// Repeated runs of a session as compiled programs: a graph whose run needs no data on the host becomes one program of
// the backend per shapes of its inputs. The first run of a shape goes node by node, so that single runs compile nothing.
import { compile, type CompiledFunction, type Device, type Tensor } from "@isoform/core";
import type { HostTensor } from "./host.js";

/** An output that does not depend on data, or the position of a device tensor. */
export type Slot = HostTensor | number;

/** What a run gives: device tensors, and where they stand among the outputs. */
export interface Traced {
  readonly tensors: readonly Tensor[];
  readonly slots: readonly Slot[];
}

/** Programs of one session. */
export class Programs {
  private readonly seen: Set<string> = new Set();
  private readonly slots: Map<string, readonly Slot[]> = new Map();
  private readonly compiled: CompiledFunction;

  /** `run` executes the graph at once; it throws when it needs the data of a traced tensor. */
  constructor(run: (inputs: readonly Tensor[]) => Traced) {
    this.compiled = compile(
      (...inputs: Tensor[]) => {
        const { tensors, slots } = run(inputs);
        this.slots.set(keyOf(inputs), slots);
        return tensors;
      },
      { warmUp: false },
    );
  }

  /** Whether a run with these inputs is worth a program, and one can be made. */
  wants(inputs: readonly Shaped[], device: Device): boolean {
    if (device.backend.compile === undefined || this.notice !== null) return false;
    const key = keyOf(inputs);
    if (this.seen.has(key)) return true;
    this.seen.add(key);
    return false;
  }

  /** Why runs go node by node, or null. */
  get notice(): string | null {
    return this.compiled.info().notice;
  }

  /** Runs the program; the tensors belong to the caller. */
  run(inputs: readonly Tensor[]): Traced {
    const tensors = this.compiled(...inputs);
    return { tensors, slots: this.slots.get(keyOf(inputs)) ?? tensors.map((_, i) => i) };
  }

  dispose(): void {
    this.compiled.dispose();
  }
}

interface Shaped {
  readonly dtype: string;
  readonly shape: readonly number[];
}

const keyOf = (inputs: readonly Shaped[]): string =>
  inputs.map((t) => `${t.dtype}[${t.shape.join(",")}]`).join(";");
