"""The arithmetic of one unit, against the cell itself."""

import math

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.inference.trace import trace_ids
from lmkit.lab.unit_terms import unit_terms
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

TOKENIZER = Tokenizer.train(["the cat sat on the mat"] * 3, TokenizerConfig())
TEXT = "the cat sat"


def network(cell):
    config = RecurrentLMConfig(
        vocab_size=TOKENIZER.vocab_size, hidden=5, embedding=4, layers=2, cell=cell
    )
    return RecurrentLM(config, torch.Generator().manual_seed(0)).eval()


@pytest.mark.parametrize("cell", ["lstm", "elman"])
@pytest.mark.parametrize("layer", [1, 2])
def test_the_terms_of_a_gate_add_up_to_it(cell, layer):
    found = unit_terms(network(cell), TOKENIZER, TEXT, layer=layer, unit=3, token=2)
    for name, gate in found.gates.items():
        total = gate.bias + sum(gate.input) + sum(gate.recurrent)
        value = math.tanh(total) if name == "candidate" else 1 / (1 + math.exp(-total))
        assert gate.value == pytest.approx(value, abs=1e-6)


def test_the_cell_state_follows_from_the_gates():
    found = unit_terms(network("lstm"), TOKENIZER, TEXT, layer=2, unit=1, token=1)
    gates = {name: gate.value for name, gate in found.gates.items()}
    cell = gates["forget"] * found.cell_before + gates["input"] * gates["candidate"]
    assert found.cell == pytest.approx(cell, abs=1e-6)
    assert found.hidden == pytest.approx(gates["output"] * math.tanh(found.cell), abs=1e-6)


def test_states_are_those_of_the_trace():
    model = network("gru")
    ids = [TOKENIZER.line_end_id, *TOKENIZER.encode(TEXT)]
    with torch.inference_mode():
        steps = trace_ids(model, ids, model.start(1))
    found = unit_terms(model, TOKENIZER, TEXT, layer=2, unit=4, token=2)
    assert found.hidden == pytest.approx(float(steps[1].output[3, 0, 4]), abs=1e-6)
    assert found.h == pytest.approx(steps[1].output[2, 0].tolist(), abs=1e-6)
    assert found.x == pytest.approx(steps[0].output[3, 0].tolist(), abs=1e-6)
    assert found.cell_before == pytest.approx(found.h[4])


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ({"layer": 3, "unit": 0, "token": 0}, "layers 1 to 2"),
        ({"layer": 0, "unit": 0, "token": 0}, "layers 1 to 2"),
        ({"layer": 1, "unit": 5, "token": 0}, "units are 0 to 4"),
        ({"layer": 1, "unit": 0, "token": 3}, "the text has 3"),
        ({"layer": 1, "unit": 0, "token": -1}, "the text has 3"),
    ],
)
def test_places_that_are_not_there_are_refused(place, said):
    with pytest.raises(UsageError, match=said):
        unit_terms(network("lstm"), TOKENIZER, TEXT, **place)


def test_cells_of_other_sums_are_refused():
    with pytest.raises(UsageError, match="not for mogrifier"):
        unit_terms(network("mogrifier"), TOKENIZER, TEXT, layer=1, unit=0, token=0)
