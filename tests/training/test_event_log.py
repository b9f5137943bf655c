"""The log of events: a line each, appended, readable as JSON."""

import json

import pytest

from lmkit.core.errors import LmkitError
from lmkit.training.event_log import FILE, EventLog, event_line
from lmkit.training.events import Finished, Validated, Warned

VALIDATED = Validated(step=3, nats=2.0, perplexity=7.4, is_best=True, seconds=0.5)


def test_an_event_is_a_line_with_its_kind_and_fields():
    line = event_line(VALIDATED)
    assert line.endswith("\n")
    assert json.loads(line) == {
        "event": "validated",
        "step": 3,
        "nats": 2.0,
        "perplexity": 7.4,
        "is_best": True,
        "seconds": 0.5,
    }


def test_a_number_that_json_lacks_becomes_null():
    event = Finished(step=0, tokens=0, reason="budget", best_perplexity=float("inf"), seconds=1.0)
    assert json.loads(event_line(event))["best_perplexity"] is None
    assert "Infinity" not in event_line(event)


def test_events_are_appended_until_the_file_is_cleared(tmp_path):
    log = EventLog(tmp_path / "new")
    assert log.text() == ""
    log.append(VALIDATED)
    EventLog(tmp_path / "new").append(Warned(message="a ü"))
    assert [json.loads(line)["event"] for line in log.text().splitlines()] == [
        "validated",
        "warned",
    ]
    log.clear()
    assert log.text() == ""
    assert (tmp_path / "new" / FILE).is_file()


def test_a_folder_that_cannot_be_written_is_told_of(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(LmkitError, match="cannot write"):
        EventLog(tmp_path / "file").append(VALIDATED)
