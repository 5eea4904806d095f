// Cases of linear maps, convolutions, attention and products.
import {
  attention,
  convolution,
  convTranspose,
  einsum,
  linear,
  outer,
  tensordot,
  type Tensor,
} from "@isoform/core";
import type { CompositeCase } from "../composite-case.js";
import { contraction } from "./frozen/contraction.gen.js";
import { casesFrom } from "./frozen/frozen.js";

const make = casesFrom(contraction);
const SECOND = { second: true };

const EQUATIONS: readonly (readonly [name: string, equation: string])[] = [
  ["matrix product", "ij,jk->ik"],
  ["batched, transposed", "bij,bkj->bik"],
  ["implicit output", "ij,jk"],
  ["implicit, sorted", "ba"],
  ["trace", "ii"],
  ["diagonal", "iij->ij"],
  ["ellipsis", "...ij,...jk->...ik"],
  ["three terms", "...i,oij,...j->...o"],
  ["elementwise", "ij,ij->ij"],
  ["outer", "i,j->ij"],
  ["sum out", "ijk->j"],
  ["scalar result", "i,i->"],
];

const plainAttention = (q: Tensor, k: Tensor, v: Tensor): Tensor => attention(q, k, v);
const masked = (q: Tensor, k: Tensor, v: Tensor, m: Tensor): Tensor => attention(q, k, v, m);
const causal = (q: Tensor, k: Tensor, v: Tensor): Tensor => attention(q, k, v, null, { causal: true });

/** Cases of the contractions. */
export const contractionCases: readonly CompositeCase[] = [
  make("linear", "bias", linear, SECOND),
  make("linear", "no bias, rank 3", (x, w) => linear(x, w)),
  make("linear", "a vector", linear),
  make("linear", "no rows", linear),
  make("convolution", "1-d, bias", (x, w, b) => convolution(x, w, b), SECOND),
  make("convolution", "2-d, stride, padding, dilation", (x, w, b) =>
    convolution(x, w, b, {
      strides: [2, 1],
      padding: [
        [1, 1],
        [2, 2],
      ],
      rhsDilation: [2, 1],
    }),
  ),
  make("convolution", "groups, one-sided padding", (x, w) =>
    convolution(x, w, null, {
      groups: 2,
      padding: [
        [0, 2],
        [1, 0],
      ],
    }),
  ),
  make("convolution", "depthwise", (x, w) => convolution(x, w, null, { groups: 3, strides: [2, 2] })),
  make("convolution", "3-d", (x, w) => convolution(x, w)),
  make("convolution", "negative padding crops", (x, w) =>
    convolution(x, w, null, {
      padding: [
        [-1, 0],
        [0, -1],
      ],
    }),
  ),
  make("convolution", "no samples", (x, w) => convolution(x, w)),
  make("convTranspose", "1-d, bias", (x, w, b) => convTranspose(x, w, b), SECOND),
  make("convTranspose", "2-d, stride, padding, output padding", (x, w, b) =>
    convTranspose(x, w, b, {
      strides: [2, 3],
      padding: [
        [1, 1],
        [1, 1],
      ],
      outputPadding: [1, 2],
    }),
  ),
  make("convTranspose", "groups, dilation", (x, w) =>
    convTranspose(x, w, null, { groups: 2, dilation: [2, 2] }),
  ),
  make("convTranspose", "one-sided crop", (x, w) =>
    convTranspose(x, w, null, {
      strides: [2, 2],
      padding: [
        [0, 1],
        [1, 0],
      ],
    }),
  ),
  make("convTranspose", "kernel below stride", (x, w) =>
    convTranspose(x, w, null, { strides: [3], outputPadding: [1] }),
  ),
  make("convTranspose", "3-d", (x, w) => convTranspose(x, w, null, { strides: [2, 2, 2] })),
  make("attention", "plain", plainAttention, SECOND),
  make("attention", "scale", (q, k, v) => attention(q, k, v, null, { scale: 0.3 })),
  make("attention", "causal", causal),
  make("attention", "causal, more keys", causal),
  make("attention", "bool mask", masked),
  make("attention", "added mask", masked, SECOND),
  make("attention", "a row without keys", masked),
  make("attention", "shared keys", plainAttention),
  make("outer", "vectors", outer, SECOND),
  make("tensordot", "two axes", (a, b) => tensordot(a, b)),
  make("tensordot", "named axes", (a, b) =>
    tensordot(a, b, [
      [1, 0],
      [2, -2],
    ]),
  ),
  make("tensordot", "no axes", (a, b) => tensordot(a, b, 0)),
  ...EQUATIONS.map(([name, equation]) => make("einsum", name, (...tensors) => einsum(equation, tensors))),
];
