"""The last phase of a run: its result, the facts of config.json and the model folder."""

import json
import math
from dataclasses import dataclass

from lmkit.archive.card import model_card
from lmkit.archive.folder import Archive, complete_facts, save_archive
from lmkit.archive.shareable import file_name, shareable
from lmkit.calibration.adapters import FittedAdapters
from lmkit.core.json import JsonObject
from lmkit.core.perplexity import perplexity
from lmkit.data.prepare import PreparedText
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.recipes.resolve import ResolvedRun
from lmkit.recipes.run_facts import machine_facts, text_facts
from lmkit.results import Trained
from lmkit.training.event_log import EventLog
from lmkit.training.events import Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionResult:
    """The trained model of one direction, and its figures."""

    model: RecurrentLM  # with its best weights
    finished: Finished
    perplexity: float  # of the whole validation text
    seconds: float  # closing measurement included


def write_folder(
    job: ResolvedRun,
    text: PreparedText,
    passes: list[DirectionResult],
    *,
    adapters: FittedAdapters,
    log: EventLog,
) -> Trained:
    """Write the model folder.

    Args:
        job: The run.
        text: Its text.
        passes: The trained models, the first of them the one that is asked first.
        adapters: Everything that was fitted around it.
        log: Every event.

    Returns:
        The figures of the run.
    """
    result = _result(job, text, passes, adapters)
    direction = job.direction if len(passes) == len(job.passes) else job.passes[0]
    archive = Archive(
        model=passes[0].model,
        tokenizer=text.tokenizer,
        backward=passes[1].model if len(passes) > 1 else None,
        stack=adapters.stack,
        facts={
            "direction": direction,
            "backward_weight": adapters.backward_weight,
            "training": _facts(job, text, passes, result),
        },
    )
    name = job.request.out.resolve().name
    card = model_card(complete_facts(archive), name=name, command=job.request.command)
    save_archive(job.request.out, archive, card=card, metrics=_shareable_lines(job, log.text()))
    return result


def _result(
    job: ResolvedRun,
    text: PreparedText,
    passes: list[DirectionResult],
    adapters: FittedAdapters,
) -> Trained:
    seconds = sum(each.seconds for each in passes)
    ids = sum(each.finished.tokens for each in passes)
    alone = passes[0].perplexity
    return Trained(
        out=str(job.request.out),
        parameters=sum(each.model.parameter_count() for each in passes),
        words=text.train.words,
        steps=sum(each.finished.step for each in passes),
        seconds=seconds,
        words_per_second=ids * text.train.words / len(text.train.ids) / max(1e-9, seconds),
        perplexity=alone,
        stopped=passes[-1].finished.reason,
        perplexity_adapted=_adapted(alone, adapters.gain, text),
        device=next(passes[0].model.parameters()).device.type,
        base=None,
    )


def _adapted(alone: float, gain: float, text: PreparedText) -> float:
    """Return the perplexity per word with adapters that gain some nats per token."""
    nats = gain * len(text.valid.ids) / text.valid.words
    return perplexity(math.log(alone) - nats, 1) if nats else alone


def _facts(
    job: ResolvedRun, text: PreparedText, passes: list[DirectionResult], result: Trained
) -> JsonObject:
    """Return the facts of the training in config.json, which may leave this machine."""
    ids = sum(each.finished.tokens for each in passes)
    valid = job.request.valid
    return {
        "sources": [file_name(source) for source in job.request.sources],
        "valid": file_name(valid) if valid else "the tail of the text, held out",
        "preset": job.preset,
        "seed": job.seed,
        **shareable(text_facts(text), paths=_paths(job)),
        **machine_facts(),
        **result.to_dict(),
        "out": job.request.out.resolve().name,
        "temperature": float(passes[0].model.head.temperature),
        "perplexity_backward": passes[1].perplexity if len(passes) > 1 else None,
        "epochs": ids / len(passes) / len(text.train.ids),
        "settings": job.config.to_table(),
    }


def _shareable_lines(job: ResolvedRun, lines: str) -> str:
    """Return the events of a run, one JSON object a line, without the paths of this machine."""
    events = (json.loads(line) for line in lines.splitlines())
    paths = _paths(job)
    return "".join(json.dumps(shareable(event, paths=paths)) + "\n" for event in events)


def _paths(job: ResolvedRun) -> list[str]:
    request = job.request
    return [*request.sources, *([request.valid] if request.valid else []), str(request.out)]
