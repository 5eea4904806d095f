// Cases of the recurrent layers.
import { bind, gru, gruGradOp, lstm, lstmGradOp, rnn, rnnGradOp, type Tensor } from "@isoform/core";
import type { CompositeCase } from "../composite-case.js";
import { recurrent } from "./frozen/recurrent.gen.js";
import { casesFrom } from "./frozen/frozen.js";

const make = casesFrom(recurrent);
const SECOND = { second: true };

type Tensors = readonly Tensor[];

/** The layers with nothing but tensors as arguments. */
const plain = {
  lstm: (...[x, h, c, w, u, bi, bh]: Tensors) => lstm(x!, h!, c!, w!, u!, bi!, bh!),
  gru: (...[x, h, w, u, bi, bh]: Tensors) => gru(x!, h!, w!, u!, bi!, bh!),
  rnn: (...[x, h, w, u, bi, bh]: Tensors) => rnn(x!, h!, w!, u!, bi!, bh!),
};

type Reverse = { readonly reverse: boolean };

/** The backward recurrences, with gradients of the last states or without. */
const grads = {
  lstm:
    ({ reverse }: Reverse) =>
    (...[gates, cells, u, dy, dh, dc]: Tensors) =>
      bind(lstmGradOp, [gates!, cells!, u!, dy!, dh ?? null, dc ?? null, null], {
        reverse,
        activations: ["sigmoid", "tanh", "tanh"],
      }),
  gru:
    ({ reverse }: Reverse) =>
    (...[gates, hs, u, dy, dh]: Tensors) =>
      bind(gruGradOp, [gates!, hs!, u!, dy!, dh ?? null, null], {
        reverse,
        linearBeforeReset: true,
        activations: ["sigmoid", "tanh"],
      }),
  rnn:
    ({ reverse }: Reverse) =>
    (...[y, u, dy, dh]: Tensors) =>
      bind(rnnGradOp, [y!, u!, dy!, dh ?? null, null], { reverse, activation: "tanh" }),
};

/** Cases of the recurrent layers. */
export const recurrentCases: readonly CompositeCase[] = [
  make("lstm", "biases", plain.lstm),
  make("lstm", "no biases, reverse", (x, h, c, w, u) => lstm(x, h, c, w, u, null, null, { reverse: true })),
  make("lstm", "one step, one unit", plain.lstm, SECOND),
  make("lstm", "no steps", plain.lstm),
  make("lstm", "other activations", (x, h, c, w, u, bi, bh) =>
    lstm(x, h, c, w, u, bi, bh, { activations: ["hardSigmoid", "softsign", "softplus"] }),
  ),
  make("lstm", "parametric activations", (x, h, c, w, u, bi, bh) =>
    lstm(x, h, c, w, u, bi, bh, {
      activations: [
        { name: "affine", alpha: 0.3, beta: 0.4 },
        { name: "scaledTanh", alpha: 1.5, beta: 0.5 },
        { name: "elu", alpha: 0.7 },
      ],
    }),
  ),
  make("gru", "biases", plain.gru),
  make("gru", "no biases, reverse", (x, h, w, u) => gru(x, h, w, u, null, null, { reverse: true }), SECOND),
  make("gru", "reset before", (x, h, w, u, bi, bh) => gru(x, h, w, u, bi, bh, { linearBeforeReset: false })),
  make("gru", "other activations", (x, h, w, u) =>
    gru(x, h, w, u, null, null, {
      activations: [
        { name: "hardSigmoid", alpha: 0.25 },
        { name: "leakyRelu", alpha: 0.2 },
      ],
    }),
  ),
  make("rnn", "tanh, biases", plain.rnn, SECOND),
  make("rnn", "relu, no biases, reverse", (x, h, w, u) =>
    rnn(x, h, w, u, null, null, { reverse: true, activation: "relu" }),
  ),
  make("rnn", "thresholded relu", (x, h, w, u) =>
    rnn(x, h, w, u, null, null, { activation: { name: "thresholdedRelu", alpha: 0.3 } }),
  ),
  make("lstmGrad", "of all results", grads.lstm({ reverse: false })),
  make("lstmGrad", "of the sequence, reverse", grads.lstm({ reverse: true })),
  make("gruGrad", "of all results", grads.gru({ reverse: false })),
  make("gruGrad", "of the sequence, reverse", grads.gru({ reverse: true })),
  make("rnnGrad", "of all results", grads.rnn({ reverse: false })),
  make("rnnGrad", "of the sequence, reverse", grads.rnn({ reverse: true })),
];
