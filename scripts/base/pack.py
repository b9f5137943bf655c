"""Make the folder that ships of a trained base: 8 bits a weight, one table, a pruned n-gram.

    python scripts/base/pack.py out/base/cooled/model --text out/base/text \\
        --novels novels.tar.xz --out data/english

The temperature of each direction and the adapters are fitted on validation text, with the weights
as they ship. The folder loads like any other.
"""

import argparse
import json
import math
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from base_card import base_card
from book_text import title_of
from prepare import sorted_texts
from train import TEXT, validation_ids, words_in

from lmkit.archive.compact import round_weights, save_compact
from lmkit.archive.folder import Archive, complete_facts, load_archive
from lmkit.archive.options import ModelOptions
from lmkit.calibration.adapters import FittedAdapters, fit_adapters
from lmkit.calibration.direction_weight import fit_direction_weight
from lmkit.calibration.temperature import fit_temperature, positions
from lmkit.core.devices import prepare_cpu
from lmkit.core.json import JsonObject
from lmkit.core.perplexity import perplexity
from lmkit.data.batches import Ids, reversed_lines
from lmkit.data.prepare import prepare
from lmkit.data.prepared_text import PreparedText
from lmkit.data.sources import open_source
from lmkit.evaluation.as_asked import contrast_scorer
from lmkit.evaluation.cloze import read_questions, variants_of
from lmkit.evaluation.contrast_weights import ContrastWeights, cross_validated, fit_contrast
from lmkit.models.adapters.adapter import FitText
from lmkit.models.ngram.counts import Counts, count_ngrams
from lmkit.models.ngram.kneser_ney import Level, NGramTables, estimate
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.recipes.write import machine_facts, text_facts
from lmkit.text.tokenizer import Tokenizer
from lmkit.training.text_validation import TextValidator

NAME = "english"
NGRAM = "ngram-{key}.safetensors"  # kept beside the text, since counting takes minutes
ORDER = 4  # words in the longest n-gram
MOST_NGRAMS = 360_000  # longer than a word; about seven bytes each
FITTING_SECONDS = 240.0
DIRECTION_QUESTIONS = 400  # for the weight of the backward model: of few, chance has the say
LIMIT = 20_000_000  # bytes of the whole folder
SOURCES = ("522 novels", "state-of-the-union", "pydocs")


def read_trained(folder: Path) -> Archive:
    """Read the folder of a cool-down; curly quotes are read as straight ones from now on.

    The text of the base has straight quotes alone, whatever the tokenizer was trained to do.
    """
    archive = load_archive(folder)
    if archive.backward is None:
        raise SystemExit(f"{folder} has no backward model")
    stored = json.loads(archive.tokenizer.to_json())
    stored["config"]["straight_quotes"] = True
    return replace(archive, tokenizer=Tokenizer.from_json(json.dumps(stored)))


def read_text(folder: Path, tokenizer: Tokenizer) -> PreparedText:
    """Return the ids of the text that `prepare.py` wrote, as the trained model reads it."""
    train, valid = (open_source(str(folder / name)) for name in ("train.txt", "valid.txt"))
    return prepare([train], valid, TEXT, tokenizer=tokenizer, cache=folder / "ids")


def pack(archive: Archive, text: PreparedText, out: Path, *, ngram_file: Path) -> Archive:
    """Write the folder, without its card.

    Args:
        archive: What was trained, in both directions; its weights are rounded.
        text: Text of the base, as the model reads it.
        out: Folder to write.
        ngram_file: A pruned n-gram model of the text, copied as it is.

    Returns:
        What was written.
    """
    directions = (archive.network, _network(archive.backward))
    ids = validation_ids(text)
    figures = [
        calibrate(each, own, text)
        for each, own in zip(directions, (ids, reversed_lines(ids)), strict=True)
    ]
    fitted = fit_adapters(
        archive.model,
        FitText(np.asarray(ids), text.tokenizer.line_end_id),
        assets={"ngram": NGram.load(ngram_file)},
        seconds=FITTING_SECONDS,
    )
    stack = (replace(e, asset=ngram_file) if e.name == "ngram" else e for e in fitted.stack)
    facts = {
        "direction": "both",
        "backward_weight": fit_direction_weight(
            *directions, ids, line_end_id=text.tokenizer.line_end_id, most=DIRECTION_QUESTIONS
        ),
        "contrast": asdict(ContrastWeights()),
        "training": training_facts(archive, text, figures, fitted),
    }
    packed = replace(archive, facts=facts, stack=tuple(stack))
    save_compact(out, packed)
    return packed


def calibrate(model: RecurrentLM, ids: Ids, text: PreparedText) -> float:
    """Round the weights as they ship, fit the temperature, and return the perplexity per word."""
    round_weights(model)
    model.head.temperature.fill_(1.0)
    end = text.tokenizer.line_end_id
    validator = TextValidator(model, ids, words=words_in(len(ids), text), line_end_id=end)
    fit_temperature(model.head, *validator.sample(positions(model.vocab_size, len(ids))))
    return validator.validate(len(ids)).perplexity


