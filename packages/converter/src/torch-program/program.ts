// A PyTorch program as data: the modules and tensors that `__init__` makes and the assignments of `forward`.
// Written to and read from model.py by write.ts and read.ts; nothing is ever run.
import type { Expr } from "../python/ast.js";
import type { HelperName } from "./helpers.js";

/** A parameter or buffer that belongs to no nn class. Its value is in the state dict. */
export interface ProgramTensor {
  readonly kind: "parameter" | "buffer";
  readonly shape: readonly number[];
  /** As in `torch.float32`. */
  readonly dtype: string;
}

/** `targets = value`; a null target is written `_`. */
export interface Assignment {
  readonly targets: readonly (string | null)[];
  readonly value: Expr;
}

/** An argument or result of forward: its Python name, and what the model calls it and says of its type. */
export interface ProgramValue {
  readonly id: string;
  readonly name: string;
  /** Null when not known. */
  readonly dtype: string | null;
  /** Sizes: number, symbol or null; null when not even the rank is known. */
  readonly dims: readonly (number | string | null)[] | null;
}

/** One nn.Module. */
export interface TorchProgram {
  readonly className: string;
  /** Free text of the module's docstring, line by line. */
  readonly doc: readonly string[];
  /** Constructor call of every leaf module by dotted path. */
  readonly modules: ReadonlyMap<string, Expr>;
  /** Loose tensors by dotted path. */
  readonly tensors: ReadonlyMap<string, ProgramTensor>;
  readonly helpers: readonly HelperName[];
  readonly inputs: readonly ProgramValue[];
  readonly body: readonly Assignment[];
  readonly outputs: readonly ProgramValue[];
}
