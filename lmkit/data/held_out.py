"""The part of a text kept back to measure on: its end, in whole lines, never overlapping."""

from collections.abc import Iterator
from dataclasses import dataclass

from lmkit.data.spool import Spool

SHARE = 0.05  # of the words
MOST_WORDS = 100_000
_LONG_LINE = 1_000  # words; a last line longer than this may be cut where it is most of the text
_WINDOW = 1 << 16  # bytes in which a place to cut a line is looked for


@dataclass(frozen=True, slots=True)
class Split:
    """Where the training text ends and the held-out text begins, in bytes of the spool.

    The two are one and the same only where a text has a single character.
    """

    train_end: int
    valid_start: int
    is_inside_line: bool


def split_tail(spool: Spool, *, share: float = SHARE, most_words: int = MOST_WORDS) -> Split:
    """Choose the held-out tail of a text.

    It is the fewest whole lines that hold `share` of the words, `most_words` at most, and at least
    one line. A single line, or a last line that is most of a long text, is cut before a word.

    Args:
        spool: The text, at least one word.
        share: Share of the words wanted.
        most_words: Words wanted at most.

    Returns:
        The place.
    """
    total = spool.total
    wanted = max(1.0, min(total.words * share, most_words))
    start = _tail_start(spool, wanted)
    tail = spool.total.offset - start
    is_most = tail > total.offset / 2 and total.words > _LONG_LINE
    if start > 0 and not is_most:
        return Split(start, start, is_inside_line=False)
    line_start = start
    return _cut_line(spool, line_start, wanted / total.words)


def _tail_start(spool: Spool, wanted: float) -> int:
    """Return the start of the shortest run of last lines with so many words, or 0."""
    before = [mark for mark in spool.marks if spool.total.words - mark.words >= wanted]
    mark = before[-1]
    start, tail = mark.offset, spool.total.words - mark.words
    for offset, words in _lines(spool, mark.offset):
        if tail < wanted:
            break
        start = offset
        tail -= words
    return start


def _lines(spool: Spool, start: int) -> Iterator[tuple[int, int]]:
    """Yield the start and the words of each line, its line end counted."""
    with spool.path.open("rb") as file:
        file.seek(start)
        for line in file:
            is_opened = line[:1] in b" \n"
            yield start, line.count(b" ") + (1 if is_opened else 2)
            start += len(line)


def _cut_line(spool: Spool, line_start: int, share: float) -> Split:
    """Cut the last line so that about `share` of the text comes after."""
    end = spool.total.offset - 1  # the line end belongs to neither
    aim = max(line_start + 1, min(end - 1, int(spool.total.offset * (1 - share))))
    low = max(line_start, aim - _WINDOW)
    with spool.path.open("rb") as file:
        file.seek(low)
        window = file.read(min(end, aim + _WINDOW) - low)
    cut = _place_to_cut(window, aim - low, is_line_start=low == line_start)
    place = low + cut
    if place <= line_start:
        return Split(end + 1, line_start, is_inside_line=True)
    return Split(place, place, is_inside_line=True)


def _place_to_cut(window: bytes, aim: int, *, is_line_start: bool) -> int:
    """Return the space nearest to `aim`, else the start of a character, else 0."""
    after = window.find(b" ", max(aim, 1))
    if after > 0:
        return after
    before = window.rfind(b" ", 1, aim)
    if before > 0:
        return before
    if is_line_start and window[:1] == b" ":
        return 0  # a single word
    starts = [n for n in range(1, len(window)) if window[n] & 0xC0 != 0x80]
    return min(starts, key=lambda start: abs(start - aim), default=0)
