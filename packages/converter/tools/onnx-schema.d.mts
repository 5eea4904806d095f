/** The text of onnx.gen.ts for the text of onnx.proto. */
export declare function generate(proto: string): string;
