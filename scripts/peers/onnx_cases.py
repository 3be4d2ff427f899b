#!/usr/bin/env python3
"""Actions and predictions of exported models by onnxruntime, for the tests and to be looked at again.

    scripts/peers/onnx_cases.py [--program .build/release/metarl] [--check]

The run that comes with the program is exported as ONNX, before adaptation and adapted to each direction, checked by the
package `onnx` and run by onnxruntime on 1,000 observations: element j of observation i is 3 sin(0.37 i + 1.3 j). Small
supervised runs of every kind of model are trained, by kernels that give the same bits on every processor, adapted to their
second held-out task by two steps, and run on inputs whose elements are 0.5 + 0.5 sin(0.37 i + 1.3 j). The results are written
to Tests/TrainingTests/Oracles/onnx.json and onnx_supervised.json; `--check` compares them with these files instead, within
1e-5, and with the metadata and parameters that `adapt` writes, by a computation of its own in numpy.

    pip install onnx onnxruntime safetensors
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
from safetensors import safe_open

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CASES = ROOT / "Tests/TrainingTests/Oracles/onnx.json"
SUPERVISED = ROOT / "Tests/TrainingTests/Oracles/onnx_supervised.json"
COUNT, SEED = 1_000, 5
TOLERANCE = 1e-5

SMALL = ["iterations=3", "meta_batch_size=2", "workers=1", "deterministic_kernels=true"]
IMAGES = ["task=glyphs", "ways=3", "shots=2", "queries=2", "model=convolutional", "blocks=2", "filters=4"]
RUNS = {
    "perceptron": ["task=sinusoid", "hidden_sizes=[8, 8]", "initializer=xavier"],
    "softplus": ["task=polynomial-3", "hidden_sizes=[6]", "activation=softplus", "initializer=xavier"],
    "sparse recovery": ["task=sparse-spectrum", "algorithm=mlsr", "hidden_sizes=[8]", "initializer=xavier"],
    "linear network": ["task=sinusoid-phase", "model=linnet", "hidden_sizes=[5, 4]", "initializer=xavier"],
    "t-net": ["task=sinusoid", "algorithm=t-net", "hidden_sizes=[7]", "initializer=xavier"],
    "mt-net": ["task=sinusoid-frequency", "algorithm=mt-net", "hidden_sizes=[7]", "initializer=xavier"],
    "linear": ["task=ridge"],
    "logistic": ["task=linear-classification", "shots=30", "queries=30"],
    "classes": ["task=glyphs", "hidden_sizes=[6]", "ways=4", "shots=2", "queries=2"],
    "convolutional": IMAGES,
    "pooled, flat, transformed": [*IMAGES, "pooling=2", "features=flat", "algorithm=t-net"],
    "running statistics": [*IMAGES, "normalization=running"],
}
TASK, STEPS = 2, 2


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


def inputs(size, count):
    rows, columns = numpy.meshgrid(numpy.arange(count), numpy.arange(size), indexing="ij")
    return (0.5 + 0.5 * numpy.sin(0.37 * rows + 1.3 * columns)).astype(numpy.float32)


def expected(path, signal):
    """The outputs that a file of `adapt` stands for, by its metadata and parameters alone."""
    file = safe_open(path, "np")
    meta, names = file.metadata(), set(file.keys())
    functions = {"relu": lambda x: numpy.maximum(x, 0), "tanh": numpy.tanh,
                 "sigmoid": lambda x: 1 / (1 + numpy.exp(-x)), "softplus": lambda x: numpy.logaddexp(x, 0)}
    get = lambda name: file.get_tensor(name).astype(numpy.float64)
    shape, layers = json.loads(meta["input.shape"]), json.loads(meta["layers"])
    signal = signal.astype(numpy.float64).reshape(-1, *shape)
    for layer in layers:
        transform = (lambda x: x @ get(f"{layer}.transform")) if f"{layer}.transform" in names else (lambda x: x)
        if not layer.startswith("block"):
            if signal.ndim == 4:
                is_mean = meta.get("config.features") == "mean"
                signal = signal.mean((1, 2)) if is_mean else signal.reshape(len(signal), -1)
            signal = transform(signal @ get(f"{layer}.weight") + get(f"{layer}.bias"))
            if layer != "output" and "config.activation" in meta and meta["config.model"] != "linnet":
                signal = functions[meta["config.activation"]](signal)
            continue
        pooling = int(meta["config.pooling"])
        stride, weight = (1 if pooling else 2), get(f"{layer}.weight")
        padded = numpy.pad(signal, ((0, 0), (1, 1), (1, 1), (0, 0)))
        windows = numpy.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))[:, ::stride, ::stride]
        signal = transform(numpy.einsum("nhwcab,abcf->nhwf", windows, weight) + get(f"{layer}.bias"))
        is_running = f"{layer}.mean" in names
        mean = get(f"{layer}.mean") if is_running else signal.mean((0, 1, 2))
        variance = get(f"{layer}.variance") if is_running else signal.var((0, 1, 2))
        signal = (signal - mean) / numpy.sqrt(variance + 1e-5) * get(f"{layer}.scale") + get(f"{layer}.shift")
        if pooling:
            n, h, w, c = signal.shape
            signal = signal[:, : h // pooling * pooling, : w // pooling * pooling]
            signal = signal.reshape(n, h // pooling, pooling, w // pooling, pooling, c).max((2, 4))
        signal = numpy.maximum(signal, 0)
    return signal


def predictions(program, name, folder):
    """The outputs of a supervised run's exported model, adapted to a task, and what `adapt` wrote of it."""
    run = pathlib.Path(folder) / name.replace(" ", "-").replace(",", "")
    settings = [part for setting in SMALL + RUNS[name] for part in ("--set", setting)]
    subprocess.run([program, "train", "--run", run, *settings], check=True, stdout=subprocess.DEVNULL)
    chosen = ["--task", str(TASK), "--steps", str(STEPS), "--seed", str(SEED)]
    paths = {kind: run / f"model.{kind}" for kind in ("onnx", "safetensors")}
    subprocess.run([program, "export", run, *chosen, "--output", paths["onnx"]], check=True)
    subprocess.run([program, "adapt", run, *chosen, "--output", paths["safetensors"]], check=True, stdout=subprocess.DEVNULL)
    model = onnx.load(paths["onnx"])
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(paths["onnx"])
    names = [value.name for value in session.get_outputs()]
    if [value.name for value in session.get_inputs()] != ["input"] or names not in (["prediction"], ["class", "logits"]):
        sys.exit(f"{name}: expected input and prediction, or class and logits, found others: {names}")
    size = session.get_inputs()[0].shape[1]
    found = session.run(names, {"input": inputs(size, 1_000 if size <= 10 else 40)})
    if names[0] == "class":
        logits = found[1]
        classes = logits.argmax(1) if logits.shape[1] > 1 else (logits[:, 0] > 0)
        if not (found[0] == classes).all():
            sys.exit(f"{name}: expected the classes of the logits, found others")
    return found[-1], expected(paths["safetensors"], inputs(size, len(found[-1])))


