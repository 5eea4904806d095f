import { beforeAll, beforeEach, expect, it } from "vitest";
import { setBackend } from "@isoform/core";
import { reference } from "@isoform/backend-reference";
import { keras } from "../index.js";
import { clearSession } from "../session.js";

const { layers } = keras;

beforeAll(async () => {
  await setBackend(reference());
});
beforeEach(() => clearSession());

function summaryOf(model: keras.Model): string {
  let text = "";
  model.summary({ printFn: (t) => void (text = t) });
  return text;
}

it("prints the table of Keras for 784-128-10", () => {
  const model = keras.Sequential([
    keras.Input([784]),
    layers.Dense(128, { activation: "relu" }),
    layers.Dense(10),
  ]);
  expect(summaryOf(model)).toMatchInlineSnapshot(`
    "Model: "sequential"
    ┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
    ┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
    ┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
    │ dense (Dense)                   │ (None, 128)            │       100,480 │
    ├─────────────────────────────────┼────────────────────────┼───────────────┤
    │ dense_1 (Dense)                 │ (None, 10)             │         1,290 │
    └─────────────────────────────────┴────────────────────────┴───────────────┘
     Total params: 101,770 (397.54 KB)
     Trainable params: 101,770 (397.54 KB)
     Non-trainable params: 0 (0.00 B)"
  `);
});
