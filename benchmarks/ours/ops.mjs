// One eager op on tensors that are on the device, through the public functions of @isoform/core.
import * as core from "@isoform/core";

/** kind -> function of (inputs by name, attributes) that gives the result. */
export const OPS = {
  matmul: ({ a, b }) => core.matmul(a, b),
  conv: ({ x, w }, { pad, groups }) =>
    core.convolution(x, w, null, {
      padding: [
        [pad, pad],
        [pad, pad],
      ],
      groups,
    }),
  exp: ({ x }) => core.exp(x),
  tanh: ({ x }) => core.tanh(x),
  gelu: ({ x }) => core.gelu(x),
  softmax: ({ x }) => core.softmax(x),
  layernorm: ({ x, scale, bias }) => core.layerNorm(x, scale, bias),
  sum: ({ x }) => core.sum(x),
  // A transpose is a view; flattening it makes the copy.
  transpose: ({ x }) => core.reshape(core.transpose(x), [x.size]),
  dispatch: ({ a, b }, { repeats }) => {
    let y = a;
    for (let i = 0; i < repeats; i++) y = core.add(y, b);
    return y;
  },
};
