"""Facts of a run."""

import datetime

from lmkit.core.version import __version__
from lmkit.recipes.prepare import prepare
from lmkit.recipes.resolve import resolve
from lmkit.recipes.run_facts import machine_facts, notices, prepared_event, text_facts


def test_the_facts_of_a_text_are_its_counts(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask())))
    facts, event = text_facts(data.text), prepared_event(data.text, parameters=7, seconds=1.5)
    assert facts["words"] == event.words == data.text.train.words
    assert facts["tokens"] == event.tokens == len(data.text.train.ids)
    assert (event.parameters, event.seconds) == (7, 1.5)
    assert event.vocabulary == data.text.tokenizer.vocab_size


def test_a_small_text_is_warned_of(ask, run_phase):
    _, data = run_phase(prepare(resolve(ask())))
    assert "very little" in notices(data.text)[-1].message


def test_the_facts_of_the_machine_name_versions_and_day():
    facts = machine_facts()
    assert facts["lmkit"] == __version__
    assert datetime.date.fromisoformat(str(facts["date"]))
    assert facts["threads"] >= 1
