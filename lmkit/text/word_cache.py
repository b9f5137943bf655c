"""Cache of cut words: a word of a long text is cut by the library once.

No pattern of `lmkit.text.scripts` lets a token reach over a space or a line end, so the tokens of
a text are those of its words, one after the other, and most words of a text were met before.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
import tokenizers

from lmkit.text.words import LINE_END

_LONG_WORD = 40  # characters; such words are rarely met again and not remembered
_MOST_WORDS = 300_000  # remembered at once

Ids = npt.NDArray[np.uint32]
Encode = Callable[[list[str]], Iterable[Ids]]  # texts to the ids of each


@dataclass(frozen=True, slots=True)
class EncodedBlock:
    """A part of a text as ids.

    Attributes:
        ids: Shape (tokens,).
        words: What stands between white space, plus one a line end.
    """

    ids: Ids
    words: int


class WordCache:
    """Cache of the ids of words."""

    def __init__(
        self, library: tokenizers.Tokenizer, line_end_id: int, *, plain: Encode | None = None
    ) -> None:
        """Begin with an empty cache.

        Args:
            library: The tokenizer that cuts words.
            line_end_id: Id of the line end, which no other token holds.
            plain: A quicker way to the same ids for ASCII text, if there is one.
        """
        self._library = library
        self._plain = plain
        self._line_end_id = line_end_id
        self._line_end = _bytes_of([line_end_id])
        self._ids = {LINE_END: self._line_end}

    def encode(self, block: str) -> EncodedBlock:
        """Return the ids of a part of an opened text."""
        words = spaced_words(block)
        if len(self._ids) > _MOST_WORDS:
            self._ids = {LINE_END: self._line_end}
        joined = b"".join(self._look_up(words))
        if is_unspaced(block):
            joined = joined[len(self._line_end) :]
        count = len(words) + _words_at_line_ends(block)
        return EncodedBlock(np.frombuffer(joined, dtype=np.uint32), count)

    def _look_up(self, words: list[str]) -> list[bytes]:
        """Return the ids of each word, and remember those that were unknown."""
        found = list(map(self._ids.get, words))
        places = list(_places_of_none(found))
        unseen = list({words[place] for place in places})
        cut: dict[str, bytes] = {}
        if self._plain is not None:
            plain = [word for word in unseen if word.isascii()]
            cut |= self._cut(plain, self._plain)
            unseen = [word for word in unseen if not word.isascii()]
        cut |= self._cut(unseen, self._by_library)
        self._ids.update((word, ids) for word, ids in cut.items() if len(word) < _LONG_WORD)
        for place in places:
            found[place] = cut[words[place]]
        return cast("list[bytes]", found)

    def _cut(self, words: list[str], encode: Encode) -> dict[str, bytes]:
        """Return the ids of each word, cut many together: a call for each would cost more."""
        if not words:
            return {}
        ids = np.concatenate(list(encode(list(batched_words(map(spelling, words))))))
        joined, begin = ids.tobytes(), 0
        cut = {}
        ends = (np.flatnonzero(ids == self._line_end_id) * ids.itemsize).tolist()
        for word, end in zip(words, ends, strict=True):
            opens = self._line_end if word[:1] == LINE_END else b""
            cut[word] = opens + joined[begin:end]
            begin = end + ids.itemsize
        return cut

    def _by_library(self, texts: list[str]) -> Iterator[Ids]:
        for found in self._library.encode_batch_fast(texts, add_special_tokens=False):
            yield np.array(found.ids, dtype=np.uint32)


def plain_encoder(pattern: re.Pattern[str], vocabulary: Mapping[str, int], unknown: int) -> Encode:
    """Return what makes ids of ASCII texts without the library.

    Args:
        pattern: Finds the tokens of such a text.
        vocabulary: Ids of the tokens.
        unknown: Id of all others.
    """

    def encode(texts: list[str]) -> Iterator[Ids]:
        for text in texts:
            tokens = map(vocabulary.get, pattern.findall(text), itertools.repeat(unknown))
            yield np.fromiter(tokens, dtype=np.uint32)

    return encode


def spaced_words(block: str) -> list[str]:
    """Split a part of an opened text at its spaces; far quicker than by a pattern.

    Args:
        block: A part of an opened text, as `cut_text` makes them.

    Returns:
        Words without the space before them, and line ends; a word without a space is joined to the
        line end before it. At the beginning of the part, where there is none, one is put there
        (`is_unspaced`).
    """
    words = block.replace(LINE_END, " \n").split(" ")
    if words[0]:
        words[0] = LINE_END + words[0]
    else:
        del words[0]
    return words


def is_unspaced(block: str) -> bool:
    """Tell whether a part of an opened text begins with a word that has no space."""
    return block[:1] not in ("", " ", LINE_END)


def spelling(word: str) -> str:
    """Return a word of `spaced_words`, none of them a line end, as it stands in the text."""
    return word[1:] if word[:1] == LINE_END else f" {word}"


def batched_words(words: Iterable[str], *, size: int = 1 << 14) -> Iterator[str]:
    """Join words, each with a line end behind it, to texts of about so many characters.

    Args:
        words: Words without line ends.
        size: Characters of a text, about.
    """
    batch: list[str] = []
    held = 0
    for word in words:
        batch += (word, LINE_END)
        held += len(word)
        if held > size:
            yield "".join(batch)
            batch, held = [], 0
    if batch:
        yield "".join(batch)


def _places_of_none(found: list[bytes | None]) -> Iterator[int]:
    place = -1
    for _ in range(found.count(None)):
        place = found.index(None, place + 1)
        yield place


def _words_at_line_ends(block: str) -> int:
    """Count the words without a space that follow a line end."""
    apart = block.replace(LINE_END, " \n")
    return apart.count(LINE_END) - apart.count("\n ") - apart.endswith(LINE_END)


def _bytes_of(ids: list[int]) -> bytes:
    return np.array(ids, dtype=np.uint32).tobytes()
