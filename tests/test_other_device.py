"""The second device of the tests: it computes as the CPU does and refuses tensors of it."""

import pytest
import torch
from torch import nn


def there(other, tensor: torch.Tensor) -> torch.Tensor:
    return tensor.to(other.OTHER)


def test_it_computes_what_the_cpu_computes(other):
    one, two = torch.arange(6.0).view(2, 3), torch.ones(3, 2)
    found = there(other, one) @ there(other, two) + 1
    assert found.device == other.OTHER
    assert found.tolist() == (one @ two + 1).tolist()


def test_tensors_of_both_devices_do_not_mix(other):
    with pytest.raises(other.MixedDevicesError):
        there(other, torch.ones(2)) + torch.ones(2)
    with pytest.raises(other.MixedDevicesError):
        there(other, torch.ones(3))[torch.tensor([0, 2])]
    with pytest.raises(other.MixedDevicesError):
        torch.cat([torch.ones(2), there(other, torch.ones(2))])


def test_single_numbers_and_copies_cross(other):
    assert (there(other, torch.ones(2)) * torch.tensor(3.0)).tolist() == [3.0, 3.0]
    assert there(other, torch.ones(2)).cpu().device.type == "cpu"
    target = torch.zeros(2)
    assert target.copy_(there(other, torch.ones(2))).tolist() == [1.0, 1.0]


def test_new_tensors_are_made_where_they_are_asked_for(other):
    made = [
        torch.zeros(2, device=other.OTHER),
        torch.tensor([1, 2], device=other.OTHER),
        torch.arange(3, device=other.OTHER),
        there(other, torch.ones(1)).new_zeros(4),
        torch.empty_like(there(other, torch.ones(3))),
    ]
    assert {type(each) for each in made} == {other.OtherTensor}
    assert made[1].tolist() == [1, 2]


def test_writing_to_a_view_writes_to_the_whole(other):
    whole = there(other, torch.zeros(2, 2))
    whole[0].add_(1.0)
    assert whole.tolist() == [[1.0, 1.0], [0.0, 0.0]]


def test_gradients_are_computed_there(other):
    layer = nn.Linear(2, 1).to(other.OTHER)
    layer(there(other, torch.ones(1, 2))).sum().backward()
    assert layer.weight.grad.tolist() == [[1.0, 1.0]]
    assert layer.weight.grad.device == other.OTHER


def test_without_it_a_tensor_of_meta_has_no_numbers():
    assert torch.zeros(2, device="meta").is_meta
    with pytest.raises(NotImplementedError):
        torch.zeros(2, device="meta").tolist()


@pytest.mark.parametrize(
    "asked",
    [
        lambda x: float(x.sum()),
        lambda x: bool((x > 0).all()),
        lambda x: int(x.argmax()),
        lambda x: x.tolist(),
        lambda x: x.cpu(),
        lambda x: x.nonzero(),
        torch.unique,
        lambda x: x[x > 0],
        lambda x: torch.equal(x, x),
        lambda x: torch.zeros(3).copy_(x),
        lambda x: [] if x.max() > 0 else [1],
    ],
)
def test_what_the_host_would_wait_for_is_refused(other, asked):
    x = there(other, torch.arange(3.0))
    asked(x)
    with other.no_waiting(), pytest.raises(other.WaitError):
        asked(x)
    asked(x)


def test_orders_and_copies_to_the_device_are_not_refused(other):
    x = there(other, torch.arange(3.0))
    with other.no_waiting():
        y = x.clone().mul_(2.0)[torch.tensor([0, 2], device=other.OTHER)] + there(
            other, torch.ones(2)
        )
        y.copy_(torch.zeros(2))
        torch.where(x > 1, x, -x).masked_fill(x > 2, 0.0)
    assert y.tolist() == [0.0, 0.0]
