// Other engines as contenders. Nothing of them is in the app's bundle.
import type { Contender } from "@isoform/bench";
import type { PeerName } from "../protocol.js";
import type { PeerEngine } from "./engine.js";

async function start(peer: PeerName, url: string | null): Promise<PeerEngine> {
  switch (peer) {
    case "tfjs-wasm":
      return (await import("./tfjs.js")).openTfjs("wasm", url);
    case "tfjs-webgpu":
      return (await import("./tfjs.js")).openTfjs("webgpu", url);
    case "ort-wasm":
      return (await import("./ort.js")).openOrt("wasm", url);
    case "ort-webgpu":
      return (await import("./ort.js")).openOrt("webgpu", url);
    case "jax-js":
      return (await import("./jax.js")).openJax(url);
  }
}

/** An engine of others as a contender. Its module is loaded once, so only the first of its cold times holds that. */
export function peerContender(
  peer: PeerName,
  url: string | null,
  name: { readonly id: string; readonly label: string },
): Contender {
  return {
    ...name,
    kind: "peer",
    mostFlops: Infinity,
    async open() {
      const engine = await start(peer, url);
      let most: number | null = null;
      const look = (): number | null => {
        const now = engine.bytes();
        most = now === null ? most : Math.max(most ?? 0, now);
        return most;
      };
      return {
        facts: engine.facts,
        prepare: async (benchCase, size) => {
          const trial = await engine.prepare(benchCase, size);
          look();
          return trial;
        },
        peakBytes: look,
        fallbacks: () => 0,
        close: () => {},
      };
    },
  };
}