def training_facts(
    archive: Archive, text: PreparedText, figures: list[float], fitted: FittedAdapters
) -> JsonObject:
    """Return the facts of the training, as config.json of any model has them.

    Args:
        archive: What was trained; its facts hold the last event of training.
        text: Text of the base.
        figures: Perplexity per word of the forward and of the backward model.
        fitted: Adapters and their gain.
    """
    finished = archive.facts["training"]
    forward, backward = figures
    nats = fitted.gain * len(text.valid.ids) / text.valid.words
    tokens = finished.get("tokens", 0) / len(figures)  # of each direction
    return {
        "sources": list(SOURCES),
        "valid": "documents that were kept apart",
        "preset": "scripts/base/train.py",
        "seed": 0,
        **text_facts(text.train.facts, text.valid.facts, text.notices),
        **machine_facts(),
        "out": NAME,
        "base": None,
        "parameters": _parameters(archive),
        "steps": finished.get("step", 0),
        "epochs": tokens / len(text.train.ids),
        "stopped": finished.get("reason", ""),
        "device": finished.get("device", "cpu"),
        "perplexity": forward,
        "perplexity_backward": backward,
        "perplexity_adapted": perplexity(math.log(forward) - nats, 1),
    }


def fit_pruned(text: PreparedText, most: int = MOST_NGRAMS) -> NGram:
    """Return an n-gram model of the text, its rarer n-grams left out.

    Args:
        text: Text of the base.
        most: N-grams of two words and more that are kept at most.
    """
    end, vocab_size = text.tokenizer.line_end_id, text.tokenizer.vocab_size
    counts = list(
        count_ngrams(
            text.train.ids, vocab_size=vocab_size, order=ORDER, line_end_id=end, without_once=True
        )
    )
    at_most = threshold(counts, most)
    prune = [-1, *([at_most] * (ORDER - 1))]
    levels, discounts = estimate(counts, vocab_size=vocab_size, prune=prune)
    small = tuple(
        Level(
            level.keys,
            level.log_probs.astype(np.float16),  # read as float32
            level.back_offs.astype(np.float16),
        )
        for level in levels
    )
    return NGram(NGramTables(small, discounts, end))


def threshold(counts: list[Counts], most: int) -> int:
    """Return the count up to which n-grams go, so that at most `most` longer ones are left."""
    times = np.sort(np.concatenate([each.times for each in counts[1:]]))
    return int(times[-most - 1]) if len(times) > most else 0


def write_card(out: Path, packed: Archive, *, titles: list[str], cloze: float | None) -> None:
    """Write the card into the folder; its manifest does not hold on to that file.

    Args:
        out: The packed folder.
        packed: What was written there.
        titles: Of the novels.
        cloze: Accuracy on cloze questions, 0..1, where it was measured.
    """
    card = base_card(complete_facts(packed), name=NAME, titles=titles, cloze=cloze)
    save_compact(out, packed, card=card)


def size_of(folder: Path) -> int:
    """Return the bytes of all files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def fit_cloze(out: Path, packed: Archive, path: Path) -> tuple[Archive, float]:
    """Fit the weights of the contrast score on cloze questions.

    Args:
        out: The packed folder.
        packed: What was written there.
        path: The questions.

    Returns:
        The archive with the weights among its facts, and the accuracy on questions that they were
        not fitted on.
    """
    questions = read_questions(path)
    scorer = contrast_scorer(load_archive(out), ModelOptions())
    features = [scorer.features(variants_of(packed.tokenizer, each)) for each in questions]
    answers = [question.answer for question in questions]
    weights = asdict(fit_contrast(features, answers))
    facts = {**packed.facts, "contrast": weights}
    return replace(packed, facts=facts), cross_validated(features, answers)


def _network(model: object) -> RecurrentLM:
    if isinstance(model, RecurrentLM):
        return model
    raise SystemExit("the backward model is no recurrent network")


def _parameters(archive: Archive) -> int:
    """Return the weights of both directions, those of the shared table counted once."""
    directions = (archive.network, _network(archive.backward))
    table = archive.network.embedding
    shared = sum(weight.numel() for weight in table.parameters())
    return sum(model.parameter_count() for model in directions) - shared


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", type=Path, help="model folder of a cool-down")
    parser.add_argument("--text", type=Path, required=True, help="folder of prepare.py")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--ngram", type=Path, help="n-gram counted before, of the same vocabulary")
    parser.add_argument("--novels", type=Path, help="the novels, whose titles the card lists")
    parser.add_argument("--cloze", type=Path, help="cloze questions to fit the contrast on")
    asked = parser.parse_args()
    prepare_cpu(1)
    archive = read_trained(asked.model)
    text = read_text(asked.text, archive.tokenizer)
    kept = asked.ngram or asked.text / NGRAM.format(key=text.key)
    if not kept.is_file():
        fit_pruned(text).save(kept)
    packed = pack(archive, text, asked.out, ngram_file=kept)
    novels = sorted_texts(asked.novels) if asked.novels else []
    titles = [title_of(raw) or name for name, raw in novels]
    cloze = None
    if asked.cloze:
        packed, cloze = fit_cloze(asked.out, packed, asked.cloze)
    write_card(asked.out, packed, titles=titles, cloze=cloze)
    size = size_of(asked.out)
    print(json.dumps({**packed.facts, "cloze": cloze, "bytes": size}))
    if size > LIMIT:
        raise SystemExit(f"the folder has {size:,} bytes, more than {LIMIT:,}")


if __name__ == "__main__":
    main()
