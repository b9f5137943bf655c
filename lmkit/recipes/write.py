"""The last phase of a run: its result, the facts of config.json and the model folder."""

import datetime
import json
import math
from collections.abc import Sequence

import torch

from lmkit.archive.card import model_card
from lmkit.archive.folder import Archive, complete_facts, save_archive
from lmkit.archive.shareable import file_name, shareable
from lmkit.calibration.adapters import FittedAdapters
from lmkit.core.file_names import printable
from lmkit.core.json import JsonObject
from lmkit.core.perplexity import perplexity
from lmkit.core.version import __version__
from lmkit.data.corpus import CorpusFacts
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.recipes.prepare import ResolvedRun, TrainData
from lmkit.recipes.train import DirectionResult
from lmkit.recipes.train_members import seconds_of
from lmkit.results import Trained


def write(
    data: TrainData,
    results: Sequence[DirectionResult],
    adapters: FittedAdapters,
    *,
    events: str,
) -> Trained:
    """Write the model folder.

    Args:
        data: The run and its text.
        results: The trained models, the first of them the one that is asked first.
        adapters: Everything that was fitted around it.
        events: The log of the run, one JSON object a line.

    Returns:
        The figures of the run.
    """
    run = data.run
    figures = _figures(data, results, adapters)
    archive = Archive(
        model=results[0].model,
        tokenizer=data.text.tokenizer,
        backward=results[1].model if len(results) > 1 else None,
        stack=adapters.stack,
        facts={
            "direction": run.direction
            if len(results) == len(run.directions)
            else run.directions[0],
            "backward_weight": adapters.backward_weight,
            "training": _facts(data, results, figures),
        },
    )
    name = run.request.out.resolve().name
    card = model_card(complete_facts(archive), name=name, command=run.request.command)
    save_archive(run.request.out, archive, card=card, metrics=_shareable_lines(run, events))
    return figures


def text_facts(train: CorpusFacts, valid: CorpusFacts, notices: Sequence[str]) -> JsonObject:
    """Return the facts of the text.

    Args:
        train: Counts of the training text.
        valid: Counts of the validation text.
        notices: What a user should know of the reading, a line each.
    """
    return {
        "words": train.words,
        "tokens": train.ids,
        "valid_words": valid.words,
        "unknown_share": train.unknown / train.ids,
        "notices": list(notices),
    }


def machine_facts(*, processes: int = 1) -> JsonObject:
    """Return the facts of the machine and the date.

    Args:
        processes: Processes that have trained together.
    """
    return {
        "processes": processes,
        "threads": torch.get_num_threads(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "lmkit": __version__,
        "torch": str(torch.__version__),
    }


def _figures(
    data: TrainData, results: Sequence[DirectionResult], adapters: FittedAdapters
) -> Trained:
    train = data.text.train.facts
    seconds = seconds_of(data, results)
    ids = sum(result.finished.tokens for result in results)
    alone = results[0].perplexity
    return Trained(
        out=str(data.run.request.out),
        parameters=sum(result.model.parameter_count() for result in results),
        words=train.words,
        steps=sum(result.finished.step for result in results),
        seconds=seconds,
        words_per_second=ids * train.words / train.ids / max(1e-9, seconds),
        perplexity=alone,
        stopped=results[-1].finished.reason,
        perplexity_adapted=_adapted(alone, adapters.gain, data.text.valid.facts),
        device=data.run.device.type,
        base=data.run.base.name if data.run.base else None,
    )


def _temperatures(model: RecurrentLM | AverageLM) -> float | list[float]:
    """Return the temperature of a network, or those of several."""
    if isinstance(model, RecurrentLM):
        return float(model.head.temperature)
    return [float(network.head.temperature) for network in model.networks]


def _adapted(alone: float, gain: float, valid: CorpusFacts) -> float:
    """Return the perplexity per word with adapters that gain some nats per token."""
    nats = gain * valid.ids / valid.words
    return perplexity(math.log(alone) - nats, 1) if nats else alone


def _facts(data: TrainData, results: Sequence[DirectionResult], figures: Trained) -> JsonObject:
    """Return the facts of the training in config.json, which may leave this machine."""
    run, text, train = data.run, data.text, data.text.train.facts
    ids = sum(result.finished.tokens for result in results)
    valid = run.request.valid
    return {
        "sources": [printable(file_name(source)) for source in run.request.sources],
        "valid": printable(file_name(valid)) if valid else "the tail of the text, held out",
        "preset": run.preset,
        "seed": run.seed,
        **shareable(text_facts(train, text.valid.facts, text.notices), paths=_paths(run)),
        **machine_facts(processes=data.world.size),
        **figures.to_dict(),
        "out": run.request.out.resolve().name,
        "models": run.models,
        "temperature": _temperatures(results[0].model),
        "perplexity_backward": results[1].perplexity if len(results) > 1 else None,
        "epochs": ids / len(results) / run.models / train.ids,
        "settings": run.config.to_table(),
    }


def _shareable_lines(run: ResolvedRun, lines: str) -> str:
    """Return the events of a run, one JSON object a line, without the paths of this machine."""
    events = (json.loads(line) for line in lines.splitlines())
    paths = _paths(run)
    return "".join(json.dumps(shareable(event, paths=paths)) + "\n" for event in events)


def _paths(run: ResolvedRun) -> list[str]:
    request = run.request
    return [*request.sources, *([request.valid] if request.valid else []), str(request.out)]
