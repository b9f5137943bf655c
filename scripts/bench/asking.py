"""Measure how fast a model answers: `python scripts/bench/asking.py DIR` or `--random 2x512x10000`.

On one thread and on all: the next word (one word more, and a whole text), generation one and
sixteen texts at a time, scoring a long text, filling a blank with eight words on its right, and
completing at each key. Medians, beside what the machine could do: a next word must at least fetch
every weight it uses from memory, and a scored word costs two operations a weight.

With `--valid FILE --blanks N` also says in how many blanks of a text the best word of the
shortlist is the one found by trying every word of the vocabulary.
"""

import argparse
import json
import random
import statistics
import string
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch
from machine import Clock, Machine, measure_machine

from lmkit.core.seeding import make_generator
from lmkit.data.sources import open_source
from lmkit.inference.companions import compose_sides
from lmkit.inference.generate import GenerateConfig
from lmkit.inference.reading import extend, read_context
from lmkit.language_model import LanguageModel
from lmkit.models.archive import Archive, load_archive
from lmkit.models.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

TOGETHER = 16  # texts generated side by side
RIGHT = 8  # words after a blank
LEFT = 8
SPECIAL = 2  # pieces of a word vocabulary that are no words: the unknown and the line end


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to measure."""

    words: int = 200  # asked for, generated and completed
    scored: int = 10_000  # words of the long text
    fills: int = 5
    exact_fills: int = 1
    clock: Clock = time.perf_counter
    weights: str = "float"  # how weights are multiplied


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured on some threads; times are milliseconds, rates are words a second."""

    threads: int
    next_p50: float  # one word more after a text already read
    next_p95: float
    next_share: float  # of the memory bandwidth, 0..1
    next_text_p50: float  # `next` on a text of eight words
    generated: float
    generated_together: float
    scored: float  # surprisal, rank and entropy of each word, lines following each other
    scored_lines: float  # the same, each line by itself
    scored_share: float  # of the matrix product, 0..1
    evaluated: float  # perplexity alone
    fill: float
    fill_exact: float
    key_p50: float
    key_p95: float


@dataclass(frozen=True, slots=True)
class Agreed:
    """In how many blanks the shortlist found the best word there is."""

    blanks: int
    share: float


def random_archive(size: str) -> Archive:
    """Return an untrained model of a size such as 2x512x10000: layers, units, vocabulary."""
    layers, hidden, vocab_size = (int(part) for part in size.split("x"))
    config = TokenizerConfig(unit="word", vocab_size=vocab_size, min_frequency=1, split="spaces")
    words = list(_made_up(vocab_size - SPECIAL))
    tokenizer = Tokenizer.train(
        (" ".join(words[i : i + 20]) for i in range(0, len(words), 20)), config
    )
    model = RecurrentLM(
        RecurrentLMConfig(
            vocab_size=tokenizer.vocab_size, layers=layers, hidden=hidden, embedding=hidden
        ),
        make_generator(0),
    )
    return Archive(model=model.eval(), tokenizer=tokenizer)


def _made_up(count: int) -> Iterator[str]:
    """Yield different words of lower-case letters."""
    for number in range(count):
        letters = ""
        while number or not letters:
            number, digit = divmod(number, 26)  # noqa: PLW2901
            letters = string.ascii_lowercase[digit] + letters
        yield f"{letters}a"


def sample_words(archive: Archive, lines: Sequence[str], count: int) -> list[str]:
    """Return words to ask about: those of a text, or else drawn from the vocabulary."""
    words = [word for line in lines for word in line.split()]
    if not words:
        shown = [text.strip() for text in archive.tokenizer.pieces.texts]
        known = [word for word in shown if word.isalpha()]
        words = random.Random(0).choices(known, k=count)
    return [words[i % len(words)] for i in range(count)]


