"""Stretches of a long text are whole lines, spread evenly."""

import numpy as np

from lmkit.models.ngram import stretches


def test_a_text_of_many_ids_is_counted_in_stretches_of_whole_lines(monkeypatch):
    monkeypatch.setattr(stretches, "MOST_COUNTED", 1000)
    draw = np.random.default_rng(0)
    ids = draw.integers(0, 5, 5000).astype(np.uint8)
    ids[-1] = 1
    found = stretches.spread_evenly(ids, line_end_id=1)
    assert 700 < len(found) <= 1000
    text = "".join(map(str, ids))
    lines = "".join(map(str, found)).split("1")[:-1]
    assert all(f"1{line}1" in f"1{text}" for line in lines)
    assert np.array_equal(stretches.spread_evenly(ids[:1000], line_end_id=1), ids[:1000])


def test_stretches_without_a_line_end_are_counted_as_they_are(monkeypatch):
    monkeypatch.setattr(stretches, "MOST_COUNTED", 20)
    ids = np.arange(2, 102, dtype=np.uint8)
    found = stretches.spread_evenly(ids, line_end_id=1)
    assert len(found) == 20
    assert found[:2].tolist() == [2, 3]
    assert found[-2:].tolist() == [100, 101]
