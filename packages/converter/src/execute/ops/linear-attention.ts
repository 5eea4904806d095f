// Linear attention as a recurrence over a matrix state (opset 27): linear, gated, delta and gated delta rules.
import * as core from "@isoform/core";
import type { Tensor } from "@isoform/core";
import type { Call, Result } from "../call.js";

/** [B, T, H*D] -> [B, H, T, D]. */
function split(x: Tensor, heads: number): Tensor {
  const [b, t, width] = x.shape as [number, number, number];
  return core.transpose(core.reshape(x, [b, t, heads, width / heads]), [0, 2, 1, 3]);
}

/** Step `t` of [B, H, T, D] as [B, H, D]. */
function step(x: Tensor, t: number): Tensor {
  const [b, h, , d] = x.shape as [number, number, number, number];
  return core.reshape(core.sliceAxis(x, 2, t, t + 1), [b, h, d]);
}

const column = (x: Tensor): Tensor => core.reshape(x, [...x.shape, 1]);
const row = (x: Tensor): Tensor => core.reshape(x, [...x.shape.slice(0, -1), 1, x.shape[x.rank - 1]!]);

/** The `LinearAttention` op. */
export function linearAttention(c: Call<"LinearAttention">): Result {
  const { q_num_heads: qHeads, kv_num_heads: heads, update_rule: rule, scale } = c.attrs;
  const given = c.t(0);
  const wide = given.dtype === "float16" || given.dtype === "bfloat16" ? "float32" : given.dtype;
  const part = (i: number, h: number) => split(core.cast(c.t(i), wide), h);
  const [q, k, v] = [part(0, qHeads), part(1, heads), part(2, heads)];
  const [b, , steps, size] = k.shape as [number, number, number, number];
  const width = v.shape[3]!;
  let state = c.has(3) ? core.cast(c.t(3), wide) : core.zeros([b, heads, size, width], wide);
  const decay = rule.startsWith("gated") ? core.exp(part(4, heads)) : null;
  const beta = rule.endsWith("delta") ? betaOf(core.cast(c.t(5), wide), heads) : null;
  const factor = scale === 0 ? 1 / Math.sqrt(size) : scale;
  const repeat = qHeads / heads;
  const outputs: Tensor[] = [];
  for (let t = 0; t < steps; t++) {
    const key = step(k, t);
    let value = step(v, t);
    if (decay) state = core.mul(state, column(step(decay, t)));
    if (beta) {
      const seen = core.reshape(core.matmul(row(key), state), [b, heads, width]);
      value = core.mul(core.sub(value, seen), core.reshape(core.sliceAxis(beta, 2, t, t + 1), [b, heads, 1]));
    }
    state = core.add(state, core.mul(column(key), row(value)));
    const shared = repeat === 1 ? state : core.repeatInterleave(state, repeat, 1);
    const out = core.matmul(row(step(q, t)), shared);
    outputs.push(core.reshape(core.mul(out, factor), [b, 1, qHeads * width]));
  }
  return [
    core.cast(core.concat(outputs, 1), given.dtype),
    core.cast(state, c.has(3) ? c.dtype(3) : given.dtype),
  ];
}

/** [B, T, H] or [B, T, 1] -> [B, H, T]. */
function betaOf(x: Tensor, heads: number): Tensor {
  const [b, t] = x.shape as [number, number];
  return core.transpose(core.broadcastTo(x, [b, t, heads]), [0, 2, 1]);
}
