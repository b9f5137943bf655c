"""What every sampler keeps to."""

import pytest
import torch

from lmkit.inference.sampling import SAMPLERS, SamplingConfig

SETTINGS = {
    "repetition": SamplingConfig(repetition=1.5),
    "no_repeat": SamplingConfig(no_repeat=2),
    "temperature": SamplingConfig(temperature=0.7),
    "top_k": SamplingConfig(top_k=3),
    "typical": SamplingConfig(typical=0.8),
    "top_p": SamplingConfig(top_p=0.8),
    "min_p": SamplingConfig(min_p=0.1),
}
HISTORY = [[1, 2, 1], [3, 3, 3], [0, 5, 0]]


def scores():
    return torch.log_softmax(torch.randn(3, 7, generator=torch.Generator().manual_seed(0)), -1)


@pytest.mark.parametrize("name", SAMPLERS.names())
class TestSampler:
    def test_the_shape_stays_and_something_is_left(self, name):
        step = SAMPLERS.get(name)(SETTINGS[name])
        changed = step(scores(), HISTORY)
        assert changed.shape == (3, 7)
        assert changed.isfinite().any(-1).all()

    def test_the_scores_given_are_not_changed(self, name):
        given = scores()
        SAMPLERS.get(name)(SETTINGS[name])(given, HISTORY)
        torch.testing.assert_close(given, scores())

    def test_what_was_left_out_stays_out(self, name):
        given = scores()
        given[:, 4] = -torch.inf
        assert not SAMPLERS.get(name)(SETTINGS[name])(given, HISTORY)[:, 4].isfinite().any()

    def test_rows_do_not_touch_each_other(self, name):
        step = SAMPLERS.get(name)(SETTINGS[name])
        together = step(scores(), HISTORY)
        alone = [step(scores()[row : row + 1], [HISTORY[row]]) for row in range(3)]
        torch.testing.assert_close(together, torch.cat(alone))
