"""Fill fifty everyday blanks, and count how many have an acceptable word first and among three.

    python scripts/bench/blanks.py english
    python scripts/bench/blanks.py english my-model --markdown

The sentences and the words that are acceptable in each stand in `everyday_blanks.tsv`; no model was
trained on them. With `--markdown` the answers of all models are printed as a table, acceptable
ones in bold; else one JSON object a model.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lmkit.archive.options import ModelOptions, choose_adapters
from lmkit.core.devices import prepare_cpu
from lmkit.language_model import LanguageModel

FILE = Path(__file__).with_name("everyday_blanks.tsv")
AMONG = 3  # answers looked at


@dataclass(frozen=True, slots=True)
class Blank:
    """A sentence with a blank, and the words that are acceptable there."""

    text: str
    acceptable: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answered:
    """The best words for a blank, and which of them are acceptable."""

    text: str
    words: tuple[str, ...]
    acceptable: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """Answers of one model."""

    model: str
    blanks: int
    first: int
    among_three: int
    answers: tuple[Answered, ...]


def read_blanks(path: Path = FILE) -> list[Blank]:
    """Return the blanks of a file: a sentence, a tab, and acceptable words with spaces between."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [Blank(text, frozenset(words.casefold().split())) for text, words in rows]


def answer(model: LanguageModel, blank: Blank) -> Answered:
    """Fill one blank."""
    found = model.fill(blank.text, k=AMONG).fillings
    words = tuple(filling.words[0] for filling in found)
    return Answered(blank.text, words, tuple(word.casefold() in blank.acceptable for word in words))


def count(name: str, model: LanguageModel, blanks: Sequence[Blank]) -> Counted:
    """Fill all blanks and count the acceptable answers.

    Args:
        name: Of the model, as it was given.
        model: The model.
        blanks: The blanks.
    """
    answers = tuple(answer(model, blank) for blank in blanks)
    first = sum(any(each.acceptable[:1]) for each in answers)
    return Counted(name, len(answers), first, sum(any(a.acceptable) for a in answers), answers)


def markdown(counted: Sequence[Counted]) -> str:
    """Return a table of the answers, a row a sentence and a column a model."""
    heads = [
        f"{each.model}: {each.first} first, {each.among_three} among three" for each in counted
    ]
    rows = [["", *heads], ["---"] * (1 + len(counted))]
    columns = zip(*(each.answers for each in counted), strict=True)
    rows += [[answers[0].text, *map(_words, answers)] for answers in columns]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _words(answered: Answered) -> str:
    marked = zip(answered.words, answered.acceptable, strict=True)
    return ", ".join(f"**{word}**" if is_good else word for word, is_good in marked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("models", nargs="+", help="model folders or bundled names")
    parser.add_argument("--mix", choices=("none", "ngram"), help="as in lmkit fill")
    parser.add_argument("--adapt", choices=("none", "cache"), help="as in lmkit fill")
    parser.add_argument("--markdown", action="store_true", help="print a table of the answers")
    asked = parser.parse_args()
    prepare_cpu()
    blanks = read_blanks()
    counted = []
    for name in asked.models:
        adapters = choose_adapters(("cache", "ngram"), adapt=asked.adapt, mix=asked.mix)
        model = LanguageModel.load(name, ModelOptions(adapters=adapters))
        counted.append(count(name, model, blanks))
    if asked.markdown:
        print(markdown(counted))
    else:
        for each in counted:
            print(json.dumps(asdict(each)))


if __name__ == "__main__":
    main()
