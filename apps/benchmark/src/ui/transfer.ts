// Runs out to files and back in.
import { parseResult, RESULT_LIMITS, serialiseResult, type BenchResult } from "@isoform/bench";
import { IsoformError } from "@isoform/core";
import { h, icon, ICONS } from "./dom.js";

/** Hands a run to the user as a file. */
export function download(result: BenchResult): void {
  const url = URL.createObjectURL(new Blob([serialiseResult(result)], { type: "application/json" }));
  const name = (result.label || "run").replaceAll(/[^\w-]+/g, "-");
  const link = h("a", { href: url, download: `isoform-bench-${name}-${result.created.slice(0, 10)}.json` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/**
 * Reads a run from a file.
 * @throws {ModelFormatError} when it is not one
 * @throws {LimitExceededError} when it is too large
 */
export async function readRun(file: File): Promise<BenchResult> {
  // Told before it is read: a wrong file may be huge.
  const text =
    file.size > 4 * RESULT_LIMITS.characters ? "x".repeat(RESULT_LIMITS.characters + 1) : await file.text();
  return parseResult(text, file.name);
}

/** The buttons for both. */
export interface Transfer {
  readonly element: HTMLElement;
  /** Whether there is something to export. */
  enable(some: boolean): void;
}

/** Makes the buttons. */
export function transfer(onExport: () => void, onImport: (files: readonly File[]) => void): Transfer {
  const save = h(
    "button",
    { type: "button", class: "secondary", disabled: true, onclick: onExport },
    icon(ICONS.save),
    h("span", {}, "Export"),
  );
  const input = h("input", {
    type: "file",
    id: "import-file",
    accept: ".json,application/json",
    multiple: true,
    class: "file",
  });
  input.addEventListener("change", () => {
    onImport([...(input.files ?? [])]);
    input.value = "";
  });
  const label = h(
    "label",
    { class: "button secondary", for: "import-file" },
    icon(ICONS.open),
    h("span", {}, "Import"),
  );
  return {
    element: h("div", { class: "transfer" }, save, h("span", { class: "file-button" }, input, label)),
    enable: (some) => {
      save.disabled = !some;
    },
  };
}

/** The text of an error for people. */
export function errorText(error: unknown): string {
  if (error instanceof IsoformError) {
    const place = error.path === undefined ? "" : `${error.path}: `;
    return place + error.problem + (error.hint === undefined ? "" : `. ${error.hint}`);
  }
  return error instanceof Error ? error.message : String(error);
}
