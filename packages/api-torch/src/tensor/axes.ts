// The axes of a reduction, as PyTorch lets them be given: none, one, several, or by name with keepdim.
import * as core from "@isoform/core";

/** One axis, several, or all. */
export type Dim = number | readonly number[] | null | undefined;
/** Keep reduced axes with size 1. */
export interface KeepDim {
  readonly keepdim?: boolean;
}
/** One axis by name. */
export interface OneAxis extends KeepDim {
  readonly dim: number;
}
/** One axis by name, or all. */
export interface OptionalAxis extends KeepDim {
  readonly dim?: number | null;
}
/** Arguments of a reduction: `(1)`, `([0, 1], { keepdim: true })`, `({ dim: 1 })`. `X` are further options. */
export type Over<X extends object = object> =
  | readonly [dim?: Dim, options?: KeepDim & X]
  | readonly [options: { readonly dim?: Dim } & KeepDim & X];

/** Axes and options of a reduction. */
export interface Reduction<X extends object> {
  readonly axes: number | readonly number[] | undefined;
  readonly keepDims: boolean;
  readonly options: Partial<X>;
}

type Named<X> = { readonly dim?: Dim } & KeepDim & Partial<X>;

function isNamed<X>(v: Dim | Named<X>): v is Named<X> {
  return typeof v === "object" && v !== null && !Array.isArray(v);
}

/** @throws {ArgumentError} for unknown options, or two objects of them */
export function reductionOf<X extends object = object>(
  op: string,
  over: Over<X>,
  known: readonly (keyof X & string)[] = [],
): Reduction<X> {
  const [first, second]: readonly [(Dim | Named<X>)?, (KeepDim & Partial<X>)?] = over;
  const named: Named<X> | undefined = isNamed(first) ? first : second;
  if (named === undefined) return { axes: axesOf(first), keepDims: false, options: {} };
  if (isNamed(first) && second !== undefined) core.checkOptions(op, second, []);
  core.checkOptions(op, named, isNamed(first) ? ["dim", "keepdim", ...known] : ["keepdim", ...known]);
  return {
    axes: axesOf(isNamed(first) ? first.dim : first),
    keepDims: named.keepdim ?? false,
    options: named,
  };
}

const axesOf = <X>(dim: Dim | Named<X>): number | readonly number[] | undefined =>
  isNamed(dim) || (Array.isArray(dim) && dim.length === 0) ? undefined : (dim ?? undefined);

/** One axis or none, and keepdim. @throws {ArgumentError} for unknown options */
export function oneAxis(
  op: string,
  dim: number | null | undefined | OptionalAxis,
  options: KeepDim,
): { readonly dim: number | null; readonly keepdim: boolean } {
  const named = typeof dim === "object" && dim !== null;
  core.checkOptions(op, options, named ? [] : ["keepdim"]);
  if (named) core.checkOptions(op, dim, ["dim", "keepdim"]);
  const { keepdim = false } = named ? dim : options;
  return { dim: (named ? dim.dim : dim) ?? null, keepdim };
}
