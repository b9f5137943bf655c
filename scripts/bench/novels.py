"""Train on the novels and answer the cloze questions, in one command that may be stopped.

    python scripts/bench/novels.py novels.tar.xz --questions dev.csv --minutes 120 --out out/novels

The novels (an archive or a folder of plain texts) become one sentence a line in
`OUT/novels.txt`, shuffled, since a question is a sentence without its neighbours; then both
directions are trained in `OUT/model` for the minutes given in all, and the questions are answered
by each reader alone and together. The same command goes on where it was stopped.
"""

import argparse
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tarfile
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import cores
from novel_text import write_novel

from lmkit.archive.build import build_model
from lmkit.archive.folder import Archive, load_archive
from lmkit.archive.layout import TRAINING
from lmkit.archive.options import ALONE, ModelOptions
from lmkit.bench.machine import measure_machine
from lmkit.core.files import atomic_path
from lmkit.evaluation.cloze import evaluate_cloze
from lmkit.evaluation.sentence_scorer import METRICS, USUAL, SentenceScorer
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.directions import Directions

ENDINGS = (".txt",)
PROCESSES = 2  # at most so many novels are written at a time
WAITING = 4  # novels held in memory at most
SPLIT = "text.split=punctuation"  # the full stop is a token of its own, here and in the questions


@dataclass(frozen=True, slots=True)
class Written:
    """What the novels came to."""

    novels: int
    megabytes: float  # read
    sentences: int
    words: int  # tokens between white space
    seconds: float


@dataclass(frozen=True, slots=True)
class Answers:
    """How one reader answered."""

    reader: str
    measure: str  # what counted for a sentence
    questions: int
    accuracy: float
    seconds: float


def raw_novels(source: Path) -> Iterator[bytes]:
    """Yield the bytes of each novel of a folder or an archive, one at a time."""
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.suffix.lower() in ENDINGS:
                yield path.read_bytes()
        return
    with tarfile.open(source, "r|*") as archive:
        for member in archive:
            if member.isfile() and member.name.lower().endswith(ENDINGS):
                file = archive.extractfile(member)
                if file is not None:
                    yield file.read()


def prepare(source: Path, target: Path, *, processes: int = PROCESSES) -> Written:
    """Write every novel to one file, a few in memory at a time, and shuffle the sentences."""
    began, novels, size, sentences, words = time.perf_counter(), 0, 0, 0, 0
    spawn = multiprocessing.get_context("spawn")
    waiting: deque[Future[tuple[str, int, int]]] = deque()
    with (
        cores.every_core(),
        ProcessPoolExecutor(
            min(processes, os.cpu_count() or 1), spawn, initializer=cores.use_every_core
        ) as pool,
        atomic_path(target) as new,
        new.open("w", encoding="utf-8", newline="\n") as file,
    ):

        def write_first() -> tuple[int, int]:
            text, count, length = waiting.popleft().result()
            file.write(text)
            return sentences + count, words + length

        for raw in raw_novels(source):
            novels, size = novels + 1, size + len(raw)
            waiting.append(pool.submit(write_novel, raw))
            if len(waiting) >= WAITING:
                sentences, words = write_first()
        while waiting:
            sentences, words = write_first()
    shuffle_lines(target)
    return Written(novels, size / 1e6, sentences, words, time.perf_counter() - began)


def shuffle_lines(path: Path) -> None:
    """Put the lines of a file in an order by chance, always the same."""
    with path.open(encoding="utf-8", newline="\n") as file:
        lines = file.readlines()
    random.Random(0).shuffle(lines)
    with atomic_path(path) as new:
        new.write_text("".join(lines), encoding="utf-8", newline="\n")


def train(text: Path, out: Path, *, minutes: float, settings: list[str]) -> None:
    """Train both directions, or go on where training was stopped."""
    command = [sys.executable, "-m", "lmkit", "train", str(text), "--out", str(out)]
    if (out / TRAINING / "run.json").is_file():
        command += ["--resume"]
    command += ["--direction", "both", "--minutes", f"{minutes:g}"]
    for setting in (SPLIT, *settings):
        command += ["--set", setting]
    print(" ".join(command), file=sys.stderr)
    with cores.every_core():
        subprocess.run(command, check=True, stdout=sys.stderr)


def readers(archive: Archive) -> dict[str, Directions]:
    """Return the models that answer, by name: each alone, then together."""
    ngram = ("ngram",)
    found = {"forward": _build(archive, ALONE, "forward")}
    if archive.backward is not None:
        found["backward"] = _build(archive, ALONE, "backward")
        found["both"] = _build(archive, ALONE, "both")
    if archive.ngram is not None:
        found["n-gram"] = Directions(forward=archive.ngram)
        found["forward + n-gram"] = _build(archive, ngram, "forward")
        if archive.backward is not None:
            found["both + n-gram"] = _build(archive, ngram, None)
    return found


def _build(archive: Archive, adapters: tuple[str, ...], direction: str | None) -> Directions:
    return build_model(archive, ModelOptions(adapters=adapters, direction=direction))


def answer(out: Path, questions: Path) -> list[Answers]:
    """Let every reader of a model folder answer the questions."""
    archive = load_archive(out)
    vocabulary = Vocabulary(archive.tokenizer)
    measures = METRICS.names() if archive.ngram is not None else (USUAL,)
    answers = []
    for name, sides in readers(archive).items():
        for measure in measures:
            scorer = SentenceScorer(sides, vocabulary, measure, archive.ngram)
            found = evaluate_cloze(scorer, questions)
            answers.append(Answers(name, measure, found.questions, found.accuracy, found.seconds))
    return answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("novels", type=Path, help="an archive (.tar.xz ...) or a folder of .txt")
    parser.add_argument("--questions", type=Path, help="cloze questions, a CSV file")
    parser.add_argument("--minutes", type=float, default=120.0, help="of training, in all")
    parser.add_argument("--out", type=Path, default=Path("out/novels"))
    parser.add_argument("--prepare-only", action="store_true", help="write the sentences and stop")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="settings")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    text, model = asked.out / "novels.txt", asked.out / "model"
    report: dict[str, object] = {}
    if asked.prepare_only or not text.is_file():
        written = prepare(asked.novels, text)
        report["written"] = asdict(written)
        print(
            f"{written.novels} novels, {written.megabytes:.0f} MB, {written.sentences:,} sentences,"
            f" {written.words:,} words in {written.seconds:.0f} s",
            file=sys.stderr,
        )
    if not asked.prepare_only:
        train(text, model, minutes=asked.minutes, settings=asked.settings)
        report["machine"] = asdict(measure_machine())
        if asked.questions:
            report["cloze"] = [asdict(each) for each in answer(model, asked.questions)]
    print(json.dumps(report) if asked.json else table(report))


def table(report: dict[str, object]) -> str:
    """Return the report as lines to read."""
    lines = []
    machine, cloze = report.get("machine"), report.get("cloze")
    if isinstance(machine, dict):
        lines.append(
            f"matrix product {machine['gflops']:.0f} GFLOP/s, copy "
            f"{machine['copy_gb_per_second']:.0f} GB/s, {machine['threads']} threads"
        )
    if isinstance(cloze, list):
        lines += [
            f"{each['reader']:18} {each['measure']:12} {each['accuracy']:6.1%}"
            f" of {each['questions']} in {each['seconds']:.1f} s"
            for each in cloze
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
