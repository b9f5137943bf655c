"""The smallest form of a folder: read like any other, close to the model it was made from."""

from dataclasses import replace

import pytest
import torch

from lmkit.archive.compact import round_weights, save_compact
from lmkit.archive.folder import load_archive, save_archive
from lmkit.archive.recurrent import RecurrentKind
from lmkit.core.errors import ModelError, UsageError
from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.models.row_quantisation import dequantise_rows, quantise_rows
from lmkit.models.weights import load_tensors, save_tensors, weights_of


@pytest.fixture
def pair(archive):
    """An archive of both directions over one table."""
    backward = RecurrentLM(archive.model.config, make_generator(2)).eval()
    backward.embedding.weight.data.copy_(archive.model.embedding.weight)
    return replace(archive, backward=backward)


def same(model, tensors):
    return all(torch.equal(tensors[name], found) for name, found in weights_of(model).items())


def test_rounded_rows_and_a_shared_table_are_read_as_they_were_meant(pair, tmp_path):
    save_compact(tmp_path / "small", pair)
    stored = load_tensors(tmp_path / "small" / "backward.safetensors")
    assert "embedding.weight.int8" not in stored
    loaded = load_archive(tmp_path / "small")
    for model, original in ((loaded.model, pair.model), (loaded.backward, pair.backward)):
        assert same(model, dequantise_rows(quantise_rows(weights_of(original))))


def test_the_folder_is_as_whole_as_any_other(pair, tmp_path):
    save_archive(tmp_path / "large", pair, card="a card")
    save_compact(tmp_path / "small", pair, card="a card")
    names = {path.name for path in (tmp_path / "large").iterdir()}
    assert {path.name for path in (tmp_path / "small").iterdir()} == names
    first, second = (load_archive(tmp_path / name) for name in ("large", "small"))
    assert first.facts == second.facts
    assert [entry.name for entry in first.stack] == [entry.name for entry in second.stack]


def test_a_folder_that_was_read_can_be_written_in_full_again(pair, tmp_path):
    save_compact(tmp_path / "small", pair)
    loaded = load_archive(tmp_path / "small")
    save_archive(tmp_path / "full", loaded)
    again = load_archive(tmp_path / "full")
    assert same(again.model, weights_of(loaded.model))
    assert same(again.backward, weights_of(loaded.backward))


def test_two_directions_without_a_common_table_are_stored_whole(archive, tmp_path):
    backward = RecurrentLM(archive.model.config, make_generator(2)).eval()
    save_compact(tmp_path / "small", replace(archive, backward=backward))
    stored = load_tensors(tmp_path / "small" / "backward.safetensors")
    assert "embedding.weight.int8" in stored
    loaded = load_archive(tmp_path / "small").backward
    assert same(loaded, dequantise_rows(quantise_rows(weights_of(backward))))


def test_rounding_twice_changes_nothing(archive, tmp_path):
    model = archive.model
    round_weights(model)
    before = {name: tensor.clone() for name, tensor in weights_of(model).items()}
    save_compact(tmp_path / "small", archive)
    loaded = weights_of(load_archive(tmp_path / "small").model)
    for name, tensor in before.items():
        torch.testing.assert_close(loaded[name], tensor, atol=1e-6, rtol=0)


def test_half_of_a_rounded_matrix_is_damage(pair, tmp_path):
    save_compact(tmp_path / "small", pair)
    files = {path.name: path for path in (tmp_path / "small").iterdir()}
    stored = load_tensors(files["backward.safetensors"])
    stored.pop("recurrent.layers.0.weight_hidden.step")
    save_tensors(stored, files["backward.safetensors"])
    facts = RecurrentKind().architecture(pair.model)
    with pytest.raises(ModelError, match=r"layers.0.weight_hidden"):
        RecurrentKind().read(files, "backward", facts)


def test_models_of_other_kinds_are_refused(archive, tmp_path):
    strange = replace(archive, backward=archive.ngram)
    with pytest.raises(UsageError, match="cannot be stored"):
        save_compact(tmp_path / "small", strange)
