"""Measure how fast each cell trains beside the fused LSTM: `python scripts/bench/cells.py`.

With --compiled each cell that gains by it is measured as torch's compiler makes it, too (the
setting `training.compile_cells`), with the seconds of compiling and the largest difference of a
gradient.
Each round times one forward and backward pass of every cell in turn, so that a busy machine slows
all alike; the median round counts. On one thread processor time is taken, which other programs
disturb least, and on several the time on the clock. Prints one JSON object.
"""

import argparse
import copy
import json
import statistics
import time
from collections.abc import Callable
from typing import TypeAlias

import torch

from lmkit.bench.machine import measure_matrix_product
from lmkit.core.devices import prepare_cpu
from lmkit.core.seeding import make_generator
from lmkit.nn.cells import CELLS
from lmkit.nn.recurrent import Recurrent, RecurrentConfig
from lmkit.nn.train_mode import TrainMode

Clock: TypeAlias = Callable[[], float]


def seconds_of_a_step(model: Recurrent, x: torch.Tensor, clock: Clock) -> float:
    """Return the seconds of one forward and backward pass."""
    began = clock()
    outputs, _ = model(x, model.start(x.shape[1]), mode=TrainMode(generator=make_generator(0)))
    outputs.sum().backward()
    return clock() - began


def compiled_model(
    model: Recurrent, x: torch.Tensor, clock: Clock
) -> tuple[Recurrent, dict[str, float]]:
    """Return a compiled copy of a model, and what it cost and how far it is from the original.

    The difference is the largest of the gradients, relative to the largest number among them.
    """
    made = copy.deepcopy(model)
    made.compile_cells()
    found = {"compiling_seconds": round(seconds_of_a_step(made, x, clock), 1)}
    for each in (model, made):
        each.zero_grad()
        seconds_of_a_step(each, x, clock)
    differences = [
        float((one.grad - two.grad).abs().max() / two.grad.abs().max())
        for one, two in zip(made.parameters(), model.parameters(), strict=True)
        if one.grad is not None and two.grad is not None
    ]
    return made, {**found, "difference": max(differences)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", default="all")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--time", type=int, default=35)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--compiled", action="store_true", help="cells that gain by it, too")
    asked = parser.parse_args()
    threads = prepare_cpu(asked.threads)
    clock = time.process_time if threads == 1 else time.perf_counter
    names = CELLS.names() if asked.cells == "all" else asked.cells.split(",")
    names = tuple(dict.fromkeys(("lstm", *names)))
    layers = (asked.hidden, asked.hidden)
    models = {
        name: Recurrent(RecurrentConfig(cell=name, input=asked.hidden, hidden=layers))
        for name in names
    }
    x = torch.randn(asked.time, asked.batch, asked.hidden, generator=make_generator(0))
    x.requires_grad_()
    costs: dict[str, dict[str, float]] = {}
    if asked.compiled:
        for name in [each for each in names if CELLS.get(each).gains_by_compiling]:
            models[f"{name} compiled"], costs[f"{name} compiled"] = compiled_model(
                models[name], x, clock
            )
    names = tuple(models)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(asked.rounds + 2):
        for name, model in models.items():
            taken = seconds_of_a_step(model, x, clock)
            if turn >= 2:
                seconds[name].append(taken)
    median = {name: statistics.median(values) for name, values in seconds.items()}
    rates = {
        name: {
            "milliseconds": round(1000 * value, 2),
            "best_milliseconds": round(1000 * min(seconds[name]), 2),
            "rate_of_lstm": round(median["lstm"] / value, 3),
            **costs.get(name, {}),
        }
        for name, value in median.items()
    }
    setting = {"layers": layers, "batch": asked.batch, "time": asked.time, "threads": threads}
    setting["clock"] = clock.__name__
    answer = {
        **setting,
        "matrix_gflops": round(measure_matrix_product(clock=clock)),
        "cells": rates,
    }
    print(json.dumps(answer, indent=2))


if __name__ == "__main__":
    main()
