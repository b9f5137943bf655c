"""Random generators made from seeds and handed on as values."""

import torch

SEED_LIMIT = 2**63


def make_generator(seed: int) -> torch.Generator:
    """Return a random generator of its own for a seed.

    Args:
        seed: Any integer; equal seeds give equal draws.

    Returns:
        A CPU generator that nobody else draws from.
    """
    generator = torch.Generator()
    generator.manual_seed(seed % SEED_LIMIT)
    return generator
