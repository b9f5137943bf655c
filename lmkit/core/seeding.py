"""Random generators made from seeds and handed on as values; the global generator is never used."""

import hashlib

import torch

SEED_LIMIT = 2**63


def make_generator(seed: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a random generator of its own for a seed.

    Args:
        seed: Any integer; equal seeds give equal draws on one kind of device.
        device: Device that the generator draws on.

    Returns:
        A generator that nothing else draws from.
    """
    generator = torch.Generator(device)
    generator.manual_seed(seed % SEED_LIMIT)
    return generator


def step_generator(seed: int, step: int, device: torch.device | str = "cpu") -> torch.Generator:
    """Return the random generator of one training step, alike in every process that takes it.

    Nothing is carried from step to step: a run that is resumed needs the number of the step alone.

    Args:
        seed: Seed of the run.
        step: Number of the step, from 0.
        device: Device that the generator draws on.

    Returns:
        A generator whose draws are unrelated to those of any other step or seed.
    """
    digest = hashlib.blake2b(f"{seed} {step} 0".encode(), digest_size=8).digest()
    return make_generator(int.from_bytes(digest, "little"), device)


def split_seed(seed: int, count: int) -> list[int]:
    """Return seeds for several generators in place of one, without a draw from it.

    Args:
        seed: Any integer.
        count: Seeds wanted.
    """
    digests = (
        hashlib.blake2b(f"{seed} part {part}".encode(), digest_size=8).digest()
        for part in range(count)
    )
    return [int.from_bytes(digest, "little") for digest in digests]
