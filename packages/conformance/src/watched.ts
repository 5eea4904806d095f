// The backend under test as the suite calls it: what its kernels and its memory do is done when they return. A promise from one of
// them is a kernel that core never waits for, and its rejection would end the process.
import {
  KERNEL_FAMILIES,
  VerificationError,
  type Backend,
  type CompositeKernel,
  type KernelFamily,
  type Kernels,
} from "@isoform/core";

/**
 * The same backend, whose kernels, `alloc`, `write` and `free` throw a VerificationError when they give a promise.
 * Never throws itself, whatever the backend lacks.
 */
export function watched(b: Backend): Backend {
  const { readSync, composites } = b;
  const checked = <T>(what: string, result: T): T => notLater(b.name, what, result);
  return {
    name: b.name,
    contract: b.contract,
    capabilities: b.capabilities,
    kernels: kernelsOf(b, checked),
    ...(b.contiguous ? { contiguous: b.contiguous } : {}),
    ...(composites ? { composites: compositesOf(composites, checked) } : {}),
    ...(b.init ? { init: async () => b.init?.() } : {}),
    ...(b.compile ? { compile: compileOf(b, checked) } : {}),
    alloc: (bytes) => checked("alloc", b.alloc(bytes)),
    free: (buffer, bytes) => void checked("free", b.free(buffer, bytes)),
    write: (buffer, byteOffset, data) => void checked("write", b.write(buffer, byteOffset, data)),
    read: (buffer, byteOffset, bytes) => b.read(buffer, byteOffset, bytes),
    ...(readSync
      ? {
          readSync: (buffer: unknown, byteOffset: number, bytes: number) =>
            checked("readSync", readSync.call(b, buffer, byteOffset, bytes)),
        }
      : {}),
    ...(b.fallbacks ? { fallbacks: () => b.fallbacks?.() ?? {} } : {}),
    ...(b.dispose ? { dispose: () => b.dispose?.() } : {}),
  };
}

type Checked = <T>(what: string, result: T) => T;

function kernelsOf({ kernels }: Backend, checked: Checked): Kernels<unknown> {
  // What is no object, `createRuntime` refuses.
  if (typeof kernels !== "object" || kernels === null) return kernels;
  const own = new Map<KernelFamily, unknown>();
  for (const family of KERNEL_FAMILIES) {
    const kernel: unknown = Reflect.get(kernels, family);
    if (typeof kernel !== "function") continue;
    own.set(family, (...args: readonly unknown[]) => {
      checked(`the kernel ${family}`, Reflect.apply(kernel, kernels, args));
    });
  }
  return Object.assign(Object.create(kernels), Object.fromEntries(own));
}

function compositesOf(
  composites: NonNullable<Backend["composites"]>,
  checked: Checked,
): Record<string, CompositeKernel<unknown>> {
  const out: Record<string, CompositeKernel<unknown>> = {};
  for (const [op, kernel] of Object.entries(composites)) {
    out[op] = {
      ...(kernel.supports ? { supports: (attrs, inputs) => kernel.supports?.(attrs, inputs) ?? true } : {}),
      run: (attrs, inputs, outputs) =>
        void checked(`the fused kernel ${op}`, kernel.run(attrs, inputs, outputs)),
    };
  }
  return out;
}

function compileOf(b: Backend, checked: Checked): NonNullable<Backend["compile"]> {
  return (graph, pairs) => {
    const program = checked("compile", b.compile!(graph, pairs));
    return {
      inPlace: program.inPlace,
      run: (inputs, outputs) => void checked("run of a compiled program", program.run(inputs, outputs)),
      dispose: () => program.dispose(),
    };
  };
}

function notLater<T>(backend: string, what: string, result: T): T {
  if (typeof result !== "object" || result === null || !("then" in result)) return result;
  // Nobody will wait for it.
  Promise.resolve(result).catch(() => {});
  const kernel = what.includes("kernel") || what === "free" || what === "write";
  throw new VerificationError(
    `${what} gave a promise; ${kernel ? "it returns nothing" : "it gives its result at once"}`,
    {
      code: "conformance/promise",
      backend,
      hint: "make it no async function: core calls on without waiting, and only `read` and `init` are asynchronous; a device with a queue puts the work there and returns",
    },
  );
}
