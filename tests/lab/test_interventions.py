"""Forcing gates and silencing units, checked against a loop that does it openly."""

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.lab.interventions import force_gate, intervene, parse_dropped_unit, parse_forced_gate
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.nn.cells import CELLS
from lmkit.results.lab_gates import DroppedUnit, ForcedGate
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

TEXT = "the old cat sat"
GATED = [
    (name, gate)
    for name in CELLS.names()
    for gate in (*CELLS.get(name).blocks, *CELLS.get(name).complements)
    if gate != "candidate"
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.train([TEXT, "a dog ran"], TokenizerConfig())


@pytest.fixture(params=["last", "sum"])
def model(tokenizer: Tokenizer, request: pytest.FixtureRequest) -> RecurrentLM:
    shape = RecurrentLMConfig(
        vocab_size=tokenizer.vocab_size, hidden=6, embedding=6, head_input=request.param
    )
    return RecurrentLM(shape, make_generator(1)).eval()


@pytest.mark.parametrize(("name", "gate"), GATED)
def test_a_forced_gate_of_any_cell_has_the_value_wanted(name: str, gate: str) -> None:
    cell = CELLS.get(name)(3, 4)
    cell.initialise(make_generator(2))
    free = cell.step(torch.ones(2, 3), cell.start(2)).gates[gate]
    force_gate(cell, gate, torch.tensor([1, 2]), torch.tensor([1.0, 0.25]))
    state = tuple(torch.ones_like(part) for part in cell.start(2))
    forced = cell.step(torch.ones(2, 3), state).gates[gate]
    torch.testing.assert_close(forced[:, 1:3], torch.tensor([[1.0, 0.25]] * 2))
    again = cell.step(torch.ones(2, 3), cell.start(2)).gates[gate]
    torch.testing.assert_close(again[:, [0, 3]], free[:, [0, 3]])


def test_holding_a_coupled_gate_holds_its_other_half() -> None:
    cell = CELLS.get("cifg")(3, 4)
    force_gate(cell, "forget", torch.arange(4), torch.full((4,), 0.75))
    gates = cell.step(torch.ones(2, 3), cell.start(2)).gates
    torch.testing.assert_close(gates["input"], torch.full((2, 4), 0.25))


def test_without_intervention_nothing_changes(model: RecurrentLM, tokenizer: Tokenizer) -> None:
    effect = intervene(model, tokenizer, TEXT)
    assert effect.before == effect.after
    assert effect.divergence == pytest.approx(0)


def test_forcing_leaves_the_model_itself_alone(model: RecurrentLM, tokenizer: Tokenizer) -> None:
    first = intervene(model, tokenizer, TEXT, forced=[ForcedGate("forget", 0.0)])
    assert first.divergence > 0
    assert intervene(model, tokenizer, TEXT).before == first.before


def test_an_output_gate_shut_at_a_unit_equals_dropping_it(
    model: RecurrentLM, tokenizer: Tokenizer
) -> None:
    shut = intervene(model, tokenizer, TEXT, forced=[ForcedGate("output", 0.0, 1, (3,))])
    dropped = intervene(model, tokenizer, TEXT, dropped=[DroppedUnit(1, 3)])
    assert [g.word for g in shut.after] == [g.word for g in dropped.after]
    assert [g.probability for g in shut.after] == pytest.approx(
        [g.probability for g in dropped.after], abs=1e-6
    )


def test_words_of_both_predictions_stand_side_by_side(
    model: RecurrentLM, tokenizer: Tokenizer
) -> None:
    effect = intervene(model, tokenizer, TEXT, forced=[ForcedGate("forget", 0.0)], k=2)
    assert {m.word for m in effect.moved} == {g.word for g in (*effect.before, *effect.after)}
    before = {m.word: m.before for m in effect.moved}
    after = {m.word: m.after for m in effect.moved}
    assert all(before[guess.word] == guess.probability for guess in effect.before)
    assert all(after[guess.word] == guess.probability for guess in effect.after)
    assert sorted(before.values(), reverse=True) == list(before.values())


def test_a_gate_at_its_mean_is_accepted(model: RecurrentLM, tokenizer: Tokenizer) -> None:
    effect = intervene(model, tokenizer, TEXT, forced=[parse_forced_gate("gate.input=mean")])
    assert sum(guess.probability for guess in effect.after) <= 1 + 1e-6


def test_requests_are_read() -> None:
    assert parse_forced_gate("gate.forget=1") == ForcedGate("forget", 1.0)
    assert parse_forced_gate("2.gate.output[3,7]=0") == ForcedGate("output", 0.0, 2, (3, 7))
    assert parse_dropped_unit("2.17") == DroppedUnit(2, 17)
    assert parse_dropped_unit("17") == DroppedUnit(1, 17)


@pytest.mark.parametrize("wrong", ["forget", "gate.forget=", "gate.forget=2", "x.gate.forget=1"])
def test_a_request_that_makes_no_sense_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError):
        parse_forced_gate(wrong)


def test_unknown_gates_layers_and_units_are_refused(
    model: RecurrentLM, tokenizer: Tokenizer
) -> None:
    with pytest.raises(UsageError, match="did you mean 'forget'"):
        intervene(model, tokenizer, TEXT, forced=[ForcedGate("forgett", 1.0)])
    with pytest.raises(UsageError, match="layer 9"):
        intervene(model, tokenizer, TEXT, forced=[ForcedGate("forget", 1.0, 9)])
    with pytest.raises(UsageError, match="unit 99"):
        intervene(model, tokenizer, TEXT, dropped=[DroppedUnit(1, 99)])
