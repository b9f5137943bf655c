"""Bodies of the questions that `lmkit next`, `complete`, `fill`, `score` and `trace` answer."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lmkit.serve.schemas.base import ModelFields, SamplingFields, Text

Named = Annotated[str, Field(min_length=1)]  # a word that the caller names


class NextBody(SamplingFields):
    """A question for the words that may come next."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "the cat sat on", "k": 3}]})
    text: Text = ""
    k: int = Field(5, ge=1, description="Number of words.")
    of: list[Named] | None = Field(
        None, min_length=1, description="Words whose probability is wanted, in place of the best."
    )


class CompleteBody(ModelFields):
    """A question for the words that finish a begun one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "the cat sa", "k": 3}]})
    text: Text
    k: int = Field(5, ge=1, description="Number of words.")


class FillBody(ModelFields):
    """A text with blanks to fill."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "the ___ sat on the mat", "k": 3}]}
    )
    text: str = Field(description="A text with at least one blank, `___`.")
    k: int = Field(5, ge=1, description="Number of fillings.")
    choices: list[Named] | None = Field(None, min_length=1, description="All that may go in.")
    exact: bool = Field(False, description="Try every word of the vocabulary.")
    words: int | str | None = Field(None, description="Words of a blank: 2, or a range: 1-3.")
    avoid: list[str] = Field([], description="Words never offered.")
    direction: Literal["forward", "both"] | None = Field(
        None, description="Leave the backward model out, or demand it."
    )
    explain: bool = Field(False, description="Say what each side contributed.")


class ScoreBody(ModelFields):
    """A text of which each word's surprisal is wanted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "the cat sat on the mat"}]})
    text: str | list[str] = Field(description="A line, or several.")
    context: Literal["line", "document"] = Field(
        "line", description="Begin anew at each line, or carry on."
    )
    expected: int = Field(0, ge=0, description="Words that were expected instead, for each word.")


class GuessAnswer(BaseModel):
    """A word and its probability."""

    word: str
    probability: float


class CandidateAnswer(GuessAnswer):
    """A word that was asked about; whether the model knows it."""

    known: bool | None = None


class NextAnswer(BaseModel):
    """Words, best first."""

    text: str
    words: list[CandidateAnswer]


class WhyAnswer(BaseModel):
    """Contributions to a filling, natural logarithms."""

    left: float
    right: float
    frequency: float | None


class FilledAnswer(BaseModel):
    """One way to fill every blank."""

    words: list[str]
    text: str
    probability: float
    why: WhyAnswer | None = None


class FillAnswer(BaseModel):
    """The best ways to fill a text."""

    text: str
    fillings: list[FilledAnswer]
    candidates: int
    exact: bool


class ScoredWordAnswer(BaseModel):
    """Surprisal of a word, in bits."""

    word: str
    surprisal: float
    rank: int
    entropy: float
    unknown: bool
    expected: list[GuessAnswer] | None = None


class ScoreAnswer(BaseModel):
    """Surprisal of a line, word by word."""

    text: str
    words: list[ScoredWordAnswer]
    bits: float
    perplexity: float


class ScoresAnswer(BaseModel):
    """Surprisal of several lines."""

    scores: list[ScoreAnswer]
