"""The gradients that dynamic evaluation divides by are those of the training text."""

import numpy as np
import pytest
import torch

from lmkit.calibration.gradient_scale import measure_gradient_scale
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig


def recurrent():
    config = RecurrentLMConfig(vocab_size=12, hidden=6, embedding=6, layers=1)
    return RecurrentLM(config, torch.Generator().manual_seed(0)).eval()


def test_every_weight_that_learns_has_a_usual_gradient():
    ids = np.random.default_rng(0).integers(12, size=200).astype(np.uint16)
    scale = measure_gradient_scale(recurrent(), ids, passages=5)
    assert all(float(parts[0].sum()) > 0 for parts in scale.squares.values())


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_little_text_is_enough(count):
    scale = measure_gradient_scale(recurrent(), np.ones(count, dtype=np.uint16))
    assert all(torch.isfinite(part).all() for parts in scale.squares.values() for part in parts)


def test_the_time_is_kept():
    ids = np.ones(5000, dtype=np.uint16)
    one = measure_gradient_scale(recurrent(), ids, passages=1)
    short = measure_gradient_scale(recurrent(), ids, seconds=0)
    assert all(torch.equal(one.squares[n][0], short.squares[n][0]) for n in one.squares)
