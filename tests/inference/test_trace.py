"""Tracing a text: the equations of the cell hold between the rows."""

import math
from itertools import product

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.inference.trace import trace_text
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.nn.cells import CELLS
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

TEXT = "the old cat sat"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.train([TEXT, "a dog ran"], TokenizerConfig())


def model_of(tokenizer: Tokenizer, cell: str) -> RecurrentLM:
    shape = RecurrentLMConfig(vocab_size=tokenizer.vocab_size, cell=cell, hidden=6, embedding=5)
    return RecurrentLM(shape, make_generator(1)).eval()


def test_the_equations_of_the_lstm_hold_between_rows(tokenizer: Tokenizer) -> None:
    trace = trace_text(model_of(tokenizer, "lstm"), tokenizer, TEXT)
    assert trace.words == ("the", "old", "cat", "sat")
    for layer in trace.layers:
        for t in range(1, len(trace.words)):
            for unit in range(6):
                gate = {name: rows[t][unit] for name, rows in layer.gates.items()}
                kept = gate["forget"] * layer.cell[t - 1][unit]
                cell = kept + gate["input"] * layer.candidate[t][unit]
                assert layer.cell[t][unit] == pytest.approx(cell, abs=1e-6)
                shown = gate["output"] * math.tanh(layer.cell[t][unit])
                assert layer.hidden[t][unit] == pytest.approx(shown, abs=1e-6)


@pytest.mark.parametrize("name", CELLS.names())
def test_every_cell_can_be_traced_and_ends_where_reading_ends(
    tokenizer: Tokenizer, name: str
) -> None:
    model = model_of(tokenizer, name)
    trace = trace_text(model, tokenizer, TEXT)
    ids = torch.tensor([[tokenizer.line_end_id, *tokenizer.encode(TEXT)]])
    _, state = model.read(ids, model.start(1))
    for layer, after in zip(trace.layers, state, strict=True):
        assert layer.hidden[-1] == pytest.approx(after[0][0].tolist(), abs=1e-5)
    assert set(trace.to_dict()) == {"text", "kind", "words", "layers"}


def state_after(kind: str, gate: dict[str, float], before: float, candidate: float) -> float:
    """Return what a unit keeps, by the equation of its cell; a gate that a cell lacks is open."""
    if kind.startswith("elman"):
        return candidate
    if kind == "gru":
        return gate["update"] * before + (1 - gate["update"]) * candidate
    if kind == "mingru":
        return (1 - gate["update"]) * before + gate["update"] * candidate
    kept = gate.get("forget", 1.0) * before + gate.get("input", 1.0) * candidate
    return kept / (gate["forget"] + gate["input"]) if kind == "minlstm" else kept


@pytest.mark.parametrize("name", CELLS.names())
def test_the_equations_of_every_cell_hold_between_rows(tokenizer: Tokenizer, name: str) -> None:
    trace = trace_text(model_of(tokenizer, name), tokenizer, TEXT)
    for layer, t, unit in product(trace.layers, range(1, len(trace.words)), range(6)):
        gate = {of: rows[t][unit] for of, rows in layer.gates.items()}
        cell = state_after(name, gate, layer.cell[t - 1][unit], layer.candidate[t][unit])
        assert layer.cell[t][unit] == pytest.approx(cell, abs=1e-6)
        if name not in ("projected", "layernorm") and layer.cell != layer.hidden:
            shown = cell if name == "noaf" else math.tanh(cell)
            assert layer.hidden[t][unit] == pytest.approx(gate.get("output", 1.0) * shown, abs=1e-6)


def test_a_text_without_words_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(UsageError, match="no word"):
        trace_text(model_of(tokenizer, "lstm"), tokenizer, "  ")
