import pytest
import torch

from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.products import INT8_STEPS, FloatProduct, Int8Product


def some(*shape, seed=0):
    return torch.randn(*shape, generator=make_generator(seed))


@pytest.mark.parametrize("make", [FloatProduct, Int8Product])
@pytest.mark.parametrize("rows", [1, 7])
def test_a_product_is_that_of_the_matrix(make, rows):
    weight, bias, read = some(12, 9), some(12, seed=1), some(rows, 9, seed=2)
    expected = torch.nn.functional.linear(read, weight, bias)
    with torch.inference_mode():
        product = make(weight, bias)
        torch.testing.assert_close(product.of(read), expected, atol=0.1, rtol=0)
        sums = torch.ones(rows, 12)
        product.add_to(sums, read)
        torch.testing.assert_close(sums, expected - bias + 1, atol=0.1, rtol=0)


def test_8_bits_are_the_rounded_numbers_multiplied():
    weight, read = some(12, 9), some(3, 9, seed=2)
    steps = weight.abs().amax(1, keepdim=True) / INT8_STEPS
    read_steps = read.abs().amax(1, keepdim=True) / INT8_STEPS
    rounded = (weight / steps).round() * steps
    expected = (read / read_steps).round() * read_steps @ rounded.t()
    product = Int8Product(weight, torch.zeros(12))
    torch.testing.assert_close(product.of(read), expected)


def test_the_rows_beside_a_row_do_not_matter():
    product = Int8Product(some(12, 9), some(12, seed=1))
    read = some(40, 9, seed=2)
    assert torch.equal(product.of(read)[5:6], product.of(read[5:6]))


def test_zeros_are_multiplied_too():
    bias = some(4)
    assert torch.equal(Int8Product(some(4, 3), bias).of(torch.zeros(1, 3))[0], bias)
    assert torch.equal(Int8Product(torch.zeros(4, 3), bias).of(some(1, 3))[0], bias)
