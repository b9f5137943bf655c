"""The graphs give the log-probabilities of the network, asked by onnxruntime alone."""

import numpy as np
import pytest
import torch

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from lmkit.archive.onnx import GraphFiles  # noqa: E402
from lmkit.core.errors import UsageError  # noqa: E402
from lmkit.interop.onnx.graphs import IR_VERSION, OPSET, write_graphs  # noqa: E402
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig  # noqa: E402

VOCAB = 23
NAMES = GraphFiles.of("model")
CELLS = ("lstm", "gru", "elman", "elman_relu", "nig", "nfg", "nog", "niaf", "noaf", "cifg")
SHAPES = (
    {"layers": 1, "tied": True},
    {"layers": 2, "tied": False, "head_input": "sum"},
    {"layers": 3, "tied": True, "head_input": "sum", "last_hidden": 5},
    {"layers": 2, "tied": True, "last_hidden": 7, "head": "sampled"},
)


def network(**more):
    settings = {"hidden": 8, "embedding": 6, "head": "full", **more}
    config = RecurrentLMConfig(vocab_size=VOCAB, **settings)
    model = RecurrentLM(config, torch.Generator().manual_seed(1)).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(1.5).add_(0.02)  # no bias is 0
        model.head.temperature.fill_(1.3)
    return model


def opened(model, folder):
    """Return a function that asks a graph for all of its outputs."""
    write_graphs(model, folder, NAMES)

    def ask(name, **inputs):
        session = onnxruntime.InferenceSession(folder / name)
        names = [value.name for value in session.get_outputs()]
        return dict(zip(names, session.run(None, inputs), strict=True))

    return ask


def starting(model, batch):
    """Return the first state by the names of the graphs."""
    letters = "hc" if len(model.start(1)[0]) == 2 else "h"
    return {
        f"{letter}{number}": tensor.numpy()
        for number, layer in enumerate(model.start(batch))
        for letter, tensor in zip(letters, layer, strict=True)
    }


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape['layers']} layers")
@pytest.mark.parametrize("cell", [*CELLS, "peepholes"])
def test_a_sequence_has_the_log_probabilities_of_the_network(tmp_path, cell, shape):
    model = network(cell=cell, **shape)
    ask = opened(model, tmp_path)
    ids = torch.randint(VOCAB, (3, 9), generator=torch.Generator().manual_seed(2))
    found = ask(NAMES.sequence, ids=ids.numpy(), **starting(model, 3))
    expected, state = model.read(ids, model.start(3))
    np.testing.assert_allclose(found["log_probs"], expected.log_probs(), atol=1e-5)
    np.testing.assert_allclose(found["hidden"], expected.hidden, atol=1e-5)
    for number, layer in enumerate(state):
        for letter, tensor in zip("hc", layer, strict=False):
            np.testing.assert_allclose(found[f"{letter}{number}_after"], tensor, atol=1e-5)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_step_after_step_is_the_sequence(tmp_path, cell):
    model = network(cell=cell)
    ask = opened(model, tmp_path)
    ids = np.array([[1, 5, 2, 9], [4, 4, 0, 22]])
    state = starting(model, 2)
    whole = ask(NAMES.sequence, ids=ids, **state)
    for time in range(4):
        found = ask(NAMES.step, ids=ids[:, time], **state)
        np.testing.assert_allclose(found["log_probs"], whole["log_probs"][:, time], atol=1e-5)
        np.testing.assert_allclose(found["hidden"], whole["hidden"][:, time], atol=1e-5)
        state = {name: found[f"{name}_after"] for name in state}


def test_layers_and_head_give_what_the_sequence_gives(tmp_path):
    model = network()
    ask = opened(model, tmp_path)
    whole = ask(NAMES.sequence, ids=np.array([[1, 5, 2]]), **starting(model, 1))
    parts = ask(NAMES.layers, ids=np.array([[1, 5, 2]]), **starting(model, 1))
    assert set(parts) == set(whole) - {"log_probs"}
    np.testing.assert_array_equal(parts["hidden"], whole["hidden"])
    found = ask(NAMES.head, hidden=parts["hidden"][0])
    np.testing.assert_allclose(found["log_probs"], whole["log_probs"][0], atol=1e-6)


def test_the_checker_of_onnx_finds_nothing(tmp_path):
    write_graphs(network(layers=3, head_input="sum", last_hidden=5), tmp_path, NAMES)
    for name in NAMES.all[:-1]:
        onnx.checker.check_model(str(tmp_path / name), full_check=True)
        model = onnx.load(str(tmp_path / name), load_external_data=False)
        assert (model.ir_version, model.opset_import[0].version) == (IR_VERSION, OPSET)


def test_a_tied_table_is_stored_once_for_all_graphs(tmp_path):
    sizes = {}
    for tied in (True, False):
        model = network(tied=tied, embedding=200, hidden=200)
        (tmp_path / str(tied)).mkdir()
        write_graphs(model, tmp_path / str(tied), NAMES)
        sizes[tied] = (tmp_path / str(tied) / NAMES.weights).stat().st_size
        stored = 4 * model.parameter_count()
        assert stored <= sizes[tied] < stored + 16 * 4096  # each weight begins a page
    assert sizes[False] - sizes[True] >= 4 * VOCAB * 200


def test_equal_networks_give_equal_bytes(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        write_graphs(network(), tmp_path / name, NAMES)
    for name in NAMES.all:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_head_without_a_full_softmax_is_refused(tmp_path):
    with pytest.raises(UsageError, match="head 'adaptive'"):
        write_graphs(network(head="adaptive"), tmp_path, NAMES)
    assert not list(tmp_path.iterdir())
