// Runs out to files and back in.
import { parseResult, RESULT_LIMITS, serialiseResult, type BenchResult } from "@isoform/bench";
import { IsoformError, ModelFormatError } from "@isoform/core";
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
 * @throws {ModelFormatError} when it is not one, or the browser cannot read it
 * @throws {LimitExceededError} when it is too large
 */
export async function readRun(file: File): Promise<BenchResult> {
  // Told before it is read: a wrong file may be huge.
  const text =
    file.size > 4 * RESULT_LIMITS.characters ? "x".repeat(RESULT_LIMITS.characters + 1) : await textOf(file);
  return parseResult(text, file.name);
}

async function textOf(file: File): Promise<string> {
  try {
    return await file.text();
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** What is said of a file whose bytes the browser does not give. */
export function unreadable(file: File, cause: unknown): ModelFormatError {
  return new ModelFormatError("the browser cannot read this file", {
    code: "app/unreadable",
    path: file.name,
    hint: "it may have been moved or changed since it was chosen, or be a folder: choose the file again",
    cause,
  });
}

/** The buttons for both. */
export interface Transfer {
  readonly element: HTMLElement;
  /** The field of files to import. */
  readonly input: HTMLElement;
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
    input,
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
    return place + error.problem + (error.hint === undefined ? "" : `; ${error.hint}`);
  }
  return error instanceof Error ? error.message : String(error);
}
