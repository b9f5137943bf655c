"""The model card tells what was measured, and no path of the machine."""

from lmkit.archive.card import model_card
from lmkit.archive.folder import complete_facts

TRAINING = {
    "sources": ["diary.txt", "hf:owner/name"],
    "valid": "the tail of the text, held out",
    "words": 12345,
    "unknown_share": 0.0123,
    "parameters": 9876,
    "preset": "tiny",
    "perplexity": 92.61,
    "perplexity_adapted": 73.52,
    "steps": 100,
    "epochs": 2.5,
    "seconds": 61.2,
    "threads": 2,
    "device": "cpu",
    "words_per_second": 17550.4,
    "stopped": "budget",
    "seed": 3,
    "date": "2026-01-02",
    "lmkit": "0.1.0",
    "torch": "2.9",
    "base": None,
}


def card(archive, command="", **more):
    facts = {**complete_facts(archive), "training": {**TRAINING, **more}}
    return model_card(facts, name="diary", command=command)


def test_both_perplexities_stand_there(archive):
    text = card(archive)
    assert "| validation perplexity per word, the network alone | 92.61 |" in text
    assert "| the same with the fitted adapters | 73.52 |" in text
    assert "| fitted adapters | dynamic, cache, ngram |" in text
    assert "2 x 6 lstm, 9,876 weights" in text
    assert "diary.txt, hf:owner/name" in text


def test_the_command_has_file_names_alone(archive):
    text = card(archive, command="lmkit train /home/anna/diary.txt --out /srv/models/diary")
    assert "lmkit train diary.txt --out diary\n" in text
    assert "/home" not in text
    assert "/srv" not in text
    assert "command" not in card(archive)


def test_a_perplexity_beyond_reading_is_short(archive):
    assert "| 1.23e+12 |" in card(archive, perplexity=1.23e12)


def test_a_model_with_a_base_says_what_it_started_from(archive):
    assert "| started from | english |" in card(archive, base="english")
    assert "started from" not in card(archive)
