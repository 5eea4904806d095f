// Pooling and resampling as PyTorch calls.
import { binary, constant, float, ints, method, str, type Expr } from "../../python/ast.js";
import { F, T, type NodeEmit, type TorchRules } from "./emitter.js";
import { explicitPad, sizeExpr, windowsOf, type Windows } from "./windows.js";

type Pool = NodeEmit<"MaxPool" | "AveragePool" | "LpPool">;

function windows(n: Pool, fill: number): Windows {
  const kernel = n.attrs.kernel_shape;
  return windowsOf(
    n.out,
    kernel,
    n.attrs,
    kernel.map((_, i) => n.size(0, i + 2)),
    fill,
  );
}

/** Known sizes of the result where those of N and C stay; null otherwise. */
function spatialSizes(n: NodeEmit<"Resize">): number[] | null {
  const from = n.value(0).dims;
  const to = n.node.outputs[0]?.dims;
  if (!from || !to || from[0] !== to[0] || from[1] !== to[1]) return null;
  const known = to.map((d) => (typeof d === "number" ? d : 1));
  return to.slice(2).every((d) => typeof d === "number") ? known : null;
}

const spatialAxes = (n: NodeEmit): Expr => ints(Array.from({ length: n.rank(0) - 2 }, (_, i) => i + 2));

export const POOLS: TorchRules = {
  MaxPool: (n) => {
    const o = windows(n, -Infinity);
    const dims = o.kernel.length;
    const needsPad = o.explicit || o.padding.some((p, i) => p > o.kernel[i]! / 2);
    const x = o.explicit
      ? o.prepare(n.t(0))
      : needsPad
        ? explicitPad(n.t(0), [...o.padding, ...o.padding], -Infinity)
        : n.t(0);
    const options = {
      stride: sizeExpr(o.strides),
      ...(needsPad || o.padding.every((p) => p === 0) ? {} : { padding: sizeExpr(o.padding) }),
      ...(o.dilations.every((d) => d === 1) ? {} : { dilation: sizeExpr(o.dilations) }),
      ...(n.attrs.ceil_mode ? { ceil_mode: constant(true) } : {}),
    };
    if (!n.node.outputs[1]) return F(`max_pool${dims}d`, [x, sizeExpr(o.kernel)], options);
    if (n.attrs.storage_order || needsPad) throw n.error("indices of padded or column-major pooling");
    const targets = n.node.outputs.map((v) => (v ? n.out.define(v) : null));
    n.out.assign(
      targets,
      F(`max_pool${dims}d`, [x, sizeExpr(o.kernel)], { ...options, return_indices: constant(true) }),
    );
    return null;
  },
  AveragePool: (n) => {
    if (n.attrs.dilations?.some((d) => d !== 1)) throw n.error("dilated average pooling");
    const o = windows(n, 0);
    const pool = (x: Expr) =>
      F(`avg_pool${o.kernel.length}d`, [x, sizeExpr(o.kernel)], { stride: sizeExpr(o.strides) });
    const padded = o.padding.some((p) => p !== 0);
    const wide = o.padding.some((p, i) => p > o.kernel[i]! / 2);
    if (!o.explicit && !wide && !n.attrs.ceil_mode) {
      return F(`avg_pool${o.kernel.length}d`, [n.t(0), sizeExpr(o.kernel)], {
        stride: sizeExpr(o.strides),
        ...(padded
          ? { padding: sizeExpr(o.padding), count_include_pad: constant(n.attrs.count_include_pad === 1) }
          : {}),
      });
    }
    if (n.attrs.ceil_mode) {
      if (o.explicit || wide) throw n.error("ceil_mode with asymmetric or wide padding");
      return F(`avg_pool${o.kernel.length}d`, [n.t(0), sizeExpr(o.kernel)], {
        stride: sizeExpr(o.strides),
        padding: sizeExpr(o.padding),
        ceil_mode: constant(true),
        count_include_pad: constant(n.attrs.count_include_pad === 1),
      });
    }
    const prepare = (x: Expr) => (wide ? explicitPad(x, [...o.padding, ...o.padding], 0) : o.prepare(x));
    const sum = pool(prepare(n.t(0)));
    return n.attrs.count_include_pad ? sum : binary("/", sum, pool(prepare(T("ones_like", [n.t(0)]))));
  },
  LpPool: (n) => {
    const o = windows(n, 0);
    if (o.explicit || o.padding.some((p) => p !== 0)) throw n.error("padded LpPool");
    // PyTorch adds up x^p with its sign.
    const x = n.attrs.p % 2 === 0 ? n.t(0) : T("abs", [n.t(0)]);
    return F(`lp_pool${o.kernel.length}d`, [x], {
      norm_type: float(n.attrs.p),
      kernel_size: sizeExpr(o.kernel),
      stride: sizeExpr(o.strides),
    });
  },
  GlobalAveragePool: (n) => method(n.t(0), "mean", [], { dim: spatialAxes(n), keepdim: constant(true) }),
  GlobalMaxPool: (n) => method(n.t(0), "amax", [], { dim: spatialAxes(n), keepdim: constant(true) }),
  AdaptiveAveragePool: (n) =>
    F(`adaptive_avg_pool${n.attrs.output_size.length}d`, [n.t(0), sizeExpr(n.attrs.output_size)]),
  AdaptiveMaxPool: (n) =>
    F(`adaptive_max_pool${n.attrs.output_size.length}d`, [n.t(0), sizeExpr(n.attrs.output_size)]),
  Resize: (n) => {
    const { mode, coordinate_transformation_mode: where, nearest_mode, cubic_coeff_a } = n.attrs;
    const rank = n.rank(0);
    const scales = n.has(2) ? n.numbers(2) : null;
    const sizes = n.has(3) ? (n.numbers(3) ?? spatialSizes(n)) : null;
    const given = scales?.length ? scales : sizes;
    if (!given || n.attrs.antialias || n.attrs.axes)
      throw n.error("only constant scales or sizes of all axes");
    const kinds: Readonly<Record<string, string>> = {
      nearest: "nearest",
      linear: ["", "", "", "linear", "bilinear", "trilinear"][rank] ?? "",
      cubic: "bicubic",
    };
    const nearestOk = where === "asymmetric" && nearest_mode === "floor";
    const upInteger =
      scales?.every((s) => Number.isInteger(s)) && (where === "half_pixel" || where === "asymmetric");
    const linearOk = where === "half_pixel" || where === "pytorch_half_pixel" || where === "align_corners";
    const ok =
      mode === "nearest"
        ? nearestOk || upInteger
        : mode === "cubic"
          ? linearOk && cubic_coeff_a === -0.75
          : linearOk;
    if (!ok || !kinds[mode]) throw n.error(`mode ${mode} with ${where} and ${nearest_mode}`);
    const spatial = given.slice(2);
    return F("interpolate", [n.t(0)], {
      ...(scales?.length
        ? { scale_factor: { kind: "tuple", items: spatial.map(float) } }
        : { size: ints(spatial) }),
      mode: str(kinds[mode]),
      ...(mode === "nearest" ? {} : { align_corners: constant(where === "align_corners") }),
    });
  },
};
