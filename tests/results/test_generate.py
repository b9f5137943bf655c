"""Continued prompts."""

import json

from lmkit.results.generate import Generated


def test_the_fields_are_those_of_the_page(promised: dict[str, set[str]]) -> None:
    answer = Generated("the", "the cat sat", 2, 0.25)
    assert set(answer.to_dict()) == promised["generate"]
    assert json.loads(json.dumps(answer.to_dict())) == {
        "prompt": "the",
        "text": "the cat sat",
        "words": 2,
        "seconds": 0.25,
    }
