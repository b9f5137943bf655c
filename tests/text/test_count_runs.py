from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.core.errors import DataError
from lmkit.text import count_runs
from lmkit.text.count_runs import BUCKETS, bucket_ranges, sums_of_buckets, write_run
from lmkit.text.token_counter import Wanted, best_of_buckets, most_frequent

TOKENS = st.text(alphabet="abcé 中", min_size=1, max_size=3)
COUNTS = st.dictionaries(TOKENS, st.integers(min_value=1, max_value=9))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


def written(folder, parts):
    runs = [folder / f"run-{number}" for number in range(len(parts))]
    for counts, run in zip(parts, runs, strict=True):
        write_run(counts, run)
    return runs


def plainly(parts, wanted):
    """The same by adding everything up in memory."""
    whole = Counter()
    for part in parts:
        whole.update(part)
    kept = [(t, n) for t, n in whole.items() if n >= wanted.fewest and t not in wanted.never]
    return sorted(kept, key=lambda entry: (-entry[1], entry[0]))[: wanted.most]


@settings(max_examples=30)
@given(
    parts=st.lists(COUNTS, max_size=4),
    entries=st.integers(min_value=1, max_value=20),
    most=st.integers(min_value=0, max_value=20),
)
def test_runs_add_up_to_what_memory_would_hold(folder, parts, entries, most):
    wanted = Wanted(most=most, fewest=2, never=frozenset({"a"}))
    runs = written(folder, parts)
    assert most_frequent(runs, wanted, entries=entries) == plainly(parts, wanted)


@settings(max_examples=20)
@given(parts=st.lists(COUNTS, min_size=1, max_size=3), entries=st.integers(1, 5))
def test_the_ranges_are_all_buckets_and_hold_few_counts_each(folder, parts, entries):
    runs = written(folder, parts)
    ranges = bucket_ranges(runs, entries=entries)
    assert ranges[0][0] == 0
    assert ranges[-1][1] == BUCKETS
    assert all(end == begin for (_, end), (begin, _) in pairwise(ranges))
    everything = Wanted(most=1000)
    for low, high in ranges:
        without_last = best_of_buckets(runs, (low, high - 1), everything)
        assert len(without_last) < entries


def test_a_run_of_negative_counts_takes_away(folder):
    runs = written(folder, [{"a": 3, "b": 2, "c": 1}, {"a": -1, "b": -2}])
    assert most_frequent(runs, Wanted(most=9)) == [("a", 2), ("c", 1)]


def test_counts_beyond_32_bits_are_kept(folder):
    runs = written(folder, [{"a": 1 << 40}, {"a": 1 << 40}])
    assert most_frequent(runs, Wanted(most=1)) == [("a", 1 << 41)]


def test_no_runs_and_empty_runs_hold_nothing(folder):
    assert most_frequent([], Wanted(most=9)) == []
    assert most_frequent(written(folder, [{}, {}]), Wanted(most=9)) == []


@pytest.mark.parametrize("kept", [0, 100, 2 * (BUCKETS + 1) * 8 + 3, -1])
def test_a_run_that_was_cut_off_is_refused(tmp_path, kept):
    (run,) = written(tmp_path, [{"a": 1, "b": 2}])
    run.write_bytes(run.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"the counts in .*run-0 are damaged"):
        most_frequent([run], Wanted(most=9))


@pytest.mark.parametrize("number", [-1, 1 << 62])
def test_a_run_whose_places_lead_nowhere_is_refused(tmp_path, number):
    (run,) = written(tmp_path, [{"a": 1, "b": 2}])
    content = bytearray(run.read_bytes())
    head = np.frombuffer(content, dtype="<i8", count=2 * (BUCKETS + 1)).copy()
    head[1:5] = number
    content[: head.nbytes] = head.tobytes()
    run.write_bytes(content)
    with pytest.raises(DataError, match="damaged"):
        most_frequent([run], Wanted(most=9))


def test_a_run_that_is_gone_is_one_sentence(tmp_path):
    with pytest.raises(DataError, match=r"cannot read the counts in .*gone: No such file"):
        most_frequent([tmp_path / "gone"], Wanted(most=9))


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (run,) = written(tmp_path, [{"aa": 1}])
    run.write_bytes(run.read_bytes().replace(b"aa", b"\xff\xfe"))
    with pytest.raises(DataError, match="damaged"):
        most_frequent([run], Wanted(most=9))


@given(parts=st.lists(COUNTS, max_size=3))
def test_the_sums_of_all_buckets_are_those_of_all_counts(folder, parts):
    runs = written(folder, parts)
    found: Counter[str] = Counter()
    for buckets in bucket_ranges(runs, entries=2):
        sums = sums_of_buckets(runs, buckets)
        assert not found.keys() & sums.keys()  # a token lies in one bucket
        found.update(sums)
    expected: Counter[str] = Counter()
    for counts in parts:
        expected.update(counts)
    assert found == expected


def test_many_counts_are_spread_over_as_many_ranges_as_are_wanted(tmp_path, monkeypatch):
    monkeypatch.setattr(count_runs, "FEW_ENTRIES", 100)
    run = tmp_path / "run"
    write_run({f"word{number}": 1 for number in range(1000)}, run)
    assert len(bucket_ranges([run])) == 1
    assert len(bucket_ranges([run], ranges=4)) in (4, 5)
    assert len(bucket_ranges([run], ranges=1000)) <= 10
    assert (
        sum(len(sums_of_buckets([run], found)) for found in bucket_ranges([run], ranges=4)) == 1000
    )
