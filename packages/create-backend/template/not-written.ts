// What a kernel that is still missing throws: what to read, where to write, what to run.
import { UnsupportedOpError, type KernelFamily } from "@isoform/core";

/** `cases` begins the ids of the cases that the kernel must pass first. */
export function notWritten(family: KernelFamily, cases: string): UnsupportedOpError {
  return new UnsupportedOpError(`the kernel family ${family} is not written yet`, {
    code: "backend/not-written",
    backend: "__backend__",
    hint:
      `read the comment on \`${family}\` of \`Kernels\` in @isoform/core (src/runtime/backend.ts), write it in ` +
      `src/kernels.ts, and run: npx vitest run test/conformance.test.ts -t "${cases}"`,
  });
}
