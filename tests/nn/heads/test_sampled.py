import math

import torch

from lmkit.nn.heads.sampled import draw_log_uniform


def test_words_are_drawn_as_often_as_the_correction_says():
    torch.manual_seed(0)
    drawn = draw_log_uniform(50, 100_000)
    shares = torch.bincount(drawn, minlength=50) / len(drawn)
    ids = torch.arange(50.0)
    expected = torch.log((ids + 2) / (ids + 1)) / math.log(51)
    torch.testing.assert_close(shares, expected, atol=0.005, rtol=0)
