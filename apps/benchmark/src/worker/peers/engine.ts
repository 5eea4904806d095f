// What the adapters of other engines have in common.
import type { BenchCase, ContenderFacts, Trial } from "@isoform/bench";
import { UnsupportedOpError } from "@isoform/core";

/** Another engine, started. */
export interface PeerEngine {
  readonly facts: ContenderFacts;
  /** @throws {UnsupportedOpError} when there is no adapter for the case, or the engine lacks something */
  prepare(benchCase: BenchCase, size: "own" | "check"): Promise<Trial>;
  /** Bytes of tensors now, or null when it does not tell. */
  bytes(): number | null;
}

/** What an engine does not have. */
export function lacking(engine: string, what: string): UnsupportedOpError {
  return new UnsupportedOpError(what, { code: "bench/peer-lacks", backend: engine });
}

/** The module at an address, or the copy beside the app. */
export async function loadPeer(file: string, url: string | null): Promise<object> {
  const address = url ?? new URL(`/peers/${file}`, location.origin).href;
  try {
    const loaded: object = await import(/* @vite-ignore */ address);
    return loaded;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UnsupportedOpError(
      url === null ? "it is not installed beside this app" : `it cannot be loaded: ${why}`,
      {
        code: "bench/not-installed",
        path: address,
        hint:
          url === null
            ? "run npm run app:peers in the repository, or give the address of its ES module"
            : "give the address of an ES module; other origins must allow it (CORS and CORP)",
        cause,
      },
    );
  }
}

/** Rearranges row-major data: axis i of the result is axis `perm[i]` of the source. */
export function permute(
  data: ArrayLike<number>,
  shape: readonly number[],
  perm: readonly number[],
): { readonly data: Float32Array; readonly shape: number[] } {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  const to = perm.map((p) => shape[p] ?? 1);
  const steps = perm.map((p) => strides[p] ?? 0);
  const out = new Float32Array(data.length);
  const index = to.map(() => 0);
  let from = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = data[from] ?? 0;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      from += steps[axis] ?? 0;
      if (next < (to[axis] ?? 1)) {
        index[axis] = next;
        break;
      }
      index[axis] = 0;
      from -= (steps[axis] ?? 0) * (to[axis] ?? 1);
    }
  }
  return { data: out, shape: to };
}
