// Attention and its companions. Attribute kinds and defaults follow the newest ONNX operator set.
export const ATTENTION_OPS = {
  Attention: {
    in: "Q K V attn_mask? past_key? past_value? nonpad_kv_seqlen?",
    out: "Y present_key? present_value? qk_matmul_output?",
    attrs: {
      is_causal: ["int", 0],
      kv_num_heads: ["int?"],
      left_window_size: ["int", -1],
      q_num_heads: ["int?"],
      qk_matmul_output_mode: ["int", 0],
      right_window_size: ["int", -1],
      scale: ["float?"],
      softcap: ["float", 0],
      softmax_precision: ["dtype?"],
    },
  },
  FlexAttention: {
    in: "Q K V",
    out: "Y",
    attrs: { prob_mod: ["graph?"], scale: ["float?"], score_mod: ["graph?"], softmax_precision: ["dtype?"] },
  },
  LinearAttention: {
    in: "query key value past_state? decay? beta?",
    out: "output present_state",
    attrs: {
      chunk_size: ["int", 64],
      kv_num_heads: ["int"],
      q_num_heads: ["int"],
      scale: ["float", 0],
      update_rule: ["string", "gated_delta"],
    },
  },
  RotaryEmbedding: {
    in: "X cos_cache sin_cache position_ids?",
    out: "Y",
    attrs: { interleaved: ["int", 0], num_heads: ["int?"], rotary_embedding_dim: ["int", 0] },
  },
} as const;
