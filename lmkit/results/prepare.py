"""The result of preparing a text."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class PreparedParts(Result):
    """Figures of a prepared text, or of one share of it.

    Attributes:
        out: The folder.
        complete: Whether it is finished, so that it can be trained on.
        parts: Parts of the text.
        counted: Parts that are counted, by all shares together.
        encoded: Parts that are encoded, by all shares together.
        words: Training words; None until the folder is finished, as what follows.
        tokens: Training tokens.
        valid_words: Validation words.
        vocabulary: Ids of the vocabulary.
        unknown_fraction: Of the training tokens, 0..1.
        megabytes: Normalised text that this run worked on.
        seconds: That it took.
        megabytes_per_second: Of that text.
    """

    out: str
    complete: bool
    parts: int
    counted: int
    encoded: int
    words: int | None
    tokens: int | None
    valid_words: int | None
    vocabulary: int | None
    unknown_fraction: float | None
    megabytes: float
    seconds: float
    megabytes_per_second: float
