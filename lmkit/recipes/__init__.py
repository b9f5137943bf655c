"""Recipes: whole pipelines from a request to a model folder."""

from lmkit.recipes.follow import follow
from lmkit.recipes.pipeline import train_language_model
from lmkit.recipes.request import TrainRequest

__all__ = ["TrainRequest", "follow", "train_language_model"]
