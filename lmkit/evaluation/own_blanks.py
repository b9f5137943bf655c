"""Blanks made from the end of a text, to show what a model of that text has learned.

The end is the part that training holds out. A word is taken out of a sentence if the text before
has it several times: so what is shown can be learned from the text, and was not read there.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from lmkit.text.words import split_words

END = 0.04  # fraction of the words that counts as the end; a little less than is held out
SHORTEST, LONGEST = 5, 22  # words of a sentence that is asked about
LEAST_OFTEN = 3  # times the rest of the text has the word
LETTERS = 4  # of the word, at least: shorter ones are mostly grammar

_WORD = re.compile(r"([^\W\d_]+)([,.;:!?]*)")  # a word, and the marks that stick to it


@dataclass(frozen=True, slots=True)
class OwnBlank:
    """A sentence of a text with a blank, and the word that stood there."""

    text: str
    word: str


def own_blanks(
    lines: Sequence[str], count: int, *, common: Collection[str] = frozenset()
) -> list[OwnBlank]:
    """Take words out of sentences from the end of a text.

    Of each sentence the word is taken that is the rarest in the text and still recurs there. No two
    blanks ask for the same word.

    Args:
        lines: The text.
        count: Number of blanks at most.
        common: Words that are never taken out, in lower case: those that any text has.

    Returns:
        Blanks spread over the end of the text, in its order; fewer, or none, for a short text.
    """
    split = [split_words(line) for line in lines]
    begin = _start_of_end(split)
    known = Counter(_bare(word) for words in split[:begin] for word in words)
    for word in list(known):
        if word.casefold() in common:
            del known[word]
    found: dict[str, OwnBlank] = {}
    for words in split[begin:]:
        if SHORTEST <= len(words) <= LONGEST:
            for place in _places(words, known):
                if (bare := _bare(words[place])) not in found:
                    found[bare] = _blank(words, place)
                    break
    blanks = list(found.values())
    step = max(1, len(blanks) // max(1, count))
    return blanks[::step][:count]


def _start_of_end(split: Sequence[Sequence[str]]) -> int:
    """Return the number of the first line of the end of a text."""
    left = END * sum(map(len, split))
    number = len(split)
    while number > 0 and left > 0:
        number -= 1
        left -= len(split[number])
    return number


def _places(words: Sequence[str], known: Counter[str]) -> Iterator[int]:
    """Yield the places of the words that may be taken out, the rarest first."""
    often = [
        place
        for place, word in enumerate(words)
        if place and len(_bare(word)) >= LETTERS and known[_bare(word)] >= LEAST_OFTEN
    ]
    yield from sorted(often, key=lambda place: (known[_bare(words[place])], place))


def _blank(words: Sequence[str], place: int) -> OwnBlank:
    bare = _bare(words[place])
    marks = words[place][len(bare) :]
    return OwnBlank(" ".join([*words[:place], f"___{marks}", *words[place + 1 :]]), bare)


def _bare(word: str) -> str:
    """Return a word without the marks that stick to its end; nothing where it is no word."""
    found = _WORD.fullmatch(word)
    return found[1] if found else ""
