"""lmkit: train a next-word model on your own words, on the computer you have.

The public names are loaded on first use (PEP 562), so `import lmkit` is quick
and loads no torch.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lmkit.forecasting.forecaster import Forecaster as Forecaster
    from lmkit.language_model import LanguageModel as LanguageModel
    from lmkit.recipes import train_language_model as train_language_model

__version__ = "0.1.0"

_PUBLIC = {
    "Forecaster": "lmkit.forecasting.forecaster",
    "LanguageModel": "lmkit.language_model",
    "train_language_model": "lmkit.recipes",
}

__all__ = ["Forecaster", "LanguageModel", "__version__", "train_language_model"]


def __getattr__(name: str) -> object:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'lmkit' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
