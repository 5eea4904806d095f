// Facts about the machine, asked of whatever engine this runs in.
import type { MachineFacts } from "./result/types.js";

/** The parts of a browser's or Node's `navigator` that are looked at. */
interface Navigator {
  readonly userAgent?: string;
  readonly hardwareConcurrency?: number;
  readonly gpu?: { requestAdapter(): Promise<{ readonly info?: object } | null> };
}

function navigatorHere(): Navigator {
  const found: unknown = Reflect.get(globalThis, "navigator");
  return typeof found === "object" && found !== null ? found : {};
}

function nodeVersion(): string | null {
  const found: unknown = Reflect.get(globalThis, "process");
  if (typeof found !== "object" || found === null) return null;
  const versions: unknown = Reflect.get(found, "versions");
  const node: unknown =
    typeof versions === "object" && versions !== null ? Reflect.get(versions, "node") : null;
  return typeof node === "string" ? node : null;
}

/** The adapter that WebGPU would use, or null. */
async function adapterName({ gpu }: Navigator): Promise<string | null> {
  try {
    const info = (await gpu?.requestAdapter())?.info;
    if (info === undefined) return null;
    const words = ["vendor", "architecture", "description"].map((key): unknown => Reflect.get(info, key));
    const name = words.filter((w): w is string => typeof w === "string" && w !== "").join(" ");
    return name === "" ? "unnamed adapter" : name;
  } catch {
    return null;
  }
}

/** What this engine says of the machine; `known` wins over what is found. Never throws. */
export async function machineFacts(known: Partial<MachineFacts> = {}): Promise<MachineFacts> {
  const navigator = navigatorHere();
  const node = nodeVersion();
  const isolated: unknown = Reflect.get(globalThis, "crossOriginIsolated");
  return {
    runtime: node === null ? "browser" : "node",
    userAgent: node === null ? (navigator.userAgent ?? "unknown") : `Node ${node}`,
    processor: null,
    cores: navigator.hardwareConcurrency ?? null,
    memoryBytes: null,
    adapter: await adapterName(navigator),
    isolated: node !== null || isolated === true,
    ...known,
  };
}
