"""Folders of format version 1 load, and answer as the lmkit that wrote them did.

`tests/data/version-1/make.py` says how the folders and `answers.json` were made. The options of
each model are kept in the words of version 1; `load_as_then` turns them into today's.
"""

import json
from pathlib import Path

import pytest

from lmkit import Forecaster, LanguageModel, ModelOptions
from lmkit.archive.options import choose_adapters
from lmkit.inference.generate import GenerateConfig
from lmkit.inference.sampling import SamplingConfig

HERE = Path(__file__).resolve().parents[1] / "data" / "version-1"
STORED = json.loads((HERE / "answers.json").read_text(encoding="utf-8"))
# Absolute for probabilities, relative for larger numbers.
CLOSE = 1e-6
# A product in 8 bits rounds what it multiplies, and processors differ in the last bit before that.
CLOSE_IN_8_BITS = 2e-3
NOT_COMPARED = {"seconds"}
# Punctuation alone was a filling then and is none today, so one stored question has other answers.
FILLED_WITH_PUNCTUATION = "the ___ dog sleeps ___ the kitchen ."


def load_as_then(options):
    """Load the folder as `LanguageModel.load(folder, **options)` of version 1 did."""
    adapters = choose_adapters((), adapt=options["adapt"], mix=options["mix"])
    precision = {"float": "float32"}.get(options["weights"], options["weights"])
    asked = ModelOptions(adapters=adapters, direction=options["direction"], precision=precision)
    return LanguageModel.load(HERE / "model", asked, device="cpu")


def ask(model, call, *, text="", lines=(), **options):
    """Return the answer to a question of `answers.json`."""
    if call == "score":
        return [score.to_dict() for score in model.score_lines(lines, **options)]
    if call == "generate":
        sampling = SamplingConfig(temperature=options.pop("temperature", 1.0))
        config = GenerateConfig(sampling=sampling, **options)
        return [sample.text for sample in model.generate_samples(text, config)]
    answer = getattr(model, call)(lines or text, **options)
    return answer.to_dict()


def differences(now, then, close, where="answer"):
    """Yield where an answer differs from the stored one; fields that were added are no matter."""
    if isinstance(then, dict):
        for key in then.keys() - NOT_COMPARED:
            yield from differences(now[key], then[key], close, f"{where}.{key}")
    elif isinstance(then, list):
        if len(now) != len(then):
            yield f"{where}: {len(now)} items in place of {len(then)}"
        for place, (item, stored) in enumerate(zip(now, then, strict=False)):
            yield from differences(item, stored, close, f"{where}[{place}]")
    elif isinstance(then, float):
        if now != pytest.approx(then, rel=close, abs=close):
            yield f"{where}: {now!r} in place of {then!r}"
    elif now != then:
        yield f"{where}: {now!r} in place of {then!r}"


def is_drawn(question):
    """Tell texts that were drawn: each sequence has a generator of its own today."""
    return question["call"] == "generate" and not question.get("beam")


def named(stored):
    return " ".join(f"{name}={value}" for name, value in stored["options"].items())


@pytest.mark.parametrize("stored", STORED["models"], ids=named)
def test_a_folder_of_version_1_answers_as_it_did(stored):
    model = load_as_then(stored["options"])
    close = CLOSE_IN_8_BITS if stored["options"]["weights"] == "int8" else CLOSE
    for question in stored["asked"]:
        if question.get("text") == FILLED_WITH_PUNCTUATION or is_drawn(question):
            continue
        asked = {key: value for key, value in question.items() if key != "answer"}
        found = list(differences(ask(model, **asked), question["answer"], close))
        assert not found, f"{asked}: {found[:5]}"


def test_what_is_compared_tells_the_ways_of_loading_apart():
    perplexities = [
        question["answer"]["perplexity"]
        for stored in STORED["models"]
        for question in stored["asked"]
        if question["call"] == "evaluate_text" and stored["options"]["direction"] != "forward"
    ]
    assert len(perplexities) > 8
    for place, one in enumerate(perplexities):
        for other in perplexities[:place]:
            assert one != pytest.approx(other, rel=CLOSE, abs=CLOSE)


def test_the_question_left_out_is_one_that_punctuation_answered():
    (filled, *others) = [
        question["answer"]["fillings"]
        for stored in STORED["models"]
        for question in stored["asked"]
        if question.get("text") == FILLED_WITH_PUNCTUATION
    ]
    assert len(others) == len(STORED["models"]) - 1
    assert any(not word.isalnum() for filling in filled for word in filling["words"])


def test_a_changed_number_is_found():
    then = {"words": [{"word": "the", "probability": 0.5}], "seconds": 1.0}
    now = {"words": [{"word": "the", "probability": 0.50001}], "seconds": 2.0, "added": 1}
    assert list(differences(now, then, 1e-6)) == [
        "answer.words[0].probability: 0.50001 in place of 0.5"
    ]
    assert not list(differences(now, then, 1e-3))


def test_a_forecaster_of_version_1_forecasts_as_it_did():
    found = Forecaster.load(HERE / "forecaster").forecast(8).to_dict()
    assert not list(differences(found, STORED["forecast"], CLOSE))


def test_the_facts_of_a_folder_of_version_1_are_read():
    facts = load_as_then(STORED["models"][0]["options"]).info
    assert facts["cell"] == "lstm"
    assert facts["layers"] == 2
    assert facts["direction"] == "both"
    assert facts["training"]["settings"]["model"]["dropout_output"] == 0.2


def test_the_folder_stays_small():
    files = [path for path in (HERE / "model").iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 50_000
