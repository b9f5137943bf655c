"""What each lever of the recipe gives: `python scripts/bench/levers.py TRAIN --valid VALID`.

Trains the same model for the same epochs again and again, each time with one thing changed, and
prints a table of validation perplexities against the default; the default runs with three seeds,
whose spread says what a difference is worth. Counts epochs, not minutes, so that a busy machine
changes nothing; the processor's time beside each row says what the lever costs. Every row is kept
in `--out` as soon as it is there, and rows that are there are not run again.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lmkit.recipes import TrainRequest, train_language_model
from lmkit.results import Trained

SEEDS = 3  # of the default
PRESET = "brief"  # what a run of few epochs takes
LEVERS: tuple[tuple[str, str], ...] = (
    ("optimiser", "optimizer=adamw learning_rate=5e-3"),
    ("optimiser", "optimizer=adamw learning_rate=1e-2"),
    ("optimiser", "optimizer=sgd learning_rate=10 clip=0.25 matrix_rate=0"),
    ("optimiser", "optimizer=sgd learning_rate=10 clip=0.25 matrix_rate=0 averaging=triggered"),
    ("rate of vectors and biases", "learning_rate=1e-2"),
    ("rate of vectors and biases", "learning_rate=4e-2"),
    ("rate of the matrices", "matrix_rate=2.5e-3"),
    ("rate of the matrices", "matrix_rate=1e-2"),
    ("gates split", "split_gates=true"),
    ("steps that a direction serves", "orthogonalise_every=1"),
    ("steps that a direction serves", "orthogonalise_every=8"),
    ("output layer", "head=full"),
    ("output layer", "head=adaptive"),
    ("words drawn", "samples=512"),
    ("words drawn", "samples=4096"),
    ("exact part", "exact_fraction=0"),
    ("exact part", "exact_fraction=0.3"),
    ("schedule", "schedule=cosine"),
    ("schedule", "schedule=linear"),
    ("schedule", "schedule=sqrt"),
    ("schedule", "schedule=constant"),
    ("schedule", "warm_up=0.1"),
    ("batch and window", "batch=20"),
    ("batch and window", "batch=80"),
    ("batch and window", "time=20"),
    ("batch and window", "time=70"),
    ("rows of a table moved alone", "row_updates=1"),
    ("tying", "tied=false"),
    ("coupled input gate", "cell=cifg"),
    ("dropout however few the passes", "dropout_epochs=1"),
    ("locked dropout", "dropout_embedding=0 dropout_between=0 dropout_output=0"),
    ("locked dropout", "dropout_embedding=0.2 dropout_between=0.3 dropout_output=0.3"),
    ("weight dropout", "dropout_weights=0.2"),
    ("word dropout", "dropout_words=0.1"),
    ("dropout that falls to nothing", "dropout_anneal=0.2"),
    ("penalties", "activation_penalty=2 slowness_penalty=1"),
    ("averaging", "averaging=tail"),
    ("averaging", "averaging=moving"),
    ("weight decay", "weight_decay=0.1"),
    ("partial shuffle", "shift_epochs=false"),
    ("temperature", "fit_temperature=false"),
    ("clipping", "clip=0"),
    ("clipping", "clip=0.25"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """What one run came to."""

    lever: str
    settings: str  # KEY=VALUE, parted by spaces; empty for the default
    seed: int
    perplexity: float
    seconds: float  # of the processor, all cores added up


@dataclass(frozen=True, slots=True)
class Task:
    """What every run gets."""

    train: str
    valid: str
    preset: str
    epochs: float


def runs() -> list[tuple[str, str, int]]:
    """Return lever, settings and seed of every run, the default first."""
    return [("default", "", seed) for seed in range(SEEDS)] + [(*lever, 0) for lever in LEVERS]


def run(task: Task, lever: str, settings: str, seed: int) -> Row:
    """Train once."""
    with tempfile.TemporaryDirectory() as folder:
        request = TrainRequest(
            sources=(task.train,),
            valid=task.valid,
            out=Path(folder) / "model",
            preset=task.preset,
            epochs=task.epochs,
            seed=seed,
            settings=("validations=4", *settings.split()),
            ngram=False,
        )
        began = time.process_time()
        trained = [event for event in train_language_model(request) if isinstance(event, Trained)]
        return Row(lever, settings, seed, trained[-1].perplexity, time.process_time() - began)


def table(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown, each against the mean of the default."""
    defaults = [row for row in rows if not row.settings]
    if not defaults:
        return ""
    mean = sum(row.perplexity for row in defaults) / len(defaults)
    seconds = sum(row.seconds for row in defaults) / len(defaults)
    values = ", ".join(f"{row.perplexity:.1f}" for row in defaults)
    lines = ["| lever | settings | perplexity | against the default | time |"]
    lines += ["| --- | --- | --- | --- | --- |", f"| default | | {mean:.1f} ({values}) | | 1.00 |"]
    lines += [
        f"| {row.lever} | `{row.settings}` | {row.perplexity:.1f} "
        f"| {row.perplexity / mean - 1:+.1%} | {row.seconds / seconds:.2f} |"
        for row in rows
        if row.settings
    ]
    return "\n".join(lines)


def kept_rows(path: Path) -> list[Row]:
    """Return the rows of a file, none where there is none."""
    if not path.is_file():
        return []
    return [Row(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("train")
    parser.add_argument("--valid", required=True)
    parser.add_argument("--preset", default=PRESET)
    parser.add_argument("--epochs", type=float, default=2.0)
    parser.add_argument("--out", type=Path, default=Path("levers.jsonl"), help="every row")
    parser.add_argument("--skip", nargs="+", default=[], metavar="LEVER", help="run none of these")
    asked = parser.parse_args()
    task = Task(asked.train, asked.valid, asked.preset, asked.epochs)
    rows = kept_rows(asked.out)
    there = {(row.settings, row.seed) for row in rows}
    for lever, settings, seed in runs():
        if (settings, seed) not in there and lever not in asked.skip:
            rows.append(run(task, lever, settings, seed))
            with asked.out.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(asdict(rows[-1]))}\n")
            print(rows[-1], file=sys.stderr, flush=True)
    print(table(rows))


if __name__ == "__main__":
    main()
