"""Cache of cut words: a word of a long text is cut by the library once.

No pattern of `lmkit.text.scripts` lets a token reach over a space or a line end, so the tokens of
a text are those of its words, one after the other, and most words of a text were met before.
"""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import tokenizers

WORD = re.compile(r"\n| ?[^ \n]+| ")  # a word with its space, or a line end

_LONG_WORD = 40  # characters; such words are rarely met again and not remembered
_MOST_WORDS = 1_000_000  # remembered at once
_MOST_CHARACTERS = 16_000_000  # in the words counted at once


@dataclass(frozen=True, slots=True)
class EncodedBlock:
    """A part of a text as ids.

    Attributes:
        ids: Shape (tokens,).
        words: What stands between white space, plus one a line end.
    """

    ids: npt.NDArray[np.uint32]
    words: int


class WordCache:
    """Cache of the ids of words."""

    def __init__(self, library: tokenizers.Tokenizer) -> None:
        """Begin with an empty cache.

        Args:
            library: The tokenizer that cuts words.
        """
        self._library = library
        self._ids: dict[str, list[int]] = {}

    def encode(self, block: str) -> EncodedBlock:
        """Return the ids of a part of an opened text."""
        words: list[str] = WORD.findall(block)
        if len(self._ids) > _MOST_WORDS:
            self._ids.clear()
        unseen = list(set(words).difference(self._ids))
        found = self._library.encode_batch_fast(unseen, add_special_tokens=False)
        self._ids.update((word, cut.ids) for word, cut in zip(unseen, found, strict=True))
        tokens = itertools.chain.from_iterable(map(self._ids.__getitem__, words))
        encoded = EncodedBlock(np.fromiter(tokens, dtype=np.uint32), len(words))
        for word in unseen:
            if len(word) > _LONG_WORD:
                del self._ids[word]
        return encoded


def count_tokens(
    blocks: Iterable[str], cut: Callable[[str], list[tuple[str, tuple[int, int]]]]
) -> Counter[str]:
    """Count the tokens of an opened text.

    Args:
        blocks: Parts of the text as `cut_text` makes them.
        cut: Cuts a text into tokens, each with its place.

    Returns:
        How often each token occurs; line ends are not counted.
    """
    counts: Counter[str] = Counter()
    for words in _counted_words(blocks):
        # Words that occur equally often are cut together: a call for each would cost more.
        by_count = sorted(words.items(), key=lambda item: item[1])
        for count, group in itertools.groupby(by_count, key=lambda item: item[1]):
            for batch in _batched(word for word, _ in group):
                for token, _ in cut(batch):
                    counts[token] += count
    del counts["\n"]  # they part the words of a batch
    return counts


def _counted_words(blocks: Iterable[str]) -> Iterator[Counter[str]]:
    """Yield the counts of words, as soon as they take up some memory."""
    words: Counter[str] = Counter()
    unknown_size = 0
    for block in blocks:
        before = len(words)
        words.update(WORD.findall(block))
        unknown_size += len(block) if len(words) - before > len(block) / 100 else 0
        if len(words) > _MOST_WORDS or unknown_size > _MOST_CHARACTERS:
            yield words
            words, unknown_size = Counter(), 0
    yield words


def _batched(words: Iterator[str], *, size: int = 1 << 14) -> Iterator[str]:
    """Join words to lines of about so many characters."""
    batch: list[str] = []
    held = 0
    for word in words:
        batch.append(word)
        held += len(word)
        if held > size:
            yield "\n".join(batch)
            batch, held = [], 0
    yield "\n".join(batch)
