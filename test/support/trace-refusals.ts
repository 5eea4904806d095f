// What test/trace-all-nn.test.ts expects a format to refuse, with the reason that the error must state.

/** Exports of nn that are no modules to call. */
export const NOT_MODULES: ReadonlySet<string> = new Set(["Module", "Parameter"]);

const all = (reason: RegExp, names: string): Record<string, RegExp> =>
  Object.fromEntries(names.split(" ").map((name) => [name, reason]));

type Reasons = Readonly<Record<string, RegExp>>;

/** By format, by case; `import` is refused before any format. */
export const REFUSED: Readonly<Record<"import" | "onnx" | "torch" | "keras", Reasons>> = {
  // Random numbers are other ones in the second trace.
  import: { randn: /computes different things for different batch sizes/ },
  onnx: {},
  torch: {},
  keras: {
    ...all(/ScatterElements .*: no Keras form is known/, "scatter scatterAdd scatterReduce"),
    ...all(
      /ScatterND .*: no Keras form is known/,
      "histc indexAdd indexCopy indexFill selectScatter sliceScatter",
    ),
    ...all(/the places of the maxima/, "MaxUnpool1d MaxUnpool2d MaxUnpool3d maxPool2dWithIndices"),
    // A state of zeros for every entry of an open batch: Keras makes no tensor of a size that is not known.
    ...all(/broadcasting to more axes/, "LSTMCell GRUCell RNNCell searchsorted bucketize nanmedian"),
    "LSTM proj": /broadcasting to more axes/,
    ...all(
      /a constant holds infinities or NaN, which a config cannot/,
      "CTCLoss erfinv isinf nanToNum hypot isposinf isneginf isclose",
    ),
    "scaledDotProductAttention causal": /a constant holds infinities or NaN, which a config cannot/,
    logcumsumexp: /padding by infinities, which a config cannot hold/,
    ...all(/the remainder with the sign of the dividend/, "remainder fmod floorDivide"),
    ...all(/Bitwise\w+ .*: no Keras form is known/, "bitwiseAnd bitwiseOr bitwiseXor bitwiseNot"),
    bitwiseRightShift: /division of integers rounds towards zero/,
  },
};
