"""Model folders as the page holds them."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lmkit.archive.folder import Archive, load_archive
from lmkit.archive.selection import is_backward
from lmkit.interop.html.blob import read_blob
from lmkit.interop.html.pack import PageText, ngram_count, pack_archive, page_archive
from lmkit.interop.html.rounding import round_rows
from lmkit.language_model import LanguageModel


def tiny_archive(name: str) -> Archive:
    path = Path(__file__).with_name("conftest.py")
    spec = importlib.util.spec_from_file_location("lmkit_tests_page_models", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.tiny_archive(name)


@pytest.fixture(scope="module")
def both() -> Archive:
    return tiny_archive("words")


def test_the_weights_of_both_directions_are_rounded(both):
    page = page_archive(both, ngrams=100)
    for network in (page.model, page.backward):
        for parameter in network.parameters():
            if parameter.ndim == 2:
                assert torch.allclose(round_rows(parameter).to_float(), parameter, atol=1e-7)


def test_the_ngram_is_pruned_and_can_be_left_out(both):
    assert 0 < ngram_count(page_archive(both, ngrams=100)) <= 100
    bare = page_archive(both, ngrams=0)
    assert ngram_count(bare) == 0
    assert [entry.name for entry in bare.stack] == ["cache"]


def test_packing_a_page_again_changes_nothing(both):
    page = page_archive(both, ngrams=100)
    again = page_archive(page, ngrams=100)
    text = PageText(name="a")
    first, second = pack_archive(page, text), pack_archive(again, text)
    assert read_blob(first)[0] == read_blob(second)[0]


def test_the_header_says_what_the_model_is(both):
    text = PageText(name="cats", card="# Cats", licence="CC0")
    header, arrays = read_blob(pack_archive(page_archive(both, ngrams=100), text))
    assert (header["id"], header["card"], header["licence"]) == ("cats", "# Cats", "CC0")
    assert header["direction"] == "both"
    assert header["weight"] == 0.4
    assert header["words"] == 3000
    assert header["cache"] == {"window": 30, "weight": 0.2, "theta": 0.5, "decay": 0.01, "ramp": 5}
    assert header["ngram"]["weights"] == [0.05, 0.3, 0.4, 0.2]  # those beside the cache
    assert set(header["networks"]) == {"forward", "backward"}
    assert any(name.startswith("backward.") for name in arrays)


def test_the_weights_beside_the_network_alone_are_taken_without_a_cache(both):
    bare = replace(both, stack=both.stack[1:])
    header, _ = read_blob(pack_archive(page_archive(bare, ngrams=100), PageText(name="a")))
    assert header["cache"] is None
    assert header["ngram"]["weights"] == [0.1, 0.2, 0.3, 0.4]


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_one_direction_alone_can_be_packed(both, direction):
    page = page_archive(both, ngrams=100, direction=direction)
    header, arrays = read_blob(pack_archive(page, PageText(name="a")))
    assert header["direction"] == direction
    assert set(header["networks"]) == {direction}
    assert is_backward(page) == (direction == "backward")
    assert (header["ngram"] is None) == (direction == "backward")
    assert all(not name.startswith("forward.") for name in arrays) == (direction == "backward")


def test_a_trained_folder_answers_nearly_the_same_as_a_page(model_folder):
    archive = load_archive(model_folder)
    page = page_archive(archive, ngrams=10_000)
    whole = LanguageModel(archive).score("the cat sat on the mat .")
    rounded = LanguageModel(page).score("the cat sat on the mat .")
    assert rounded.bits == pytest.approx(whole.bits, rel=0.03)
    assert [entry.name for entry in page.stack] == ["cache", "ngram"]  # dynamic is asked for
