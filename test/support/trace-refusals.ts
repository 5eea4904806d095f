// What test/trace-all-nn.test.ts expects a format to refuse, with the reason that the error must state.

/** Exports of nn that are no modules to call. */
export const NOT_MODULES: ReadonlySet<string> = new Set(["Module", "Parameter"]);

/** By format, by case. */
export const REFUSED: Readonly<Record<"onnx" | "torch" | "keras", Readonly<Record<string, RegExp>>>> = {
  onnx: {},
  torch: {},
  keras: {},
};
