// What the page and its worker say to each other.
import type { BenchEvent, BenchResult, BenchSize, MachineFacts } from "@isoform/bench";

/** Engines that are not Isoform's, loaded only when they are chosen. */
export type PeerName = "tfjs-wasm" | "tfjs-webgpu" | "ort-wasm" | "ort-webgpu" | "jax-js";

/** One thing to measure, as chosen on the page. */
export type Choice =
  | { readonly kind: "reference" }
  | { readonly kind: "cpu"; readonly threads: number }
  | { readonly kind: "webgpu" }
  /** A backend in an ES module of the user's. */
  | { readonly kind: "plugin"; readonly url: string }
  /** `url` replaces the copy beside the app. */
  | { readonly kind: "peer"; readonly peer: PeerName; readonly url: string | null };

/** What to run. */
export interface Order {
  readonly suites: readonly string[];
  readonly size: BenchSize;
  readonly budgetMs: number;
  readonly choices: readonly Choice[];
  /** Ids of models that were given before. */
  readonly models: readonly number[];
  readonly label: string;
}

/** A file by name. */
export interface GivenFile {
  readonly name: string;
  readonly bytes: ArrayBuffer;
}

/** To the worker. */
export type Request =
  | { readonly type: "run"; readonly order: Order }
  | { readonly type: "cancel" }
  /** The first file is the model, the others are what it may use; `name` is its own among all models. */
  | {
      readonly type: "model";
      readonly id: number;
      readonly name: string;
      readonly files: readonly GivenFile[];
    };

/** What is known of a model file. */
export interface ModelFacts {
  readonly name: string;
  readonly format: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: number;
  readonly parameters: number;
}

/** A tensor of a file that holds only weights. */
export interface TensorFacts {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** An error as it crosses to the page. */
export interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** From the worker. */
export type Answer =
  /** Once, when the worker is there: the number of cases by suite, and what machine this is. */
  | {
      readonly type: "hello";
      readonly counts: Readonly<Record<string, number>>;
      readonly machine: MachineFacts;
    }
  /** The result without rows, then each row as an event. */
  | { readonly type: "begun"; readonly result: BenchResult; readonly total: number }
  | { readonly type: "event"; readonly event: BenchEvent }
  | { readonly type: "done"; readonly result: BenchResult }
  | { readonly type: "cancelled" }
  | { readonly type: "failed"; readonly trouble: Trouble }
  | { readonly type: "model"; readonly id: number; readonly facts: ModelFacts }
  | {
      readonly type: "weights";
      readonly id: number;
      readonly name: string;
      readonly tensors: readonly TensorFacts[];
    }
  | { readonly type: "no-model"; readonly id: number; readonly name: string; readonly trouble: Trouble };

/** The id of a choice: the same on every machine. */
export function choiceId(choice: Choice): string {
  switch (choice.kind) {
    case "reference":
    case "webgpu":
      return choice.kind;
    case "cpu":
      return `cpu-${choice.threads}`;
    case "plugin":
      return `plugin ${choice.url}`;
    case "peer":
      return choice.peer;
  }
}

/** The name of a choice for people. */
export function choiceLabel(choice: Choice): string {
  switch (choice.kind) {
    case "reference":
      return "reference";
    case "webgpu":
      return "webgpu";
    case "cpu":
      return `cpu, ${choice.threads} ${choice.threads === 1 ? "thread" : "threads"}`;
    case "plugin":
      return fileOf(choice.url);
    case "peer":
      return choice.peer;
  }
}

/** The last part of an address that has a name: its file, its folder, or its host. */
function fileOf(url: string): string {
  const { pathname, search, host } = new URL(url);
  const file = pathname.split("/").findLast((part) => part !== "");
  return file === undefined ? host : file + search;
}
