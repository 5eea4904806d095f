import { it } from "vitest";
import { keras } from "./index.js";
import { setBackend } from "@isoform/core";
import { reference } from "@isoform/backend-reference";
it("x", async () => {
  await setBackend(reference());
  const any = (f: any, ...a: any[]) => {
    try {
      console.log(String(f(...a)));
    } catch (e) {
      console.log(String(e));
    }
  };
  any(keras.layers.Dense, { units: 3 });
  any(keras.layers.Dense);
  any(keras.layers.Dense, 3, "relu");
  any(keras.layers.Conv2D, 3);
  any(keras.layers.Conv2D, { filters: 3, kernelSize: 3 });
  any(keras.layers.Dot, { axes: 3 });
  any(keras.layers.Dropout);
  any(keras.layers.Embedding, 3);
  any(keras.layers.Bidirectional, 3);
  any(keras.layers.MaxPooling2D, 2, 2);
  any(keras.layers.Dense, 3, { activaton: "relu" });
  any(keras.layers.Dense, 3, { kernel_initializer: "zeros" });
  any(keras.layers.Dense, 3, { activation: "rleu" });
  any(keras.layers.LSTM, { units: 3 });
});
