"""Usual gradients: kept factored, beside their mean, and of one model alone."""

import pytest
import torch

from lmkit.core.errors import ModelError
from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batch
from lmkit.models.adapters.dynamic import gradient_scale_of
from lmkit.models.adapters.gradient_scale import GradientScale, squares_of
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.weights import load_tensors, save_tensors

VOCAB = 12


def network(**more):
    sizes = {"vocab_size": VOCAB, "hidden": 6, "embedding": 6, "layers": 1, **more}
    return RecurrentLM(RecurrentLMConfig(**sizes), make_generator(0)).eval()


def windows(count=3):
    ids = torch.randint(VOCAB, (count, 9), generator=make_generator(1))
    return [Batch(inputs=row[None, :-1], targets=row[None, 1:]) for row in ids]


def test_relative_sizes_have_a_mean_of_one():
    model = network()
    relative = gradient_scale_of(model, windows()).relative(model)
    assert relative.pop("") > 0
    count = sum(parameter.numel() for parameter in model.parameters())
    assert sum(size.sum() for size in relative.values()) / count == pytest.approx(1.0, rel=1e-4)
    assert {name: size.shape for name, size in relative.items()} == {
        name: parameter.shape for name, parameter in model.named_parameters()
    }


def test_what_was_saved_is_loaded(tmp_path):
    model = network()
    scale = gradient_scale_of(model, windows())
    scale.save(tmp_path / "g")
    loaded = GradientScale.load(tmp_path / "g", model)
    for name, parts in scale.squares.items():
        assert all(torch.equal(*pair) for pair in zip(parts, loaded.squares[name], strict=True))


def test_gradients_of_another_model_or_of_no_size_are_refused(tmp_path):
    model = network()
    gradient_scale_of(model, windows()).save(tmp_path / "g")
    with pytest.raises(ModelError, match="usual gradient"):
        GradientScale.load(tmp_path / "g", network(hidden=7))
    tensors = load_tensors(tmp_path / "g")
    tensors["head.bias:0"] = tensors["head.bias:0"] * torch.nan
    save_tensors(tensors, tmp_path / "bad")
    with pytest.raises(ModelError, match=r"head\.bias"):
        GradientScale.load(tmp_path / "bad", model)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ModelError):
        GradientScale.load(tmp_path / "none.safetensors", network())


def test_a_matrix_keeps_its_rows_and_columns_and_a_vector_each_entry():
    matrix, vector = torch.tensor([[1.0, 2.0], [3.0, 0.0]]), torch.tensor([2.0, -3.0])
    rows, columns = squares_of(matrix)
    assert rows.tolist() == [2.5, 4.5]
    assert columns.tolist() == [5.0, 2.0]
    (entries,) = squares_of(vector)
    assert entries.tolist() == [4.0, 9.0]
