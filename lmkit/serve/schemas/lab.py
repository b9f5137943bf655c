"""Bodies of the questions that look inside a model, and their answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lmkit.serve.schemas.ask import GuessAnswer
from lmkit.serve.schemas.base import Body, Text

Unit = Annotated[int, Field(ge=0)]


class LabBody(Body):
    """The model that is looked into."""

    model: str | None = Field(None, description="Name of a model; the first where left out.")


class TraceBody(LabBody):
    """A text of which every gate and state is wanted."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "the cat sat", "from": 0}]})
    text: Text
    begin: int = Field(0, ge=0, alias="from", description="First token given.")


class Force(Body):
    """A gate held at a value."""

    layer: int = Field(0, ge=0, description="Counted from 1; 0: every layer.")
    gate: str
    units: list[Unit] | None = Field(None, min_length=1, description="Left out: all.")
    value: Annotated[float, Field(ge=0, le=1)] | Literal["mean"] = Field(
        description="0: shut, 1: open; mean: of each unit over the text."
    )


class ForceBody(LabBody):
    """A question for next words while gates are held."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"text": "the cat sat on", "forces": [{"gate": "forget", "value": 0}]}]
        }
    )
    text: Text
    k: int = Field(5, ge=1, description="Number of words.")
    forces: list[Force] = Field([], max_length=64)


class UnitBody(LabBody):
    """A question for the arithmetic of one unit at one token."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "the cat sat", "layer": 1, "unit": 0, "token": 2}]}
    )
    text: Text
    layer: int = Field(1, ge=1)
    unit: int = Field(0, ge=0)
    token: int = Field(0, ge=0)


class VectorsBody(LabBody):
    """A question for a map of word vectors."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 100}]})
    count: int = Field(500, ge=1, description="Words, the most frequent.")


class NeighboursBody(LabBody):
    """A question for the words nearest to one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"word": "cat", "k": 5}]})
    word: str
    k: int = Field(8, ge=1, description="Number of words.")


class AnalogyBody(LabBody):
    """A question for words that are to the third as the second is to the first."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"words": ["dog", "dogs", "cat"], "k": 5}]}
    )
    words: list[str] = Field(min_length=3, max_length=3)
    k: int = Field(8, ge=1, description="Number of words.")


class TracedLayerAnswer(BaseModel):
    """Gates and states of a layer: rows of tokens, columns of units."""

    gates: dict[str, list[list[float]]]
    candidate: list[list[float]]
    cell: list[list[float]]
    hidden: list[list[float]]


class TraceAnswer(BaseModel):
    """Gates and states while a text is read."""

    text: str
    kind: str
    begin: int = Field(alias="from")
    words: list[str]
    layers: list[TracedLayerAnswer]


class ForceAnswer(BaseModel):
    """The next words while gates are held, and without."""

    words: list[GuessAnswer]
    unforced: list[GuessAnswer]


class GateTermsAnswer(BaseModel):
    """The terms of the sum that a gate is made of."""

    bias: float
    input: list[float]
    recurrent: list[float]
    value: float


class UnitAnswer(BaseModel):
    """One unit at one token."""

    gates: dict[str, GateTermsAnswer]
    x: list[float]
    h: list[float]
    cell_before: float
    cell: float
    hidden: float


class VectorsAnswer(BaseModel):
    """Words as points: two numbers a word, and three."""

    words: list[str]
    counts: list[int]
    two: list[float]
    three: list[float]


class NeighbourAnswer(BaseModel):
    """A word and the cosine of its vector."""

    word: str
    similarity: float


class NeighboursAnswer(BaseModel):
    """Words, nearest first."""

    words: list[NeighbourAnswer]
