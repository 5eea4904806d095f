// Python functions that exported programs may need where PyTorch has no single call. They are written verbatim into
// model.py and recognised verbatim when it is read; their meaning to the importer is in importers/torch.

/** Names of the helper functions. */
export type HelperName = "same_pad" | "gru_reset_before" | "gather_nd";

/** Source text of every helper, without the trailing newline. */
export const HELPERS: Readonly<Record<HelperName, string>> = {
  same_pad: `def same_pad(x, kernel, stride, dilation, value=0.0):
    """Pads the trailing axes so that the output has ceil(n / stride) elements, the odd one at the end."""
    pads = []
    for n, k, s, d in zip(reversed(x.shape[2:]), reversed(kernel), reversed(stride), reversed(dilation)):
        total = max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads, value=value)`,
  gru_reset_before: `def gru_reset_before(x, h, w, r, b, reverse=False):
    """GRU that applies the reset gate before the matrix product; gates z, r, h; x is (T, N, I)."""
    units = h.shape[-1]
    steps = []
    gates = F.linear(x, w, b)
    for t in reversed(range(x.shape[0])) if reverse else range(x.shape[0]):
        zr = torch.sigmoid(gates[t][:, : 2 * units] + F.linear(h, r[: 2 * units]))
        z, reset = zr[:, :units], zr[:, units:]
        new = torch.tanh(gates[t][:, 2 * units :] + F.linear(reset * h, r[2 * units :]))
        h = z * h + (1 - z) * new
        steps.append(h)
    return torch.stack(steps[::-1] if reverse else steps), h`,
  gather_nd: `def gather_nd(x, index):
    """Entries of x at index vectors on the last axis of index."""
    return x[tuple(index.unbind(-1))]`,
};
