"""How much text is read follows from the time there is."""

import math

import numpy as np
import torch

from lmkit.models.adapters.reading_time import FEWEST, affordable
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

IDS = np.ones(5000, dtype=np.uint16)


def part(ids, seconds):
    config = RecurrentLMConfig(vocab_size=12, hidden=6, embedding=6, layers=1)
    model = RecurrentLM(config, torch.Generator().manual_seed(0)).eval()
    return affordable(model, ids, line_end_id=1, seconds=seconds)


def test_with_all_the_time_all_is_read():
    assert len(part(IDS, math.inf)) == len(part(IDS, 1000.0)) == len(IDS)


def test_without_time_nothing_is_read():
    assert len(part(IDS, 0.0)) == 0


def test_what_is_read_is_enough_or_nothing():
    assert all(n == 0 or n >= FEWEST for n in (len(part(IDS, 2.0**-k)) for k in range(14)))


def test_an_empty_text_is_empty():
    assert len(part(IDS[:0], 1.0)) == 0
