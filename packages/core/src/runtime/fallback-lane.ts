// In what order the calls of a backend with fallbacks happen: at once, or in a queue while one of them needs data that
// only the device has.
import { DeviceLostError, IsoformError, placeError } from "../errors.js";

/** Takes the calls that a backend gets, in their order. */
export interface Lane<B> {
  /** True while calls wait; what they point to must not change then. */
  readonly busy: boolean;
  /** Computes `outputs` from `inputs`, now or in its turn. `op` names it in errors. */
  call(op: string, inputs: readonly B[], outputs: readonly B[], compute: () => void | Promise<void>): void;
  /** Gives memory (or, with null, something else) back, now or in its turn. */
  free(buffer: B | null, release: () => void): void;
  /** Reads, after all that was called before. */
  read(buffer: B, read: () => Promise<Uint8Array>): Promise<Uint8Array>;
  /** Forgets all calls that still wait, and rejects the reads among them. */
  close(): void;
}

/** Everything happens at once: for devices that read synchronously. */
export class ImmediateLane<B> implements Lane<B> {
  readonly busy = false;
  call(
    _op: string,
    _inputs: readonly B[],
    _outputs: readonly B[],
    compute: () => void | Promise<void>,
  ): void {
    void compute();
  }
  free(_buffer: B | null, release: () => void): void {
    release();
  }
  read(_buffer: B, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    return read();
  }
  close(): void {}
}

interface Waiting {
  readonly run: () => void | Promise<void>;
  readonly drop?: (error: IsoformError) => void;
}

/**
 * Calls go through at once until one gives a promise; from then on they wait for their turn, until none is left. An
 * error in the queue has no caller: it is kept for the next read, and for the buffers that could not be computed.
 */
export class OrderedLane<B> implements Lane<B> {
  #waiting: Waiting[] = [];
  #running = false;
  #closed = false;
  /** Buffers without their values, and why. */
  readonly #failed = new Map<B, IsoformError>();
  #unreported: IsoformError | null = null;
  readonly #backend: string;

  constructor(backend: string) {
    this.#backend = backend;
  }

  get busy(): boolean {
    return this.#running;
  }

  call(op: string, inputs: readonly B[], outputs: readonly B[], compute: () => void | Promise<void>): void {
    if (this.#running) {
      this.#waiting.push({ run: () => this.#step(op, inputs, outputs, compute) });
      return;
    }
    if (this.#spreads(inputs, outputs)) return;
    const pending = compute();
    if (pending) void this.#drain(pending.catch((error: unknown) => this.#fail(op, outputs, error)));
  }

  free(buffer: B | null, release: () => void): void {
    const run = (): void => {
      if (buffer !== null) this.#failed.delete(buffer);
      release();
    };
    if (this.#running) this.#waiting.push({ run });
    else run();
  }

  read(buffer: B, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    if (!this.#running) return this.#read(buffer, read);
    return new Promise((resolve, reject) => {
      // The device keeps the order of its own reads: the queue need not wait for the bytes.
      const run = (): void => void this.#read(buffer, read).then(resolve, reject);
      this.#waiting.push({ run, drop: reject });
    });
  }

  close(): void {
    this.#closed = true;
    const dropped = this.#waiting;
    this.#waiting = [];
    const error = new DeviceLostError("the device was disposed before the result was computed", {
      code: "device/disposed",
      backend: this.#backend,
      hint: "read results before disposing of the device",
    });
    for (const { drop } of dropped) drop?.(error);
  }

  async #drain(current: Promise<void>): Promise<void> {
    this.#running = true;
    await current;
    while (this.#waiting.length > 0) {
      const turn = this.#waiting;
      this.#waiting = [];
      for (const { run, drop } of turn) {
        if (this.#closed) {
          if (drop) this.#waiting.push({ run, drop });
          continue;
        }
        const pending = run();
        if (pending) await pending;
      }
      if (this.#closed) this.close();
    }
    this.#running = false;
  }

  #step(
    op: string,
    inputs: readonly B[],
    outputs: readonly B[],
    compute: () => void | Promise<void>,
  ): void | Promise<void> {
    if (this.#spreads(inputs, outputs)) return undefined;
    try {
      const pending = compute();
      return pending && pending.catch((error: unknown) => this.#fail(op, outputs, error));
    } catch (error) {
      return this.#fail(op, outputs, error);
    }
  }

  /** What is computed from values that are not there is not there either. */
  #spreads(inputs: readonly B[], outputs: readonly B[]): boolean {
    if (this.#failed.size === 0) return false;
    const bad = inputs.find((b) => this.#failed.has(b));
    const error = bad === undefined ? undefined : this.#failed.get(bad);
    if (error === undefined) return false;
    for (const b of outputs) this.#failed.set(b, error);
    return true;
  }

  #fail(op: string, outputs: readonly B[], cause: unknown): void {
    const error = typed(cause, op, this.#backend);
    this.#unreported ??= error;
    for (const b of outputs) this.#failed.set(b, error);
  }

  #read(buffer: B, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const error = this.#failed.get(buffer) ?? this.#unreported;
    if (error === null) return read();
    if (error === this.#unreported) this.#unreported = null;
    return Promise.reject(error);
  }
}

/** An error of the queue as a typed one that names the op. */
function typed(error: unknown, op: string, backend: string): IsoformError {
  if (error instanceof IsoformError) return error.op === undefined ? placeError(error, op) : error;
  return new DeviceLostError(`failed: ${error instanceof Error ? error.message : String(error)}`, {
    code: "device/kernel-failed",
    op,
    backend,
    hint: "this is a fault of the backend: run its conformance tests",
    cause: error,
  });
}
