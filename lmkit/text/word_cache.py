"""Cache of cut words: a word of a long text is cut by the library once.

No pattern of `lmkit.text.scripts` lets a token reach over a space or a line end, so the tokens of
a text are those of its words, one after the other, and most words of a text were met before.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import tokenizers

from lmkit.text.words import LINE_END

WORD = re.compile(r"\n| ?[^ \n]+| ")  # a word with its space, or a line end

_LONG_WORD = 40  # characters; such words are rarely met again and not remembered
_MOST_WORDS = 300_000  # remembered at once


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

    def __init__(self, library: tokenizers.Tokenizer, line_end_id: int) -> None:
        """Begin with an empty cache.

        Args:
            library: The tokenizer that cuts words.
            line_end_id: Id of the line end, which no other token holds.
        """
        self._library = library
        self._line_end_id = line_end_id
        self._line_end = _bytes_of([line_end_id])
        self._ids = {LINE_END: self._line_end}

    def encode(self, block: str) -> EncodedBlock:
        """Return the ids of a part of an opened text."""
        words: list[str] = WORD.findall(block)
        if len(self._ids) > _MOST_WORDS:
            self._ids = {LINE_END: self._line_end}
        unseen = list(set(words).difference(self._ids))
        self._ids.update(zip(unseen, self._cut(unseen), strict=True))
        joined = b"".join(map(self._ids.__getitem__, words))
        for word in unseen:
            if len(word) > _LONG_WORD:
                del self._ids[word]
        return EncodedBlock(np.frombuffer(joined, dtype=np.uint32), len(words))

    def _cut(self, words: list[str]) -> Iterator[bytes]:
        """Yield the ids of each word; a call of the library for each would cost three times."""
        batches = list(batched_words(words))
        if not batches:
            return
        found = self._library.encode_batch_fast(batches, add_special_tokens=False)
        ids = np.concatenate([np.array(cut.ids, dtype=np.uint32) for cut in found])
        joined, begin = ids.tobytes(), 0
        for end in (np.flatnonzero(ids == self._line_end_id) * ids.itemsize).tolist():
            yield joined[begin:end]
            begin = end + ids.itemsize


def batched_words(words: Iterable[str], *, size: int = 1 << 14) -> Iterator[str]:
    """Join words, each with a line end behind it, to texts of about so many characters.

    Args:
        words: Words as `WORD` finds them.
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


def _bytes_of(ids: list[int]) -> bytes:
    return np.array(ids, dtype=np.uint32).tobytes()
