"""Measure how fast a model answers: `python scripts/bench/asking.py DIR` or `--random 2x512x10000`.

All that `lmkit bench` measures of asking, on one thread and on all, and: the next word after a
whole text, perplexity alone, exact filling, and completing at each key.

With `--valid FILE --blanks N` also says in how many blanks of a text the best word of the
shortlist is the one found by trying every word of the vocabulary.
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch

from lmkit.archive.folder import Archive, load_archive
from lmkit.archive.options import ALONE, ModelOptions
from lmkit.bench.asking import LEFT, RIGHT, TOGETHER, Asking, Effort, percentile_95
from lmkit.bench.machine import measure_machine
from lmkit.bench.untrained import Size, sample_words, untrained_archive
from lmkit.data.sources import open_source
from lmkit.language_model import LanguageModel
from lmkit.results.bench import (
    FillingFigures,
    GenerationFigures,
    Machine,
    NextWordFigures,
    ScoringFigures,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured on some threads."""

    next_word: NextWordFigures
    next_text_p50_ms: float  # `next` on a text of eight words
    generation: GenerationFigures
    scoring: ScoringFigures
    evaluation_words_per_second: float  # perplexity alone
    filling: FillingFigures
    exact_filling_ms: float
    key_p50_ms: float
    key_p95_ms: float


@dataclass(frozen=True, slots=True)
class Agreed:
    """In how many blanks the shortlist found the best word there is."""

    blanks: int
    share: float


def measure(asking: Asking, *, exact_fills: int) -> Figures:
    """Measure everything on the threads in force."""
    model, words, count = asking.model, asking.words, asking.effort.words
    texts = [" ".join(words[i : i + LEFT]) for i in range(count // 4)]
    blanks = asking.blanks()[: max(exact_fills, 1)]
    keys = asking.milliseconds([partial(model.complete, text) for text in keystrokes(words, count)])
    whole = asking.milliseconds([partial(model.next, text) for text in texts])
    exact = asking.milliseconds([partial(model.fill, text, exact=True) for text in blanks])
    return Figures(
        next_word=asking.next_word(),
        next_text_p50_ms=statistics.median(whole),
        generation=asking.generation(),
        scoring=asking.scoring(),
        evaluation_words_per_second=asking.words_per_second(
            partial(model.evaluate_text, asking.lines())
        ),
        filling=asking.filling(),
        exact_filling_ms=statistics.median(exact),
        key_p50_ms=statistics.median(keys),
        key_p95_ms=percentile_95(keys),
    )


def keystrokes(words: Sequence[str], keys: int) -> list[str]:
    """Return what stands in the line after each of some keys."""
    text = " ".join(words)
    begins = len(" ".join(words[:LEFT])) + 1
    return [text[:end] for end in range(begins, min(begins + keys, len(text)))]


def agreement(archive: Archive, lines: Sequence[str], blanks: int) -> Agreed:
    """Blank a word in each of some lines and compare shortlist and exact search."""
    model = LanguageModel(archive, ModelOptions(adapters=ALONE))
    draw, same, asked = random.Random(0), 0, 0
    usable = [line.split() for line in lines if len(line.split()) > RIGHT and "___" not in line]
    for line in draw.sample(usable, min(blanks, len(usable))):
        place = draw.randrange(len(line))
        text = " ".join([*line[:place], "___", *line[place + 1 :]])
        quick, exact = (model.fill(text, k=1, exact=exact).fillings for exact in (False, True))
        same += quick[0].words == exact[0].words
        asked += 1
        print(f"\r{same} of {asked} blanks agree", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return Agreed(asked, same / max(1, asked))


def table(machine: Machine, figures: Figures) -> str:
    """Return the figures as lines to read."""
    ahead, written, scored = figures.next_word, figures.generation, figures.scoring
    return "\n".join(
        [
            f"{machine.threads} threads, matrix product {machine.gflops:.0f} GFLOP/s, "
            f"copy {machine.copy_gb_per_second:.0f} GB/s",
            f"  next word       p50 {ahead.p50_ms:.2f} ms, p95 {ahead.p95_ms:.2f} ms "
            f"({ahead.bandwidth_share:.0%} of the bandwidth)",
            f"  next, {LEFT} words   p50 {figures.next_text_p50_ms:.2f} ms",
            f"  generation      {written.words_per_second:,.0f} words/s, {TOGETHER} at a time "
            f"{written.together_words_per_second:,.0f}",
            f"  scoring         {scored.words_per_second:,.0f} words/s "
            f"({scored.matrix_product_share:.0%} of the matrix product), by lines "
            f"{scored.lines_words_per_second:,.0f}, "
            f"perplexity alone {figures.evaluation_words_per_second:,.0f}",
            f"  fill            {figures.filling.p50_ms:.0f} ms, "
            f"exact {figures.exact_filling_ms / 1000:.2f} s",
            f"  complete a key  p50 {figures.key_p50_ms:.2f} ms, p95 {figures.key_p95_ms:.2f} ms",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, nargs="?", help="a model folder")
    parser.add_argument("--random", metavar="LAYERSxUNITSxWORDS", help="an untrained model instead")
    parser.add_argument("--valid", help="text to take words from, and blanks")
    parser.add_argument("--blanks", type=int, default=0, help="where shortlist and exact compare")
    parser.add_argument("--words", type=int, default=200, help="asked for and generated")
    parser.add_argument("--scored", type=int, default=10_000, help="words scored")
    parser.add_argument("--fills", type=int, default=5, help="blanks filled by shortlist")
    parser.add_argument("--exact-fills", type=int, default=1, help="blanks filled exactly")
    parser.add_argument(
        "--threads", type=int, nargs="+", default=[1, 0], help="0: as many as torch takes"
    )
    parser.add_argument(
        "--processor-time",
        action="store_true",
        help="count the processor's time, not the wall's: beside other programs, on one thread",
    )
    parser.add_argument("--int8", action="store_true", help="multiply with 8 bits a weight")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    asked = parser.parse_args()
    if (asked.folder is None) == (asked.random is None):
        parser.error("give a model folder or --random")
    if asked.blanks and not asked.valid:
        parser.error("--blanks needs --valid")
    archive = (
        untrained_archive(Size.parse(asked.random)) if asked.random else load_archive(asked.folder)
    )
    lines = list(open_source(asked.valid).lines()) if asked.valid else []
    effort = Effort(
        words=asked.words,
        scored=asked.scored,
        fills=asked.fills,
        clock=time.process_time if asked.processor_time else time.perf_counter,
        weights="int8" if asked.int8 else "float",
    )
    words = sample_words(archive, lines, max(effort.scored, effort.words))
    report: list[dict[str, object]] = []
    found = torch.get_num_threads()
    for threads in asked.threads:
        machine = measure_machine(threads or found, clock=effort.clock)
        asking = Asking(archive, words, effort=effort, machine=machine)
        figures = measure(asking, exact_fills=asked.exact_fills)
        report.append({"machine": asdict(machine), "figures": asdict(figures)})
        if not asked.json:
            print(table(machine, figures), flush=True)
    agreed = agreement(archive, lines, asked.blanks) if asked.blanks else None
    if asked.json:
        print(json.dumps({"runs": report, "agreement": agreed and asdict(agreed)}))
    elif agreed:
        print(f"shortlist's best is the exact best in {agreed.share:.1%} of {agreed.blanks} blanks")


if __name__ == "__main__":
    main()
