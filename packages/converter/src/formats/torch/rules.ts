// The closed table of names that PyTorch files may mention.
import type { Limits } from "../limits.js";
import {
  CLASS_RULE,
  NAME_RULE,
  type GlobalRule,
  type GlobalTable,
  type RuleContext,
} from "../pickle/globals.js";
import { itemsOf, stringOf, unexpected, type PickleValue } from "../pickle/value.js";
import { storageDType } from "./dtypes.js";
import {
  rebuildFromNumpy,
  rebuildMeta,
  rebuildParameter,
  rebuildQuantized,
  rebuildSparse,
  rebuildTensor,
  rebuildTensorV3,
  tensorOf,
} from "./tensor-rules.js";

type Build = (args: readonly PickleValue[], context: RuleContext) => PickleValue;

/** Classes of the library: the last part of the name is capitalised, as all its classes are. */
const CLASS = /^torch\.(nn|ao\.nn|ao\.quantization|quantization|optim)\.([a-z_0-9]+\.)*_?[A-Z]\w*$/;
/** Functions and constants that modules keep as attributes, e.g. an activation. They are never called. */
const MENTIONED =
  /^torch\.([a-z_0-9]+|nn\.functional\.[a-z_0-9]+|_C\._nn\.[a-z_0-9]+|Tensor|_tensor\.Tensor)$/;
/** Helpers of TorchScript archives that give back their list. */
const SCRIPT_LIST = /^torch\.jit\._pickle\.build_(int|double|bool|tensor)list$/;

/** The rules for PyTorch files. @param script True for TorchScript archives, whose classes live in `__torch__`. */
export function torchGlobals(limits: Limits, script: boolean): GlobalTable {
  const builders = new Map<string, GlobalRule>(
    Object.entries<Build>({
      "torch._utils._rebuild_tensor": (args, { place }) => rebuildTensor(args, limits, place),
      "torch._utils._rebuild_tensor_v2": (args, { place }) => rebuildTensor(args, limits, place),
      "torch._utils._rebuild_tensor_v3": (args, { place }) => rebuildTensorV3(args, limits, place),
      "torch._utils._rebuild_parameter": (args, { place }) => rebuildParameter(args, place),
      "torch._utils._rebuild_parameter_with_state": (args, { place }) => rebuildParameter(args, place),
      "torch.nn.parameter.Parameter": (args, { place }) => rebuildParameter(args, place),
      "torch.nn.parameter.Buffer": (args, { place }) => ({
        kind: "tensor",
        tensor: tensorOf(args[0], place),
      }),
      "torch.autograd.variable.Variable": (args, { place }) => ({
        kind: "tensor",
        tensor: tensorOf(args[0], place),
      }),
      "torch._utils._rebuild_qtensor": (args, { place }) => rebuildQuantized(args, limits, place),
      "torch._utils._rebuild_sparse_tensor": (args, { place }) => rebuildSparse(args, place),
      "torch._utils._rebuild_meta_tensor_no_storage": (args, { place }) => rebuildMeta(args, place),
      "torch._utils._rebuild_device_tensor_from_numpy": (args, { place }) =>
        rebuildFromNumpy(args, limits, place),
      "torch._utils._rebuild_xla_tensor": (args, { place }) => rebuildFromNumpy(args, limits, place),
      "torch._utils._rebuild_device_tensor_from_cpu_tensor": (args, { place }) => ({
        kind: "tensor",
        tensor: tensorOf(args[0], place),
      }),
      "torch._tensor._rebuild_from_type": (args, context) => fromType(args, context),
      "torch._tensor._rebuild_from_type_v2": (args, context) => fromType(args, context),
      "torch.serialization._get_layout": (args, { place }) => ({
        kind: "global",
        name: stringOf(args[0], place),
      }),
      "torch.Size": (args, { place }) => ({ kind: "tuple", items: args[0] ? itemsOf(args[0], place) : [] }),
      "torch.jit._pickle.restore_type_tag": (args, { place }) => args[0] ?? missing(place),
    }).map(([name, call]) => [name, { use: "call", call }]),
  );
  return (name) => {
    const builder = builders.get(name);
    if (builder) return builder;
    if (CLASS.test(name) || name === "torch.device") return CLASS_RULE;
    if (storageDType(name) || MENTIONED.test(name)) return NAME_RULE;
    if (SCRIPT_LIST.test(name)) return LIST_RULE;
    return script && name.startsWith("__torch__.") ? CLASS_RULE : undefined;
  };
}

const LIST_RULE: GlobalRule = Object.freeze<GlobalRule>({
  use: "call",
  call: (args, { place }) => {
    itemsOf(args[0], place);
    return args[0] ?? missing(place);
  },
});

function missing(place: string): never {
  throw unexpected("a value", undefined, place);
}

/** `_rebuild_from_type_v2(function, type, args, state)`: the tensor that the inner function describes. */
function fromType(args: readonly PickleValue[], context: RuleContext): PickleValue {
  const [builder, , inner, state] = args;
  if (builder?.kind !== "global") throw unexpected("a function", builder, context.place);
  const value = context.instantiate(builder, itemsOf(inner, context.place));
  if (value.kind !== "tensor") throw unexpected("a tensor", value, context.place);
  return state ? { ...value, attributes: state } : value;
}
