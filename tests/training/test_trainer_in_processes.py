"""The training loop in several processes: they decide, recover, save and end together."""

import pytest
import torch

from lmkit.models.weights import weights_of
from lmkit.training.checkpoint import load_checkpoint
from lmkit.training.config import TrainingConfig
from lmkit.training.events import Recovered, Validated

EPOCHS = TrainingConfig(epochs=3, validations=6, learning_rate=0.02)


def kinds(events, kind):
    return [event for event in events if isinstance(event, kind)]


def same_weights(one, other):
    first, second = weights_of(one.train_step.task), weights_of(other.train_step.task)
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def test_a_loss_that_is_no_number_in_one_process_is_mended_in_all(tiny, together):
    def trained(world):
        trainer = tiny.make_trainer(config=EPOCHS, world=world)
        trainer.train_step.task.spoil_at = (12,) if world.rank else ()
        events = list(trainer.run())
        return [(e.step, e.back_to) for e in kinds(events, Recovered)], trainer, events[-1]

    (first, one, end), (second, other, other_end) = together(2, trained)
    assert first == second == [(13, 10)]
    assert same_weights(one, other)
    assert (end.reason, end.step) == (other_end.reason, other_end.step) == ("budget", 30)


def test_all_processes_follow_the_plan_of_the_first_though_their_clocks_differ(tiny, together):
    config = TrainingConfig(minutes=0.5, patience=0)

    def trained(world):
        seconds = 0.1 if world.is_writer else 0.37
        trainer = tiny.make_trainer(config=config, world=world, step_seconds=seconds)
        return list(trainer.run())[-1], trainer

    (end, one), (other_end, other) = together(2, trained)
    assert end.step == other_end.step == pytest.approx(300, rel=0.05)
    assert one.budget.plan == other.budget.plan
    assert same_weights(one, other)
    assert one.state == other.state


def test_one_process_writes_and_its_checkpoint_serves_any_number(tiny, together, tmp_path):
    folders = [tmp_path / "first", tmp_path / "second"]

    def interrupted(world):
        return list(
            tiny.make_trainer(
                config=EPOCHS, world=world, folder=folders[world.rank], stop=tiny.after(17)
            ).run()
        )[-1]

    assert [end.reason for end in together(2, interrupted)] == ["interrupted"] * 2
    assert [folder.is_dir() for folder in folders] == [True, False]
    carried = load_checkpoint(folders[0])["carried"]
    assert {part.shape for part in carried.values()} == {(6, 8)}  # three rows of each process


def test_unlike_processors_are_set_right_at_every_validation(tiny, together):
    def trained(world):
        trainer = tiny.make_trainer(config=EPOCHS, world=world)
        found = []
        for event in trainer.run():
            weight = trainer.train_step.task.head.weight
            if isinstance(event, Validated):
                found.append(weight.detach().clone())
                with torch.no_grad():
                    weight.add_(1e-3 * world.rank)  # as if it had rounded otherwise
        return found

    one, other = together(2, trained)
    assert len(one) == len(other) > 2
    assert all(mine.equal(theirs) for mine, theirs in zip(one, other, strict=True))
