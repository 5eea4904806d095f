// withFallback: a backend that has only some kernels runs everything, the rest on another backend by way of the host.
import { ArgumentError, UnsupportedOpError } from "../errors.js";
import type { DType } from "../tensor/dtype.js";
import type {
  Backend,
  BufferView,
  CompositeKernel,
  Executable,
  FallbackCounts,
  KernelFamily,
  Kernels,
} from "./backend.js";
import { KERNEL_FAMILIES } from "./backend.js";
import { ImmediateLane, OrderedLane, type Lane } from "./fallback-lane.js";
import { HostCopy } from "./host-copy.js";

/** A backend that may lack kernel families. Kernels that are there may throw UnsupportedOpError. */
export interface PartialBackend<B> extends Omit<Backend<B>, "kernels"> {
  readonly kernels: Partial<Kernels<B>>;
}

type View<B> = BufferView<B>;
type AnyKernel = (...args: never) => void;

/**
 * The backend with every kernel that it lacks, or that throws UnsupportedOpError, computed by `reference`: inputs are
 * read to the host, computed there and written back. Each such call is counted in `fallbacks()` as `family:dtype`,
 * `dtype` being that of the first view. Fused kernels of composites that throw UnsupportedOpError run as the
 * reference's fused kernel of that op, if it has one.
 *
 * A device that reads synchronously falls back at once. On any other, the first fallback starts a queue: what is
 * called later (kernels, writes, frees, compiled programs) waits in it until the result was written back, and `read`
 * waits with them. What goes wrong in the queue rejects the next read, and every read of a buffer that could not be
 * computed. Memory that is freed meanwhile is given back in its turn, so that more is in use until then. A backend
 * that lacks families has no `compile`: graphs run op by op, so that fallbacks are seen.
 * @param backend Its memory, transfers and capabilities are those of the result; started and ended with it.
 * @param reference A backend with `readSync` and the dtypes of `backend`; started and ended with the result.
 * @throws {ArgumentError} when `reference` has no `readSync`, or lacks a dtype of `backend`
 * @throws {UnsupportedOpError} later, from kernels that `reference` has not either
 * @throws {DeviceLostError} later, from reads that were waiting when the device was disposed
 * @example
 * await setBackend(withFallback(mine(), reference()));
 */
export function withFallback<B, R>(backend: PartialBackend<B>, reference: Backend<R>): Backend<B> {
  checkReference(backend, reference);
  const { readSync } = backend;
  const counts: Record<string, number> = {};
  const host = new HostCopy(backend, reference);
  const lane: Lane<B> = readSync ? new ImmediateLane() : new OrderedLane(backend.name);
  const count = (family: string, dtype: DType): void => {
    const key = `${family}:${dtype}`;
    counts[key] = (counts[key] ?? 0) + 1;
  };
  const wantsDense = new Set<string>(reference.contiguous ?? []);
  const elsewhere: Elsewhere<B> = (name, views, outputs, run) => {
    count(name, views[0]!.dtype);
    const dense = wantsDense.has(name);
    return readSync ? host.runSync(views, outputs, dense, run) : host.run(views, outputs, dense, run);
  };
  const whole = KERNEL_FAMILIES.every((family) => backend.kernels[family] !== undefined);
  const { compile } = backend;
  return {
    name: backend.name,
    contract: backend.contract,
    capabilities: backend.capabilities,
    kernels: kernelsOf(backend.kernels, reference, lane, elsewhere),
    ...(backend.contiguous ? { contiguous: backend.contiguous } : {}),
    ...(backend.composites
      ? { composites: compositesOf(backend.composites, reference, lane, elsewhere) }
      : {}),
    ...(compile && whole
      ? { compile: (graph, pairs) => inLane(compile.call(backend, graph, pairs), lane) }
      : {}),
    init: async () => {
      await backend.init?.();
      await reference.init?.();
    },
    alloc: (bytes) => backend.alloc(bytes),
    free: (buffer, bytes) => lane.free(buffer, () => backend.free(buffer, bytes)),
    write: (buffer, byteOffset, data) => {
      if (!lane.busy) return backend.write(buffer, byteOffset, data);
      const copy = data.slice();
      lane.call("write", [], [buffer], () => backend.write(buffer, byteOffset, copy));
    },
    read: (buffer, byteOffset, bytes) => lane.read(buffer, () => backend.read(buffer, byteOffset, bytes)),
    ...(readSync
      ? {
          readSync: (buffer: B, byteOffset: number, bytes: number) =>
            readSync.call(backend, buffer, byteOffset, bytes),
        }
      : {}),
    fallbacks: () => sum(counts, backend.fallbacks?.() ?? {}),
    dispose: () => {
      lane.close();
      backend.dispose?.();
      reference.dispose?.();
    },
  };
}

