"""The networks of a run, and whether they train side by side."""

from dataclasses import replace

import pytest
import torch

from lmkit.recipes.members import Member, members_of, minutes_of_member, trains_side_by_side
from lmkit.recipes.prepare import prepare
from lmkit.recipes.resolve import resolve


@pytest.fixture
def data(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask())))
    return data


def with_run(data, *, training=None, **more):
    run = replace(data.run, **more)
    if training:
        config = replace(run.config, training=replace(run.config.training, **training))
        run = replace(run, config=config)
    return replace(data, run=run)


LONG = {"minutes": 10.0, "epochs": 0.0}


def test_a_run_has_a_network_for_each_direction_and_number(data):
    run = replace(data.run, direction="both", models=2)
    names = [member.name for member in members_of(run)]
    assert names == ["forward", "forward-2", "backward", "backward-2"]


def test_seeds_count_up_within_a_direction(data):
    run = replace(data.run, seed=7)
    assert [Member("forward", number).of(run).seed for number in (1, 2, 3)] == [7, 8, 9]


def test_one_network_trains_in_this_process(data):
    assert not trains_side_by_side(with_run(data, training=LONG), cores=8)


@pytest.mark.parametrize(
    ("more", "cores", "expected"),
    [
        ({}, 2, True),
        ({}, 1, False),
        ({"device": torch.device("meta")}, 2, False),
        ({"training": {"minutes": 0.1, "epochs": 0.0}}, 2, False),
        ({"training": {"minutes": 0.0, "epochs": 1.0}}, 2, False),
        ({"training": {"minutes": 0.0, "epochs": 1e9}}, 2, True),
    ],
)
def test_several_train_side_by_side_where_cores_and_work_are_enough(data, more, cores, expected):
    run = with_run(data, **{"models": 2, "training": LONG, **more})
    assert trains_side_by_side(run, cores=cores) is expected


def test_minutes_are_shared_only_by_networks_that_train_in_turn(data, monkeypatch):
    run = with_run(data, models=2, training=LONG)
    monkeypatch.setattr("lmkit.recipes.members.usable_cores", lambda: 2)
    assert minutes_of_member(run) == 10.0
    monkeypatch.setattr("lmkit.recipes.members.usable_cores", lambda: 1)
    assert minutes_of_member(run) == 5.0
