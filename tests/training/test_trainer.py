"""The loop: what it learns, when it stops, how it mends itself and how it goes on."""

import pytest
import torch

from lmkit.core.errors import LmkitError, ModelError
from lmkit.models.weights import weights_of
from lmkit.training.averaging import AVERAGERS
from lmkit.training.config import TrainingConfig
from lmkit.training.events import Finished, Planned, Recovered, Saved, Validated
from lmkit.training.optimizers.build import OPTIMIZERS

EPOCHS = TrainingConfig(epochs=3, validations=6, learning_rate=0.02)


def kinds(events, kind):
    return [event for event in events if isinstance(event, kind)]


def same_weights(one, other):
    first, second = weights_of(one.train_step.task), weights_of(other.train_step.task)
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


@pytest.mark.parametrize("optimizer", OPTIMIZERS.names())
def test_training_brings_perplexity_down(tiny, optimizer):
    rate = 1.0 if optimizer == "sgd" else 0.02
    trainer = tiny.make_trainer(
        config=TrainingConfig(epochs=6, optimizer=optimizer, learning_rate=rate)
    )
    events = list(trainer.run())
    perplexities = [event.perplexity for event in kinds(events, Validated)]
    assert perplexities[-1] < 0.7 * perplexities[0]
    assert isinstance(events[-1], Finished)
    assert events[-1].reason == "budget"
    assert events[-1].step == 60
    assert events[-1].tokens == 60 * 15


def test_the_best_weights_are_left_in_the_model(tiny):
    trainer = tiny.make_trainer(config=EPOCHS)
    finished = list(trainer.run())[-1]
    assert trainer._validator.validate(50).perplexity == finished.best_perplexity


@pytest.mark.parametrize("optimizer", OPTIMIZERS.names())
@pytest.mark.parametrize("averaging", AVERAGERS.names())
def test_a_resumed_run_ends_with_the_same_bytes(tiny, tmp_path, optimizer, averaging):
    config = TrainingConfig(
        epochs=3,
        validations=6,
        optimizer=optimizer,
        averaging=averaging,
        average_from=0.4,
        learning_rate=0.02,
    )
    whole = tiny.make_trainer(config=config)
    whole_events = list(whole.run())
    first = tiny.make_trainer(config=config, folder=tmp_path, stop=tiny.after(17))
    assert list(first.run())[-1].reason == "interrupted"
    torch.manual_seed(99)  # the global generator has no say
    second = tiny.make_trainer(config=config, folder=tmp_path, resume=True, model=tiny.Model(5))
    assert second.state.step == 17
    events = list(second.run())
    assert same_weights(whole, second)
    assert events[-1].best_perplexity == whole_events[-1].best_perplexity
    assert events[-1].tokens == whole_events[-1].tokens


def test_a_run_counted_in_minutes_resumes_to_the_same_bytes(tiny, tmp_path):
    config = TrainingConfig(minutes=0.05, validations=5)
    whole = tiny.make_trainer(config=config)
    list(whole.run())
    first = tiny.make_trainer(config=config, folder=tmp_path, stop=tiny.after(13))
    list(first.run())
    second = tiny.make_trainer(config=config, folder=tmp_path, resume=True)
    list(second.run())
    assert second.state.step == whole.state.step
    assert second.budget.plan == whole.budget.plan
    assert same_weights(whole, second)


def test_resuming_twice_is_resuming(tiny, tmp_path):
    whole = tiny.make_trainer(config=EPOCHS)
    list(whole.run())
    for resume in (False, True, True, True):
        trainer = tiny.make_trainer(
            config=EPOCHS, folder=tmp_path, resume=resume, stop=tiny.after(9)
        )
        list(trainer.run())
    assert trainer.state.step == 30
    assert same_weights(whole, trainer)


def test_a_finished_run_goes_on_when_the_budget_grows(tiny, tmp_path):
    list(tiny.make_trainer(config=EPOCHS, folder=tmp_path).run())
    longer = TrainingConfig(epochs=5, validations=6, learning_rate=0.02)
    trainer = tiny.make_trainer(config=longer, folder=tmp_path, resume=True)
    assert list(trainer.run())[-1].step == 50


