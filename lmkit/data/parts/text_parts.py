"""The whole text as its counted parts: its length, its held-out tail, and its blocks."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

from lmkit.data.corpus import Mark, Spool, read_blocks
from lmkit.data.held_out import Split, holds_tail, split_tail
from lmkit.data.parts.layout import END, PARTS, Counted

Opener = Callable[[Counted], Spool]  # of the text of a part


@dataclass(frozen=True, slots=True)
class TextParts:
    """A text of several parts, in order.

    Attributes:
        folder: The folder in preparation.
        counted: Markers of all parts of the text.
        open: Opens the text of a part.
    """

    folder: Path
    counted: tuple[Counted, ...]
    open: Opener

    @property
    def starts(self) -> list[Mark]:
        """The start of each part, and the end of the text."""
        return list(accumulate((part.total for part in self.counted), _after, initial=_START))

    @property
    def total(self) -> Mark:
        """The end of the text."""
        return self.starts[-1]

    def split(self) -> Split:
        """Return the held-out tail, the same that `split_tail` chooses from the text in one file.

        Only the parts at the end are opened, unless the text is so odd that all are needed.
        """
        starts, total = self.starts, self.total
        enough = [n for n, start in enumerate(starts[:-1]) if holds_tail(start, total)]
        with self._end(max(enough, default=0)) as spool:
            return split_tail(spool)

    def blocks(self, start: int, end: int) -> Iterator[str]:
        """Yield a stretch of the text, cut as `read_blocks` cuts it in one file.

        Args:
            start: First byte of the whole text.
            end: The byte after the last.
        """
        for part, begin in zip(self.counted, self.starts, strict=False):
            first = max(start, begin.offset)
            last = min(end, begin.offset + part.total.offset)
            if first < last:
                spool = self.open(part)
                here = (first - begin.offset, last - begin.offset)
                yield from read_blocks(spool, *here, phase=first - start)

    def byte_at(self, place: int) -> bytes:
        """Return the byte at a place of the whole text; none at its end."""
        for part, begin in zip(self.counted, self.starts, strict=False):
            if begin.offset <= place < begin.offset + part.total.offset:
                with self.open(part).path.open("rb") as file:
                    file.seek(place - begin.offset)
                    return file.read(1)
        return b""

    @contextmanager
    def _end(self, number: int) -> Iterator[Spool]:
        """Give the text from a part on as one spool."""
        starts = self.starts
        marks = [starts[number]]
        for part, start in zip(self.counted[number:], starts[number:], strict=False):
            marks += [_after(start, mark) for mark in part.marks[1:]]
        if number == len(self.counted) - 1:
            spool = self.open(self.counted[number])
            yield replace(spool, marks=tuple(marks))
            return
        with TemporaryDirectory(prefix=END, dir=self.folder / PARTS) as folder:
            path = Path(folder) / "end"
            _join([self.open(part).path for part in self.counted[number:]], path)
            yield Spool(path, tuple(marks), digest="")


_START = Mark(0, 0, 0)


def _after(start: Mark, mark: Mark) -> Mark:
    """Return a mark of a part as one of the whole text."""
    return Mark(start.offset + mark.offset, start.lines + mark.lines, start.words + mark.words)


def _join(paths: Sequence[Path], target: Path) -> None:
    with target.open("wb") as file:
        for path in paths:
            with path.open("rb") as part:
                shutil.copyfileobj(part, file)
