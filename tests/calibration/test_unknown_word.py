"""The bias of the unknown word, against the rate that was asked for."""

import pytest
import torch

from lmkit.calibration.unknown_word import LEAST, MOST, fit_unknown_bias
from lmkit.nn.heads.full import FullHead

WORDS, WIDTH, UNKNOWN = 20, 4, 0


@pytest.fixture
def head():
    torch.manual_seed(0)
    return FullHead(WORDS, WIDTH).eval()


@pytest.fixture
def hidden():
    return 5 * torch.randn(200, WIDTH, generator=torch.Generator().manual_seed(1))


def mean_of(head, hidden):
    return head.log_probs(hidden).exp()[:, UNKNOWN].mean().item()


@pytest.mark.parametrize("rate", [0.001, 0.03, 0.3])
@pytest.mark.parametrize("temperature", [1.0, 1.3])
def test_the_unknown_word_is_expected_as_often_as_asked(head, hidden, rate, temperature):
    head.temperature.fill_(temperature)
    fit_unknown_bias(head, hidden, unknown_id=UNKNOWN, rate=rate)
    assert mean_of(head, hidden) == pytest.approx(rate, rel=1e-3)


def test_other_words_keep_their_proportions(head, hidden):
    before = torch.log_softmax(head.log_probs(hidden)[:, 1:], -1)
    fit_unknown_bias(head, hidden, unknown_id=UNKNOWN, rate=0.2)
    after = torch.log_softmax(head.log_probs(hidden)[:, 1:], -1)
    assert torch.allclose(before, after, atol=1e-5)


@pytest.mark.parametrize(("rate", "believed"), [(0.0, LEAST), (1.0, MOST)])
def test_no_word_is_made_impossible_or_certain(head, hidden, rate, believed):
    fit_unknown_bias(head, hidden, unknown_id=UNKNOWN, rate=rate)
    assert mean_of(head, hidden) == pytest.approx(believed, rel=1e-2)


def test_the_change_is_told(head, hidden):
    before = float(head.bias.detach()[UNKNOWN])
    change = fit_unknown_bias(head, hidden, unknown_id=UNKNOWN, rate=0.4)
    assert float(head.bias.detach()[UNKNOWN]) == pytest.approx(before + change, abs=1e-5)
