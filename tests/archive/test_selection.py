"""Selections from the contents of a model folder."""

import pytest
import torch

from lmkit.archive.folder import Archive
from lmkit.archive.selection import in_direction, is_backward, network_count, with_network
from lmkit.core.errors import UsageError
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

TOKENIZER = Tokenizer.train(["the cat sat", "the dog sat"], TokenizerConfig())


def network(seed: int) -> RecurrentLM:
    config = RecurrentLMConfig(vocab_size=TOKENIZER.vocab_size, hidden=8, embedding=8)
    return RecurrentLM(config, torch.Generator().manual_seed(seed)).eval()


@pytest.fixture
def both() -> Archive:
    return Archive(
        model=AverageLM([network(0), network(1)]),
        backward=AverageLM([network(2), network(3)]),
        tokenizer=TOKENIZER,
        facts={"direction": "both"},
    )


def test_a_direction_that_is_not_there_is_refused(both):
    forward = in_direction(both, "forward")
    assert in_direction(forward, "forward") is forward
    with pytest.raises(UsageError, match="'forward', not 'both'"):
        in_direction(forward, "both")


def test_one_direction_has_its_own_model_alone(both):
    forward, backward = in_direction(both, "forward"), in_direction(both, "backward")
    assert (forward.model, forward.backward, is_backward(forward)) == (both.model, None, False)
    assert (backward.model, backward.backward, is_backward(backward)) == (
        both.backward,
        None,
        True,
    )
    assert in_direction(both, None) is in_direction(both, "both") is both


@pytest.mark.parametrize("number", [1, 2])
def test_one_network_stands_for_the_average_in_each_direction(both, number):
    chosen = with_network(both, number)
    assert chosen.model is both.model.networks[number - 1]
    assert chosen.backward is both.backward.networks[number - 1]
    assert (network_count(both), network_count(chosen)) == (2, 1)
    assert with_network(chosen, 1) is chosen


def test_a_network_that_is_not_there_is_refused(both):
    with pytest.raises(UsageError, match="has 2 networks; there is no network 3"):
        with_network(both, 3)
    with pytest.raises(UsageError, match="has one network; there is no network 2"):
        with_network(with_network(both, 1), 2)
