// Hints about options of functions become hints about the command.
import { ArgumentError, LimitExceededError, ModelFormatError, ShapeError } from "@isoform/core";
import { describe, expect, it } from "vitest";
import { forCommandLine } from "./hints.js";

const hintOf = (hint: string, code = "x/y"): string | undefined => {
  const error = forCommandLine(new ModelFormatError("broken", { code, path: "f", hint }), "run");
  if (!(error instanceof ModelFormatError)) throw new Error("it is of another class");
  expect([error.problem, error.code, error.path]).toEqual(["broken", code, "f"]);
  return error.hint;
};

describe("errors on the command line", () => {
  it("say what a user of the command can do", () => {
    for (const limits of ["raise it: limits: { nodes: … }", "raise limits.nodes"])
      expect(hintOf(limits)).toMatch(/the command's limits are fixed; .* take \{ limits: \{ nodes: … \} \}/);
    expect(hintOf('choose one: { key: "model" }')).toContain('torch.load("checkpoint.pt")["model"]');
    expect(hintOf("say what they compute with the option customLayers, by class name")).toContain(
      "importKeras",
    );
    expect(hintOf("pass `opset`")).toContain("--opset");
    expect(hintOf("download it again")).toBe("download it again");
  });

  it("name --input only where there is one", () => {
    const made = new ShapeError("no", {
      code: "verify/random-inputs",
      attrs: { shapes: { x: [2, 32], step: [] } },
      hint: "give the tensors in `inputs`, or their shapes in `shapes`",
    });
    const shapes = "--input-shape 'x=2,32;step=' with sizes that it takes";
    expect(forCommandLine(made, "convert")).toMatchObject({
      name: "ShapeError",
      hint: `give inputs that the model takes, --input FILE (safetensors), or ${shapes}`,
    });
    expect(forCommandLine(made, "bench")).toMatchObject({
      hint: `say what shapes the model takes: ${shapes}`,
    });
  });

  it("of the system are typed, with a code, a place and a fix", () => {
    const full = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      syscall: "write",
      path: "/tmp/.x.tmp",
    });
    expect(forCommandLine(full, "run")).toMatchObject({
      name: "ArgumentError",
      code: "file/enospc",
      problem: "the disk is full",
      cause: full,
    });
    const strange = Object.assign(new Error("?"), { code: "EWHAT", syscall: "x" });
    expect(forCommandLine(strange, null)).toMatchObject({ code: "file/ewhat", path: "a file" });
    const own = new ArgumentError("no", { code: "a/b" });
    expect(forCommandLine(own, "run")).toBe(own);
    expect(forCommandLine(new LimitExceededError("no", { code: "limit/x" }), "run")).toMatchObject({
      code: "limit/x",
    });
  });
});