def compare(name, found, known, what):
    # Of outputs above 1, a share of them.
    difference = (abs(found - numpy.array(known)) / numpy.maximum(1, abs(found))).max()
    print(f"{name}: {len(found)} {what}, the largest difference {difference:.1e}")
    if not difference <= TOLERANCE:
        sys.exit(f"onnx_cases: {name}: expected at most {TOLERANCE}, found {difference}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / ".build/release/metarl", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    program = arguments.program.resolve()
    with tempfile.TemporaryDirectory() as folder:
        policies = {task or "none": actions(program, task, folder) for task in (None, "forward", "backward")}
        models = {name: predictions(program, name, folder) for name in RUNS}
    for name, (found, adapted) in models.items():
        compare(name, found, adapted, "outputs beside numpy's")
    if arguments.check:
        stored = json.loads(CASES.read_text())["actions"]
        for task, values in policies.items():
            compare(task, values, stored[task], "actions beside the stored")
        stored = json.loads(SUPERVISED.read_text())["runs"]
        for name, (values, _) in models.items():
            compare(name, values, stored[name]["outputs"], "outputs beside the stored")
        return
    CASES.parent.mkdir(exist_ok=True)
    def rounded(values):
        return [[float(f"{number:.7g}") for number in row] for row in values]
    actions_of = {task: rounded(values) for task, values in policies.items()}
    CASES.write_text(json.dumps({"seed": SEED, "actions": actions_of}) + "\n")
    runs = {name: {"settings": SMALL + RUNS[name], "outputs": rounded(values)} for name, (values, _) in models.items()}
    SUPERVISED.write_text(json.dumps({"seed": SEED, "task": TASK, "steps": STEPS, "runs": runs}) + "\n")
    print(f"wrote {CASES.relative_to(ROOT)} and {SUPERVISED.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
