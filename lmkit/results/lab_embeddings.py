"""Neighbours of words and their map in the plane."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class Neighbour(Result):
    """A word and the cosine between its vector and the query's."""

    word: str
    similarity: float  # -1..1


@dataclass(frozen=True, slots=True)
class Neighbours(Result):
    """The nearest words, nearest first."""

    query: str
    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True)
class WordMap(Result):
    """Words as points.

    Attributes:
        words: Most frequent first, or those asked for.
        points: One for each word, with 2 or 3 coordinates.
        explained: Share of the variance that each coordinate holds.
    """

    words: tuple[str, ...]
    points: tuple[tuple[float, ...], ...]
    explained: tuple[float, ...]
