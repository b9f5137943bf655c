"""Start from a base, from nothing, or not at all: what is gained on short texts.

    python scripts/bench/warm_start.py texts/*.txt --base english --out out/warm.jsonl

The first part of each text trains and its end measures. Four models answer: one from nothing with
all that was fitted, one from the base likewise, the base untouched, and a 5-gram of the text alone.
Perplexity is per word over one open vocabulary, see lmkit/evaluation/open_vocabulary.py. Rows that
are in the file are not measured again.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lmkit.archive.build import build_model
from lmkit.archive.folder import Archive, load_archive
from lmkit.archive.locate import locate_model
from lmkit.evaluation.open_vocabulary import OpenText, evaluate_open, open_text
from lmkit.evaluation.typing import evaluate_typing
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.base import Model
from lmkit.recipes import TrainRequest, train_language_model
from lmkit.text.tokenizer import Tokenizer

SIZES = (5, 20, 100, 500)  # thousand bytes that train
MEASURED, MOST_MEASURED = 0.15, 40_000  # the end of a text that measures: a share, and bytes
TYPED = 300  # words typed with suggestions
PLACES = "3"  # suggestions shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Figures of one model on one text.

    Attributes:
        text: Name of the text.
        kilobytes: Size of the part that trained; less than asked for where there is no more.
        model: "nothing", "base", "warm" or "n-gram".
        perplexity: Per word, over the open vocabulary.
        known: Share of the words measured that the model knows.
        top1: Share of words that are the first suggestion before their first letter.
        top3: Share that are among three.
        saved: Share of keystrokes saved with three suggestions.
        seconds: Seconds of training, processor time; 0 for the base.
    """

    text: str
    kilobytes: int
    model: str
    perplexity: float
    known: float
    top1: float
    top3: float
    saved: float
    seconds: float


def split(lines: Sequence[str], kilobytes: int) -> tuple[list[str], list[str]]:
    """Return the part of a text that trains and the end that measures; they never overlap.

    Args:
        lines: The text.
        kilobytes: Thousand bytes that train, at most.
    """
    sizes = [len(line.encode()) + 1 for line in lines]
    wanted, end, held = min(MEASURED * sum(sizes), MOST_MEASURED), len(lines), 0
    while end > 1 and held < wanted:
        end -= 1
        held += sizes[end]
    begin, held = 0, 0
    while begin < end and (held + sizes[begin] <= kilobytes * 1000 or not begin):
        held += sizes[begin]
        begin += 1
    return list(lines[:begin]), list(lines[end:])


def measured(
    name: str, model: Model, tokenizer: Tokenizer, text: OpenText, lines: Sequence[str]
) -> dict[str, float | str]:
    """Return what a model comes to on a text."""
    found = evaluate_open(model, tokenizer, text)
    typed = evaluate_typing(model, Vocabulary(tokenizer), lines, limit=TYPED)
    return {
        "model": name,
        "perplexity": round(found.perplexity, 2),
        "known": round(found.known, 4),
        "top1": round(typed.top1, 4),
        "top3": round(typed.top3, 4),
        "saved": round(typed.keystroke_savings[PLACES], 4),
    }


def trained(lines: Sequence[str], base: str, split_by: str) -> tuple[Archive, float]:
    """Train on lines in a folder that is gone afterwards.

    Args:
        lines: The text.
        base: Name of the base, or "none".
        split_by: How words are cut where there is no base: as the base cuts them.

    Returns:
        The model, and the processor seconds that it took.
    """
    settings = () if base != "none" else (f'text.split="{split_by}"',)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "text.txt"
        source.write_text("\n".join(lines) + "\n", encoding="utf-8")
        began = time.process_time() + sum(os.times()[2:4])
        request = TrainRequest(
            sources=(str(source),),
            out=Path(folder) / "model",
            base=base,
            direction="forward",
            settings=settings,
        )
        for _ in train_language_model(request):
            pass
        seconds = time.process_time() + sum(os.times()[2:4]) - began
        return load_archive(Path(folder) / "model"), seconds


def rows_of(path: Path, kilobytes: int, base: str) -> Iterator[Row]:
    """Yield the rows of one text at one size."""
    train, test = split(path.read_text(encoding="utf-8").splitlines(), kilobytes)
    size = round(sum(len(line.encode()) + 1 for line in train) / 1000)
    base_model = load_archive(locate_model(base))
    warm, warm_seconds = trained(train, base, "")
    nothing, nothing_seconds = trained(train, "none", base_model.tokenizer.config.split)
    archives = (nothing, warm, base_model)
    text = open_text(test, [archive.tokenizer for archive in archives])
    models = [
        ("nothing", nothing, forward_of(nothing), nothing_seconds),
        ("warm", warm, forward_of(warm), warm_seconds),
        ("base", base_model, forward_of(base_model), 0.0),
    ]
    if nothing.ngram is not None:
        models.append(("n-gram", nothing, nothing.ngram, 0.0))
    for name, archive, model, seconds in models:
        figures = measured(name, model, archive.tokenizer, text, test)
        yield Row(text=path.stem, kilobytes=size, seconds=round(seconds, 1), **figures)  # type: ignore[arg-type]  # each figure has the type of its field


def forward_of(archive: Archive) -> Model:
    """Return the model that reads forward with all that was fitted."""
    model = build_model(archive).forward
    if model is None:
        raise SystemExit("the base reads backward alone, and cannot be compared")
    return model


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a table, the perplexity of each against that from nothing."""
    nothing = {(row.text, row.kilobytes): row.perplexity for row in rows if row.model == "nothing"}
    lines = [
        "| text | KB | model | perplexity | against nothing | known | first | of three "
        "| keys saved | CPU s |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        against = row.perplexity / nothing.get((row.text, row.kilobytes), row.perplexity) - 1
        shares = (row.known, row.top1, row.top3, row.saved)
        shown = " | ".join(f"{share:.1%}" for share in shares)
        lines.append(
            f"| {row.text} | {row.kilobytes} | {row.model} | {row.perplexity:,.1f} "
            f"| {against:+.0%} | {shown} | {row.seconds:.0f} |"
        )
    return "\n".join(lines)


def read_rows(path: Path) -> list[Row]:
    """Return the rows measured before."""
    if not path.is_file():
        return []
    return [Row(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--base", default="english")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    for kilobytes in options.sizes:
        for path in options.texts:
            train, _ = split(path.read_text(encoding="utf-8").splitlines(), kilobytes)
            size = round(sum(len(line.encode()) + 1 for line in train) / 1000)
            if (path.stem, size) in {(row.text, row.kilobytes) for row in read_rows(options.out)}:
                continue
            rows = list(rows_of(path, kilobytes, options.base))
            with options.out.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(asdict(row)) + "\n" for row in rows)
    print(table(read_rows(options.out)))


if __name__ == "__main__":
    main()
