"""Checkpoints: a dict of states there and back, and everything else refused."""

import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lmkit.core.errors import LmkitError, ModelError
from lmkit.training.checkpoint import (
    FILE,
    FORMAT_VERSION,
    ModelState,
    has_checkpoint,
    load_checkpoint,
    load_run,
    run_states,
    save_checkpoint,
    share_checkpoint,
)
from lmkit.training.world import SingleProcess


class Counter:
    """A part of a run."""

    def __init__(self, value: int = 0) -> None:
        self.value = value

    def state(self):
        return {"value": self.value, "table": torch.full((2,), float(self.value))}

    def load(self, state) -> None:
        self.value = int(state["value"])


def write(folder: Path, header: object) -> None:
    save_file({"a:b": torch.ones(1)}, folder / FILE, metadata={"lmkit": json.dumps(header)})


def test_states_come_back_as_they_were(tmp_path):
    states = {
        "empty": {},
        "values": {"step": 3, "best": math.inf, "plan": [[0, 0.5, 9]]},
        "both": {"weight": torch.arange(6.0).view(2, 3).t(), "count": torch.tensor(2), "rate": 0.1},
    }
    assert not has_checkpoint(tmp_path)
    save_checkpoint(tmp_path, states)
    assert has_checkpoint(tmp_path)
    found = load_checkpoint(tmp_path)
    assert found["empty"] == {}
    assert found["values"] == states["values"]
    assert torch.equal(found["both"]["weight"], states["both"]["weight"])
    assert found["both"]["count"].dtype == torch.int64
    assert found["both"]["rate"] == 0.1


def test_tensors_that_share_memory_are_stored_each(tmp_path):
    shared = torch.arange(4.0)
    save_checkpoint(tmp_path, {"one": {"a": shared, "b": shared[:2]}, "two": {"a": shared}})
    found = load_checkpoint(tmp_path)
    assert found["one"]["b"].tolist() == [0.0, 1.0]
    assert torch.equal(found["two"]["a"], shared)


def test_names_may_hold_colons_after_the_part(tmp_path):
    save_checkpoint(tmp_path, {"part": {"a:b": torch.ones(1)}})
    assert list(load_checkpoint(tmp_path)["part"]) == ["a:b"]


def test_nothing_is_lost_when_writing_fails(tmp_path):
    save_checkpoint(tmp_path, {"part": {"value": 1}})
    with pytest.raises(TypeError):
        save_checkpoint(tmp_path, {"part": {"value": object()}})
    assert load_checkpoint(tmp_path)["part"] == {"value": 1}
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_missing_checkpoint_is_told_of(tmp_path):
    with pytest.raises(ModelError, match="nothing to resume"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("header", [[], {}, "text", {"format_version": 2, "values": [1]}])
def test_a_header_that_cannot_be_is_damaged(tmp_path, header):
    write(tmp_path, header)
    with pytest.raises(ModelError, match="damaged"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("data", [b"", b"no tensors at all", b"\x08" + b"\0" * 40])
def test_a_file_that_is_no_checkpoint_is_damaged(tmp_path, data):
    (tmp_path / FILE).write_bytes(data)
    with pytest.raises(ModelError, match="damaged"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("version", [1, FORMAT_VERSION + 1])
def test_another_format_is_refused_in_one_sentence(tmp_path, version):
    write(tmp_path, {"format_version": version, "standing": {"step": 4}})
    with pytest.raises(ModelError, match=f"has format {version}.*train again"):
        load_checkpoint(tmp_path)


def test_a_run_is_the_states_of_its_parts(tmp_path):
    save_checkpoint(tmp_path, run_states({"one": Counter(3), "two": Counter(5)}, fingerprint="f"))
    parts = {"one": Counter(), "two": Counter()}
    load_run(tmp_path, parts, fingerprint="f")
    assert [part.value for part in parts.values()] == [3, 5]


def test_a_run_of_other_data_is_refused(tmp_path):
    save_checkpoint(tmp_path, run_states({"one": Counter(3)}, fingerprint="f"))
    with pytest.raises(LmkitError, match="other data or another model"):
        load_run(tmp_path, {"one": Counter()}, fingerprint="g")


@pytest.mark.parametrize("states", [{}, {"one": {}}, {"one": {"value": "much"}}])
def test_a_run_that_lacks_a_part_is_damaged(tmp_path, states):
    save_checkpoint(tmp_path, {**states, "run": {"fingerprint": "f"}})
    with pytest.raises(ModelError, match="damaged"):
        load_run(tmp_path, {"one": Counter()}, fingerprint="f")


def test_the_weights_of_a_model_are_a_part(tmp_path):
    one, other = torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)
    save_checkpoint(tmp_path, run_states({"model": ModelState(one)}, fingerprint=""))
    load_run(tmp_path, {"model": ModelState(other)}, fingerprint="")
    assert torch.equal(one.weight, other.weight)
    with pytest.raises(ModelError, match="architecture needs"):
        load_run(tmp_path, {"model": ModelState(torch.nn.Linear(3, 2))}, fingerprint="")


@pytest.mark.parametrize("is_there", [True, False])
def test_all_processes_have_the_checkpoint_of_the_first_and_no_other(tmp_path, together, is_there):
    folders = [tmp_path / f"{rank}" / "forward" for rank in range(3)]
    if is_there:
        folders[0].mkdir(parents=True)
        save_checkpoint(folders[0], {"part": Counter(7).state()})
    together(3, lambda world: share_checkpoint(folders[world.rank], world))
    assert [has_checkpoint(folder) for folder in folders] == [is_there] * 3
    if is_there:
        assert load_checkpoint(folders[2])["part"]["value"] == 7


def test_one_process_shares_nothing(tmp_path):
    share_checkpoint(tmp_path / "gone", SingleProcess())
    assert not list(tmp_path.iterdir())
