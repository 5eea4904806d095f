// The page's side of the worker: one at a time, replaced when it does not stop by itself.
import type { Answer, Order, Request } from "./worker/protocol.js";

/** Milliseconds that a run may take to end by itself. */
const PATIENCE = 1500;

/** A model as it is given to the worker, and again to its successor. */
type GivenModel = Omit<Extract<Request, { readonly type: "model" }>, "type">;

/** Talks to the worker. */
export class Client {
  private readonly onAnswer: (answer: Answer) => void;
  private worker: Worker;
  /** False until the worker said hello: one that never does cannot be loaded, and is not replaced for ever. */
  private alive = false;
  /** Given again to a new worker. */
  private readonly models: Map<number, GivenModel> = new Map();
  private patience: ReturnType<typeof setTimeout> | undefined;

  constructor(onAnswer: (answer: Answer) => void) {
    this.onAnswer = onAnswer;
    this.worker = this.start();
  }

  private start(): Worker {
    const worker = new Worker(new URL("./worker/worker.ts", import.meta.url), {
      type: "module",
      name: "bench",
    });
    this.alive = false;
    worker.addEventListener("message", (event: MessageEvent<Answer>) => {
      // What a worker said before it was thrown away comes too late.
      if (worker !== this.worker) return;
      const answer = event.data;
      if (answer.type === "hello") this.alive = true;
      if (answer.type === "cancelled" || answer.type === "done" || answer.type === "failed")
        clearTimeout(this.patience);
      this.onAnswer(answer);
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (worker === this.worker) this.broken(event.message);
    });
    return worker;
  }

  /** An error that nobody caught: what runs in the worker, and its memory, can be in any state. */
  private broken(message: string): void {
    clearTimeout(this.patience);
    const loaded = this.alive;
    if (loaded) this.replace();
    else this.worker.terminate();
    const trouble = loaded
      ? {
          code: "worker",
          message: message || "an error that nobody caught",
          hint: "a run ends there, and the next one is in a new worker",
        }
      : { code: "worker", message: message || "the worker cannot be loaded", hint: "reload the page" };
    this.onAnswer({ type: "failed", trouble });
  }

  private replace(): void {
    this.worker.terminate();
    this.worker = this.start();
    for (const model of this.models.values()) this.send({ type: "model", ...model });
  }

  private send(request: Request): void {
    this.worker.postMessage(request);
  }

  /** Starts a run. */
  run(order: Order): void {
    this.send({ type: "run", order });
  }

  /** Ends the run; a worker that is busy for longer is thrown away. */
  cancel(): void {
    this.send({ type: "cancel" });
    this.patience = setTimeout(() => {
      this.replace();
      this.onAnswer({ type: "cancelled" });
    }, PATIENCE);
  }

  /** Hands over a model and the files it may use; answers have its id. */
  addModel(model: GivenModel): void {
    this.models.set(model.id, model);
    this.send({ type: "model", ...model });
  }

  /** Forgets a model. */
  dropModel(id: number): void {
    this.models.delete(id);
  }
}
