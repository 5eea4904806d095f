// Cases of the recurrent layers.
import { gru, lstm, rnn, type Tensor } from "@isoform/core";
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
];