/** Computes on the reference: reads `views`, has `run` called with them over there, writes the last `outputs` back. */
type Elsewhere<B> = (
  name: string,
  views: readonly View<B>[],
  outputs: number,
  run: (views: readonly View<unknown>[]) => void,
) => void | Promise<void>;

/** How many of the last views of a family are outputs. */
const outputsOf = (family: KernelFamily): number => (family === "sort" ? 2 : 1);

function kernelsOf<B, R>(
  own: Partial<Kernels<B>>,
  reference: Backend<R>,
  lane: Lane<B>,
  elsewhere: Elsewhere<B>,
): Kernels<B> {
  const table: object = Object.fromEntries(
    KERNEL_FAMILIES.map((family) => {
      const kernel: AnyKernel | undefined = own[family];
      const other: AnyKernel = reference.kernels[family];
      const outputs = outputsOf(family);
      return [
        family,
        (...args: readonly unknown[]) => {
          const views = args.filter(isView<B>);
          const fallBack = () =>
            elsewhere(family, views, outputs, (hosted) => {
              let next = 0;
              const moved = args.map((a) => (isView(a) ? hosted[next++] : a));
              Reflect.apply(other, reference.kernels, moved);
            });
          const compute = () => attempt(kernel && (() => void Reflect.apply(kernel, own, args)), fallBack);
          const first = views.length - outputs;
          lane.call(family, buffersOf(views.slice(0, first)), buffersOf(views.slice(first)), compute);
        },
      ];
    }),
  );
  return table as Kernels<B>;
}

function compositesOf<B, R>(
  own: Readonly<Record<string, CompositeKernel<B>>>,
  reference: Backend<R>,
  lane: Lane<B>,
  elsewhere: Elsewhere<B>,
): Readonly<Record<string, CompositeKernel<B>>> {
  const others = reference.composites ?? {};
  return Object.fromEntries(
    Object.entries(own).map(([op, kernel]): [string, CompositeKernel<B>] => {
      const other: CompositeKernel<unknown> | undefined = Object.hasOwn(others, op) ? others[op] : undefined;
      const run = (attrs: object, inputs: readonly (View<B> | null)[], outputs: readonly View<B>[]) => {
        const present = inputs.filter((v) => v !== null);
        const fallBack = (error: unknown) => {
          if (other === undefined) throw error;
          return elsewhere(op, [...present, ...outputs], outputs.length, (hosted) => {
            let next = 0;
            const moved = inputs.map((v) => (v === null ? null : hosted[next++]!));
            if (other.supports?.(attrs, moved) === false) throw error;
            other.run(attrs, moved, hosted.slice(next));
          });
        };
        lane.call(op, buffersOf(present), buffersOf(outputs), () =>
          attempt(() => kernel.run(attrs, inputs, outputs), fallBack),
        );
      };
      const { supports } = kernel;
      return [
        op,
        supports ? { supports: (attrs, inputs) => supports.call(kernel, attrs, inputs), run } : { run },
      ];
    }),
  );
}

/** The kernel, or what to do instead where it is missing or says that it cannot. */
function attempt(
  kernel: (() => void) | undefined,
  fallBack: (error: unknown) => void | Promise<void>,
): void | Promise<void> {
  if (kernel === undefined) return fallBack(undefined);
  try {
    kernel();
  } catch (error) {
    if (error instanceof UnsupportedOpError) return fallBack(error);
    throw error;
  }
}

function inLane<B>(program: Executable<B>, lane: Lane<B>): Executable<B> {
  return {
    inPlace: program.inPlace,
    run: (inputs, outputs) =>
      lane.call("compiled program", buffersOf(inputs), buffersOf(outputs), () =>
        program.run(inputs, outputs),
      ),
    dispose: () => lane.free(null, () => program.dispose()),
  };
}

const buffersOf = <B>(views: readonly View<B>[]): B[] => views.map((v) => v.buffer);

function isView<B>(value: unknown): value is View<B> {
  return (
    typeof value === "object" && value !== null && "buffer" in value && "strides" in value && "dtype" in value
  );
}

function sum(a: FallbackCounts, b: FallbackCounts): FallbackCounts {
  const out: Record<string, number> = { ...a };
  for (const [key, n] of Object.entries(b)) out[key] = (out[key] ?? 0) + n;
  return out;
}

function checkReference<B, R>(backend: PartialBackend<B>, reference: Backend<R>): void {
  const missing = backend.capabilities.dtypes.filter((d) => !reference.capabilities.dtypes.includes(d));
  if (reference.readSync !== undefined && missing.length === 0) return;
  const problem =
    missing.length > 0
      ? `${reference.name} has no ${missing.join(", ")}, which ${backend.name} has`
      : `${reference.name} has no readSync`;
  throw new ArgumentError(problem, {
    code: "fallback/reference",
    op: "withFallback",
    backend: backend.name,
    hint: "fall back on reference() of @isoform/backend-reference",
  });
}
