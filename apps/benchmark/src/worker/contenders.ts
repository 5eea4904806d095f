// Contenders from what was chosen on the page. Code of others is loaded only when its contender starts.
import { cpu } from "@isoform/backend-cpu";
import { backendContender, backendOfModule, referenceContender, type Contender } from "@isoform/bench";
import { ArgumentError, type Backend } from "@isoform/core";
import { peerContender } from "./peers/index.js";
import { choiceId, choiceLabel, type Choice } from "./protocol.js";

/** Linear memory of one cpu backend: a new one is made for every case, and engines collect old ones late. */
const CPU_MEMORY = 2 ** 30;

/** The contender of a choice. */
export function contenderOf(choice: Choice): Contender {
  const name = { id: choiceId(choice), label: choiceLabel(choice) };
  switch (choice.kind) {
    case "reference":
      return referenceContender();
    case "cpu":
      return backendContender(() => cpu({ threads: choice.threads, maxMemory: CPU_MEMORY }), name);
    case "webgpu":
      return backendContender(async () => (await import("@isoform/backend-webgpu")).webgpu(), name);
    case "plugin":
      return backendContender(() => pluginBackend(choice.url), name);
    case "peer":
      return peerContender(choice.peer, choice.url, name);
  }
}

/** The backend of the user's module, which is given core: a page has no names of packages. */
async function pluginBackend(url: string): Promise<Backend> {
  let module: unknown;
  try {
    module = await import(/* @vite-ignore */ url);
  } catch (cause) {
    throw new ArgumentError(
      `the module cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        code: "bench/plugin",
        path: url,
        hint: "give the address of an ES module; other origins must allow it (CORS, and COEP asks for CORP)",
        cause,
      },
    );
  }
  return backendOfModule(asModule(module), url, { withCore: true });
}

const asModule = (value: unknown): object => (typeof value === "object" && value !== null ? value : {});
