// The byte layout of PyTorch's CPU generator state, as `torch.get_rng_state()` returns it and checkpoints store it.
import { ArgumentError } from "../errors.js";
import { initWord } from "./mt19937.js";
import type { MT19937State } from "./mt19937.js";

/** What a state says. */
export interface TorchState {
  readonly seed: bigint;
  readonly engine: MT19937State;
  /** The second value of the last Box-Muller pair, when not used yet. */
  readonly cachedNormal: number | undefined;
}

/** Bytes of a state: the legacy record of 5048 and one unused float32 cache. */
export const TORCH_STATE_BYTES = 5056;

// Offsets: seed u64, words left i32, seeded i32, next word u64, 624 words as u64, then the cached normal
// (x, y, rho float64, valid i32), then a float32 cache that no CPU kernel uses.
const LEFT = 8;
const SEEDED = 12;
const NEXT = 16;
const WORDS = 24;
const NORMAL_Y = WORDS + 624 * 8 + 8;
const NORMAL_VALID = NORMAL_Y + 16;

/** The bytes of a state. */
export function encodeTorchState(state: TorchState): Uint8Array {
  const bytes = new Uint8Array(TORCH_STATE_BYTES);
  const view = new DataView(bytes.buffer);
  const { key, position } = state.engine;
  const first = key[0] as number;
  // PyTorch has another mark than "all 624 used" for an engine that has not drawn yet.
  const fresh =
    position === 624 && first === Number(state.seed & 0xffffffffn) && key[1] === initWord(first, 1);
  view.setBigUint64(0, state.seed, true);
  view.setInt32(LEFT, fresh ? 1 : 625 - position, true);
  view.setInt32(SEEDED, 1, true);
  view.setUint32(NEXT, fresh ? 0 : position, true);
  for (let i = 0; i < 624; i++) view.setUint32(WORDS + 8 * i, key[i] as number, true);
  if (state.cachedNormal !== undefined) {
    view.setFloat64(NORMAL_Y, state.cachedNormal, true);
    view.setInt32(NORMAL_VALID, 1, true);
  }
  return bytes;
}

/**
 * Reads the bytes of a state.
 * @throws {ArgumentError} (`random/state`) when they are not one
 */
export function decodeTorchState(bytes: Uint8Array): TorchState {
  if (bytes.byteLength !== TORCH_STATE_BYTES) throw invalid(`state has ${bytes.byteLength} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const left = view.getInt32(LEFT, true);
  const next = view.getUint32(NEXT, true);
  const seeded = view.getInt32(SEEDED, true);
  if (seeded !== 1 || left < 1 || left > 624 || next > 624 || view.getUint32(NEXT + 4, true) !== 0) {
    throw invalid(`state has seeded ${seeded}, left ${left}, next ${next}`);
  }
  const key = new Uint32Array(624);
  for (let i = 0; i < 624; i++) {
    if (view.getUint32(WORDS + 8 * i + 4, true) !== 0) throw invalid(`state word ${i} is over 32 bits`);
    key[i] = view.getUint32(WORDS + 8 * i, true);
  }
  if (left !== 1 && left !== 625 - next) throw invalid(`state has left ${left} but next ${next}`);
  return {
    seed: view.getBigUint64(0, true),
    engine: { key, position: left === 1 ? 624 : next },
    cachedNormal: view.getInt32(NORMAL_VALID, true) ? view.getFloat64(NORMAL_Y, true) : undefined,
  };
}

function invalid(problem: string): ArgumentError {
  return new ArgumentError(problem, {
    code: "random/state",
    op: "TorchGenerator.setState",
    hint: `pass the ${TORCH_STATE_BYTES} bytes of getState() or torch.get_rng_state()`,
  });
}
