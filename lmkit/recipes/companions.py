"""What stands around the trained model: an n-gram, and how much each companion has to say."""

from dataclasses import asdict
from typing import Any

from lmkit.data.prepare import PreparedText
from lmkit.evaluation.direction import fit_direction_weight
from lmkit.evaluation.fitting import fit_cache, fit_dynamic, fit_mixing_weights, read_stream
from lmkit.models.archive import NGRAM
from lmkit.models.ngram import NGram
from lmkit.recipes.outcome import Pass
from lmkit.recipes.request import Job

LIMIT = 20_000  # ids of validation text the weight of the n-gram is fitted on
LONG = 300.0  # seconds; after a shorter training, what takes long to fit keeps its defaults


def fit_ngram(job: Job, text: PreparedText) -> None:
    """Count the n-grams of the training text; reading forward, they suit no backward model."""
    path = job.folder / NGRAM
    if not job.config.data.ngram or job.direction == "backward" or path.is_file():
        return
    ngram = NGram.fit(
        text.train.ids,
        vocab_size=text.tokenizer.vocab_size,
        line_end_id=text.tokenizer.line_end_id,
        order=job.config.data.ngram_order,
    )
    ngram.save(path)


def fit_weights(job: Job, text: PreparedText, passes: list[Pass]) -> dict[str, dict[str, Any]]:
    """Fit on validation text what asking with companions takes from config.json.

    Args:
        job: What is trained.
        text: Holds the validation text.
        passes: The trained models.

    Returns:
        `ngram.weight`, `backward.weight`, and the fields of `cache` and `dynamic`: those that
        there are companions and time for (Any, since it becomes JSON).
    """
    model, ids, line_end = passes[0].model, text.valid.ids, text.tokenizer.line_end_id
    fitted: dict[str, dict[str, Any]] = {}
    if passes[-1].finished.reason == "interrupted" or job.direction == "backward":
        return fitted
    if (path := job.folder / NGRAM).is_file():
        found = [
            read_stream(each, ids, line_end_id=line_end, limit=LIMIT)
            for each in (model, NGram.load(path))
        ]
        fitted["ngram"] = {"weight": fit_mixing_weights(found).shares[1]}
    if len(passes) > 1:
        weight = fit_direction_weight(model, passes[1].model, ids, line_end_id=line_end)
        fitted["backward"] = {"weight": weight}
    if sum(each.seconds for each in passes) >= LONG:
        fitted["cache"] = asdict(fit_cache(model, ids, line_end_id=line_end))
        fitted["dynamic"] = asdict(fit_dynamic(model, ids, line_end_id=line_end))
    return fitted
