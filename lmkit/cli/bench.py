"""Benchmark of this machine: `bench`."""

import os
from pathlib import Path
from typing import Annotated

import typer

from lmkit.cli.emit import Output, with_output
from lmkit.cli.options import Int8
from lmkit.core.errors import UsageError
from lmkit.terminal.output import say, show, write_json

USUAL = "2x512x10000"  # layers, units, words


@with_output(plots=False)
def bench(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="The model to measure [default: an untrained one]."),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="LxUxW",
            help=f"Layers x units x words of the untrained model [default: {USUAL}].",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random weights and words.")] = 0,
    int8: Int8 = False,
    *,
    output: Output,
) -> None:
    """Measure the speed of training and inference on this machine.

    The benchmark takes half a minute, needs no text, and also measures the rate of matrix products.
    With DIR, it measures your model and trains nothing. Other programs make every figure worse.

    Examples:
      lmkit bench
      lmkit bench --size 2x650x10000 --json
      lmkit bench my-model --int8
      OMP_NUM_THREADS=1 lmkit bench
    """
    from lmkit.bench.asking import Effort
    from lmkit.bench.everything import measure_everything
    from lmkit.bench.untrained import Size
    from lmkit.recipes.memory_check import check_memory
    from lmkit.terminal.bench import figures

    if folder and size:
        raise UsageError(
            f"--size sets the size of an untrained model, but {folder} was given; leave one out"
        )
    untrained = Size.parse(size or USUAL)
    check_memory(untrained.config())
    answer: dict[str, object] = {}
    effort = Effort(weights="int8" if int8 else "float")
    for found in measure_everything(folder or untrained, effort=effort, seed=seed):
        if not answer and not output.quiet:
            say(_promise(_load()))
        answer[found.name] = found.to_dict()
        if not output.json:
            show(figures(found), quiet=output.quiet)
    if output.json:
        write_json(answer)


def _load() -> float:
    """Return how many cores other programs kept busy in the last minute, where that is known."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def _promise(load: float) -> str:
    if load < 1:
        return "measuring, about half a minute ..."
    return f"measuring; other programs were busy (load {load:.1f}), so figures may be too low ..."
