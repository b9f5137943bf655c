"""Usual gradients: measured, kept factored, and of one model alone."""

import numpy as np
import pytest
import torch

from lmkit.core.errors import ModelError
from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batch
from lmkit.models.adapters.gradient_scale import GradientScale, measure_gradient_scale
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.weights import load_tensors, save_tensors

VOCAB = 12


def network(**more):
    sizes = {"vocab_size": VOCAB, "hidden": 6, "embedding": 6, "layers": 1, **more}
    return RecurrentLM(RecurrentLMConfig(**sizes), make_generator(0)).eval()


def windows(count=3):
    ids = torch.randint(VOCAB, (count, 9), generator=make_generator(1))
    return [Batch(inputs=row[None, :-1], targets=row[None, 1:]) for row in ids]


def test_the_rows_and_columns_of_squares_are_those_of_the_gradients():
    model, name = network(), "recurrent.layers.0.weight_hidden"
    total = torch.zeros_like(model.get_parameter(name))
    for window in windows():
        model.zero_grad()
        loss, _ = model.loss(window, model.start(1))
        loss.objective.backward()
        total += model.get_parameter(name).grad.square()
    rows, columns = GradientScale.measure(model, windows()).squares[name]
    torch.testing.assert_close(rows, (total / 3).mean(1))
    torch.testing.assert_close(columns, (total / 3).mean(0))


def test_relative_sizes_have_a_mean_of_one():
    model = network()
    relative = GradientScale.measure(model, windows()).relative(model)
    assert relative.pop("") > 0
    count = sum(parameter.numel() for parameter in model.parameters())
    assert sum(size.sum() for size in relative.values()) / count == pytest.approx(1.0, rel=1e-4)
    assert {name: size.shape for name, size in relative.items()} == {
        name: parameter.shape for name, parameter in model.named_parameters()
    }


def test_what_was_saved_is_loaded(tmp_path):
    model = network()
    scale = GradientScale.measure(model, windows())
    scale.save(tmp_path / "g")
    loaded = GradientScale.load(tmp_path / "g", model)
    for name, parts in scale.squares.items():
        assert all(torch.equal(*pair) for pair in zip(parts, loaded.squares[name], strict=True))


def test_gradients_of_another_model_or_of_no_size_are_refused(tmp_path):
    model = network()
    GradientScale.measure(model, windows()).save(tmp_path / "g")
    with pytest.raises(ModelError, match="usual gradient"):
        GradientScale.load(tmp_path / "g", network(hidden=7))
    tensors = load_tensors(tmp_path / "g")
    tensors["head.bias:0"] = tensors["head.bias:0"] * torch.nan
    save_tensors(tensors, tmp_path / "bad")
    with pytest.raises(ModelError, match=r"head\.bias"):
        GradientScale.load(tmp_path / "bad", model)


def test_every_weight_that_learns_has_a_usual_gradient():
    ids = np.random.default_rng(0).integers(12, size=200).astype(np.uint16)
    scale = measure_gradient_scale(network(), ids, passages=5)
    assert all(float(parts[0].sum()) > 0 for parts in scale.squares.values())


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_little_text_is_enough(count):
    scale = measure_gradient_scale(network(), np.ones(count, dtype=np.uint16))
    assert all(torch.isfinite(part).all() for parts in scale.squares.values() for part in parts)


def test_the_time_is_kept():
    ids = np.ones(5000, dtype=np.uint16)
    one = measure_gradient_scale(network(), ids, passages=1)
    short = measure_gradient_scale(network(), ids, seconds=0)
    assert all(torch.equal(one.squares[n][0], short.squares[n][0]) for n in one.squares)
