// Small ONNX models written by hand in protobuf's wire format (fields of onnx.proto): chains of one float32 operator.
const OPSET = 20;
const IR_VERSION = 9;
const FLOAT = 1;

const text = (s) => [...new TextEncoder().encode(s)];
function varint(value) {
  const out = [];
  let rest = value;
  while (rest > 127) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...out, rest];
}
/** A length-delimited field; parts are byte arrays. */
function field(number, ...parts) {
  const length = parts.reduce((n, p) => n + p.length, 0);
  return Buffer.concat([
    Buffer.from([(number << 3) | 2, ...varint(length)]),
    ...parts.map((p) => Buffer.from(p)),
  ]);
}
const integer = (number, value) => Buffer.from([...varint(number << 3), ...varint(value)]);
const float = (number, value) =>
  Buffer.concat([Buffer.from([(number << 3) | 5]), Buffer.from(new Float32Array([value]).buffer)]);
const bytesOf = (data) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);

function value(name, shape) {
  const dims = shape.map((n) => field(1, integer(1, n)));
  return Buffer.concat([field(1, text(name)), field(2, field(1, integer(1, FLOAT), field(2, ...dims)))]);
}

function attribute([name, v]) {
  const type = (code) => integer(20, code);
  if (Array.isArray(v)) return field(5, field(1, text(name)), ...v.map((n) => integer(8, n)), type(7));
  if (Number.isInteger(v)) return field(5, field(1, text(name)), integer(3, v), type(2));
  return field(5, field(1, text(name)), float(2, v), type(1));
}

/**
 * `repeats` nodes of `op` one after the other, each on the output of the one before: y = op(op(x, …), …). Inputs are
 * `{ name, shape, data, constant }`; constant ones are stored in the model as weights are.
 */
export function chainModel(op, inputs, outputShape, attributes = {}, repeats = 1) {
  const others = inputs.slice(1).map((i) => field(1, text(i.name)));
  const nodes = Array.from({ length: repeats }, (_, k) =>
    field(
      1,
      field(1, text(k === 0 ? inputs[0].name : `y${k}`)),
      ...others,
      field(2, text(k === repeats - 1 ? "y" : `y${k + 1}`)),
      field(4, text(op)),
      ...Object.entries(attributes).map(attribute),
    ),
  );
  const graph = [
    ...nodes,
    field(2, text(op)),
    ...inputs
      .filter((i) => i.constant)
      .map((i) =>
        field(
          5,
          ...i.shape.map((n) => integer(1, n)),
          integer(2, FLOAT),
          field(8, text(i.name)),
          field(9, bytesOf(i.data)),
        ),
      ),
    ...inputs.filter((i) => !i.constant).map((i) => field(11, value(i.name, i.shape))),
    field(12, value("y", outputShape)),
  ];
  return new Uint8Array(
    Buffer.concat([integer(1, IR_VERSION), field(7, ...graph), field(8, field(1, []), integer(2, OPSET))]),
  );
}
