"""Train in two processes of torchrun: `python scripts/bench/ranks.py TEXT [--preset medium]`.

1. Kills: an undisturbed run; the same with a process killed (SIGKILL) again and again at moments
   drawn by chance, ten times, and started anew by torchrun. The bytes of both models are compared.
2. Rate: one process of two threads, and two of one thread, in turn, on the same words with the same
   streams: words/s, and the perplexity of both. In float32, where only the order of sums differs,
   and backward, since adapters are fitted to forward models alone and are no matter here.
3. Checkpoints: seconds that one takes beside the seconds between two, at the default interval.

Prints one JSON object, with the machine's own matrix product. `--only` names one part.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
SMALL = ("hidden=64", "embedding=64", "batch=10", "time=35", "checkpoint_steps=10", "patience=0")
PARTS = ("kills", "rate", "checkpoints")
LOOK = 0.05  # seconds between two looks at the processes


def main() -> None:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", type=Path)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--preset", default="medium", help="of the runs whose rate is measured")
    parser.add_argument("--epochs", type=float, default=0.2, help="of these runs")
    parser.add_argument("--rounds", type=int, default=3, help="of these runs, in turn")
    parser.add_argument("--seed", type=int, default=0, help="of the moments of the kills")
    parser.add_argument("--only", choices=PARTS)
    options = parser.parse_args()
    parts: dict[str, Callable[[Path], dict[str, Any]]] = {  # Any: figures and texts, as JSON
        "kills": lambda at: kills(options.text, at, options.kills, random.Random(options.seed)),
        "rate": lambda at: rate(options.text, at, options),
        "checkpoints": lambda at: checkpoints(options.text, at, options.preset),
    }
    found: dict[str, Any] = {"machine": machine()}  # Any: as above
    for name in [options.only] if options.only else PARTS:
        with tempfile.TemporaryDirectory() as folder:
            found[name] = parts[name](Path(folder))
    print(json.dumps(found, indent=2))


def machine() -> dict[str, Any]:  # Any: figures and texts
    """Return the rates of this machine."""
    from dataclasses import asdict

    from lmkit.bench.machine import measure_machine

    return asdict(measure_machine())


def command(text: Path, out: Path, settings: Sequence[str], *more: str) -> list[str]:
    """Return `lmkit train` after the program that runs it."""
    given = [word for setting in settings for word in ("--set", setting)]
    return ["train", str(text), "--out", str(out), "--no-ngram", "--from", "none", *given, *more]


def started(words: Sequence[str], *, threads: int, log: Path) -> "subprocess.Popen[bytes]":
    """Start a program whose processes have so many threads each; what it says goes to a file."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    with log.open("ab") as said:
        return subprocess.Popen(words, env=environment, stdout=said, stderr=said)


def kills(text: Path, folder: Path, number: int, chance: random.Random) -> dict[str, Any]:
    """Kill processes of a run, and compare its model with that of an undisturbed one.

    Args:
        text: Training text; its first lines are enough.
        folder: For everything that is written.
        number: Processes to kill, one after the other.
        chance: Draws the moments, and which of the two it is.
    """
    part = folder / "part.txt"
    part.write_text("".join(text.read_text("utf-8").splitlines(keepends=True)[:4000]), "utf-8")
    words = ["--preset", "tiny", "--epochs", "20"]

    def train(name: str) -> list[str]:
        restarts = ["--max-restarts", str(number)]
        return [*TORCHRUN, *restarts, "-m", "lmkit", *command(part, folder / name, SMALL, *words)]

    whole = started(train("whole"), threads=1, log=folder / "whole.log").wait()
    (finished,) = [each for each in events_of(folder / "whole") if each["event"] == "finished"]
    at = moments(finished["step"], number, chance)
    run = started(train("killed"), threads=1, log=folder / "killed.log")
    log = folder / "killed/training"
    done = _kill_again_and_again(run, at, lambda: last_step(log), chance)
    code = run.wait()
    same = (folder / "whole/model.safetensors").read_bytes() == (
        folder / "killed/model.safetensors"
    ).read_bytes()
    return {
        "exit_codes": [whole, code],
        "kills": done,
        "same_bytes": same,
        "steps": finished["step"],
    }


def moments(steps: int, number: int, chance: random.Random) -> list[int]:
    """Return the steps at which to kill, rising: one by chance in each of as many equal parts."""
    return [int(steps * (part + chance.random()) * 0.95 / number) for part in range(number)]


def last_step(folder: Path) -> int:
    """Return the last step that a run has told of in its log; -1 before the first."""
    if not (folder / "metrics.jsonl").is_file():
        return -1
    steps = [e["step"] for e in events_of(folder) if e["event"] in ("progress", "saved")]
    return max(steps, default=-1)


