// keras.random.
export { SeedGenerator, type SeedLike } from "./seed.js";
export {
  bernoulli,
  categorical,
  dropout,
  normal,
  randint,
  shuffle,
  truncatedNormal,
  uniform,
} from "./draws.js";
export type { DrawOptions } from "./draws.js";
