// The page's side of the worker: one at a time, replaced when it does not stop by itself.
import type { Answer, GivenFile, Order, Request } from "./worker/protocol.js";

/** Milliseconds that a run may take to end by itself. */
const PATIENCE = 1500;

/** Talks to the worker. */
export class Client {
  private readonly onAnswer: (answer: Answer) => void;
  private worker: Worker;
  /** Given again to a new worker. */
  private readonly models: Map<number, readonly GivenFile[]> = new Map();
  private nextModel = 0;
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
    worker.addEventListener("message", (event: MessageEvent<Answer>) => {
      const answer = event.data;
      if (answer.type === "cancelled" || answer.type === "done" || answer.type === "failed")
        clearTimeout(this.patience);
      this.onAnswer(answer);
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      clearTimeout(this.patience);
      const message = event.message || "the worker cannot be loaded";
      this.onAnswer({ type: "failed", trouble: { code: "worker", message, hint: "reload the page" } });
    });
    return worker;
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
      this.worker.terminate();
      this.worker = this.start();
      for (const [id, files] of this.models) this.send({ type: "model", id, files });
      this.onAnswer({ type: "cancelled" });
    }, PATIENCE);
  }

  /** Hands over a model and the files it may use; gives the id that answers will have. */
  addModel(files: readonly GivenFile[]): number {
    const id = this.nextModel++;
    this.models.set(id, files);
    this.send({ type: "model", id, files });
    return id;
  }

  /** Forgets a model. */
  dropModel(id: number): void {
    this.models.delete(id);
  }
}
