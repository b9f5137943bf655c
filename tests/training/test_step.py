"""One step of training: what it changes, what it draws, what it measures; on every device."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from lmkit.core.devices import device_of
from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batch, Batches
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.models.weights import weights_of
from lmkit.nn.heads import HEADS
from lmkit.nn.precision import MixedPrecision
from lmkit.nn.state import tensors_of
from lmkit.training import precision
from lmkit.training.config import TrainingConfig
from lmkit.training.device_windows import to_device
from lmkit.training.optimizers.build import OPTIMIZERS
from lmkit.training.step import TrainStep, add_decay
from lmkit.training.step_report import StepReport
from lmkit.training.world import SingleProcess, World

VOCAB = 30
CONFIG = TrainingConfig(epochs=1, learning_rate=0.02, dropout_anneal=0.0, exact_fraction=0.0)


class Windows:
    batch = 2
    steps_per_epoch = 4

    def at(self, cursor: int) -> Batch:
        ids = torch.randint(VOCAB, (2, 2, 5), generator=make_generator(cursor))
        return Batch(*ids)

    def starts_epoch(self, cursor: int) -> bool:
        return cursor % self.steps_per_epoch == 0


def model(**settings: object) -> RecurrentLM:
    rates = {f"dropout_{name}": 0.2 for name in ("embedding", "between", "output", "weights")}
    shape = {"vocab_size": VOCAB, "hidden": 6, "embedding": 5, "samples": 4, "tied": False}
    return RecurrentLM(RecurrentLMConfig(**{**shape, **rates, **settings}), make_generator(1))


def numbers(tensor: Tensor) -> Tensor:
    """Return a tensor on the CPU, whichever device it was on."""
    return torch.tensor(tensor.detach().tolist())


def trained(on: torch.device | str, *, steps: int = 3, **settings: object) -> list[Tensor]:
    """Return the weights after some steps on a device."""
    config = TrainingConfig(
        epochs=1,
        learning_rate=0.02,
        exact_fraction=0.0,
        dropout_anneal=0.0,
        optimizer=str(settings.pop("optimizer", "muon")),
        row_updates=int(settings.pop("row_updates", 0)),
        orthogonalise_every=2,
    )
    step = TrainStep(model(**settings).to(on), Windows(), config, seed=3)
    for cursor in range(steps):
        report = step.step(cursor, progress=0.5, rate_factor=1.0)
        assert report.count == 10
    assert device_of(step.task).type == torch.device(on).type
    return [numbers(weight) for weight in step.task.parameters()]


@pytest.mark.parametrize("optimizer", OPTIMIZERS.names())
def test_a_device_trains_the_weights_that_the_cpu_trains(device, optimizer):
    here, there = trained("cpu", optimizer=optimizer), trained(device, optimizer=optimizer)
    torch.testing.assert_close(there, here, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("head", HEADS.names())
def test_every_head_is_trained_on_a_device(other, head):
    settings = {"head": head, "cell": "gru"}
    here, there = trained("cpu", **settings), trained(other.OTHER, **settings)
    torch.testing.assert_close(there, here, rtol=1e-3, atol=1e-4)


def test_a_batch_left_on_the_cpu_would_be_noticed(other):
    there = model().to(other.OTHER)
    with pytest.raises(other.MixedDevicesError):
        there.loss(Windows().at(0), there.start(2))
    batch = to_device(Windows().at(0), other.OTHER)
    loss, _ = there.loss(batch, there.start(2))
    assert loss.nats.device == other.OTHER


def weights_after(seed: int, cursor: int = 1, **settings: object) -> list[Tensor]:
    step = TrainStep(model(head="sampled", **settings), Windows(), CONFIG, seed=seed)
    step.step(cursor, progress=0.5, rate_factor=1.0)
    return list(step.task.parameters())


def same(one: list[Tensor], other: list[Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def test_chance_is_a_function_of_seed_and_step():
    torch.manual_seed(1)
    first = weights_after(3)
    torch.manual_seed(2)
    assert same(first, weights_after(3))
    assert not same(first, weights_after(4))


def test_a_step_leaves_the_global_generator_alone():
    step = TrainStep(model(head="sampled"), Windows(), CONFIG, seed=3)
    before = torch.get_rng_state()
    step.step(0, progress=0.5, rate_factor=1.0)
    assert torch.equal(before, torch.get_rng_state())


class Counted(Windows):
    """Windows that note which were asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def at(self, cursor: int) -> Batch:
        self.asked.append(cursor)
        return super().at(cursor)


