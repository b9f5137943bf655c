"""The training loop: learning, stopping, recovering, deciding and resuming."""

import ast
import math
from pathlib import Path

import pytest
import torch

from lmkit.core.errors import LmkitError, ModelError
from lmkit.core.perplexity import perplexity
from lmkit.core.seeding import step_generator
from lmkit.models.weights import weights_of
from lmkit.training import trainer as trainer_module
from lmkit.training.averaging import AVERAGERS
from lmkit.training.checkpoint import load_checkpoint
from lmkit.training.config import TrainingConfig
from lmkit.training.events import Finished, Planned, Progress, Recovered, Saved, Validated
from lmkit.training.optimizers.build import OPTIMIZERS
from lmkit.training.step_plan import StepPlan
from lmkit.training.step_report import READ_EVERY
from lmkit.training.world import Decision, SingleProcess

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
            rates.append(trainer._intake.meter.last.learning_rate)
    assert clock.now - 100 == pytest.approx(30, rel=0.05)
    assert rates[-1] < 0.03 * max(rates)


def test_the_same_seed_gives_the_same_weights(tiny):
    first = tiny.make_trainer(config=EPOCHS)
    list(first.run())
    second = tiny.make_trainer(config=EPOCHS)
    list(second.run())
    assert same_weights(first, second)


def killed(trainer, kind=Saved):
    """Run until an event of a kind, and no further: as if the process had been killed there."""
    for event in trainer.run():
        if isinstance(event, kind):
            return event
    raise AssertionError("no such event")


@pytest.mark.parametrize("averaging", ["none", "triggered"])
def test_a_run_killed_after_a_checkpoint_ends_with_the_same_bytes(tiny, tmp_path, averaging):
    config = TrainingConfig(
        epochs=3, validations=6, learning_rate=0.02, averaging=averaging, checkpoint_minutes=1 / 60
    )
    whole = tiny.make_trainer(config=config)
    events = list(whole.run())
    step = killed(tiny.make_trainer(config=config, folder=tmp_path, step_seconds=0.25)).step
    assert 0 < step < 30
    second = tiny.make_trainer(config=config, folder=tmp_path, resume=True, model=tiny.Model(5))
    resumed = list(second.run())
    assert same_weights(whole, second)
    validated = [(event.step, event.perplexity) for event in kinds(events, Validated)]
    assert [(e.step, e.perplexity) for e in kinds(resumed, Validated)] == [
        each for each in validated if each[0] > step
    ]


def test_a_run_is_resumed_to_the_same_bytes_after_a_recovery(tiny, tmp_path):
    def spoilt():
        model = tiny.Model()
        model.spoil_at = (12,)
        return model

    whole = tiny.make_trainer(config=EPOCHS, model=spoilt())
    list(whole.run())
    first = tiny.make_trainer(config=EPOCHS, model=spoilt(), folder=tmp_path, stop=tiny.after(20))
    list(first.run())
    second = tiny.make_trainer(config=EPOCHS, folder=tmp_path, resume=True)
    list(second.run())
    assert same_weights(whole, second)


def test_a_checkpoint_holds_the_states_of_the_parts_and_no_state_of_a_generator(tiny, tmp_path):
    trainer = tiny.make_trainer(config=EPOCHS, folder=tmp_path)
    list(trainer.run())
    states = load_checkpoint(tmp_path)
    assert states.keys() == trainer._parts().keys() | {"run"}
    assert states["trainer"]["step"] == 30
    assert not any(
        value.dtype == torch.uint8 for state in states.values() for value in tensors(state)
    )


def tensors(state):
    return [value for value in state.values() if isinstance(value, torch.Tensor)]


def test_another_seed_drops_other_units(tiny):
    first = tiny.make_trainer(config=EPOCHS)
    second = tiny.make_trainer(config=EPOCHS, seed=2)
    list(first.run())
    list(second.run())
    assert not same_weights(first, second)


def test_each_step_is_given_its_generator_and_the_settings_of_its_progress(tiny):
    config = TrainingConfig(epochs=1, dropout_anneal=0.5, exact_fraction=0.2)
    trainer = tiny.make_trainer(config=config)
    list(trainer.run())
    modes = trainer.train_step.task.modes
    assert [mode.is_exact for mode in modes] == [False] * 8 + [True] * 2
    assert [round(mode.dropout_scale, 6) for mode in modes[4:]] == [1.0, 1.0, 0.8, 0.6, 0.4, 0.2]
    seeds = [mode.generator.initial_seed() for mode in modes]
    assert seeds == [step_generator(1, step).initial_seed() for step in range(10)]


@pytest.mark.parametrize("factor", [1.0, 1e5])
def test_the_validation_tells_the_perplexity_of_its_nats_also_past_overflow(tiny, factor):
    trainer = tiny.make_trainer(config=EPOCHS)
    trainer._validator.factor = factor
    events = list(trainer.run())
    validated = kinds(events, Validated)
    for event in validated:
        assert event.perplexity == perplexity(event.nats * 45, 45.0)
        assert math.isfinite(event.perplexity)
    best = min(validated, key=lambda event: event.nats)
    assert best.is_best
    assert best.step > 5  # found by nats even where every perplexity is the largest
    assert events[-1].best_perplexity == best.perplexity


def test_the_log_tells_the_perplexity_of_its_nats(tiny):
    trainer = tiny.make_trainer(config=EPOCHS, tokens_per_word=1.5, step_seconds=0.6)
    reports = kinds(list(trainer.run()), Progress)
    assert len(reports) == 30
    for event in reports:
        assert event.perplexity == pytest.approx(perplexity(event.nats * 15, 10.0))
        assert event.words_per_second == pytest.approx(15 / 1.5 / 0.6)


