"""Check that a model fits into the memory of this machine, before any is allocated."""

import os

from lmkit.archive.recurrent import MAX_LAYERS, shapes_alone
from lmkit.core.errors import ModelError, UsageError
from lmkit.models.recurrent.recurrent_lm import RecurrentLMConfig

_BYTES = 20  # a weight in training: itself, its gradient, two averages of it, and the best so far
_GIGABYTE = 1e9


def check_memory(config: RecurrentLMConfig, *, models: int = 1, memory: int | None = None) -> None:
    """Refuse a model that cannot be trained here.

    Args:
        config: Sizes of the model.
        models: Networks of that size that train at the same time.
        memory: Bytes of the machine; asked of it when left out.

    Raises:
        UsageError: If its weights alone, and what training keeps of each, are more.
    """
    if config.layers > MAX_LAYERS:
        raise UsageError(
            f"the number of layers must be at most {MAX_LAYERS}, but {config.layers} was given"
        )
    held = machine_memory() if memory is None else memory
    weights = _weights(config)
    if weights is None or models * weights * _BYTES > held:
        size = "so many" if weights is None else f"{weights:,}"
        what = f"a model of {size} weights" if models == 1 else f"{models} models of {size} weights"
        raise UsageError(
            f"{what} cannot be trained in {held / _GIGABYTE:.1f} GB of memory; "
            "set a smaller hidden or embedding" + ("" if models == 1 else ", or fewer models")
        )


def machine_memory() -> int:
    """Return the bytes of memory this machine has; where it does not say, 16 GB."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return int(16 * _GIGABYTE)


def _weights(config: RecurrentLMConfig) -> int | None:
    """Count the weights without making them; None where they are past counting."""
    try:
        return shapes_alone(config).parameter_count()
    except ModelError:
        return None
