"""Windows on a device: the right ones, in any order, and one sent ahead."""

from dataclasses import dataclass

import pytest
import torch

from lmkit.data.batches import Batch, Batches
from lmkit.training.device_windows import DeviceWindows, map_tensors, to_device

IDS = torch.arange(120).numpy()


class Counted(Batches):
    """Windows that count which were asked for."""

    def __init__(self) -> None:
        super().__init__(IDS, batch=3, time=4, line_end_id=0)
        self.asked: list[int] = []

    def at(self, cursor: int) -> Batch:
        self.asked.append(cursor)
        return super().at(cursor)


def same(one: Batch, other: Batch) -> bool:
    return one.inputs.tolist() == other.inputs.tolist() and (
        one.targets.tolist() == other.targets.tolist()
    )


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (4, 4, 4), (7, 2, 9), (25, 26)])
def test_every_window_is_the_one_asked_for(device, order):
    sent, plain = DeviceWindows(Counted(), device), Counted()
    for cursor in order:
        window = sent.at(cursor)
        assert window.inputs.device.type == device.type
        assert same(window, plain.at(cursor))
        sent.prepare(cursor + 1)


def test_a_window_sent_ahead_is_not_read_again(other):
    windows = Counted()
    sent = DeviceWindows(windows, other.OTHER)
    for cursor in range(4):
        sent.at(cursor)
        sent.prepare(cursor + 1)
    assert windows.asked == [0, 1, 2, 3, 4]


def test_tensors_that_are_there_already_are_not_copied():
    pair = Pair(torch.ones(2), "pair")
    assert to_device(pair, torch.device("cpu")).ids is pair.ids


def test_a_window_that_was_not_asked_for_is_forgotten(other):
    windows = Counted()
    sent = DeviceWindows(windows, other.OTHER)
    sent.prepare(1)
    sent.at(5)
    sent.at(1)
    assert windows.asked == [1, 5, 1]


def test_tensors_are_changed_wherever_they_are():
    pair = Pair(torch.ones(2), "pair", (torch.ones(3),))
    doubled = map_tensors(pair, lambda tensor: tensor * 2)
    assert doubled.ids.tolist() == [2.0, 2.0]
    assert doubled.states[0].tolist() == [2.0, 2.0, 2.0]
    assert map_tensors((1, "two"), lambda tensor: tensor * 2) == (1, "two")


@dataclass(frozen=True)
class Pair:
    ids: torch.Tensor
    name: str
    states: tuple[torch.Tensor, ...] = ()


def test_every_tensor_of_a_value_is_moved_and_nothing_else_changes():
    pair = Pair(torch.ones(2), "pair", (torch.ones(3), torch.ones(1)))
    moved = to_device(pair, torch.device("meta"))
    assert [moved.ids.device.type, *(part.device.type for part in moved.states)] == ["meta"] * 3
    assert moved.name == "pair"
    assert moved.states[0].shape == (3,)
    assert to_device("text", torch.device("meta")) == "text"
    assert to_device(Pair, torch.device("meta")) is Pair


def test_what_is_on_the_device_already_is_not_copied():
    pair = Pair(torch.ones(2), "pair")
    assert to_device(pair, torch.device("cpu")).ids is pair.ids
