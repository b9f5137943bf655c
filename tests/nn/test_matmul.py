import itertools

import pytest
import torch

from lmkit.nn import matmul as module
from lmkit.nn.matmul import add_matmul, is_onednn_quicker, matmul

SHAPES = [(1, 5, 7), (40, 5, 7), (3, 64, 33), (100, 1, 1), (0, 4, 5)]


@pytest.fixture(params=[False, True], ids=["mkl", "onednn"])
def library(request, monkeypatch):
    """Let one library answer, whatever the processor."""
    if request.param and not torch.backends.mkldnn.is_available():
        pytest.skip("this torch has no oneDNN")
    monkeypatch.setattr(module, "is_onednn_quicker", lambda: request.param)
    monkeypatch.setattr(module, "WORTH_IT", 0)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layout", list(itertools.product([False, True], repeat=2)))
@pytest.mark.parametrize("with_bias", [False, True])
def test_a_product_is_the_sum_of_products(shape, layout, with_bias):
    rows, inner, columns = shape
    left, right = torch.randn(rows, inner), torch.randn(inner, columns)
    bias = torch.randn(columns) if with_bias else None
    expected = (left.double()[:, :, None] * right.double()).sum(1)
    if bias is not None:
        expected += bias
    left, right = (
        matrix.t().contiguous().t() if turned else matrix
        for matrix, turned in zip((left, right), layout, strict=True)
    )
    space = torch.empty(rows, columns)
    for out in (None, space):
        product = matmul(left, right, bias, out=out)
        assert product.shape == (rows, columns)
        assert torch.allclose(product.double(), expected, atol=1e-5)


@pytest.mark.usefixtures("library")
def test_parts_of_matrices_are_multiplied_as_they_stand():
    left, right = torch.randn(20, 12)[:, 3:9], torch.randn(12, 30)[2:8, 1::2]
    expected = left.contiguous() @ right.contiguous()
    assert torch.allclose(matmul(left, right), expected, atol=1e-5)


@pytest.mark.usefixtures("library")
def test_a_product_is_added_to_what_was_there():
    left, right, total = torch.randn(20, 6), torch.randn(6, 9), torch.randn(20, 9)
    expected = total + left @ right
    add_matmul(total, left, right)
    assert torch.allclose(total, expected, atol=1e-5)


@pytest.mark.usefixtures("library")
def test_gradients_are_followed_and_doubles_stay_doubles():
    left, right = torch.randn(20, 6, requires_grad=True), torch.randn(6, 9)
    matmul(left, right).sum().backward()
    assert torch.allclose(left.grad, right.sum(1).expand(20, 6), atol=1e-5)
    assert matmul(left.detach().double(), right.double()).dtype == torch.float64


@pytest.mark.parametrize(
    ("text", "is_intel"),
    [("vendor_id\t: GenuineIntel\n", True), ("vendor_id\t: AuthenticAMD\n", False)],
)
def test_the_processor_is_named_by_linux(tmp_path, text, is_intel):
    (tmp_path / "cpuinfo").write_text(text)
    assert module._is_intel(tmp_path / "cpuinfo") is is_intel


def test_where_linux_does_not_say_python_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(module.platform, "processor", lambda: "Intel64 Family 6, GenuineIntel")
    assert module._is_intel(tmp_path / "missing")


def test_the_choice_follows_from_the_processor_alone():
    assert is_onednn_quicker() is is_onednn_quicker.__wrapped__()
