"""Third phase of a recipe: each direction is trained, its temperature fitted and measured."""

import hashlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

import numpy as np
import torch

from lmkit.core.devices import keep_freed_memory
from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batches
from lmkit.data.corpus import count_ids
from lmkit.data.prepare import PreparedText
from lmkit.data.word_vectors import word_vectors
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.models.weights import weights_of
from lmkit.recipes.prepare import ResolvedRun, TrainData
from lmkit.recipes.run_facts import prepared_event
from lmkit.recipes.temperature import DirectionResult, calibration_readings, fit_and_measure
from lmkit.recipes.warm_end import fit_to_text
from lmkit.recipes.warm_start import start_model
from lmkit.training.checkpoint import has_checkpoint
from lmkit.training.events import Event, Finished, Status, Warned
from lmkit.training.optimizers.build import row_tables
from lmkit.training.run_context import RunContext
from lmkit.training.text_validation import TextValidator
from lmkit.training.trainer import Trainer

Results = tuple[DirectionResult, ...]  # one for each direction that was trained, forward first


def train(data: TrainData, *, stop: Callable[[], bool]) -> Generator[Event, None, Results]:
    """Train each direction in turn; an interrupt leaves the later ones out.

    Args:
        data: The run and its text.
        stop: Asked after each step; yes ends training and saves.

    Yields:
        The events of training.

    Returns:
        The trained models and their figures.
    """
    results: list[DirectionResult] = []
    for number, direction in enumerate(data.run.directions):
        model = _new_model(data, number, direction)
        if number == 0:
            parameters = model.parameter_count()
            yield prepared_event(data.text, parameters=parameters, seconds=data.seconds)
        else:
            yield Status(message="now the backward model, in the other half of the budget")
        results.append((yield from _train_direction(data, model, direction=direction, stop=stop)))
        yield from _distance_to_best(data.run, results[-1].perplexity)
        if results[-1].finished.reason == "interrupted":
            break
    return tuple(results)


def _new_model(data: TrainData, number: int, direction: str) -> RecurrentLM:
    """Return a model to train: the base with the new words, or one that starts from counts."""
    run, ids = data.run, data.text.train.ids
    if run.base is not None:
        return start_model(run.base, data.text, run.config.model, direction)
    model = RecurrentLM(run.config.model, make_generator(run.seed * 2 + number))
    model.set_frequencies(torch.from_numpy(count_ids(ids, model.vocab_size)))
    is_resumed = has_checkpoint(run.folder / direction)  # its weights replace these
    if run.config.data.word_vectors == "counts" and not is_resumed:
        width = run.config.model.embedding
        vectors = word_vectors(ids, vocab_size=model.vocab_size, width=width, seed=run.seed)
        model.set_word_vectors(vectors)
    return model


def _train_direction(
    data: TrainData, model: RecurrentLM, *, direction: str, stop: Callable[[], bool]
) -> Generator[Event, None, DirectionResult]:
    """Train one direction, fit its temperature, and measure it on the whole validation text."""
    run, text = data.run, data.text
    start = {name: w.clone() for name, w in weights_of(model).items()} if run.base else {}
    model.to(run.device)
    validator = _validator(text, model, direction)
    minutes = run.config.training.minutes / len(run.directions)
    config = replace(run.config.training, minutes=minutes)
    if not row_tables(model, config):  # else each step has gradients of other sizes
        keep_freed_memory()
    trainer = Trainer(
        model,
        _batches(run, text, direction),
        validator,
        config=config,
        context=_context(data, direction, validator, stop=stop),
    )
    finished = None
    for event in trainer.run():
        finished = event if isinstance(event, Finished) else None
        yield event
    if finished is None:
        raise AssertionError("a run ends with Finished")
    is_measured = trainer.budget.times.validation_tokens >= validator.tokens
    if run.base is not None and finished.reason != "interrupted":
        yield fit_to_text(data, model, start, validator)
        is_measured = False
    result = yield from fit_and_measure(
        model, finished, validator, is_measured=is_measured, config=config
    )
    model.to("cpu")  # adapters are fitted there
    return result


def _context(
    data: TrainData, direction: str, validator: TextValidator, *, stop: Callable[[], bool]
) -> RunContext:
    run, text = data.run, data.text
    folder = run.folder / direction
    return RunContext(
        folder=folder,
        resume=has_checkpoint(folder),
        fingerprint=_fingerprint(run, text, direction),
        seed=run.seed,
        tokens_per_word=len(text.train.ids) / text.train.words,
        final_readings=calibration_readings(run.config, validator),
        stop=stop,
    )


def _batches(run: ResolvedRun, text: PreparedText, direction: str) -> Batches:
    return Batches(
        text.train.ids,
        batch=run.config.training.batch,
        time=run.config.training.time,
        line_end_id=text.tokenizer.line_end_id,
        reverse=direction == "backward",
        seed=run.seed if run.config.data.shift_epochs else None,
    )


def _validator(text: PreparedText, model: RecurrentLM, direction: str) -> TextValidator:
    """Return the validator of a model; a backward one reads the text from its last word."""
    ids = text.valid.ids
    if direction == "backward":
        ids = np.append(ids[:-1][::-1], ids[-1:])
    return TextValidator(model, ids, words=text.valid.words, line_end_id=text.tokenizer.line_end_id)


def _fingerprint(run: ResolvedRun, text: PreparedText, direction: str) -> str:
    """Return a name for the data, the model and the randomness of a run."""
    training = run.config.training
    base = run.base.digest if run.base else None
    parts = (text.key, run.config.model, direction, run.seed, *([base] if base else []))
    windows = (training.batch, training.time, training.optimizer, run.config.data.shift_epochs)
    return hashlib.sha256(repr((parts, windows)).encode()).hexdigest()


def _distance_to_best(run: ResolvedRun, perplexity: float) -> Iterator[Warned]:
    """Yield the distance of the model to the best possible, where that is known."""
    if run.request.sources != ("grammar",) or run.request.valid not in (None, "grammar"):
        return
    from lmkit.data.sources.grammar import GrammarSource

    best = 2.0 ** GrammarSource(seed=run.seed).entropy_per_word
    yield Warned(
        message=f"the grammar's entropy allows a perplexity of {best:.2f} at best; "
        f"the model has {perplexity:.2f}, {perplexity / best - 1:.1%} more"
    )
