"""What every source of text can do: give its lines, again and again."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """How sources are read."""

    column: str = "text"  # the column of a table, or the field of a JSON line, that holds the text
    seed: int = 0  # of sources that are made by chance


class Source(Protocol):
    """Text as lines, whatever it is kept in.

    Attributes:
        name: What the user called it.
        notices: One line for everything about the reading that a user should know, complete once
            the lines were read.
    """

    name: str
    notices: list[str]

    def lines(self) -> Iterator[str]:
        """Yield the lines without their line ends, the same every time; few are held at once."""
        ...


@runtime_checkable
class Fingerprinted(Protocol):
    """A source whose content can be told apart without reading its lines."""

    def fingerprint(self) -> str:
        """Return a value that differs where the lines differ."""
        ...
