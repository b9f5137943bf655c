"""Held-out part of a text, kept back to measure on: its end, in whole lines, never overlapping."""

from collections.abc import Iterator
from dataclasses import dataclass

from lmkit.data.corpus import Mark, Spool

SHARE = 0.05  # of the words
MOST_WORDS = 100_000
_LONG_LINE = 1_000  # words; a last line longer than this may be cut where it is most of the text
_LEAST = 0.2  # of the words wanted; a tail of whole lines may be so small before a line is cut
_WINDOW = 1 << 16  # bytes in which a place to cut a line is looked for


@dataclass(frozen=True, slots=True)
class Split:
    """Split of a text in its training part and its held-out part, in bytes of the spool.

    They overlap only where a text is a single word.
    """

    train_end: int
    valid_start: int
    is_inside_line: bool


def split_tail(spool: Spool, *, share: float = SHARE, most_words: int = MOST_WORDS) -> Split:
    """Choose the held-out tail of a text.

    It is the fewest whole lines that hold `share` of the words, or `most_words`. A line is cut,
    before a word, where there is only one, or where one is nearly all of a long text.

    Args:
        spool: The text, at least one word; or as much of its end as `holds_tail` says is enough.
        share: Share of the words wanted.
        most_words: Words wanted at most.

    Returns:
        The place.
    """
    total = spool.total
    wanted = _wanted(total, share, most_words)
    least = 0.0 if total.words <= _LONG_LINE else wanted * _LEAST
    start = _tail_start(spool, wanted) or _tail_start(spool, least)
    is_most = total.offset - start > total.offset / 2 and total.words > _LONG_LINE
    if start > 0 and not is_most:
        return Split(start, start, is_inside_line=False)
    return _cut_line(spool, start, wanted / total.words)


def holds_tail(start: Mark, total: Mark) -> bool:
    """Tell whether the text from a line start on is enough to choose the held-out tail by.

    Args:
        start: The line start.
        total: The end of the text.
    """
    has_words_before = start.words > start.lines
    return has_words_before and _will_do(start, total, _wanted(total, SHARE, MOST_WORDS))


def _wanted(total: Mark, share: float, most_words: int) -> float:
    return min(total.words * share, most_words)


def _tail_start(spool: Spool, wanted: float) -> int:
    """Return the start of the shortest run of last lines that will do, or 0.

    It holds so many words, one that is no line end at least; one such is left to learn from.
    """
    total = spool.total
    real = total.words - total.lines
    starts = [mark for mark in spool.marks if _will_do(mark, total, wanted)]
    best = starts[-1]
    for mark in _line_starts(spool, best):
        if not _will_do(mark, total, wanted):
            break
        best = mark
    has_words_before = best.words > best.lines and real > 1
    return best.offset if has_words_before else 0


def _will_do(start: Mark, total: Mark, wanted: float) -> bool:
    words, lines = total.words - start.words, total.lines - start.lines
    return words >= wanted and words > lines


def _line_starts(spool: Spool, mark: Mark) -> Iterator[Mark]:
    """Yield the starts of the lines after a mark, that of the mark itself first."""
    with spool.path.open("rb") as file:
        file.seek(mark.offset - spool.start)
        for line in file:
            yield mark
            words = line.count(b" ") + (1 if line[:1] in b" \n" else 2)
            mark = Mark(mark.offset + len(line), mark.lines + 1, mark.words + words)


def _cut_line(spool: Spool, line_start: int, share: float) -> Split:
    """Cut the last line so that about `share` of the text comes after."""
    end = spool.total.offset - 1  # the line end belongs to neither
    aim = max(line_start + 1, min(end - 1, int(spool.total.offset * (1 - share))))
    low = max(line_start, aim - _WINDOW)
    with spool.path.open("rb") as file:
        file.seek(low - spool.start)
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
