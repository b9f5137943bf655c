"""What surrounds a training run: who measures it, where it is saved, whose clock it reads."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Validator(Protocol):
    """Measures the model that is being trained."""

    @property
    def ids(self) -> int:
        """Length of the validation text."""
        ...

    def perplexity(self, ids: int) -> float:
        """Return the perplexity per word on the first `ids` ids, or about so many."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What surrounds a run."""

    folder: Path | None = None  # where checkpoints go; None: nowhere
    resume: bool = False  # go on from the checkpoint in `folder`
    fingerprint: str = ""  # of the data and the model: a checkpoint of others is refused
    ids_per_word: float = 1.0  # how many ids make a word, for perplexity per word
    closing: float = 0.0  # what follows the last step, in readings of the whole validation text
    stop: Callable[[], bool] = lambda: False  # asked after each step
    clock: Callable[[], float] = time.monotonic  # seconds from any start
