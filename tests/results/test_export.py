"""The result of an export."""

import json

from lmkit.results.export import ExportedPage


def test_the_fields_are_those_of_the_json():
    answer = ExportedPage("page.html", 5_000_000, "cats", "both", 1000).to_dict()
    assert json.loads(json.dumps(answer)) == answer
    assert list(answer) == [
        "out", "bytes", "model", "direction", "ngrams", "check", "perplexity",
        "perplexity_rounded", "perplexity_adapted", "perplexity_page", "network", "networks",
    ]  # fmt: skip


def test_what_was_not_measured_is_none():
    answer = ExportedPage("page.html", 1, "cats", "backward", 0)
    assert answer.check is None
    assert answer.perplexity is None
    assert answer.perplexity_page is None
