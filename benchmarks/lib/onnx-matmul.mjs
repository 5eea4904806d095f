// The smallest ONNX model with one MatMul, written by hand in protobuf's wire format (fields of onnx.proto).
const text = (s) => [...new TextEncoder().encode(s)];
function varint(value) {
  const out = [];
  let rest = value;
  while (rest > 127) {
    out.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return [...out, rest];
}
const bytes = (field, body) => [(field << 3) | 2, ...varint(body.length), ...body];
const integer = (field, value) => [field << 3, ...varint(value)];

function matrix(name) {
  const dimension = (parameter) => bytes(1, bytes(2, text(parameter)));
  const shape = bytes(2, [...dimension(`${name}0`), ...dimension(`${name}1`)]);
  const tensorType = bytes(1, [...integer(1, 1), ...shape]);
  return [...bytes(1, text(name)), ...bytes(2, tensorType)];
}

/** c = a b for float32 matrices of any size. */
export function matmulModel() {
  const node = [
    ...bytes(1, text("a")),
    ...bytes(1, text("b")),
    ...bytes(2, text("c")),
    ...bytes(4, text("MatMul")),
  ];
  const graph = [
    ...bytes(1, node),
    ...bytes(2, text("matmul")),
    ...bytes(11, matrix("a")),
    ...bytes(11, matrix("b")),
    ...bytes(12, matrix("c")),
  ];
  const opset = [...bytes(1, []), ...integer(2, 13)];
  return new Uint8Array([...integer(1, 8), ...bytes(7, graph), ...bytes(8, opset)]);
}
