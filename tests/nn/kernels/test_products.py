"""Products by oneDNN equal those of torch, and so do their gradients."""

import pytest
import torch
from torch.nn import functional

from lmkit.core.seeding import make_generator
from lmkit.nn import matmul
from lmkit.nn.cells import CELLS
from lmkit.nn.kernels.products import by_columns, linear, matmul_t, weight_gradient


@pytest.fixture(autouse=True)
def every_product_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matmul, "WORTH_IT", 0)
    has_onednn = torch.backends.mkldnn.is_available()
    monkeypatch.setattr(matmul, "is_onednn_quicker", lambda: has_onednn)


def matrix(rows: int, columns: int, *, seed: int = 1) -> torch.Tensor:
    return torch.randn(rows, columns, generator=make_generator(seed))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_product_is_the_same_however_the_matrices_lie_in_memory(dtype: torch.dtype) -> None:
    rows, weight = matrix(5, 7).to(dtype), matrix(9, 7, seed=2).to(dtype)
    wide = matrix(9, 20, seed=3).to(dtype)
    wide[:, 3:10] = weight
    for layout in (weight, by_columns(weight), wide[:, 3:10], weight.T.clone().T):
        torch.testing.assert_close(matmul_t(rows, layout), rows @ weight.T)
        torch.testing.assert_close(matmul_t(rows.T.contiguous().T, layout), rows @ weight.T)


def test_linear_has_the_values_and_gradients_of_torch() -> None:
    x, weight, bias = (
        torch.randn(4, 2, 7, generator=make_generator(4)),
        matrix(6, 7),
        matrix(1, 6)[0],
    )
    given = [tensor.requires_grad_() for tensor in (x, weight, bias)]
    ours, theirs = linear(*given), functional.linear(*given)
    torch.testing.assert_close(ours, theirs)
    found = torch.autograd.grad(ours.sin().sum(), given)
    torch.testing.assert_close(found, torch.autograd.grad(theirs.sin().sum(), given))


def test_the_gradient_of_a_weight_is_a_sum_over_rows() -> None:
    grad, rows = matrix(8, 3), matrix(8, 5, seed=2)
    slowly = sum(torch.outer(g, r) for g, r in zip(grad, rows, strict=True))
    torch.testing.assert_close(weight_gradient(grad, rows), slowly)


@pytest.mark.parametrize("name", CELLS.names())
def test_every_cell_reads_the_same_with_large_products(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = CELLS.get(name)(3, 4)
    cell.initialise(make_generator(7))
    x = torch.randn(5, 2, 3, generator=make_generator(1)).requires_grad_()
    found = []
    for worth in (0, 1_000_000):
        monkeypatch.setattr(matmul, "WORTH_IT", worth)
        outputs, after = cell(x, cell.start(2))
        gradients = torch.autograd.grad(outputs.sin().sum(), [x, *cell.parameters()])
        found.append((outputs, after, gradients))
    torch.testing.assert_close(*found, rtol=1e-4, atol=1e-5)
