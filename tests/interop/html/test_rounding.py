"""Rounding to 8 bits a weight."""

import pytest
import torch

from lmkit.interop.html.rounding import LARGEST, round_rows, rounded_model
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig


def matrix(rows: int, columns: int) -> torch.Tensor:
    return torch.randn(rows, columns, generator=torch.Generator().manual_seed(1))


def test_a_weight_is_off_by_half_a_step_at_most():
    weights = matrix(5, 40)
    rounded = round_rows(weights)
    assert rounded.values.dtype == torch.int8
    assert ((rounded.to_float() - weights).abs() <= rounded.steps[:, None] * 0.5001).all()


def test_the_largest_weight_of_each_row_is_all_steps():
    rounded = round_rows(matrix(7, 30))
    assert (rounded.values.abs().amax(1) == LARGEST).all()


def test_rounding_twice_is_rounding_once():
    once = round_rows(matrix(6, 20))
    twice = round_rows(once.to_float())
    assert torch.equal(once.values, twice.values)
    assert torch.allclose(once.steps, twice.steps)


@pytest.mark.parametrize("weights", [torch.zeros(3, 4), torch.zeros(3, 0), torch.zeros(0, 4)])
def test_zeros_and_nothing_stay_what_they_are(weights):
    assert torch.equal(round_rows(weights).to_float(), weights)


def test_a_model_is_copied_and_its_vectors_stay():
    config = RecurrentLMConfig(vocab_size=20, hidden=8, embedding=6, layers=2, head="full")
    model = RecurrentLM(config, torch.Generator().manual_seed(2))
    before = {name: value.clone() for name, value in model.named_parameters()}
    rounded = dict(rounded_model(model).named_parameters())
    for name, value in model.named_parameters():
        assert torch.equal(value, before[name])
        expected = round_rows(value).to_float() if value.ndim == 2 else value
        assert torch.equal(rounded[name], expected)


def test_a_tied_table_is_tied_in_the_copy():
    config = RecurrentLMConfig(vocab_size=20, hidden=6, embedding=6, head="full")
    rounded = rounded_model(RecurrentLM(config))
    assert rounded.head.weight is rounded.embedding.weight
    assert not rounded.training