def test_windows_are_read_ahead_for_another_device_alone(other):
    for place, asked in (("cpu", [0, 1]), (other.OTHER, [0, 1, 2])):
        windows = Counted()
        step = TrainStep(model().to(place), windows, CONFIG)
        for cursor in range(2):
            step.step(cursor, progress=0.5, rate_factor=1.0)
        assert windows.asked == asked


class Ranked(SingleProcess):
    """A process that is not the first; it halves the gradients, as a mean with nothing would."""

    rank = 1
    size = 2

    def __init__(self) -> None:
        self.order: list[str] = []
        self.before = 0.0

    def average_gradients(self, parameters) -> None:
        self.before = float(torch.nn.utils.get_total_norm([w.grad for w in parameters]))
        for weight in parameters:
            weight.grad = weight.grad / 2

    def gather(self, tensor: Tensor) -> Tensor:
        return torch.cat([tensor, tensor])


def test_gradients_are_averaged_before_they_are_clipped_and_losses_gathered():
    alone = TrainStep(model(), Windows(), CONFIG, seed=3)
    world = Ranked()
    ranked = TrainStep(model(), Windows(), CONFIG, seed=3, world=world)
    one = alone.step(0, progress=0.5, rate_factor=1.0)
    two = ranked.step(0, progress=0.5, rate_factor=1.0)
    assert two.gradient_norm == pytest.approx(world.before / 2)
    assert two.count == 2 * one.count
    assert world.before != pytest.approx(one.gradient_norm, rel=1e-6)  # masks of other rows


def test_one_bad_process_stops_the_step_of_all():
    class Bad(SingleProcess):
        def gather(self, tensor: Tensor) -> Tensor:
            return torch.cat([tensor, torch.full_like(tensor, float("nan"))])

    step = TrainStep(model(), Windows(), CONFIG, world=Bad())
    before = {name: weight.clone() for name, weight in weights_of(step.task).items()}
    step.step(0, progress=0.5, rate_factor=1.0)
    assert all(torch.equal(before[k], w) for k, w in weights_of(step.task).items())


@pytest.mark.parametrize(("clip", "expected"), [(0.0, None), (1e-3, 1e-3)])
def test_the_gradient_is_shortened_to_the_clip(clip, expected):
    config = TrainingConfig(epochs=1, optimizer="sgd", clip=clip, learning_rate=1.0, warm_up=0.0)
    step = TrainStep(model(), Windows(), config)
    before = [weight.detach().clone() for weight in step.task.parameters()]
    report = step.step(0, progress=0.0, rate_factor=1.0)
    moved = [(a - b).detach() for a, b in zip(before, step.task.parameters(), strict=True)]
    assert float(torch.nn.utils.get_total_norm(moved)) == pytest.approx(
        expected or report.gradient_norm, rel=1e-3
    )


def test_the_state_is_carried_through_an_epoch_and_started_anew_with_the_next():
    step = TrainStep(model(), Windows(), CONFIG)
    assert step.state() == {}
    step.step(0, progress=0.5, rate_factor=1.0)
    carried = step.carried
    assert step._state_at(1) is carried
    assert not any(part.any() for part in tensors_of(step._state_at(4)))
    assert not any(part.requires_grad for part in tensors_of(carried))


def test_a_stored_state_is_taken_over():
    first, second = (TrainStep(model(), Windows(), CONFIG) for _ in range(2))
    first.step(0, progress=0.5, rate_factor=1.0)
    second.load(first.state())
    assert same(tensors_of(first.carried), tensors_of(second.carried))
    second.load({})
    assert second.carried is None


def test_forgetting_drops_state_and_moments():
    step = TrainStep(model(), Windows(), CONFIG)
    step.step(0, progress=0.5, rate_factor=1.0)
    step.forget()
    assert step.carried is None
    assert step.optimizers.state() == {}
    assert all(weight.grad is None for weight in step.task.parameters())


