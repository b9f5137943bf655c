"""A model in ONNX graphs answers as the network that they were written from."""

import sys

import pytest
import torch

from lmkit.core.errors import Hint, MissingExtraError, ModelError
from lmkit.models.onnx_lm import StatePart, open_session, state_parts
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig

VOCAB = 21


def network(**more):
    config = RecurrentLMConfig(vocab_size=VOCAB, hidden=8, embedding=6, head="full", **more)
    return RecurrentLM(config, torch.Generator().manual_seed(0)).eval()


@pytest.fixture
def pair(tmp_path):
    """A network, and the model of its graphs."""
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    from lmkit.interop.onnx.export import open_graphs

    model = network()
    return model, open_graphs(model, tmp_path, "model")


def ids(batch, time, seed=0):
    return torch.randint(VOCAB, (batch, time), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (5, 1), (3, 17), (2, 300)])
def test_any_batch_and_length_gives_the_log_probabilities_of_the_network(pair, shape):
    read = ids(*shape)
    found = [model.read(read, model.start(len(read))) for model in pair]
    torch.testing.assert_close(*(one.log_probs() for one, _ in found), atol=1e-5, rtol=0)
    torch.testing.assert_close(*(one.hidden for one, _ in found), atol=1e-5, rtol=0)
    torch.testing.assert_close(*(state for _, state in found), atol=1e-5, rtol=0)


def test_one_id_per_position_is_given_without_all_the_others(pair):
    read, asked = ids(4, 200), ids(4, 200, seed=1)
    network_, graphs = pair
    expected = network_.read(read, network_.start(4))[0].log_prob_of(asked)
    found = graphs.read(read, graphs.start(4))[0].log_prob_of(asked)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_the_state_has_a_part_for_each_layer_and_letter():
    assert state_parts((4, 6), "hc") == (
        StatePart("h0", 0, 4),
        StatePart("c0", 0, 4),
        StatePart("h1", 1, 6),
        StatePart("c1", 1, 6),
    )
    assert [part.name for part in state_parts((4, 6), "h")] == ["h0", "h1"]


@pytest.mark.parametrize("content", [b"", b"no graph", bytes(range(256)) * 8])
def test_a_damaged_graph_is_a_model_error(tmp_path, content):
    pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    (tmp_path / "broken.onnx").write_bytes(content)
    with pytest.raises(ModelError, match="cannot read the graph"):
        open_session(tmp_path / "broken.onnx")
    with pytest.raises(ModelError, match="cannot read the graph"):
        open_session(tmp_path / "missing.onnx")


def test_weights_that_are_cut_short_are_a_model_error(pair, tmp_path):
    whole = (tmp_path / "model.onnx_data").read_bytes()
    (tmp_path / "model.onnx_data").write_bytes(whole[:1000])
    with pytest.raises(ModelError, match="cannot read the graph"):
        open_session(tmp_path / "layers.onnx")


def test_without_onnxruntime_the_remedy_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingExtraError, match="needs onnxruntime") as raised:
        open_session(tmp_path / "model.onnx")
    assert raised.value.hint is Hint.INSTALL_ONNX
