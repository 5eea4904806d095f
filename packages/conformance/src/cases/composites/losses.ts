// Cases of the fused losses.
import { softmaxCrossEntropy } from "@isoform/core";
import type { CompositeCase } from "../composite-case.js";
import { losses } from "./frozen/losses.gen.js";
import { casesFrom } from "./frozen/frozen.js";

const make = casesFrom(losses);

/** Cases of the fused losses. */
export const lossCases: readonly CompositeCase[] = [
  make("softmaxCrossEntropy", "rows", softmaxCrossEntropy, { second: true }),
  make("softmaxCrossEntropy", "ignored rows", softmaxCrossEntropy),
  make("softmaxCrossEntropy", "leading axes", softmaxCrossEntropy),
  make("softmaxCrossEntropy", "large and impossible", softmaxCrossEntropy, { grad: [] }),
  make("softmaxCrossEntropy", "one row", softmaxCrossEntropy),
];
