// The part of the WebAssembly JavaScript interface this package uses, typed here because neither the DOM's nor
// Node's typings are in scope. Under a Content-Security-Policy it needs 'wasm-unsafe-eval'.

/** A linear memory. `buffer` changes when the memory grows; views of a shared one stay usable, but short. */
export interface HostMemory {
  readonly buffer: ArrayBufferLike;
  grow(pages: number): number;
}
/** A compiled module. */
export interface HostModule {
  readonly [Symbol.toStringTag]: string;
}
/** A function imported from or exported to JavaScript. */
export type HostFunction = (...args: number[]) => number;

interface HostInstance {
  readonly exports: Readonly<Record<string, HostFunction>>;
}
interface Host {
  readonly Memory: new (limits: { initial: number; maximum: number; shared?: boolean }) => HostMemory;
  readonly Module: new (bytes: Uint8Array) => HostModule;
  readonly Instance: new (
    module: HostModule,
    imports: Record<string, Record<string, HostMemory | HostFunction>>,
  ) => HostInstance;
  validate(bytes: Uint8Array): boolean;
}
declare const WebAssembly: Host;

/** Bytes of a WebAssembly page. */
export const PAGE_BYTES = 65536;

/** True when this JavaScript engine has WebAssembly. */
export function hasWebAssembly(): boolean {
  return typeof WebAssembly === "object";
}
/** A new memory, sizes in pages of 64 KiB. A shared one can be used by several threads. */
export function newMemory(initial: number, maximum: number, shared: boolean = false): HostMemory {
  return new WebAssembly.Memory(shared ? { initial, maximum, shared } : { initial, maximum });
}
/** True when the bytes are a valid module. */
export function validate(bytes: Uint8Array): boolean {
  return WebAssembly.validate(bytes);
}
/** Why the engine does not compile a valid module, or null when it does. */
export function compileRefusal(bytes: Uint8Array): string | null {
  try {
    void new WebAssembly.Module(bytes);
    return null;
  } catch (error) {
    return String(error);
  }
}
/** Compiles and instantiates a module that imports `env.memory` and the given functions, all from `env`. */
export function instantiate(
  bytes: Uint8Array,
  memory: HostMemory,
  functions: Readonly<Record<string, HostFunction>>,
): Readonly<Record<string, HostFunction>> {
  const module = new WebAssembly.Module(bytes);
  return new WebAssembly.Instance(module, { env: { memory, ...functions } }).exports;
}