def _kill_again_and_again(
    run: "subprocess.Popen[bytes]",
    at: Sequence[int],
    step: Callable[[], int],
    chance: random.Random,
) -> list[dict[str, int]]:
    """Kill a process of a run, wait for new ones, and so on; return the steps of the kills.

    Args:
        run: The process of torchrun.
        at: Steps after which to kill, rising; an early one kills processes that are being started.
        step: Tells the last step.
        chance: Draws which of the two it is.
    """
    done: list[dict[str, int]] = []
    seen: set[int] = set()
    while len(done) < len(at) and run.poll() is None:
        time.sleep(LOOK)
        workers = sorted(set(children(run.pid)) - seen)
        if len(workers) == 2 and step() >= at[len(done)]:
            rank = chance.randrange(2)
            done.append({"rank": rank, "step": step()})
            _kill(workers[rank])
            seen.update(workers)
    return done


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):  # it had just ended
        os.kill(process, signal.SIGKILL)


def children(process: int) -> list[int]:
    """Return the processes that one has started, by Linux's own list."""
    try:
        return [
            int(x) for x in Path(f"/proc/{process}/task/{process}/children").read_text().split()
        ]
    except OSError:
        return []


@dataclass(frozen=True, slots=True)
class Rate:
    """Words/s and perplexity of a run."""

    words_per_second: float
    perplexity: float


def rate(text: Path, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one process of two threads against two of one, in turn.

    Args:
        text: Training text.
        folder: For everything that is written.
        options: Preset, epochs and rounds.
    """
    budget = ["--preset", options.preset, "--epochs", str(options.epochs), "--json"]
    budget += ["--precision", "float32", "--direction", "backward"]
    settings = ("validations=1", "fit_temperature=false", "checkpoint_minutes=1000")
    found: dict[str, list[Rate]] = {"one": [], "two": []}
    starts = {"one": [sys.executable], "two": TORCHRUN}
    for number in range(options.rounds):
        for name, start in starts.items():
            out = folder / f"{name}-{number}"
            words = [*start, "-m", "lmkit", *command(text, out, settings, *budget)]
            found[name].append(_rate(words, out, threads=2 if name == "one" else 1))
    medians = {
        name: statistics.median(each.words_per_second for each in rates)
        for name, rates in found.items()
    }
    return {
        "words_per_second": medians,
        "two_over_one": medians["two"] / medians["one"],
        "perplexity": {name: rates[0].perplexity for name, rates in found.items()},
        "rounds": {name: [r.words_per_second for r in rates] for name, rates in found.items()},
    }


def _rate(words: Sequence[str], out: Path, *, threads: int) -> Rate:
    """Return the rate of the steps alone, by the reports of a run."""
    if code := started(words, threads=threads, log=out.with_suffix(".log")).wait():
        raise SystemExit(f"a run ended with {code}: {out.with_suffix('.log').read_text()[-2000:]}")
    events = events_of(out)
    reports = [each["words_per_second"] for each in events if each["event"] == "progress"]
    (finished,) = [each for each in events if each["event"] == "finished"]
    return Rate(statistics.median(reports), finished["best_perplexity"])


def events_of(out: Path) -> list[dict[str, Any]]:
    """Return the events in the log of a model folder."""
    lines = (out / "metrics.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def checkpoints(text: Path, folder: Path, preset: str) -> dict[str, Any]:
    """Measure what a checkpoint of a preset costs, at the default interval.

    Args:
        text: Training text.
        folder: For everything that is written.
        preset: Name of the preset.
    """
    out = folder / "model"
    settings = ("checkpoint_steps=20", "validations=1", "fit_temperature=false")
    budget = ["--preset", preset, "--minutes", "1", "--models", "1"]
    words = [sys.executable, "-m", "lmkit", *command(text, out, settings, *budget)]
    log = folder / "log"
    if code := started(words, threads=2, log=log).wait():
        raise SystemExit(f"a run ended with {code}: {log.read_text()[-2000:]}")
    saved = [each["seconds"] for each in events_of(out) if each["event"] == "saved"]
    from lmkit.training.checkpoint_times import RATIO
    from lmkit.training.config import TrainingConfig

    seconds = statistics.median(saved)
    between = max(TrainingConfig().checkpoint_minutes * 60.0, RATIO * seconds)
    size = (out / "training/forward/checkpoint.safetensors").stat().st_size
    return {
        "seconds": seconds,
        "largest_seconds": max(saved),
        "megabytes": size / 1e6,
        "percent_of_the_time": 100 * seconds / (seconds + between),
    }


if __name__ == "__main__":
    main()
