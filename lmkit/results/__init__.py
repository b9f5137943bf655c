"""Every answer as a frozen value, free of torch; `to_dict()` gives the fields of its JSON.

Field names are those that docs/reference/json.md promises to other programs.
"""

from lmkit.results.evaluate import (
    ClozeEvaluation,
    PairsEvaluation,
    TextEvaluation,
    TypingEvaluation,
    TypingFigures,
)
from lmkit.results.fill import Filled, FillExplanation, Filling, WordBits
from lmkit.results.forecast import ColumnForecast, Forecast
from lmkit.results.generate import Generated
from lmkit.results.result import Result
from lmkit.results.score import Score, ScoredWord
from lmkit.results.trace import GateTrace, LayerTrace, Rows
from lmkit.results.train import Trained
from lmkit.results.words import Guess, NextWords

__all__ = [
    "ClozeEvaluation",
    "ColumnForecast",
    "FillExplanation",
    "Filled",
    "Filling",
    "Forecast",
    "GateTrace",
    "Generated",
    "Guess",
    "LayerTrace",
    "NextWords",
    "PairsEvaluation",
    "Result",
    "Rows",
    "Score",
    "ScoredWord",
    "TextEvaluation",
    "Trained",
    "TypingEvaluation",
    "TypingFigures",
    "WordBits",
]
