// Methods of the tensor as functions of the torch namespace: `torch.sum(x, 1)` for `x.sum(1)`.
import { requireTensor, type Tensor as CoreTensor } from "@isoform/core";
import { asTensor, type Tensor } from "../tensor/tensor.js";

/** A method of `Tensor` as a function of the tensor and the method's arguments. */
export type AsFunction<K extends keyof Tensor> = Tensor[K] extends (
  ...args: infer A extends readonly unknown[]
) => infer R
  ? (x: CoreTensor, ...args: A) => R
  : never;

/** The method `name` as a function, which throws an ArgumentError unless its first argument is a tensor. */
export function asFunction<K extends keyof Tensor & string>(name: K): AsFunction<K> {
  const call = (x: CoreTensor, ...args: unknown[]): unknown => {
    const t = asTensor(requireTensor(name, x, "the first argument"));
    return Reflect.apply(t[name] as () => unknown, t, args);
  };
  return call as AsFunction<K>;
}
