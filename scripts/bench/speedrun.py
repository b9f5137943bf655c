"""Perplexity against minutes, beside peers: `python scripts/bench/speedrun.py TRAIN --valid VALID`.

Three learn from the same text for the same minutes, each in a process of its own, one after the
other: lmkit as `lmkit train --minutes M` does, the reference recipe (reference_recipe.py), and
interpolated modified Kneser-Ney of order 5 alone. Prints the minutes each needed to some
perplexities, writes every point to a JSON file, and draws them.

Perplexity is per word of the validation text, line ends counted. The minutes of lmkit contain its
validations, those of the reference recipe only the one after each epoch. Text is read before the
clock starts, but the n-gram's minutes are counting and estimating.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cores
import reference_recipe
from reference_recipe import Point

from lmkit.archive.options import ModelOptions
from lmkit.bench.machine import measure_machine
from lmkit.core.perplexity import perplexity
from lmkit.data.prepare import prepare
from lmkit.data.sources import open_source
from lmkit.language_model import LanguageModel
from lmkit.models.ngram.ngram import NGram
from lmkit.models.sequence import stream_log_probs
from lmkit.plots.canvas import THEMES, Axes, Figure, line_style, save_plot
from lmkit.recipes import TrainRequest, train_language_model
from lmkit.text.tokenizer import TokenizerConfig
from lmkit.training.events import Prepared, Progress, Validated

PEERS = ("lmkit", "reference", "kn5")
NAMES = {"lmkit": "lmkit", "reference": "reference recipe (2 x 650, SGD)", "kn5": "KN-5"}
GOALS = (200.0, 150.0, 120.0, 100.0)


@dataclass(frozen=True, slots=True)
class Final:
    """The perplexity a peer ends with, read in one way."""

    reading: str
    perplexity: float


Item = Point | Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What every peer gets."""

    train: str
    valid: str
    minutes: float
    every: float  # seconds between the measurements inside an epoch of the reference recipe
    settings: tuple[str, ...]  # KEY=VALUE for lmkit
    out: Path | None  # keeps lmkit's model


@dataclass(frozen=True, slots=True)
class Curve:
    """What a peer came to."""

    peer: str
    gflops: float  # matrix product measured before it began
    copy_gb_per_second: float
    points: tuple[Point, ...]
    finals: tuple[Final, ...]


def run_lmkit(task: Task) -> Iterator[Item]:
    """Train with lmkit, then measure the model alone and with its companions."""
    with tempfile.TemporaryDirectory() as scratch:
        out = task.out or Path(scratch) / "model"
        request = TrainRequest(
            sources=(task.train,),
            valid=task.valid,
            out=out,
            minutes=task.minutes,
            settings=task.settings,
            force=True,
        )
        words, began = 0, time.perf_counter()
        for event in train_language_model(request):
            if isinstance(event, Prepared):  # training begins here
                began = time.perf_counter()
            if isinstance(event, Progress):
                words = event.tokens
            if isinstance(event, Validated):
                yield Point((time.perf_counter() - began) / 60, words, event.perplexity)
        yield from _with_adapters(out, task.valid)


def _with_adapters(folder: Path, valid: str) -> Iterator[Final]:
    ways: tuple[tuple[str, ...], ...] = (
        (),
        ("ngram",),
        ("cache", "ngram"),
        ("dynamic", "ngram"),
    )
    for adapters in ways:
        model = LanguageModel.load(folder, ModelOptions(adapters=adapters))
        found = model.evaluate_text(open_source(valid).lines())
        yield Final(" + ".join(["lmkit", *adapters]), found.perplexity)


def run_reference(task: Task) -> Iterator[Item]:
    """Train the reference recipe."""
    yield from reference_recipe.run(
        Path(task.train), Path(task.valid), minutes=task.minutes, every=task.every
    )


def run_kn5(task: Task) -> Iterator[Item]:
    """Count, estimate and measure an n-gram model of order 5."""
    text = prepare([open_source(task.train)], open_source(task.valid), TokenizerConfig())
    line_end = text.tokenizer.line_end_id
    began = time.perf_counter()
    ngram = NGram.fit(
        text.train.ids, vocab_size=text.tokenizer.vocab_size, line_end_id=line_end, order=5
    )
    minutes = (time.perf_counter() - began) / 60
    nats = -float(stream_log_probs(ngram, text.valid.ids, line_end_id=line_end).sum())
    yield Point(minutes, text.train.words, perplexity(nats, text.valid.words))


RUNS: dict[str, Callable[[Task], Iterator[Item]]] = {
    "lmkit": run_lmkit,
    "reference": run_reference,
    "kn5": run_kn5,
}


def minutes_to(points: Sequence[Point], goal: float) -> float | None:
    """Return when a perplexity was first reached: between two points, along a straight line."""
    before: Point | None = None
    for point in points:
        if point.perplexity <= goal:
            if before is None:
                return point.minutes
            share = (before.perplexity - goal) / (before.perplexity - point.perplexity)
            return before.minutes + share * (point.minutes - before.minutes)
        before = point
    return None