def test_other_data_is_refused(tiny, tmp_path):
    list(tiny.make_trainer(config=EPOCHS, folder=tmp_path, fingerprint="a").run())
    with pytest.raises(LmkitError, match="other data"):
        tiny.make_trainer(config=EPOCHS, folder=tmp_path, resume=True, fingerprint="b")


def test_resuming_nothing_is_refused(tiny, tmp_path):
    with pytest.raises(ModelError, match="nothing to resume"):
        tiny.make_trainer(config=EPOCHS, folder=tmp_path, resume=True)


def test_a_damaged_checkpoint_is_refused(tiny, tmp_path):
    (tmp_path / "checkpoint.safetensors").write_bytes(b"no tensors at all")
    with pytest.raises(ModelError, match="damaged"):
        tiny.make_trainer(config=EPOCHS, folder=tmp_path, resume=True)


def test_a_loss_that_is_no_number_is_mended(tiny):
    trainer = tiny.make_trainer(config=EPOCHS)
    trainer.train_step.task.spoil_at = (12,)
    events = list(trainer.run())
    (recovered,) = kinds(events, Recovered)
    assert recovered.step == 13
    assert recovered.back_to == 10
    assert recovered.rate_factor == 0.5
    assert events[-1].reason == "budget"
    assert all(weight.isfinite().all() for weight in weights_of(trainer.train_step.task).values())


def test_training_that_always_diverges_gives_up_in_one_sentence(tiny):
    trainer = tiny.make_trainer(config=EPOCHS)
    trainer.train_step.task.spoil_at = tuple(range(100))
    with pytest.raises(LmkitError, match="diverged 6 times"):
        list(trainer.run())


def test_training_stops_early_when_nothing_gets_better(tiny):
    config = TrainingConfig(epochs=10, validations=50, patience=3, learning_rate=1e-12)
    events = list(tiny.make_trainer(config=config).run())
    assert events[-1].reason == "early stop"
    assert events[-1].step < 100


def test_checkpoints_are_written_as_time_goes_by(tiny, tmp_path):
    config = TrainingConfig(epochs=3, checkpoint_minutes=1 / 60)
    trainer = tiny.make_trainer(config=config, folder=tmp_path, step_seconds=0.125)
    events = list(trainer.run())
    assert [event.step for event in kinds(events, Saved)] == [8, 16, 24, 30]


@pytest.mark.parametrize("minutes", [0.05, 10.0])
@pytest.mark.parametrize("validation_seconds", [0.0, 0.4])
def test_minutes_are_kept_within_five_percent(tiny, minutes, validation_seconds):
    clock = tiny.Clock()
    trainer = tiny.make_trainer(
        config=TrainingConfig(minutes=minutes, patience=0),
        clock=clock,
        step_seconds=60 * minutes / 300,
        validation_seconds=validation_seconds * minutes,
    )
    events = list(trainer.run())
    assert events[-1].seconds == pytest.approx(60 * minutes, rel=0.05)
    assert clock.now - 100 == pytest.approx(60 * minutes, rel=0.05)
    assert 1 <= len(kinds(events, Planned)) <= 8


def test_validations_that_take_long_are_made_less_often(tiny):
    trainer = tiny.make_trainer(
        config=TrainingConfig(minutes=10.0, patience=0), step_seconds=2.0, validation_seconds=18.0
    )
    events = list(trainer.run())
    assert 4 <= len(kinds(events, Validated)) <= 6  # at 3% of the minutes each, not twenty
    assert events[-1].seconds == pytest.approx(600, rel=0.05)


def test_minutes_are_kept_when_the_machine_slows_down(tiny):
    clock = tiny.Clock()
    trainer = tiny.make_trainer(
        config=TrainingConfig(minutes=0.5, patience=0), clock=clock, step_seconds=0.1
    )
    rates = []
    for event in trainer.run():
        if clock.now > 110:
            trainer._windows.seconds = 0.3
        if isinstance(event, Validated):
            rates.append(trainer._meter.last.learning_rate)
    assert clock.now - 100 == pytest.approx(30, rel=0.05)
    assert rates[-1] < 0.03 * max(rates)


def test_the_same_seed_gives_the_same_weights(tiny):
    first = tiny.make_trainer(config=EPOCHS)
    list(first.run())
    second = tiny.make_trainer(config=EPOCHS)
    list(second.run())
    assert same_weights(first, second)
