"""Contract of every source of text: its lines, again and again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from lmkit.data.prepared_text import PreparedText
from lmkit.text.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """Settings of reading.

    Attributes:
        column: The column of a table that holds the text: its name, its number from 1 where no
            column is named so, or the keys that lead to it, joined by dots (`messages.text`).
        seed: Of sources that are made by chance.
    """

    column: str = "text"
    seed: int = 0


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


@runtime_checkable
class Shardable(Protocol):
    """A source that can be read in parts, by several processes at once.

    The parts can be pickled; their lines, one part after the other, are those of the source.
    """

    def shards(self, count: int) -> Sequence[Source]:
        """Return at most `count` parts of about equal size, in order.

        Args:
            count: Parts wanted, 1 or more; a source that cannot be cut is one part.
        """
        ...


@runtime_checkable
class Tokenized(Protocol):
    """A source that holds ids, made with a tokenizer of its own."""

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer that its ids were made with."""
        ...

    def prepared(self, cache: Path) -> PreparedText:
        """Return its ids, ready for training.

        Args:
            cache: Folder for what has to be made of them first.

        Raises:
            DataError: If the ids are damaged, not complete, or not of its tokenizer.
        """
        ...