def table(curves: Sequence[Curve]) -> str:
    """Return the minutes to each perplexity, and the best perplexity, a line each."""
    width = max(len(name) for name in NAMES.values())
    head = "".join(f"{f'to {goal:g}':>9}" for goal in GOALS)
    lines = [f"{'minutes':{width}}{head}{'best':>9}{'GFLOP/s':>9}{'GB/s':>6}"]
    for curve in curves:
        reached = [minutes_to(curve.points, goal) for goal in GOALS]
        cells = "".join(f"{'-' if found is None else f'{found:.2f}':>9}" for found in reached)
        best = min((point.perplexity for point in curve.points), default=float("nan"))
        lines.append(
            f"{NAMES[curve.peer]:{width}}{cells}{best:9.1f}{curve.gflops:9.0f}"
            f"{curve.copy_gb_per_second:6.1f}"
        )
        lines += [f"  {final.reading}: {final.perplexity:.1f}" for final in curve.finals]
    return "\n".join(lines)


def plot(path: Path, curves: Sequence[Curve], *, theme: str) -> Path:
    """Draw perplexity against minutes."""

    def draw(pyplot: Axes) -> Figure:
        figure, axes = pyplot.subplots(figsize=(7.0, 4.2))
        longest = max((p.minutes for curve in curves for p in curve.points), default=1.0)
        for number, curve in enumerate(curves):
            times = [point.minutes for point in curve.points]
            values = [point.perplexity for point in curve.points]
            if len(values) == 1:  # it is done, and stays as good
                times, values = [*times, longest], values * 2
            marker = "." if len(curve.points) > 1 else ""
            axes.plot(times, values, label=NAMES[curve.peer], marker=marker, **line_style(number))
        axes.set_yscale("log")
        ticks = [50, 60, 80, 100, 120, 150, 200, 300, 500, 1000]
        axes.set_yticks(ticks, [str(tick) for tick in ticks])
        axes.minorticks_off()
        axes.set_ylim(top=1000)
        axes.set_xlabel("minutes of training")
        axes.set_ylabel("validation perplexity per word")
        axes.grid(visible=True)
        axes.legend()
        return figure

    return save_plot(path, draw, theme=theme)


def run_apart(peer: str, arguments: Sequence[str]) -> Curve:
    """Let a peer run in a process of its own, and show its points as they come."""
    command = [sys.executable, __file__, *arguments, "--only", peer]
    rows = []
    with (
        cores.every_core(),
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
    ):
        for line in process.stdout or ():
            print(f"{peer}: {line.rstrip()}", file=sys.stderr, flush=True)
            rows.append(json.loads(line))
    if process.returncode:
        raise SystemExit(f"{peer} failed with exit code {process.returncode}")
    machine = rows[0]
    return Curve(
        peer,
        machine["gflops"],
        machine["copy_gb_per_second"],
        tuple(Point(**row) for row in rows if "minutes" in row),
        tuple(Final(**row) for row in rows if "reading" in row),
    )


def run_here(peer: str, task: Task, *, threads: int) -> None:
    """Print the machine, then each thing a peer finds, a JSON object a line."""
    print(json.dumps(asdict(measure_machine(threads))), flush=True)
    for item in RUNS[peer](task):
        print(json.dumps(asdict(item)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("train")
    parser.add_argument("--valid", required=True)
    parser.add_argument("--minutes", type=float, default=10.0, help="for each")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS, help="who runs")
    parser.add_argument("--every", type=float, default=60.0, help="seconds; see reference_recipe")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    parser.add_argument("--keep", type=Path, help="folder for lmkit's model")
    parser.add_argument("--threads", type=int, default=0, help="0: every core")
    parser.add_argument("--out", type=Path, default=Path("speedrun.json"), help="every point")
    parser.add_argument("--plot", type=Path, help=".png, .svg or .pdf; -dark is written beside it")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--only", choices=PEERS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only:
        task = Task(
            train=asked.train,
            valid=asked.valid,
            minutes=asked.minutes,
            every=asked.every,
            settings=tuple(asked.settings),
            out=asked.keep,
        )
        run_here(asked.only, task, threads=asked.threads)
        return
    report([run_apart(peer, sys.argv[1:]) for peer in asked.peers], asked)


def report(curves: Sequence[Curve], asked: argparse.Namespace) -> None:
    """Write, draw and print what the peers came to."""
    written = json.dumps({"minutes": asked.minutes, "curves": [asdict(each) for each in curves]})
    asked.out.write_text(f"{written}\n", encoding="utf-8")
    if asked.plot:
        for theme in THEMES:
            ending = "" if theme == "light" else f"-{theme}"
            plot(asked.plot.with_stem(asked.plot.stem + ending), curves, theme=theme)
    print(written if asked.json else table(curves))


if __name__ == "__main__":
    main()
