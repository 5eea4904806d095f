// The methods and accessors of torch.Tensor, which is a chain of classes up to core's tensor.
import { torch } from "@isoform/api-torch";
import { Tensor } from "@isoform/core";

/** Public methods and accessors by name. */
export function tensorMembers(): Map<string, PropertyDescriptor> {
  const found = new Map<string, PropertyDescriptor>();
  let at: object = torch.Tensor.prototype;
  while (at !== Tensor.prototype) {
    for (const [key, d] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (!key.startsWith("_") && !["constructor", "toString", "assign_"].includes(key) && !found.has(key))
        found.set(key, d);
    at = Object.getPrototypeOf(at) as object;
  }
  return found;
}
