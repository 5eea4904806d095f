"""One repeat per request of PyTorch or TensorFlow: `child.py pytorch|tensorflow THREADS`, lines of JSON both ways.

Layouts of the requests are PyTorch's (NCHW, weights [out, in]); losses and results are written as float32 files.
"""
import importlib
import json
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
SLOW_SECONDS = 4.0



def losses(step, count):
    """The losses of the first steps; of fewer where they are slow."""
    import numpy as np

    out = []
    for _ in range(count):
        start = time.perf_counter()
        out.append(float(step()))
        if time.perf_counter() - start > SLOW_SECONDS:
            break
    return np.array(out, dtype=np.float32)


def main():
    name, threads = sys.argv[1], int(sys.argv[2])
    # Only answers go to the real stdout: libraries print there too.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(value):
        answers.write(json.dumps(value) + "\n")
        answers.flush()

    try:
        engine = importlib.import_module({"pytorch": "with_torch", "tensorflow": "with_tensorflow"}[name])
        version = engine.start(threads)
    except Exception as error:
        answer({"error": f"{type(error).__name__}: {error}"})
        return
    import numpy as np

    answer({"version": version})
    cases = {}
    for line in sys.stdin:
        request = json.loads(line)
        key = request["id"]
        try:
            if request["op"] == "prepare":
                arrays = [
                    (i["name"], np.fromfile(i["path"], dtype=np.float32).reshape(i["shape"])) for i in request["inputs"]
                ]
                for i in request["inputs"]:
                    os.remove(i["path"])
                case = engine.prepare(request["kind"], request["attrs"], arrays)
                result = losses(case["loss"], request["count"]) if "loss" in case else case["result"]()
                np.ascontiguousarray(result, dtype=np.float32).tofile(request["out"])
                cases[key] = case
                answer({})
            elif request["op"] == "measure":
                call = cases[key]["call"]
                start = time.perf_counter()
                for _ in range(request["calls"]):
                    call()
                answer({"ms": (time.perf_counter() - start) * 1000})
            elif request["op"] == "details":
                answer({"details": cases[key].get("details", dict)()})
            else:
                del cases[key]
                answer({})
        except NotImplementedError as error:
            answer({"error": str(error), "lacking": True})
        except Exception as error:
            answer({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main()
