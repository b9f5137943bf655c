from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from lmkit.models.weights import disk_errors, load_tensors, save_tensors


def test_tensors_come_back(tmp_path):
    tensors = {"a": torch.arange(6.0).view(2, 3).T, "b": torch.tensor(3)}
    save_tensors(tensors, tmp_path / "file")
    there = load_tensors(tmp_path / "file")
    assert all(torch.equal(there[name], tensor) for name, tensor in tensors.items())


def test_a_full_disk_is_told_of_as_the_system_does():
    text = "Error while serializing: I/O error: No space left on device (os error 28)"
    with pytest.raises(OSError, match="No space left") as caught, disk_errors():
        raise SafetensorError(text)
    assert (caught.value.errno, caught.value.strerror) == (28, "No space left on device")


def test_what_the_system_says_passes():
    with pytest.raises(FileNotFoundError), disk_errors():
        Path("/no/such/file").read_text()
