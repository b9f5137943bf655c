"""Last phase: the model folder, its facts and its figures."""

import datetime
import json
import math

import pytest

from lmkit.archive.folder import load_archive
from lmkit.core.version import __version__
from lmkit.recipes.calibrate import calibrate
from lmkit.recipes.prepare import prepare
from lmkit.recipes.resolve import resolve
from lmkit.recipes.train_members import train
from lmkit.recipes.write import machine_facts, text_facts, write


@pytest.fixture
def written(ask, run_phase):
    request = ask(direction="both", command="lmkit train /secret/place/small.txt --out model")
    _, data = run_phase(prepare(resolve(request)))
    _, results = run_phase(train(data, stop=lambda: False))
    _, adapters = run_phase(calibrate(data, results))
    line = json.dumps({"event": "warned", "message": f"{request.sources[0]} was read"}) + "\n"
    return data, results, write(data, results, adapters, events=line)


def test_the_folder_loads_with_both_directions_and_the_stack(written):
    data, _, figures = written
    archive = load_archive(data.run.request.out)
    assert archive.backward is not None
    assert {entry.name for entry in archive.stack} >= {"ngram"}
    assert archive.facts["direction"] == "both"
    assert archive.facts["training"]["perplexity"] == figures.perplexity


def test_the_figures_count_both_models(written):
    _, results, figures = written
    assert figures.parameters == sum(result.model.parameter_count() for result in results)
    assert figures.steps == sum(result.finished.step for result in results)
    assert figures.perplexity == results[0].perplexity
    assert figures.device == "cpu"
    assert figures.base is None
    assert math.isfinite(figures.perplexity_adapted)


def test_adapters_that_were_fitted_do_not_make_the_figure_worse(written):
    _, _, figures = written
    assert figures.perplexity_adapted <= figures.perplexity


def test_no_path_of_this_machine_is_in_what_is_shared(written, tmp_path):
    data, _, _ = written
    for path in data.run.request.out.iterdir():
        if path.suffix in (".json", ".md", ".jsonl"):
            text = path.read_text(encoding="utf-8")
            assert str(tmp_path) not in text, path.name
            assert "/secret/place" not in text, path.name
    settings = (data.run.folder / "run.json").read_text(encoding="utf-8")
    assert "/secret/place/small.txt" in settings


def test_the_facts_of_a_text_are_its_counts(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask())))
    facts = text_facts(data.text.train.facts, data.text.valid.facts, ["a notice"])
    assert facts["words"] == data.text.train.words
    assert facts["tokens"] == len(data.text.train.ids)
    assert facts["valid_words"] == data.text.valid.words
    assert facts["notices"] == ["a notice"]


def test_the_facts_of_the_machine_name_versions_and_day():
    facts = machine_facts()
    assert facts["lmkit"] == __version__
    assert datetime.date.fromisoformat(str(facts["date"]))
    assert facts["threads"] >= 1
