"""Word scores turn into the fields of the JSON."""

import dataclasses
import json

import pytest

from lmkit.results.word_scores import WordScore, WordScores

WORD = WordScore("cat", 1.5, 1.25, 3, 2.0, unknown=False)


def test_the_fields_of_a_word_are_those_of_a_table():
    assert WORD.to_dict() == {
        "word": "cat",
        "surprisal": 1.5,
        "surprisal_uncorrected": 1.25,
        "rank": 3,
        "entropy": 2.0,
        "unknown": False,
    }


def test_a_line_holds_its_words_as_json():
    line = json.loads(json.dumps(WordScores("cat", (WORD,), 1.5, 2.8).to_dict()))
    assert line == {"text": "cat", "words": [WORD.to_dict()], "bits": 1.5, "perplexity": 2.8}


def test_scores_are_values():
    with pytest.raises(dataclasses.FrozenInstanceError):
        WORD.rank = 1
