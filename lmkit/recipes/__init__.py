"""The whole pipelines, top to bottom."""

from lmkit.recipes.resolve import TrainRequest
from lmkit.recipes.train import train_language_model

__all__ = ["TrainRequest", "train_language_model"]
