"""The state tasks: what they ask, and that a cell can learn them."""

from dataclasses import replace

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.lab.tasks import TASKS, LearnConfig, task_named, task_reach


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("distance", [2, 7])
def test_inputs_have_the_shape_promised(name: str, distance: int) -> None:
    task = task_named(name)
    x, wanted = task.draw(distance, 5, make_generator(1))
    assert x.shape == (distance + 1, 5, task.inputs)
    assert wanted.shape == (5,)


def test_copying_asks_for_the_marked_symbol() -> None:
    x, wanted = task_named("copying").draw(6, 4, make_generator(1))
    assert (x[0, :, :8].argmax(-1) == wanted).all()
    assert x[1:, :, 8].sum() == 0


def test_adding_marks_two_numbers() -> None:
    x, wanted = task_named("adding").draw(9, 50, make_generator(1))
    assert (x[:, :, 1].sum(0) == 2).all()
    torch.testing.assert_close((x[:, :, 0] * x[:, :, 1]).sum(0), wanted)


def test_a_short_distance_is_learned() -> None:
    config = LearnConfig(hidden=16, steps=120, learning_rate=1e-2)
    reach = task_reach("agreement", ("gru",), (2,), config)
    assert reach.results[0].learned
    assert reach.reach("gru") == 2


def test_the_median_of_several_seeds_counts() -> None:
    config = LearnConfig(hidden=4, steps=3)
    singly = [
        task_reach("copying", ("gru",), (2,), replace(config, seed=seed)).results[0].score
        for seed in range(3)
    ]
    (result,) = task_reach("copying", ("gru",), (2,), config, seeds=3).results
    assert list(result.scores) == singly
    assert result.score == sorted(singly)[1]


def test_unknown_tasks_and_distances_too_short_are_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'copying'"):
        task_named("copy")
    with pytest.raises(UsageError, match="at least 2"):
        task_reach("copying", ("gru",), (1,), LearnConfig())
