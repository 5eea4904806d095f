// Keras' snake_case names and the camelCase names of this API, both ways and without loss.

/** Names whose underscore before a digit the general rule cannot restore. */
const DIGIT_NAMES: Readonly<Record<string, string>> = {
  beta1: "beta_1",
  beta2: "beta_2",
  beta2Decay: "beta_2_decay",
  adamBeta1: "adam_beta_1",
  adamBeta2: "adam_beta_2",
  epsilon1: "epsilon_1",
  epsilon2: "epsilon_2",
};

/** `kernelSize` as `kernel_size`. */
export function camelToSnake(name: string): string {
  return (
    (Object.hasOwn(DIGIT_NAMES, name) ? DIGIT_NAMES[name] : undefined) ??
    name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)
  );
}

/** `kernel_size` as `kernelSize`. A leading underscore stays. */
export function snakeToCamel(name: string): string {
  return name.replace(/(?<=[^_])_+([a-z0-9])/g, (_, c: string) => c.toUpperCase());
}

/** `Conv2DTranspose` as `conv2d_transpose`: how Keras derives names and paths from classes. */
export function toSnakeCase(name: string): string {
  return name
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