def test_the_last_fraction_is_exact():
    config = TrainingConfig(epochs=1, exact_fraction=0.25)
    step = TrainStep(model(head="sampled"), Windows(), config)
    modes = [step._mode(0, progress, 1.0).is_exact for progress in (0.0, 0.7, 0.75, 1.0)]
    assert modes == [False, False, True, True]


def test_tables_that_a_full_softmax_does_not_read_move_by_rows():
    config = TrainingConfig(epochs=1, row_updates=1, optimizer="adamw", weight_decay=0.0)
    step = TrainStep(model(head="sampled", tied=True), Windows(), config)
    before = step.task.embedding.weight.detach().clone()
    step.step(0, progress=0.5, rate_factor=1.0)
    moved = (step.task.embedding.weight != before).any(1)
    window = Windows().at(0)
    read = torch.cat([window.inputs, window.targets]).unique()
    assert moved[read].all()
    assert not moved.all()


def test_a_frozen_weight_is_left_alone():
    frozen = model()
    frozen.embedding.weight.requires_grad_(False)
    before = frozen.embedding.weight.clone()
    TrainStep(frozen, Windows(), CONFIG).step(0, progress=0.5, rate_factor=1.0)
    assert torch.equal(frozen.embedding.weight, before)
    assert isinstance(frozen.embedding.weight, nn.Parameter)


def gradients(*, epochs: float, **settings: float) -> dict[str, Tensor]:
    """Return the gradients that the optimisers saw in the first step, dense."""
    config = replace(CONFIG, dropout_epochs=3.0, **settings)
    step = TrainStep(model(head="sampled", dropout_embedding=0.0), Windows(), config, seed=2)
    step.step(0, progress=0.5, rate_factor=0.0, epochs=epochs)
    return {
        name: weight.grad.to_dense()
        for name, weight in step.task.named_parameters()
        if weight.grad is not None
    }


@pytest.mark.parametrize("row_updates", [0, 1])
def test_the_l2_of_the_word_vectors_is_added_after_clipping(row_updates):
    settings = {"clip": 0.01, "row_updates": row_updates}
    table = model().embedding.weight.detach()
    before = gradients(epochs=9, **settings)
    after = gradients(epochs=9, table_decay=0.5, **settings)
    met = before["embedding.weight"].any(1, keepdim=True) if row_updates else True
    expected = before["embedding.weight"] + 0.5 * table * met
    torch.testing.assert_close(after["embedding.weight"], expected)
    for name in before.keys() - {"embedding.weight"}:
        torch.testing.assert_close(after[name], before[name])


def test_a_single_epoch_has_no_l2_and_the_second_a_part():
    once, none = gradients(epochs=1, table_decay=0.5), gradients(epochs=1)
    torch.testing.assert_close(once["embedding.weight"], none["embedding.weight"])
    twice, plain = gradients(epochs=2, table_decay=0.5), gradients(epochs=2)
    added = twice["embedding.weight"] - plain["embedding.weight"]
    torch.testing.assert_close(added, 0.25 * model().embedding.weight.detach())


def test_decay_of_a_table_without_a_gradient_does_nothing():
    table = torch.ones(3, 2, requires_grad=True)
    add_decay(table, 0.5)
    assert table.grad is None


@pytest.mark.parametrize(
    ("name", "dtype"), [("bfloat16", torch.bfloat16), ("float32", torch.float32)]
)
def test_a_step_sets_the_format_of_the_products(monkeypatch, name, dtype):
    monkeypatch.setattr(precision, "has_fast_bfloat16", lambda: True)
    step = TrainStep(model(), Windows(), replace(CONFIG, precision=name))
    parts = [module for module in step.task.modules() if isinstance(module, MixedPrecision)]
    assert {part.product_dtype for part in parts} == {dtype}


