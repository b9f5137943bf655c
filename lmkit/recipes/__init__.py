"""The whole pipelines, top to bottom."""

from lmkit.recipes.language import train_language_model
from lmkit.recipes.request import TrainRequest

__all__ = ["TrainRequest", "train_language_model"]
