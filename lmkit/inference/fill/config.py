"""Settings of a filling."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lmkit.core.errors import UsageError

Words = tuple[str, ...]
MOST_WORDS = 8  # of a blank, where a number is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class FillConfig:
    """Settings of filling: the words allowed, and bounds of the search.

    Attributes:
        k: Fillings wanted.
        choices: All choices for a blank, each of one or several words; None: any word.
        exact: Read every word of the vocabulary with the right-hand side.
        avoid: Words never offered.
        words: Fewest and most words of a blank, in place of those the text asks for.
        shortlist: Candidates proposed for a blank.
        rounds: (tokens beyond the blank, candidates kept after reading that far), in turn; the
            candidates left are read to the end.
        beam: Fillings carried on from blank to blank.
        few: Where no more words than this fit, all of them are read to the end.
        whole: Up to so many combinations of words for several blanks, all of them are read.
        reach: Tokens beyond the blank that are read at most.
        most_read: Tokens read to the end for a blank at most, all candidates together; where the
            text beyond is so long that it would be more, fewer candidates are, but k at least.
            Choices, and the vocabulary where every word is wanted, are read whatever it takes.
        searches: Searches for words at one blank at most, where blanks take several words.
        span: Tokens from the first to the last of the blanks that are filled together at most.
        together: Blanks that are filled together at most.
    """

    k: int = 5
    choices: Sequence[str] | None = None
    exact: bool = False
    avoid: Collection[str] = ()
    words: tuple[int, int] | None = None
    shortlist: int = 400
    rounds: tuple[tuple[int, int], ...] = ((1, 100), (3, 40))
    beam: int = 24
    few: int = 100
    whole: int = 20_000
    reach: int = 1000
    most_read: int = 3000
    searches: int = 80
    span: int = 100
    together: int = 16

    def __post_init__(self) -> None:
        if self.k < 1:
            raise UsageError(f"the number of fillings must be at least 1, got {self.k}")
        if self.words and not 1 <= self.words[0] <= self.words[1] <= MOST_WORDS:
            low, high = self.words
            raise UsageError(
                f"a blank takes 1 to {MOST_WORDS} words, fewest first; got {low}-{high}"
            )
        if self.choices is not None and not [word for word in self.choices if word.strip()]:
            raise UsageError("no choices were given; name at least one word, as in --choices a,b")
