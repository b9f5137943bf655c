"""Compiled cells: the readings and gradients of the cells themselves."""

import copy

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.nn import compiled
from lmkit.nn.cells import CELLS
from lmkit.nn.compiled import check_compiler, has_compiler
from lmkit.nn.recurrent import Recurrent, RecurrentConfig, compile_cells
from lmkit.nn.train_mode import TrainMode

CPU = torch.device("cpu")
GAINING = {name for name in CELLS.names() if CELLS.get(name).gains_by_compiling}


def layers(cell: str, hidden: tuple[int, ...] = (4, 4)) -> Recurrent:
    made = Recurrent(RecurrentConfig(cell=cell, input=3, hidden=hidden))
    made.initialise(make_generator(1))
    return made


def results(read: Recurrent, mode: TrainMode | None) -> list[torch.Tensor]:
    x = torch.randn(3, 2, 3, generator=make_generator(2)).requires_grad_()
    read.zero_grad()
    outputs, state = read(x, read.start(2), dropout=0.3, weight_rate=0.3, mode=mode)
    (outputs.square().sum() + sum(part.sum() for layer in state for part in layer)).backward()
    gradients = [weight.grad.clone() for weight in read.parameters()]
    return [outputs.detach(), x.grad, *gradients]


def in_training() -> TrainMode:
    return TrainMode(generator=make_generator(7))


def test_the_unrolled_steps_are_the_cell_with_dropout_of_weights_too():
    # Code of the compiler itself takes too long for a test: scripts/bench/cells.py compares it.
    plain, unrolled = layers("cifg"), layers("cifg")
    compile_cells(unrolled, "eager")
    for one, two in zip(
        results(plain, in_training()), results(unrolled, in_training()), strict=True
    ):
        torch.testing.assert_close(two, one, rtol=1e-5, atol=1e-6)


def test_evaluation_and_copies_are_not_compiled():
    read = layers("cifg")
    before = results(read, None)
    compile_cells(read, "eager")
    read._compiled = [_refusing] * 2
    for one, two in zip(before, results(read, None), strict=True):
        assert torch.equal(one, two)
    assert copy.deepcopy(read)._compiled == []


def _refusing(*_: object) -> None:
    raise AssertionError("evaluation reads by compiled code")


def test_cells_with_a_fused_kernel_gain_nothing():
    assert {"cifg", "peepholes", "projected", "mogrifier"} <= GAINING
    assert not GAINING & {"lstm", "gru", "elman", "elman_relu", "fgr", "layernorm", "mingru"}


@pytest.mark.parametrize("name", ["lstm", "gru", "fgr", "layernorm", "mingru"])
def test_a_cell_that_gains_nothing_is_not_compiled(name):
    with pytest.raises(UsageError, match="does not become faster by compilation"):
        layers(name).compile_cells()


@pytest.mark.parametrize(
    ("kind", "wanted"), [("cpu", r"a C\+\+ compiler"), ("cuda", "triton"), ("mps", "a C")]
)
def test_without_a_compiler_the_setting_is_refused(monkeypatch, kind, wanted):
    monkeypatch.setattr(compiled.shutil, "which", lambda name: None)
    monkeypatch.setattr(compiled.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=f"needs {wanted}"):
        check_compiler(torch.device(kind))


def test_the_compiler_that_is_named_counts(monkeypatch):
    monkeypatch.setattr(compiled.shutil, "which", lambda name: name if name == "mycc" else None)
    monkeypatch.setenv("CXX", "mycc")
    assert has_compiler(CPU)
    monkeypatch.delenv("CXX")
    assert not has_compiler(CPU)
