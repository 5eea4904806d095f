// The 784-128-10 network of every tutorial, Keras style: its summary table.
import { keras } from "@isoform/api-keras";
import { runAsScript, type Print } from "../run.js";

/** Prints the summary: 100,480 + 1,290 = 101,770 parameters. */
export function mnistSummary(print: Print): void {
  keras.backend.clearSession();
  const model = keras.Sequential([
    keras.Input([784]),
    keras.layers.Dense(128, { activation: "relu" }),
    keras.layers.Dense(10),
  ]);
  model.summary({ printFn: print });
}

await runAsScript(import.meta.url, mnistSummary);
