"""Networks as arrays of the page."""

import numpy as np
import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.interop.html.network import CELLS, exportable, pack_network
from lmkit.interop.html.rounding import rounded_model
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig


def network(**shape: object) -> RecurrentLM:
    usual = {"vocab_size": 30, "hidden": 8, "embedding": 8, "layers": 2, "head": "full"}
    return RecurrentLM(RecurrentLMConfig(**{**usual, **shape}), torch.Generator().manual_seed(1))


def matrix(arrays, name: str) -> torch.Tensor:
    return torch.from_numpy(arrays[f"{name}.values"] * arrays[f"{name}.steps"][:, None])


@pytest.mark.parametrize("cell", CELLS)
def test_the_arrays_are_the_rounded_weights(cell):
    model = network(cell=cell)
    arrays = pack_network(model, "forward").arrays
    rounded = rounded_model(model)
    assert torch.allclose(matrix(arrays, "forward.embedding"), rounded.embedding.weight)
    for depth, layer in enumerate(rounded.recurrent.cells):
        name = f"forward.layer{depth}"
        assert torch.allclose(matrix(arrays, f"{name}.input"), layer.weight_input)
        assert torch.allclose(matrix(arrays, f"{name}.hidden"), layer.weight_hidden)
        assert arrays[f"{name}.bias"].dtype == np.float32


def test_the_two_biases_of_an_lstm_are_one():
    model = network()
    with torch.no_grad():
        model.recurrent.cells[0].bias_hidden.fill_(0.25)
    found = pack_network(model, "forward").arrays["forward.layer0.bias"]
    assert np.allclose(found, model.recurrent.cells[0].bias_input.detach().numpy() + 0.25)


def test_the_bias_inside_the_reset_gate_is_kept():
    arrays = pack_network(network(cell="gru"), "forward").arrays
    assert arrays["forward.layer1.bias_candidate"].shape == (8,)


def test_projections_of_layers_of_another_width_are_kept():
    packed = pack_network(network(hidden=12, last_hidden=6, head_input="sum"), "forward")
    assert packed.arrays["forward.project.last.values"].shape == (8, 6)
    assert packed.arrays["forward.project.0.values"].shape == (8, 12)
    assert packed.arrays["forward.project.bias"].shape == (8,)
    assert packed.facts["hidden"] == [12, 6]


def test_a_tied_matrix_has_the_bytes_of_the_embedding():
    arrays = pack_network(network(), "forward").arrays
    assert np.array_equal(arrays["forward.head.values"], arrays["forward.embedding.values"])
    untied = pack_network(network(tied=False), "forward").arrays
    assert not np.array_equal(untied["forward.head.values"], untied["forward.embedding.values"])


def test_the_facts_say_how_to_use_them():
    model = network()
    model.head.temperature.fill_(1.5)
    facts = pack_network(model, "forward").facts
    assert facts["blocks"] == ["input", "forget", "candidate", "output"]
    assert facts["temperature"] == 1.5
    assert facts["parameters"] == model.parameter_count()
    assert pack_network(network(cell="elman"), "b").facts["blocks"] == ["candidate"]


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ({"cell": "mogrifier"}, "knows the cells lstm, gru"),
        ({"cell": "nig"}, "'nig'"),
        ({"head": "adaptive"}, "full softmax"),
    ],
)
def test_what_the_page_cannot_run_is_refused(shape, said):
    with pytest.raises(UsageError, match=said):
        exportable(network(**shape))


def test_a_layer_too_wide_for_whole_sums_is_refused():
    with pytest.raises(UsageError, match="4,096"):
        exportable(network(hidden=4100, layers=1, vocab_size=3, embedding=2))


def test_a_model_that_is_no_network_is_refused():
    ngram = NGram.fit(np.array([1, 2]), vocab_size=3, line_end_id=0, order=2)
    with pytest.raises(UsageError, match="NGram"):
        exportable(ngram)
