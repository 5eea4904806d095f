// Axis orders: permutations, views with a pending permutation, and where transposes had to be made.
export {
  channelsLastOrder,
  composeOrders,
  identityOrder,
  invertOrder,
  isIdentity,
  sameOrder,
} from "./permutation.js";
export { concatShuffles, joinShuffle, sameShuffle, shuffleSteps, type Shuffle } from "./shuffle.js";
export { Layouts, plainView, type InsertedTranspose, type LayoutMaker, type View } from "./layouts.js";
