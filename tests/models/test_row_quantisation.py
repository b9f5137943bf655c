"""Rows in 8 bits: near to what they were, and refused where they are not whole."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from lmkit.core.errors import ModelError
from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.row_quantisation import dequantise_rows, quantise_rows, quantised
from lmkit.models.weights import load_weights, weights_of


def model_of() -> RecurrentLM:
    shape = RecurrentLMConfig(vocab_size=30, hidden=8, last_hidden=6, embedding=5, head="full")
    return RecurrentLM(shape, make_generator(1)).eval()


@given(st.integers(0, 5), st.integers(0, 7), st.integers(0, 99))
def test_every_weight_comes_back_within_half_a_step(rows, columns, seed):
    matrix = torch.randn(rows, columns, generator=make_generator(seed)) * 3
    found = dequantise_rows(quantise_rows({"m": matrix}))["m"]
    step = matrix.abs().amax(1, keepdim=True) / 127 if columns else torch.zeros(rows, 1)
    assert ((found - matrix).abs() <= step * 0.5001 + 1e-12).all()
    assert found.dtype == torch.float32


def test_the_largest_weight_of_a_row_is_exact_and_a_row_of_zeros_stays():
    matrix = torch.tensor([[0.5, -2.0, 0.1], [0.0, 0.0, 0.0]])
    values, step = quantised(matrix)
    assert values[0, 1] == -127
    torch.testing.assert_close(values.float() * step[:, None], matrix, atol=0.008, rtol=0)
    assert not (values[1].float() * step[1]).any()


def test_a_model_comes_back_from_a_file_and_predicts_nearly_the_same(tmp_path):
    model, other = model_of(), model_of()
    save_file(quantise_rows(weights_of(model)), tmp_path / "w.safetensors")
    load_weights(other, dequantise_rows(load_file(tmp_path / "w.safetensors")))
    ids = torch.tensor([[1, 2, 3, 4, 5]])
    expected = model.read(ids, model.start(1))[0].log_probs()
    found = other.read(ids, other.start(1))[0].log_probs()
    torch.testing.assert_close(found, expected, atol=0.01, rtol=0)


def test_matrices_take_a_quarter_of_the_bytes_and_the_rest_stays():
    stored = quantise_rows(
        {"a": torch.ones(4, 100), "bias": torch.ones(4), "n": torch.ones(2, 2).int()}
    )
    assert set(stored) == {"a.int8", "a.step", "bias", "n"}
    assert stored["a.int8"].nbytes == 400
    assert stored["a.step"].shape == (4,)


def test_tensors_that_were_never_quantised_are_returned_as_they_are():
    tensors = weights_of(model_of())
    found = dequantise_rows(tensors)
    assert found.keys() == tensors.keys()
    assert all(found[name] is tensors[name] for name in tensors)


@pytest.mark.parametrize(
    "change",
    [
        lambda stored: stored.pop("m.int8"),
        lambda stored: stored.pop("m.step"),
        lambda stored: stored.update({"m": torch.ones(3, 2)}),
        lambda stored: stored.update({"m.step": torch.ones(2)}),
        lambda stored: stored.update({"m.step": torch.tensor([1.0, torch.inf, 1.0])}),
        lambda stored: stored.update({"m.step": torch.ones(3, dtype=torch.int8)}),
        lambda stored: stored.update({"m.int8": torch.ones(3, 2)}),
        lambda stored: stored.update({"m.int8": torch.ones(3, dtype=torch.int8)}),
    ],
)
def test_halves_that_do_not_fit_are_refused(change):
    stored = quantise_rows({"m": torch.ones(3, 2), "b": torch.ones(3)})
    change(stored)
    with pytest.raises(ModelError, match="'m'"):
        dequantise_rows(stored)
