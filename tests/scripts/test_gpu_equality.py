"""The comparison of a device with the CPU, on a device that computes as the CPU does."""

from collections.abc import Callable
from types import ModuleType

import pytest
import torch


@pytest.fixture
def equality(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("gpu_equality")


def test_a_device_that_computes_as_the_cpu_does_is_equal(
    equality: ModuleType, other: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(equality, "COMPARED", (("lstm", "full"), ("lstm", "sampled")))
    for name, size in (("VOCABULARY", 40), ("HIDDEN", 8), ("STREAMS", 2), ("STEPS", 3)):
        monkeypatch.setattr(equality, name, size)
    monkeypatch.setattr(equality, "_is_resumed_equal", lambda device: True)
    found = dict(equality.equality(other.OTHER))
    assert found["is_equal"]
    assert found["largest"] < equality.TOLERANCE
    assert set(found["lstm full"]) == {"losses", "weights", "nats"}


def test_a_difference_is_relative_to_the_largest_number(equality: ModuleType) -> None:
    here, there = torch.tensor([1.0, -4.0]), torch.tensor([1.2, -4.0])
    assert equality._difference(here, there) == pytest.approx(0.05)


def test_steps_are_taken_and_read_at_the_end(equality: ModuleType) -> None:
    found = dict(equality.waiting(torch.device("cpu")))
    assert found == {
        "full_steps_without_waiting": 19,
        "sampled_steps_without_waiting": 19,
        "is_checked_by_cuda": False,
    }


def test_a_run_that_is_cut_in_two_ends_with_the_same_bytes(equality: ModuleType) -> None:
    assert equality._is_resumed_equal(torch.device("cpu"))
