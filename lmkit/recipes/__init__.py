"""The whole pipelines, top to bottom."""

from lmkit.recipes.train import train_language_model
from lmkit.recipes.resolve import TrainRequest

__all__ = ["TrainRequest", "train_language_model"]
