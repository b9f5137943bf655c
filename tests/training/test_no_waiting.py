"""A training step gives a device its orders and waits for none of them."""

import pytest
import torch

from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batch
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.nn.cells import CELLS
from lmkit.training.config import TrainingConfig
from lmkit.training.direction_pair import DirectionPair, PairBatches
from lmkit.training.optimizers.build import OPTIMIZERS
from lmkit.training.step import TrainStep
from lmkit.training.step_report import READ_EVERY, read_reports

VOCAB = 30
STEPS = 4
RATES = {
    f"dropout_{place}": 0.2 for place in ("embedding", "between", "output", "words", "weights")
}
PENALTIES = {"activation_penalty": 0.1, "slowness_penalty": 0.1}


class Windows:
    batch = 2
    steps_per_epoch = 3

    def at(self, cursor: int) -> Batch:
        ids = torch.randint(VOCAB, (2, 2, 5), generator=make_generator(cursor))
        return Batch(*ids)

    def starts_epoch(self, cursor: int) -> bool:
        return cursor % self.steps_per_epoch == 0


def shape(**settings: object) -> RecurrentLMConfig:
    sizes = {"vocab_size": VOCAB, "hidden": 6, "embedding": 5, "samples": 4}
    return RecurrentLMConfig(**{**sizes, **RATES, **PENALTIES, **settings})


def take_steps(step: TrainStep) -> list:
    """Return the measurements of some steps, the last ones exact and without dropout."""
    return [
        step.take(cursor, progress=cursor / STEPS, rate_factor=1.0, epochs=3.0)
        for cursor in range(STEPS)
    ]


def training(**settings: object) -> TrainingConfig:
    every = {"exact_fraction": 0.3, "dropout_anneal": 0.3, "table_decay": 0.1, "row_updates": 1}
    return TrainingConfig(epochs=1, orthogonalise_every=2, **{**every, **settings})


@pytest.mark.parametrize("optimizer", OPTIMIZERS.names())
@pytest.mark.parametrize("head", ["full", "sampled"])
@pytest.mark.parametrize("tied", [True, False])
def test_no_step_waits_for_the_device(other, optimizer, head, tied):
    made = RecurrentLM(shape(head=head, tied=tied), make_generator(1)).to(other.OTHER)
    step = TrainStep(made, Windows(), training(optimizer=optimizer), seed=3)
    with other.no_waiting():
        measured = take_steps(step)
        with pytest.raises(other.WaitError):
            read_reports(measured)
    assert all(report.nats > 0 for report in read_reports(measured))


@pytest.mark.parametrize("cell", CELLS.names())
def test_no_cell_waits_for_the_device(other, cell):
    made = RecurrentLM(shape(cell=cell, head="sampled"), make_generator(1)).to(other.OTHER)
    step = TrainStep(made, Windows(), training(), seed=3)
    with other.no_waiting():
        take_steps(step)


def test_a_pair_of_directions_waits_for_nothing(other):
    made = DirectionPair(shape(head="sampled"), make_generator(1)).to(other.OTHER)
    windows = PairBatches(torch.arange(200).numpy() % VOCAB, batch=2, time=5, line_end_id=0, seed=1)
    step = TrainStep(made, windows, training(), seed=3)
    with other.no_waiting():
        take_steps(step)


def test_a_run_waits_only_where_it_reads(other, tiny):
    reads: list[int] = []
    trainer = tiny.make_trainer(
        config=TrainingConfig(epochs=6, validations=1), model=tiny.Model().to(other.OTHER)
    )
    take, read = trainer.train_step.take, trainer._intake._readings._read

    def refusing(*args, **options):
        with other.no_waiting():
            return take(*args, **options)

    def counting(began):
        reads.append(trainer.state.step + 1)
        return read(began)

    trainer.train_step.take = refusing
    trainer._intake._readings._read = counting
    list(trainer.run())
    late = [step for step in reads if step > 8]
    assert late[:2] == [8 + READ_EVERY, 8 + 2 * READ_EVERY]
    assert trainer.state.step == 60
    assert len(late) == 4
