// Names of hyper-parameters: camelCase here, snake_case in PyTorch.

/** `weightDecay` as `weight_decay`. */
export const toSnake = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
/** `weight_decay` as `weightDecay`. */
export const toCamel = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
