// `isoform verify`: two models on the same inputs.
import { verifyModels } from "@isoform/converter";
import type { Arguments, Values } from "../args/table.js";
import type { Context, Report } from "../context.js";
import { EXIT } from "../errors.js";
import { backendMaker, startBackend } from "../models/backend.js";
import { readModel } from "../models/import.js";
import { randomShapes, refuseStatic } from "../models/input-shape.js";
import { readInputs } from "../models/tensors.js";
import { verificationData, verificationLines } from "../models/verification.js";

/**
 * Compares all outputs of two models. Exit 5 when they differ by more than the tolerance.
 * @throws {ArgumentError} when inputs or outputs cannot be paired; errors of reading and running
 */
export async function verify(
  args: Arguments<"verify">,
  options: Values<"verify">,
  context: Context,
): Promise<Report> {
  const { signal, onProgress } = context;
  const makeBackend = await backendMaker(options.backend, context.files);
  const inputs = options.input === undefined ? undefined : await readInputs(options.input, context.files);
  const a = await readModel(args.a, options, context);
  const b = await readModel(args.b, options, context);
  refuseStatic(options.static, a, b);
  // A class that was traced with them declares them: what it declares is taken where the other model leaves sizes free.
  const shapes = b.traced ? undefined : randomShapes(options.inputShape, a, options.input);
  signal.throwIfAborted();
  const device = await startBackend(makeBackend);
  const { seed, tolerance } = options;
  const found = await verifyModels(a.model, b.model, {
    device,
    inputs,
    shapes,
    names: args.a === args.b ? undefined : [args.a, args.b],
    seed,
    tolerance,
    signal,
    onProgress,
  });
  return {
    exit: found.ok ? EXIT.ok : EXIT.mismatch,
    data: { a: args.a, b: args.b, backend: device.name, verification: verificationData(found) },
    lines: verificationLines(found, context.paint),
  };
}