def measure(archive: Archive, words: Sequence[str], effort: Effort, machine: Machine) -> Figures:
    """Measure everything on the threads in force."""
    model = LanguageModel(archive, sides=compose_sides(archive, weights=effort.weights))
    weights = sum(p.numel() for p in archive.model.parameters())
    timed = partial(milliseconds, clock=effort.clock)
    ahead = one_word_more(archive, words[: effort.words], effort)
    texts = [" ".join(words[i : i + LEFT]) for i in range(effort.words // 4)]
    whole = timed([partial(model.next, text) for text in texts])
    blanks = [_with_blank(words, start=37 * i) for i in range(max(effort.fills, 1))]
    quick = timed([partial(model.fill, text) for text in blanks])
    tried = blanks[: max(effort.exact_fills, 1)]
    exact = timed([partial(model.fill, text, exact=True) for text in tried])
    typed = keystrokes(words, effort.words)
    keys = timed([partial(model.complete, text) for text in typed])
    lines = [" ".join(words[i : i + 20]) for i in range(0, effort.scored, 20)]
    document = partial(model.score_lines, lines, context="document")
    scored, scored_lines, evaluated = (
        1000 * effort.scored / timed([call])[0]
        for call in (
            lambda: list(document()),
            lambda: list(model.score_lines(lines)),
            lambda: model.evaluate_text(lines),
        )
    )
    next_p50 = statistics.median(ahead)
    return Figures(
        threads=torch.get_num_threads(),
        next_p50=next_p50,
        next_p95=_p95(ahead),
        next_share=4 * weights / (next_p50 / 1000) / (machine.copy_gb_per_second * 1e9),
        next_text_p50=statistics.median(whole),
        generated=generation_rate(model, effort, samples=1),
        generated_together=generation_rate(model, effort, samples=TOGETHER),
        scored=scored,
        scored_share=2 * weights * scored / (machine.gflops * 1e9),
        scored_lines=scored_lines,
        evaluated=evaluated,
        fill=statistics.median(quick),
        fill_exact=statistics.median(exact),
        key_p50=statistics.median(keys),
        key_p95=_p95(keys),
    )


def one_word_more(archive: Archive, words: Sequence[str], effort: Effort) -> list[float]:
    """Return the milliseconds from each word to the five likeliest after it."""
    reader, tokenizer = compose_sides(archive, weights=effort.weights).only(), archive.tokenizer
    context = read_context(reader, [], line_end_id=tokenizer.line_end_id)
    taken = []
    for ids in tokenizer.encode_lines(list(words)):
        began = effort.clock()
        context = extend(reader, context, ids)
        context.log_probs.topk(5)
        taken.append(1000 * (effort.clock() - began))
    return taken[len(taken) // 10 :]  # the first warm up


def generation_rate(model: LanguageModel, effort: Effort, *, samples: int) -> float:
    """Return the words written a second, the median of three."""
    rates = []
    for seed in range(3):
        config = GenerateConfig(words=effort.words, samples=samples, seed=seed)
        began = effort.clock()
        written = sum(text.words for text in model.generate_samples("", config))
        rates.append(written / (effort.clock() - began))
    return statistics.median(rates)


def keystrokes(words: Sequence[str], keys: int) -> list[str]:
    """Return what stands in the line after each of some keys."""
    text = " ".join(words)
    begins = len(" ".join(words[:LEFT])) + 1
    return [text[:end] for end in range(begins, min(begins + keys, len(text)))]


def agreement(archive: Archive, lines: Sequence[str], blanks: int) -> Agreed:
    """Blank a word in each of some lines and compare shortlist and exact search."""
    model, draw, same, asked = LanguageModel(archive), random.Random(0), 0, 0
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


def milliseconds(calls: Sequence[Callable[[], object]], *, clock: Clock) -> list[float]:
    """Return the milliseconds of each call; the first is made once before, to warm up."""
    calls[0]()
    taken = []
    for call in calls:
        began = clock()
        call()
        taken.append(1000 * (clock() - began))
    return taken


def _with_blank(words: Sequence[str], *, start: int) -> str:
    chosen = [words[(start + i) % len(words)] for i in range(LEFT + RIGHT)]
    return " ".join([*chosen[:LEFT], "___", *chosen[LEFT:]])


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def table(machine: Machine, figures: Figures) -> str:
    """Return the figures as lines to read."""
    f = figures
    return "\n".join(
        [
            f"{f.threads} threads, matrix product {machine.gflops:.0f} GFLOP/s, "
            f"copy {machine.copy_gb_per_second:.0f} GB/s",
            f"  next word       p50 {f.next_p50:.2f} ms, p95 {f.next_p95:.2f} ms "
            f"({f.next_share:.0%} of the bandwidth)",
            f"  next, {LEFT} words   p50 {f.next_text_p50:.2f} ms",
            f"  generation      {f.generated:,.0f} words/s, {TOGETHER} at a time "
            f"{f.generated_together:,.0f}",
            f"  scoring         {f.scored:,.0f} words/s ({f.scored_share:.0%} of the matrix "
            f"product), by lines {f.scored_lines:,.0f}, perplexity alone {f.evaluated:,.0f}",
            f"  fill            {f.fill:.0f} ms, exact {f.fill_exact / 1000:.2f} s",
            f"  complete a key  p50 {f.key_p50:.2f} ms, p95 {f.key_p95:.2f} ms",
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
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 0], help="0: every core")
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
    archive = random_archive(asked.random) if asked.random else load_archive(asked.folder)
    lines = list(open_source(asked.valid).lines()) if asked.valid else []
    effort = Effort(
        words=asked.words,
        scored=asked.scored,
        fills=asked.fills,
        exact_fills=asked.exact_fills,
        clock=time.process_time if asked.processor_time else time.perf_counter,
        weights="int8" if asked.int8 else "float",
    )
    words = sample_words(archive, lines, max(effort.scored, effort.words))
    report: list[dict[str, object]] = []
    for threads in asked.threads:
        machine = measure_machine(threads, clock=effort.clock)
        figures = measure(archive, words, effort, machine)
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