def test_nothing_but_the_decision_asks_for_a_stop():
    """The clock measures elsewhere as well; what is done is decided in one method."""
    tree = ast.parse(Path(trainer_module.__file__).read_text(encoding="utf-8"))
    asking = {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute)
        and node.attr in ("stop", "is_over", "replanned", "is_validation_due")
        and not (isinstance(node.value, ast.Name) and node.value.id == "decision")
    }
    assert asking == {"_decide"}


class Chief(SingleProcess):
    """A process whose decisions are those of a list: its own clock has no say."""

    def __init__(self, decisions) -> None:
        self.decisions = iter(decisions)

    def agree(self, decision):
        return next(self.decisions, decision)


def test_what_was_agreed_on_is_carried_out_whatever_this_clock_says(tiny, tmp_path):
    decisions = [
        Decision(),
        Decision(replan=StepPlan.of(7)),
        Decision(validate=45, save=True),
        Decision(report=True),
        Decision(stop="budget"),
    ]
    trainer = tiny.make_trainer(config=EPOCHS, folder=tmp_path, world=Chief(decisions))
    events = list(trainer.run())
    told = [(type(event).__name__, event.step) for event in events]
    assert told == [
        ("Planned", 0),
        ("Planned", 1),
        ("Validated", 2),
        ("Saved", 2),
        ("Progress", 3),
        ("Progress", 4),
        ("Validated", 4),
        ("Saved", 4),
        ("Finished", 4),
    ]
    assert trainer.budget.plan.steps == 7


def test_a_process_that_is_no_writer_writes_nothing(tiny, tmp_path):
    class Second(SingleProcess):
        is_writer = False

    trainer = tiny.make_trainer(config=EPOCHS, folder=tmp_path, world=Second())
    assert not kinds(list(trainer.run()), Saved)
    assert not list(tmp_path.iterdir())


def test_an_interrupt_leaves_what_was_due_to_the_run_that_resumes(tiny, tmp_path):
    first = tiny.make_trainer(config=EPOCHS, folder=tmp_path, stop=tiny.after(5))
    assert [e.step for e in kinds(list(first.run()), Validated)] == [5]  # the last, at its end
    resumed = tiny.make_trainer(config=EPOCHS, folder=tmp_path, resume=True)
    assert next(e.step for e in resumed.run() if isinstance(e, Validated)) in (5, 10)


def test_training_on_another_device_ends_near_the_weights_of_the_cpu(tiny, other):
    there = tiny.make_trainer(config=EPOCHS, model=tiny.Model().to(other.OTHER))
    list(there.run())
    here = tiny.make_trainer(config=EPOCHS)
    list(here.run())
    for ours, theirs in zip(
        there.train_step.task.parameters(), here.train_step.task.parameters(), strict=True
    ):
        assert ours.device == other.OTHER
        found = torch.tensor(ours.detach().tolist())
        torch.testing.assert_close(found, theirs.detach(), rtol=0.02, atol=0.02)


def test_the_time_left_is_right_from_early_on_though_the_last_part_is_slow(tiny):
    clock = tiny.Clock()

    class SlowAtTheEnd(tiny.Model):
        def loss(self, batch, state, mode=None):
            clock.now += 0.9 if mode is not None and mode.is_exact else 0.0
            return super().loss(batch, state, mode)

    config = TrainingConfig(epochs=20, exact_fraction=0.2, validations=4, learning_rate=0.02)
    trainer = tiny.make_trainer(config=config, clock=clock, model=SlowAtTheEnd())
    events = list(trainer.run())
    whole = kinds(events, Finished)[0].seconds
    reports = [event for event in kinds(events, Progress) if event.step > 5]
    assert whole > 2 * 200 * 0.1
    assert reports[0].step < 20
    for report in reports:
        assert report.seconds + report.seconds_left == pytest.approx(whole, rel=0.1)


def test_on_a_device_a_run_cut_in_two_ends_with_the_same_weights(tiny, other, tmp_path):
    config = TrainingConfig(epochs=6, averaging="tail", average_from=0.5, validations=3)

    def run(stop_at, **context):
        model = tiny.Model().to(other.OTHER)
        trainer = tiny.make_trainer(config=config, model=model, stop=tiny.after(stop_at), **context)
        list(trainer.run())
        return trainer

    whole = run(100)
    for stop_at in (13, 22, 100):
        cut = run(stop_at, folder=tmp_path, resume=stop_at != 13)
    assert cut.state.step == whole.state.step == 60
    for one, two in zip(
        whole.train_step.task.parameters(), cut.train_step.task.parameters(), strict=True
    ):
        assert one.detach().tolist() == two.detach().tolist()


def test_on_a_device_a_spoilt_step_is_noticed_when_it_is_read_and_the_best_weights_return(
    tiny, other
):
    model = tiny.Model().to(other.OTHER)
    model.spoil_at = (30,)
    trainer = tiny.make_trainer(config=TrainingConfig(epochs=6, validations=3), model=model)
    events = list(trainer.run())
    (recovered,) = kinds(events, Recovered)
    assert 30 < recovered.step <= 30 + READ_EVERY
    assert recovered.back_to == 20
    assert kinds(events, Finished)[0].best_perplexity < 7
    assert all(torch.tensor(w.detach().tolist()).isfinite().all() for w in model.parameters())
