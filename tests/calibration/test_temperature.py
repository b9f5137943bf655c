"""The fitted temperature against one found by trying many."""

import pytest
import torch

from lmkit.calibration.temperature import ARITHMETIC, POSITIONS, fit_temperature, positions
from lmkit.nn.heads import HEADS
from lmkit.nn.heads.head import Head, HeadConfig

ROWS, VOCAB = 600, 12


def head_and_text(name: str, sharpness: float):
    """Return a head and words that a softmax so much sharper than the head would draw."""
    torch.manual_seed(0)
    _, head = HEADS.get(name).with_embedding(HeadConfig(vocab_size=VOCAB, width=4, tied=False))
    head.initialise(torch.Generator().manual_seed(1))
    head.set_frequencies(torch.arange(VOCAB, 0, -1) / 78)
    hidden = 4 * torch.randn(ROWS, 4)
    head.temperature.fill_(1 / sharpness)
    targets = torch.multinomial(head.log_probs(hidden).exp(), 1).squeeze(1).detach()
    head.temperature.fill_(1.0)
    return head.eval(), hidden, targets


def nats(head: Head, hidden, targets, temperature: float) -> float:
    head.temperature.fill_(temperature)
    return -float(head.log_prob_of(hidden, targets).mean())


@pytest.mark.parametrize("name", HEADS.names())
@pytest.mark.parametrize("sharpness", [0.6, 0.97, 1.0, 1.5])
def test_no_temperature_of_many_is_better(name, sharpness):
    head, hidden, targets = head_and_text(name, sharpness)
    found = fit_temperature(head, hidden, targets)
    assert head.temperature == found
    ours = nats(head, hidden, targets, found)
    others = [nats(head, hidden, targets, 1 / (0.5 + 0.01 * step)) for step in range(151)]
    assert ours <= min(others) + 2e-4


def test_a_head_that_is_always_right_stays_within_bounds():
    head, hidden, targets = head_and_text("full", 1.0)
    targets = head.log_probs(hidden).argmax(1)
    assert 0.5 <= fit_temperature(head, hidden, targets) < 1.0


def test_what_is_no_number_leaves_the_temperature_alone():
    head, hidden, targets = head_and_text("full", 0.5)
    hidden[0, 0] = float("nan")
    assert fit_temperature(head, hidden, targets) == 1.0


def test_fewer_predictions_are_looked_at_where_each_costs_more():
    assert positions(10, 50) == 50
    assert positions(1000, 10**9) == POSITIONS
    assert positions(80_000, 10**9) == ARITHMETIC // 80_000
    assert positions(10**9, 10) == 1
