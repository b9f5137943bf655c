"""The contract of a cell: building it with settings of its own, and the slow ways to read."""

import sys
from dataclasses import dataclass
from types import ModuleType
from typing import ClassVar

import pytest
import torch
from torch import Tensor, nn

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.nn.cells import CELLS
from lmkit.nn.cells.cell import Cell, CellOptions, Step
from lmkit.nn.state import LayerState


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakyOptions(CellOptions):
    """The setting of the cell below."""

    leak: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.leak <= 1:
            raise UsageError(f"leak must be in 0..1, got {self.leak}")


class LeakyCell(Cell):
    """A leaky integrator: h = leak * h + tanh(W x)."""

    options_type: ClassVar[type[CellOptions]] = LeakyOptions

    def __init__(
        self, input_size: int, hidden_size: int, *, options: LeakyOptions = LeakyOptions()
    ) -> None:
        super().__init__(input_size, hidden_size)
        self.leak = options.leak
        self.weight = nn.Parameter(torch.empty(hidden_size, input_size))
        self.initialise()

    def start(self, batch: int) -> LayerState:
        return (self.weight.new_zeros(batch, self.hidden_size),)

    def step(self, x: Tensor, state: LayerState) -> Step:
        candidate = (x @ self.weight.T).tanh()
        h = self.leak * state[0] + candidate
        return Step(h, (h,), {"candidate": candidate})


@pytest.fixture
def leaky(monkeypatch: pytest.MonkeyPatch) -> str:
    """Register the cell: one module and one line."""
    module = ModuleType("leaky_cell")
    vars(module)["LeakyCell"] = LeakyCell
    monkeypatch.setitem(sys.modules, "leaky_cell", module)
    monkeypatch.setitem(CELLS._entries, "leaky", "leaky_cell:LeakyCell")
    return "leaky"


def test_a_new_cell_with_a_setting_of_its_own_is_one_class_and_one_line(leaky: str) -> None:
    config = RecurrentLMConfig(
        vocab_size=5, cell=leaky, layers=1, hidden=4, embedding=4, cell_options={"leak": 0.25}
    )
    model = RecurrentLM(config, make_generator(1)).eval()
    (cell,) = model.recurrent.cells
    assert isinstance(cell, LeakyCell)
    assert cell.leak == 0.25
    prediction, _ = model.read(torch.tensor([[1, 2, 3]]), model.start(1))
    torch.testing.assert_close(prediction.log_probs().exp().sum(-1), torch.ones(1, 3))


def test_settings_are_checked_by_the_cell_itself(leaky: str) -> None:
    with pytest.raises(UsageError, match=r"leak must be in 0\.\.1, got 2"):
        LeakyCell.build(2, 3, {"leak": 2.0})


def test_an_unknown_setting_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no setting named 'lek'; its settings are leak"):
        LeakyCell.build(2, 3, {"lek": 0.5})
    with pytest.raises(UsageError, match="LSTMCell has no setting named 'rounds'; it has none"):
        CELLS.get("lstm").build(2, 3, {"rounds": 1})


def test_without_settings_every_cell_is_built_with_its_defaults() -> None:
    for name in CELLS.names():
        assert CELLS.get(name).build(3, 4, {}).hidden_size == 4


def test_the_default_ways_to_read_and_trace_follow_the_steps() -> None:
    cell = LeakyCell(3, 4)
    x = torch.randn(5, 2, 3, generator=make_generator(2))
    outputs, after = cell(x, cell.start(2))
    traced = cell.trace(x, cell.start(2))
    torch.testing.assert_close(traced.output, outputs)
    torch.testing.assert_close(traced.state[0][-1], after[0])
    assert traced.gates["candidate"].shape == (5, 2, 4)


def test_reading_with_other_weights_leaves_the_own_ones_alone() -> None:
    cell = LeakyCell(3, 4)
    x = torch.randn(2, 1, 3, generator=make_generator(2))
    before = cell.weight.detach().clone()
    outputs, _ = cell.forward_with(x, cell.start(1), {"weight": torch.zeros(4, 3)})
    assert torch.equal(outputs, torch.zeros_like(outputs))
    assert torch.equal(cell.weight, before)


def test_the_forget_bias_is_set_where_a_gate_keeps_the_state() -> None:
    lstm = CELLS.get("lstm")(3, 4)
    lstm.set_forget_bias(3.0)
    assert dict(lstm.named_parameters())["bias_input"][4:8].tolist() == [3.0] * 4
    coupled = CELLS.get("cifg")(3, 4)
    coupled.set_forget_bias(3.0)
    assert dict(coupled.named_parameters())["bias"][:4].tolist() == [-3.0] * 4
    elman = CELLS.get("elman")(3, 4)
    before = [p.clone() for p in elman.parameters()]
    elman.set_forget_bias(3.0)
    assert all(torch.equal(a, b) for a, b in zip(before, elman.parameters(), strict=True))
