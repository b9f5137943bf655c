"""lmkit: train a next-word model on your own words, on the computer you have.

The names below are the public ones; everything else may change between versions. They are loaded
on first use (PEP 562), so `import lmkit` is quick and loads no torch.
"""

import importlib
from typing import TYPE_CHECKING

from lmkit.core.version import __version__ as __version__

if TYPE_CHECKING:
    from lmkit.archive.options import ModelOptions as ModelOptions
    from lmkit.core.errors import DataError as DataError
    from lmkit.core.errors import LmkitError as LmkitError
    from lmkit.core.errors import MissingExtraError as MissingExtraError
    from lmkit.core.errors import ModelError as ModelError
    from lmkit.core.errors import UnknownNameError as UnknownNameError
    from lmkit.core.errors import UsageError as UsageError
    from lmkit.forecasting.config import ForecasterConfig as ForecasterConfig
    from lmkit.forecasting.forecaster import Forecaster as Forecaster
    from lmkit.forecasting.forecaster import backtest as backtest
    from lmkit.forecasting.forecaster import train_forecaster as train_forecaster
    from lmkit.forecasting.series import ReadingConfig as ReadingConfig
    from lmkit.forecasting.series import Series as Series
    from lmkit.forecasting.series import air_passengers as air_passengers
    from lmkit.forecasting.series import read_series as read_series
    from lmkit.inference.beam import BeamConfig as BeamConfig
    from lmkit.inference.generate import GenerateConfig as GenerateConfig
    from lmkit.inference.sampling import SamplingConfig as SamplingConfig
    from lmkit.language_model import LanguageModel as LanguageModel
    from lmkit.recipes import TrainRequest as TrainRequest
    from lmkit.recipes import train_language_model as train_language_model
    from lmkit.recipes.compare import CompareRequest as CompareRequest
    from lmkit.recipes.compare import compare_cells as compare_cells
    from lmkit.results import ClozeEvaluation as ClozeEvaluation
    from lmkit.results import ColumnForecast as ColumnForecast
    from lmkit.results import Filled as Filled
    from lmkit.results import FillExplanation as FillExplanation
    from lmkit.results import Filling as Filling
    from lmkit.results import Forecast as Forecast
    from lmkit.results import GateTrace as GateTrace
    from lmkit.results import Generated as Generated
    from lmkit.results import Guess as Guess
    from lmkit.results import LayerTrace as LayerTrace
    from lmkit.results import NextWords as NextWords
    from lmkit.results import PairsEvaluation as PairsEvaluation
    from lmkit.results import Result as Result
    from lmkit.results import Score as Score
    from lmkit.results import ScoredWord as ScoredWord
    from lmkit.results import TextEvaluation as TextEvaluation
    from lmkit.results import Trained as Trained
    from lmkit.results import TypingEvaluation as TypingEvaluation
    from lmkit.results import TypingFigures as TypingFigures
    from lmkit.results import WordBits as WordBits
    from lmkit.results.lab_experiments import Comparison as Comparison
    from lmkit.results.lab_experiments import ComparisonRow as ComparisonRow
    from lmkit.training.events import Calibrating as Calibrating
    from lmkit.training.events import Finished as Finished
    from lmkit.training.events import Planned as Planned
    from lmkit.training.events import Prepared as Prepared
    from lmkit.training.events import Progress as Progress
    from lmkit.training.events import Recovered as Recovered
    from lmkit.training.events import Saved as Saved
    from lmkit.training.events import Status as Status
    from lmkit.training.events import TemperatureFitted as TemperatureFitted
    from lmkit.training.events import Validated as Validated
    from lmkit.training.events import Warned as Warned

_EVENTS = (
    "Calibrating",
    "Finished",
    "Planned",
    "Prepared",
    "Progress",
    "Recovered",
    "Saved",
    "Status",
    "TemperatureFitted",
    "Validated",
    "Warned",
)
_RESULTS = (
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
    "Score",
    "ScoredWord",
    "TextEvaluation",
    "Trained",
    "TypingEvaluation",
    "TypingFigures",
    "WordBits",
)
_ERRORS = (
    "DataError",
    "LmkitError",
    "MissingExtraError",
    "ModelError",
    "UnknownNameError",
    "UsageError",
)
_PUBLIC = {
    "BeamConfig": "lmkit.inference.beam",
    "CompareRequest": "lmkit.recipes.compare",
    "Comparison": "lmkit.results.lab_experiments",
    "ComparisonRow": "lmkit.results.lab_experiments",
    "Forecaster": "lmkit.forecasting.forecaster",
    "ForecasterConfig": "lmkit.forecasting.config",
    "GenerateConfig": "lmkit.inference.generate",
    "LanguageModel": "lmkit.language_model",
    "ModelOptions": "lmkit.archive.options",
    "ReadingConfig": "lmkit.forecasting.series",
    "SamplingConfig": "lmkit.inference.sampling",
    "Series": "lmkit.forecasting.series",
    "TrainRequest": "lmkit.recipes",
    "air_passengers": "lmkit.forecasting.series",
    "compare_cells": "lmkit.recipes.compare",
    "backtest": "lmkit.forecasting.forecaster",
    "read_series": "lmkit.forecasting.series",
    "train_forecaster": "lmkit.forecasting.forecaster",
    "train_language_model": "lmkit.recipes",
    **dict.fromkeys(_EVENTS, "lmkit.training.events"),
    **dict.fromkeys(_RESULTS, "lmkit.results"),
    **dict.fromkeys(_ERRORS, "lmkit.core.errors"),
}

__all__ = ["__version__", *sorted(_PUBLIC)]  # noqa: PLE0604  # all of them are strings


def __getattr__(name: str) -> object:
    """Load a public name on first use."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'lmkit' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
