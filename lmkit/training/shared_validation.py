"""Validation of a text by several processes, each of which reads a part of its streams."""

from dataclasses import replace

import torch

from lmkit.training.text_validation import TextValidator
from lmkit.training.validation import Validation
from lmkit.training.world import World


class SharedValidator:
    """A validation text that the processes of a run read together.

    Attributes:
        tokens: Length of the text.
    """

    def __init__(self, validator: TextValidator, world: World) -> None:
        """Share a text.

        Args:
            validator: The text and the model of this process.
            world: The processes.
        """
        self.tokens = validator.tokens
        self._validator = validator
        self._world = world

    def validate(self, tokens: int) -> Validation:
        """Read the first `tokens` tokens, in all processes at once: each has the same result."""
        part = self._validator.validate_part(tokens, self._world.rank, self._world.size)
        nats = self._world.gather(torch.tensor([part.nats], dtype=torch.float64))
        return replace(part, nats=float(nats.sum()))
