#!/usr/bin/env python3
"""Actions of exported policies by onnxruntime, for the tests and to be looked at again.

    scripts/peers/onnx_cases.py [--program .build/release/metarl] [--check]

The run that comes with the program is exported as ONNX, before adaptation and adapted to each direction, checked by the
package `onnx` and run by onnxruntime on 1,000 observations: element j of observation i is 3 sin(0.37 i + 1.3 j). The actions
are written to Tests/TrainingTests/Oracles/onnx.json; `--check` compares them with that file instead, within 1e-5.

    pip install onnx onnxruntime
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CASES = ROOT / "Tests/TrainingTests/Oracles/onnx.json"
COUNT, SEED = 1_000, 5
TOLERANCE = 1e-5


def actions(program, task, folder):
    """The actions of the exported policy, and the numbers of its inputs."""
    path = pathlib.Path(folder) / "policy.onnx"
    adapted = ["--task", task, "--seed", str(SEED)] if task else []
    subprocess.run([program, "export", "pretrained:cheetah-dir", "--output", path, *adapted], check=True)
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    if (version := model.opset_import[0].version) < 17:
        sys.exit(f"expected opset 17 or later, found {version}")
    session = onnxruntime.InferenceSession(path)
    if [value.name for value in session.get_inputs()] != ["observation"] or session.get_outputs()[0].name != "action":
        sys.exit("expected the input observation and the first output action, found others")
    size = session.get_inputs()[0].shape[1]
    rows, columns = numpy.meshgrid(numpy.arange(COUNT), numpy.arange(size), indexing="ij")
    observations = (3 * numpy.sin(0.37 * rows + 1.3 * columns)).astype(numpy.float32)
    whole = session.run(["action"], {"observation": observations})[0]
    # The batch axis is free.
    alone = session.run(["action"], {"observation": observations[:1]})[0]
    assert abs(alone - whole[:1]).max() <= TOLERANCE
    return whole


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / ".build/release/metarl", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {task or "none": actions(arguments.program.resolve(), task, folder) for task in (None, "forward", "backward")}
    if arguments.check:
        stored = json.loads(CASES.read_text())
        for task, values in found.items():
            difference = abs(values - numpy.array(stored["actions"][task])).max()
            print(f"{task}: {len(values)} actions, the largest difference {difference:.1e}")
            if not difference <= TOLERANCE:
                sys.exit(f"onnx_cases: expected at most {TOLERANCE}, found {difference}")
        return
    CASES.parent.mkdir(exist_ok=True)
    values = {task: [[float(f"{number:.7g}") for number in row] for row in rows] for task, rows in found.items()}
    CASES.write_text(json.dumps({"seed": SEED, "actions": values}) + "\n")
    print(f"wrote {CASES.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
