// Operations: functions of tensors that can be part of a functional model, as `keras.ops` and operators are.
import * as core from "@isoform/core";
import { checkArguments } from "../config/arguments.js";
import { snakeKeys, type Config } from "../config/object.js";
import { autoName } from "../session.js";
import { asTensor, toTensor, type TensorLike } from "../tensor/like.js";
import { inferSymbolic } from "./abstract.js";
import { KerasTensor, isKerasTensor } from "./keras-tensor.js";
import { Node, type Operation } from "./node.js";
import { hasLeaf, mapLeaves } from "./structure.js";

/** What an operation computes, from its arguments. */
export type OperationFn = (...args: unknown[]) => unknown;

/** Plain data where an operation takes a tensor, which they become at every run. */
export class Data {
  readonly value: TensorLike;

  constructor(value: TensorLike) {
    this.value = value;
  }
}

/** A function as a part of a functional model. Unlike a layer it has no weights. */
export class FunctionOperation implements Operation {
  readonly name: string;
  /** Keras' class of the operation, e.g. `Mean`. */
  readonly className: string;
  readonly inboundNodes: Node[] = [];
  readonly built: boolean = true;
  /** Keras' names of the arguments, as far as records give them by name. */
  readonly parameters: readonly string[];
  readonly #config: Readonly<Record<string, unknown>>;
  readonly #fn: OperationFn;

  constructor(
    className: string,
    config: Readonly<Record<string, unknown>>,
    fn: OperationFn,
    options: { readonly name?: string | undefined; readonly parameters?: readonly string[] } = {},
  ) {
    this.className = className;
    this.name = options.name ?? autoName(className);
    this.parameters = options.parameters ?? [];
    this.#config = config;
    this.#fn = fn;
  }

  /** Number of weights: none. */
  countParams(): number {
    return 0;
  }

  /** The options with Keras' names. */
  getConfig(): Config {
    return { ...snakeKeys(this.#config), name: this.name };
  }

  executeNode(args: readonly unknown[]): unknown {
    return run(this.#fn, args);
  }

  /** One symbolic call. */
  callSymbolic(args: readonly unknown[]): unknown {
    const result = inferSymbolic((real) => this.executeNode(real), args, {});
    return new Node(this, args, {}, result).result;
  }
}

function isCoreTensor(value: unknown): value is core.Tensor {
  return value instanceof core.Tensor;
}

/**
 * Applies a function of tensors. When an argument is symbolic the call becomes an operation of the model and the
 * result is symbolic; else the function runs now and what it makes on the way is released.
 */
export function callOperation(
  className: string,
  args: readonly unknown[],
  config: Readonly<Record<string, unknown>>,
  fn: OperationFn,
): unknown {
  checkArguments(`ops.${className}`, config);
  if (hasLeaf(args, isKerasTensor)) return new FunctionOperation(className, config, fn).callSymbolic(args);
  return run(fn, args);
}

/** What a function of tensors gives; what it makes on the way is released. */
function run(fn: OperationFn, args: readonly unknown[]): unknown {
  return core.scope(() => {
    const given = args.map((a) => mapLeaves(a, isGiven, ({ value }) => toTensor(value)));
    return mapLeaves(fn(...given), isCoreTensor, asTensor);
  });
}
const isGiven = (value: unknown): value is Data => value instanceof Data;

/** The kind of tensor that a function of `A` gives. */
export type Result<A> = A extends KerasTensor ? KerasTensor : import("../tensor/tensor.js").Tensor;
