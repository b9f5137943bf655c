"""Files of n-gram models: what is written comes back, and what is damaged is refused."""

import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from lmkit.core.errors import ModelError
from lmkit.models.ngram.file import FORMAT_VERSION, KEY, load_tables, save_tables

LINE_END = 1
VOCAB = 12


@pytest.mark.parametrize("count", [0, 40])
def test_saved_tables_come_back_the_same(random_lines, fit, tmp_path, count):
    tables = fit(random_lines(7, count=count), order=4).tables
    save_tables(tables, tmp_path / "ngram.safetensors")
    loaded = load_tables(tmp_path / "ngram.safetensors")
    assert loaded.discounts == tables.discounts
    assert loaded.line_end_id == LINE_END
    for ours, theirs in zip(tables.levels, loaded.levels, strict=True):
        assert np.array_equal(ours.keys, theirs.keys)
        assert np.array_equal(ours.log_probs, theirs.log_probs)
        assert np.array_equal(ours.back_offs, theirs.back_offs)


def test_saving_twice_gives_the_same_bytes(random_lines, fit, tmp_path):
    for name in "ab":
        save_tables(fit(random_lines(8)).tables, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("keep", [0, 4, 100, 1000])
def test_a_file_cut_short_is_refused(random_lines, fit, tmp_path, keep):
    path = tmp_path / "ngram.safetensors"
    save_tables(fit(random_lines(9)).tables, path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError):
        load_tables(path)


@pytest.mark.parametrize("name", ["2.words", "2.followers", "3.log_probs", "1.back_offs"])
def test_tables_that_do_not_fit_each_other_are_refused(random_lines, fit, tmp_path, name):
    path = tmp_path / "ngram.safetensors"
    save_tables(fit(random_lines(9)).tables, path)
    arrays = load_file(path)
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    for broken in (
        arrays[name][:-1],
        np.full_like(arrays[name], 200),
        arrays[name] * np.float32("nan"),
    ):
        save_file({**arrays, name: broken}, path, metadata=metadata)
        if name != "1.back_offs" or not np.isfinite(broken).all() or len(broken) < VOCAB:
            with pytest.raises(ModelError):
                load_tables(path)


def test_other_files_and_missing_ones_are_refused(tmp_path):
    save_file({"x": np.zeros(2)}, tmp_path / "other.safetensors")
    for name in ("other.safetensors", "none.safetensors"):
        with pytest.raises(ModelError):
            load_tables(tmp_path / name)


@pytest.mark.parametrize(
    ("fact", "value", "reason"),
    [
        ("format_version", FORMAT_VERSION + 1, "newer format"),
        ("vocab_size", VOCAB + 1, "damaged"),
        ("line_end_id", VOCAB, "damaged"),
        ("order", 6, "damaged"),
    ],
)
def test_a_file_whose_facts_are_wrong_is_refused(random_lines, fit, tmp_path, fact, value, reason):
    path = tmp_path / "ngram.safetensors"
    save_tables(fit(random_lines(9)).tables, path)
    arrays = load_file(path)
    with safe_open(path, framework="numpy") as file:
        facts = json.loads(file.metadata()[KEY])
    save_file(arrays, path, metadata={KEY: json.dumps({**facts, fact: value})})
    with pytest.raises(ModelError, match=reason):
        load_tables(path)
