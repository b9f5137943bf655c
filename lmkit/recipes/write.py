"""What a run came to: the result, the facts of config.json and the model folder."""

from dataclasses import dataclass, field, replace
from typing import Any

from lmkit.archive.card import model_card
from lmkit.archive.folder import NGRAM, Archive, complete_facts, save_archive
from lmkit.calibration.adapters import FittedAdapters
from lmkit.data.prepare import PreparedText
from lmkit.models.adapters.gradient_scale import GradientScale
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.recipes.resolve import ResolvedRun
from lmkit.recipes.run_facts import machine_facts, text_facts
from lmkit.results import Trained
from lmkit.training.event_log import EventLog
from lmkit.training.events import Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionResult:
    """What training in one direction came to."""

    model: RecurrentLM  # with its best weights
    finished: Finished
    perplexity: float  # of the whole validation text
    seconds: float  # closing measurement included


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAdapters:
    """What was found out for the companions of a model."""

    settings: FittedAdapters = field(default_factory=FittedAdapters)
    gradients: GradientScale | None = None


def write_folder(
    job: ResolvedRun,
    text: PreparedText,
    passes: list[DirectionResult],
    *,
    companions: RunAdapters,
    log: EventLog,
) -> Trained:
    """Write the model folder.

    Args:
        job: What was trained.
        text: On what.
        passes: The trained models, the first of them the one that is asked first.
        companions: What was fitted for what stands around them.
        log: Every event.

    Returns:
        What the run came to.
    """
    result = _result(job, text, passes)
    ngram_file = job.folder / NGRAM
    archive = Archive(
        model=passes[0].model,
        tokenizer=text.tokenizer,
        backward=passes[1].model if len(passes) > 1 else None,
        gradients=companions.gradients,
    )
    direction = job.direction if len(passes) == len(job.passes) else job.passes[0]
    facts = {
        "direction": direction,
        "companions": companions.settings.to_dict(),
        "training": _facts(job, text, passes, result),
    }
    archive = replace(archive, facts=facts)
    card = model_card(complete_facts(archive), name=job.request.out.resolve().name)
    save_archive(
        job.request.out,
        archive,
        card=card,
        metrics=log.text(),
        ngram_file=ngram_file if ngram_file.is_file() else None,
    )
    return result


def _result(job: ResolvedRun, text: PreparedText, passes: list[DirectionResult]) -> Trained:
    seconds = sum(each.seconds for each in passes)
    ids = sum(each.finished.tokens for each in passes)
    return Trained(
        out=str(job.request.out),
        parameters=sum(each.model.parameter_count() for each in passes),
        words=text.train.words,
        steps=sum(each.finished.step for each in passes),
        seconds=seconds,
        words_per_second=ids * text.train.words / len(text.train.ids) / max(1e-9, seconds),
        perplexity=passes[0].perplexity,
        stopped=passes[-1].finished.reason,
    )


def _facts(
    job: ResolvedRun, text: PreparedText, passes: list[DirectionResult], result: Trained
) -> dict[str, Any]:
    """Return what config.json tells of the training (Any: it becomes JSON)."""
    ids = sum(each.finished.tokens for each in passes)
    return {
        "sources": list(job.request.sources),
        "valid": job.request.valid or "the tail of the text, held out",
        "preset": job.preset,
        "seed": job.seed,
        "command": job.request.command or "lmkit.train_language_model(...)",
        **text_facts(text),
        **machine_facts(),
        **result.to_dict(),
        "temperature": float(passes[0].model.head.temperature),
        "perplexity_backward": passes[1].perplexity if len(passes) > 1 else None,
        "epochs": ids / len(passes) / len(text.train.ids),
        "settings": job.config.to_table(),
    }
