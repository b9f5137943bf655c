"""Every cell: the fast way equals the readable one, and gradients equal numerical ones."""

import pytest
import torch

from lmkit.core.seeding import make_generator
from lmkit.nn.cells import CELLS
from lmkit.nn.cells.cell import Cell


def small(name: str, dtype: torch.dtype = torch.float32) -> Cell:
    cell = CELLS.get(name)(3, 4).to(dtype)
    cell.initialise(make_generator(7))
    return cell


def begin(cell: Cell, batch: int, dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
    generator = make_generator(3)
    return tuple(
        torch.rand(part.shape, generator=generator, dtype=dtype) for part in cell.start(batch)
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", CELLS.names())
def test_fast_and_readable_ways_agree_with_their_gradients(name: str, dtype: torch.dtype) -> None:
    cell = small(name, dtype)
    x = torch.randn(5, 2, 3, generator=make_generator(1), dtype=dtype).requires_grad_()
    state = tuple(part.requires_grad_() for part in begin(cell, 2, dtype))
    wanted = [x, *state, *cell.parameters()]
    both = []
    for read in (cell.forward, lambda x, state: Cell.forward(cell, x, state)):
        outputs, after = read(x, state)
        target = (outputs * outputs.detach().cos()).sum() + sum(part.sin().sum() for part in after)
        both.append((outputs, after, torch.autograd.grad(target, wanted, materialize_grads=True)))
    (fast, fast_after, fast_grads), (slow, slow_after, slow_grads) = both
    near = 1e-5 if dtype == torch.float32 else 1e-12
    torch.testing.assert_close(fast, slow, atol=near, rtol=near)
    torch.testing.assert_close(fast_after, slow_after, atol=near, rtol=near)
    torch.testing.assert_close(fast_grads, slow_grads, atol=5 * near, rtol=50 * near)


@pytest.mark.parametrize("name", CELLS.names())
def test_gradients_equal_numerical_ones(name: str) -> None:
    cell = CELLS.get(name)(2, 3).double()
    cell.initialise(make_generator(5))
    names = [key for key, _ in cell.named_parameters()]
    x = torch.randn(3, 2, 2, generator=make_generator(1), dtype=torch.float64)
    state = begin(cell, 2, torch.float64)

    def run(x, *rest):
        parameters = dict(zip(names, rest[len(state) :], strict=True))
        outputs, after = torch.func.functional_call(cell, parameters, (x, rest[: len(state)]))
        return (outputs, *after)

    inputs = [t.detach().clone().requires_grad_() for t in (x, *state, *cell.parameters())]
    assert torch.autograd.gradcheck(run, inputs, fast_mode=True)


@pytest.mark.parametrize("name", CELLS.names())
def test_gates_are_named_and_between_0_and_1(name: str) -> None:
    cell = small(name)
    step = cell.step(torch.randn(2, 3, generator=make_generator(1)), cell.start(2))
    assert set(step.gates) == {*cell.gates, "candidate"}
    for gate in cell.gates:
        assert ((step.gates[gate] >= 0) & (step.gates[gate] <= 1)).all()
    assert step.output.shape == (2, cell.output_size)


@pytest.mark.parametrize("name", CELLS.names())
def test_recurrent_names_are_parameters(name: str) -> None:
    cell = small(name)
    assert all(key in dict(cell.named_parameters()) for key in cell.recurrent)


@pytest.mark.parametrize("name", CELLS.names())
def test_trace_says_what_step_says(name: str) -> None:
    cell = small(name)
    x = torch.randn(4, 2, 3, generator=make_generator(1))
    state = begin(cell, 2, torch.float32)
    with torch.inference_mode():
        quick, slow = cell.trace(x, state), Cell.trace(cell, x, state)
    torch.testing.assert_close(quick.output, slow.output, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(quick.state, slow.state, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(dict(quick.gates), dict(slow.gates), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", CELLS.names())
def test_a_high_forget_bias_keeps_the_memory(name: str) -> None:
    cell = small(name)
    before = [parameter.clone() for parameter in cell.parameters()]
    cell.set_forget_bias(20.0)
    if cell.keeps[0] not in cell.blocks:
        assert all(map(torch.equal, before, cell.parameters()))
        return
    gates = cell.step(torch.zeros(2, 3), begin(cell, 2, torch.float32)).gates
    kept = gates["forget"] if "forget" in gates else gates[cell.keeps[0]]
    if "forget" not in gates and cell.keeps[1] < 0:
        kept = 1 - kept
    torch.testing.assert_close(kept, torch.ones(2, 4), atol=1e-4, rtol=0)
