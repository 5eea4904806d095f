"""Writes test/support/keras-ops.golden.json: what Keras gives for the models of test/keras-ops.test.ts.

KERAS_OPS_CONFIGS=/tmp/ops npx vitest run test/keras-ops.test.ts && python scripts/keras_ops_golden.py /tmp/ops
"""

import json
import pathlib
import sys

import keras
import numpy as np


def constant(case, class_name):
    """The first constant argument of an operation."""
    node = next(l for l in case["config"]["config"]["layers"] if l["class_name"] == class_name)
    return np.array(node["inbound_nodes"][0]["args"][1]["config"]["value"], "float32")


# Operations whose symbolic form fails in Keras 3.15, called directly.
DIRECT = {
    "adaptiveAveragePool": lambda x, case: keras.ops.adaptive_average_pool(x, 3),
    "adaptiveMaxPool": lambda x, case: keras.ops.adaptive_max_pool(x, 3),
    "convTranspose": lambda x, case: keras.ops.conv_transpose(
        x, constant(case, "ConvTranspose"), strides=2
    ),
}

golden = {}
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.json")):
    case = json.loads(path.read_text())
    inputs = [np.array(v, "float32").reshape(2, 4, 6) for v in case["inputs"]]
    if case["name"] in DIRECT:
        outputs = [DIRECT[case["name"]](inputs[0], case)]
        symbolic = [[None, *out.shape[1:]] for out in outputs]
    else:
        model = keras.models.model_from_json(json.dumps(case["config"]))
        outputs = model(inputs)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        symbolic = [list(spec.shape) for spec in model.outputs]
    golden[case["name"]] = [
        {
            "shape": list(out.shape),
            "dtype": keras.backend.standardize_dtype(out.dtype),
            "symbolic": shape,
            "values": [float(f"{v:.9g}") for v in np.asarray(out).astype("float64").ravel()],
        }
        for out, shape in zip(outputs, symbolic)
    ]
target = pathlib.Path(__file__).parent.parent / "test" / "support" / "keras-ops.golden.json"
target.write_text(json.dumps(golden, separators=(",", ":")).replace('],"', '],\n"') + "\n")
print(len(golden), "operations")
