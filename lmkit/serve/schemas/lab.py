"""Bodies of the questions that look inside a model."""

from pydantic import BaseModel, Field


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
