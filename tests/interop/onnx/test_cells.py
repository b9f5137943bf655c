"""Cells as operators of ONNX: the gates in the operator's order, and what is refused."""

import numpy as np
import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.interop.onnx.cells import OPEN, onnx_cell
from lmkit.nn.cells import CELLS

EXPORTED = (
    "lstm gru elman elman_relu nig nfg nog niaf noaf cifg peepholes".split()  # noqa: SIM905
)
HIDDEN, WIDTH = 3, 2


def made(name):
    cell = CELLS.get(name).build(WIDTH, HIDDEN, {})
    cell.initialise(torch.Generator().manual_seed(0))
    return cell


@pytest.mark.parametrize("name", EXPORTED)
def test_the_weights_have_the_shapes_of_the_operator(name):
    found = onnx_cell(made(name), name)
    gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[found.operator]
    assert found.weights["W"].shape == (1, gates * HIDDEN, WIDTH)
    assert found.weights["R"].shape == (1, gates * HIDDEN, HIDDEN)
    assert found.weights["B"].shape == (1, 2 * gates * HIDDEN)
    assert found.letters == ("hc" if found.operator == "LSTM" else "h")


def test_the_gates_of_an_lstm_are_input_output_forget_candidate():
    cell = made("lstm")
    i, f, g, o = cell.weight_input.detach().numpy().reshape(4, HIDDEN, WIDTH)
    assert np.array_equal(onnx_cell(cell, "lstm").weights["W"][0], np.concatenate([i, o, f, g]))


def test_the_gates_of_a_gru_are_update_reset_candidate():
    cell = made("gru")
    reset, update, candidate = cell.weight_hidden.detach().numpy().reshape(3, HIDDEN, HIDDEN)
    found = onnx_cell(cell, "gru").weights["R"][0]
    assert np.array_equal(found, np.concatenate([update, reset, candidate]))


def test_a_gate_that_is_not_there_is_held_open():
    found = onnx_cell(made("nog"), "nog").weights
    output = slice(HIDDEN, 2 * HIDDEN)
    assert (found["B"][0][output] == OPEN).all()
    assert not found["W"][0][output].any()
    assert float(torch.sigmoid(torch.tensor(OPEN))) == 1.0


@pytest.mark.parametrize("name", sorted(set(CELLS.names()) - set(EXPORTED)))
def test_a_cell_without_an_operator_is_refused_by_its_name(name):
    with pytest.raises(UsageError, match=f"cell '{name}'; those that can be exported are lstm"):
        onnx_cell(made(name), name)
