"""Measure one step in ONNX beside lmkit's own, in float32 and in 8 bits.

    OMP_NUM_THREADS=1 python scripts/bench/onnx_step.py

Milliseconds of the processor for a step of one row with all log-probabilities, in runs that take
turns, and the machine's matrix product beside them. The weights are drawn: time does not depend on
them. Prints one JSON object.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from lmkit.bench.machine import measure_machine
from lmkit.core.seeding import make_generator
from lmkit.interop.onnx.export import open_graphs
from lmkit.models.base import Model
from lmkit.models.onnx_lm import open_session
from lmkit.models.recurrent.int8_lm import Int8LM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

STEPS = 50  # of a run


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--vocabulary", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=9, help="runs of each, taking turns")
    given = parser.parse_args()
    torch.set_num_threads(1)
    config = RecurrentLMConfig(
        vocab_size=given.vocabulary,
        layers=given.layers,
        hidden=given.hidden,
        embedding=given.hidden,
        head="full",
    )
    found = measure(config, given.runs)
    print(json.dumps({**vars(given), **found, "machine": vars_of_machine()}))


def measure(config: RecurrentLMConfig, runs: int) -> dict[str, float]:
    """Return the median milliseconds of a step for each way to ask one network."""
    model = RecurrentLM(config, make_generator(0)).eval()
    rounded = Int8LM(model)
    with tempfile.TemporaryDirectory() as folder:
        graphs = open_graphs(model, Path(folder), "model")
        ways = {
            "float32": lambda: asked(model),
            "int8": lambda: asked(rounded),
            "onnx": lambda: asked(graphs),
            "onnx_alone": stepping(Path(folder) / "model.onnx", config),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(runs + 1):  # the first run warms up
            for name, way in ways.items():
                began = time.process_time()
                way()
                times[name].append((time.process_time() - began) / STEPS * 1000)
    return {name: round(statistics.median(each[1:]), 3) for name, each in times.items()}


def asked(model: Model) -> None:
    """Read word after word, all log-probabilities each time."""
    state = model.start(1)
    for number in range(STEPS):
        prediction, state = model.read(torch.tensor([[number]]), state)
        prediction.log_probs()


def stepping(path: Path, config: RecurrentLMConfig) -> Callable[[], None]:
    """Return the same with model.onnx and onnxruntime alone."""
    session = open_session(path)
    names = [value.name for value in session.get_inputs()][1:]

    def run() -> None:
        state = [np.zeros((1, config.hidden), np.float32) for _ in names]
        for number in range(STEPS):
            fed = {"ids": np.array([number]), **dict(zip(names, state, strict=True))}
            _, *state = session.run(["log_probs", *(f"{name}_after" for name in names)], fed)

    return run


def vars_of_machine() -> dict[str, object]:
    """Return the rates of this machine."""
    machine = measure_machine(1)
    return {name: getattr(machine, name) for name in type(machine).__dataclass_fields__}


if __name__ == "__main__":
    main()
