"""Files of a folder in preparation, and the completion markers of its parts.

    prepared.json               the request, and at the end the checksums of the folder
    tokenizer.json              the vocabulary, once it is known
    parts/00012.text            the normalised text of a part, until it is encoded
    parts/00012.counts-0        counts of its tokens, until the vocabulary is known
    parts/00012.counted.json    marker: text and counts are whole
    parts/00012.train, .valid   ids
    parts/00012.done.json       marker: the ids are whole

Every file is written under another name and renamed; a marker is written last.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from lmkit.core.files import write_text
from lmkit.core.json import JsonObject
from lmkit.data.corpus import CorpusFacts, Mark
from lmkit.data.prepared_text import (
    FACTS,
    PREPARED,
    TOKENIZER,
    TRAIN,
    VALID,
    damaged_marker,
    read_marker,
)

M = TypeVar("M")

PARTS = "parts"
_OURS = re.compile(r"(\d{5,})\.(text|train|valid|counts-\d+|counted\.json|done\.json)")
_PARTIAL = re.compile(rf"\.({_OURS.pattern})\.\w+")
TAIL, END = ".tail-", ".end-"  # prefixes of folders that last as long as one step
_FINISHED = (PREPARED, TOKENIZER, TRAIN, VALID, FACTS)


@dataclass(frozen=True, slots=True)
class Counted:
    """The marker of a part that was read.

    Attributes:
        number: Of the part.
        marks: Some line starts of its text, the first and the end among them.
        digest: SHA-256 of the normalised text.
        runs: Files of counts; none where the vocabulary was given or is one of subwords.
        notices: What a user should know of the reading.
    """

    number: int
    marks: tuple[Mark, ...]
    digest: str
    runs: int
    notices: tuple[str, ...]

    @property
    def total(self) -> Mark:
        """The end of its text."""
        return self.marks[-1]


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids of a part, in a file of their own."""

    facts: CorpusFacts
    digest: str  # SHA-256


@dataclass(frozen=True, slots=True)
class Done:
    """The marker of a part that was encoded.

    Attributes:
        number: Of the part.
        train: Ids of the training text.
        valid: Ids of the validation text.
    """

    number: int
    train: Ids
    valid: Ids


@dataclass(frozen=True, slots=True)
class PartPlace:
    """Paths of the files of a part."""

    folder: Path
    number: int

    def path(self, kind: str) -> Path:
        """Return the path of a file.

        Args:
            kind: text, train, valid, counts (the number of a run comes after it), counted.json or
                done.json.
        """
        return self.folder / PARTS / f"{self.number:05}.{kind}"

    def runs(self, count: int) -> list[Path]:
        """Return the files of counts."""
        return [self.path(f"counts-{number}") for number in range(count)]

    def counted(self) -> Counted | None:
        """Return the marker of the part as read, None where there is none.

        Raises:
            DataError: If it is damaged.
        """
        return self._marker("counted.json", self._counted_of)

    def done(self) -> Done | None:
        """Return the marker of the part as encoded, None where there is none.

        Raises:
            DataError: If it is damaged.
        """
        return self._marker("done.json", self._done_of)

    def mark(self, marker: Counted | Done) -> None:
        """Write a marker, after everything it vouches for."""
        name = "counted.json" if isinstance(marker, Counted) else "done.json"
        content = asdict(marker)
        if isinstance(marker, Counted):
            content["marks"] = [[mark.offset, mark.lines, mark.words] for mark in marker.marks]
        write_text(self.path(name), json.dumps(content) + "\n")

    def forget_text(self) -> None:
        """Remove the text of the part, which is encoded."""
        self.path("text").unlink(missing_ok=True)

    def _marker(self, kind: str, read: Callable[[JsonObject], M]) -> M | None:
        """Return what a marker holds, None where there is none; one of another part is damaged."""
        path = self.path(kind)
        found = read_marker(path)
        if found is None:
            return None
        try:
            _require(found["number"] == self.number)
            return read(found)
        except (KeyError, TypeError, ValueError):
            raise damaged_marker(path) from None

    def _counted_of(self, found: JsonObject) -> Counted:
        marks = tuple(Mark(*map(int, mark)) for mark in found["marks"])
        _require(len(marks) > 1)
        rest = int(found["runs"]), tuple(map(str, found["notices"]))
        return Counted(self.number, marks, str(found["digest"]), *rest)

    def _done_of(self, found: JsonObject) -> Done:
        train, valid = (
            Ids(CorpusFacts(**found[kind]["facts"]), str(found[kind]["digest"]))
            for kind in ("train", "valid")
        )
        _require(all(type(n) is int and n >= 0 for i in (train, valid) for n in _numbers(i)))
        return Done(self.number, train, valid)


def remove_partial(folder: Path, numbers: Iterable[int]) -> None:
    """Remove what killed processes left of some parts under temporary names."""
    wanted = set(numbers)
    for path in _inside(folder):
        match = _PARTIAL.fullmatch(path.name)
        if match and int(match[2]) in wanted:
            shutil.rmtree(path, ignore_errors=True)


def remove_parts(folder: Path) -> None:
    """Remove the files of all parts, and what killed processes left of any file.

    Files of others stay, and so does the folder of the parts with them.
    """
    for path in _inside(folder):
        if _OURS.fullmatch(path.name) and path.is_file():
            path.unlink(missing_ok=True)
        elif _PARTIAL.fullmatch(path.name) or path.name.startswith((TAIL, END)):
            shutil.rmtree(path, ignore_errors=True)
    for path in [path for name in _FINISHED for path in folder.glob(f".{name}.*")]:
        shutil.rmtree(path, ignore_errors=True)
    parts = folder / PARTS
    if parts.is_dir() and not any(parts.iterdir()):
        parts.rmdir()


def _inside(folder: Path) -> Iterator[Path]:
    parts = folder / PARTS
    return iter(sorted(parts.iterdir()) if parts.is_dir() else [])


def _numbers(ids: Ids) -> tuple[int, ...]:
    facts = ids.facts
    return facts.words, facts.lines, facts.unknown, facts.ids


def _require(is_so: bool) -> None:
    if not is_so:
        raise ValueError