def test_measuring_the_exact_part_changes_nothing():
    def weights(measured: bool) -> list[Tensor]:
        made = model()
        step = TrainStep(made, Windows(), CONFIG, seed=3)
        for cursor in range(4):
            if measured and cursor == 2:
                assert step.exact_extra(cursor, lambda: 7.0) == 0.0
            step.step(cursor, progress=0.1, rate_factor=1.0)
        return [weight.detach().clone() for weight in made.parameters()]

    for one, other in zip(weights(False), weights(True), strict=True):
        assert torch.equal(one, other)


def test_the_extra_time_of_the_exact_part_is_that_of_its_loss():
    class Slow(RecurrentLM):
        def loss(self, batch, state, mode=None):
            clock.now += 5.0 if mode is not None and mode.is_exact else 1.0
            return super().loss(batch, state, mode)

    class Clock:
        now = 0.0

        def __call__(self) -> float:
            return self.now

    clock = Clock()
    made = Slow(RecurrentLMConfig(vocab_size=VOCAB, hidden=6, embedding=5), make_generator(1))
    assert TrainStep(made, Windows(), CONFIG).exact_extra(0, clock) == 4.0


def text_windows() -> Batches:
    """Five streams of a text, which two processes share as two and three."""
    ids = torch.randint(2, VOCAB, (400,), generator=make_generator(7)).numpy()
    return Batches(ids, batch=5, time=8, line_end_id=1, seed=2)


# A step with everything that draws, and every way in which gradients are kept.
SHARED = {
    "full": {"head": "full", "tied": True},
    "adaptive": {"head": "adaptive", "tied": True, "vocab_size": VOCAB},
    "sampled": {"head": "sampled", "tied": True},
    "sampled by rows": {"head": "sampled", "tied": True, "row_updates": 1},
}


@pytest.mark.parametrize("name", SHARED)
def test_processes_that_share_the_streams_train_as_one_would(together, name):
    settings = {**SHARED[name], "dropout_words": 0.2, "activation_penalty": 0.5}
    config = replace(CONFIG, row_updates=settings.pop("row_updates", 0), table_decay=1e-3)

    def steps(world: World) -> tuple[list[StepReport], list[Tensor], dict[str, Tensor]]:
        windows = text_windows().part(world.rank, world.size)
        step = TrainStep(model(**settings), windows, config, seed=3, world=world)
        found = [step.step(cursor, progress=0.4, rate_factor=1.0) for cursor in range(4)]
        return found, list(step.task.parameters()), step.state()

    reports, weights, carried = steps(SingleProcess())
    (first, one, whole), (second, two, _) = together(2, steps)
    assert first == second
    assert same(one, two)
    assert [report.count for report in first] == [report.count for report in reports]
    for mine, expected in zip(first, reports, strict=True):
        assert mine.nats == pytest.approx(expected.nats, rel=1e-6)
        assert mine.gradient_norm == pytest.approx(expected.gradient_norm, rel=1e-5)
    torch.testing.assert_close(one, weights, rtol=1e-4, atol=2e-5)
    torch.testing.assert_close(whole, carried, rtol=1e-4, atol=1e-5)


def test_a_state_of_all_processes_is_taken_over_by_another_number_of_them(together):
    def after_a_step(world: World) -> dict[str, Tensor]:
        windows = text_windows().part(world.rank, world.size)
        step = TrainStep(model(), windows, CONFIG, world=world)
        step.step(0, progress=0.5, rate_factor=1.0)
        return step.state()

    stored = together(2, after_a_step)[0]

    def loaded(world: World) -> list[Tensor]:
        step = TrainStep(model(), text_windows().part(world.rank, world.size), CONFIG, world=world)
        step.load(stored)
        return tensors_of(step.carried)

    parts = together(3, loaded)
    assert [len(part[0]) for part in parts] == [1, 2, 2]
    for number, whole in enumerate(loaded(SingleProcess())):
        assert torch.cat([part[number] for part in parts]).equal(whole)
        assert whole.equal(stored[str(number)])


def test_cells_are_compiled_where_that_is_asked_for_and_refused_where_it_gains_nothing():
    with pytest.raises(UsageError, match="does not become faster"):
        TrainStep(model(), Windows(), replace(CONFIG, compile_cells=True))
    step = TrainStep(model(), Windows(), CONFIG)
    assert step.task.recurrent._compiled == []
