// The one progress event of Isoform, as the converter emits it.

/** Progress of a long call. `done` counts up to `total`, when that is known. */
export interface ProgressEvent {
  readonly task: "load" | "convert" | "compile" | "fit" | "bench";
  readonly phase: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: "bytes" | "nodes" | "steps" | "tensors" | "rows";
  readonly label?: string;
  readonly metrics?: Readonly<Record<string, number>>;
}
