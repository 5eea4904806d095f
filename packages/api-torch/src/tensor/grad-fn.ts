// What PyTorch prints after grad_fn=. Ops that PyTorch does not have get a name of the same form.

/** PyTorch's name where it is not the op's id with a capital. */
const NAMES: Readonly<Record<string, string>> = {
  reshape: "View",
  matmul: "Mm",
  linear: "Addmm",
  concat: "Cat",
  gather: "Index",
  gatherElements: "Gather",
};

/** What names a recorded op: its id and attributes, and the shape it was given. */
interface RecordedOp {
  readonly id: string;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const lengthOf = (list: unknown): number => (Array.isArray(list) ? list.length : 0);

/** `AddBackward0` for `add`; the digit tells overloads apart. */
export function gradFnName(op: RecordedOp): string {
  switch (op.id) {
    case "reduce":
      return reduction(op);
    case "broadcastTo":
      return String(op.attrs["shape"]) === String(op.shape) ? "CloneBackward0" : "ExpandBackward0";
    case "transpose":
      return swapsTwo(op.attrs["perm"]) ? "TransposeBackward0" : "PermuteBackward0";
    default:
      return `${Object.hasOwn(NAMES, op.id) ? NAMES[op.id]! : capital(op.id)}Backward0`;
  }
}

/** Sums over all axes are overload 0 and maxima overload 1; over some axes it is the other way round. */
function reduction({ attrs, shape }: RecordedOp): string {
  const all = lengthOf(attrs["axes"]) === shape.length;
  const kind = String(attrs["kind"]);
  const extremum = kind === "max" || kind === "min";
  return `${capital(kind)}Backward${all === extremum ? 1 : 0}`;
}

function swapsTwo(perm: unknown): boolean {
  return Array.isArray(perm) && perm.filter((p, i) => p !== i).length === 2;
}
