"""Export of a model folder to one HTML file."""

import copy
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from lmkit.archive.folder import load_archive, save_archive
from lmkit.core.errors import ModelError, UsageError
from lmkit.interop.html.export import NO_LICENCE, PageRequest, export_page
from lmkit.models.recurrent.average import AverageLM

PAGE = Path(__file__).resolve().parents[2] / "js" / "page"
TEXT = ["the cat sat on the mat ."]


def test_the_file_holds_the_model_and_the_answer_its_figures(model_folder, tmp_path):
    out = tmp_path / "page.html"
    answer = export_page(
        model_folder, out, PageRequest(check="cats.txt"), lines=TEXT, page_files=PAGE
    )
    page = out.read_text(encoding="utf-8")
    assert answer.bytes == len(page.encode())
    assert (answer.model, answer.direction, answer.check) == ("cats", "forward", "cats.txt")
    assert answer.ngrams > 0
    assert answer.perplexity_rounded == pytest.approx(answer.perplexity, rel=0.02)
    assert "perplexity per word, on cats.txt" in page
    assert NO_LICENCE in page


def test_fewer_ngrams_make_a_smaller_file(model_folder, tmp_path):
    sizes = [
        export_page(
            model_folder, tmp_path / f"{most}.html", PageRequest(ngrams=most), lines=TEXT,
            page_files=PAGE,
        ).bytes
        for most in (0, 1000)
    ]  # fmt: skip
    assert sizes[0] < sizes[1]


def test_a_page_too_large_is_refused_and_nothing_is_written(model_folder, tmp_path):
    out = tmp_path / "page.html"
    with pytest.raises(UsageError, match=r"limit is 0\.01 MB; raise --most-megabytes"):
        export_page(
            model_folder, out, PageRequest(most_megabytes=0.01), lines=TEXT, page_files=PAGE
        )
    assert list(tmp_path.iterdir()) == []


def test_a_page_is_replaced_and_another_file_is_not(model_folder, tmp_path):
    out = tmp_path / "page.html"
    request = PageRequest(ngrams=0)
    out.write_text("notes of mine", encoding="utf-8")
    with pytest.raises(UsageError, match="not a page of lmkit"):
        export_page(model_folder, out, request, lines=TEXT, page_files=PAGE)
    assert out.read_text(encoding="utf-8") == "notes of mine"
    forced = PageRequest(ngrams=0, force=True)
    export_page(model_folder, out, forced, lines=TEXT, page_files=PAGE)
    export_page(model_folder, out, request, lines=TEXT, page_files=PAGE)
    assert "<!-- A page written by lmkit" in out.read_text(encoding="utf-8")


def test_a_folder_in_the_way_is_refused(model_folder, tmp_path):
    with pytest.raises(UsageError, match="is a folder"):
        export_page(model_folder, tmp_path, PageRequest())


def test_a_missing_model_is_told(tmp_path):
    with pytest.raises(ModelError):
        export_page(tmp_path / "none", tmp_path / "page.html", PageRequest())


def test_the_same_model_gives_the_same_bytes(model_folder, tmp_path):
    for name in ("a.html", "b.html"):
        export_page(model_folder, tmp_path / name, PageRequest(), lines=TEXT, page_files=PAGE)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_the_command_shows_no_paths_of_whoever_made_it(model_folder, tmp_path):
    out = tmp_path / "page.html"
    export_page(model_folder, out, PageRequest(), lines=TEXT, page_files=PAGE)
    assert not re.search(re.escape(str(model_folder.parent)), out.read_text(encoding="utf-8"))


@pytest.fixture
def average_folder(model_folder, tmp_path):
    """The model of the tests beside one of other weights, both directions of each averaged."""
    archive = load_archive(model_folder)
    others = [archive.network, copy.deepcopy(archive.network)]
    with torch.no_grad():
        for weight in others[1].parameters():
            weight.mul_(0.5)
    average = AverageLM(others)
    save_archive(tmp_path / "two", replace(archive, model=average, backward=average, stack=()))
    return tmp_path / "two"


@pytest.mark.parametrize("number", [1, 2])
def test_of_several_networks_the_page_holds_the_one_named(
    average_folder, model_folder, tmp_path, number
):
    request = PageRequest(network=number, ngrams=0)
    out = tmp_path / "page.html"
    answer = export_page(average_folder, out, request, lines=TEXT, page_files=PAGE)
    assert (answer.network, answer.networks, answer.direction) == (number, 2, "both")
    one = load_archive(average_folder)
    network = one.network_at(number)
    save_archive(tmp_path / "one", replace(one, model=network, backward=network))
    alone = export_page(tmp_path / "one", out, PageRequest(ngrams=0), lines=TEXT, page_files=PAGE)
    assert (alone.network, alone.networks) == (1, 1)
    assert answer.perplexity == alone.perplexity
    assert answer.perplexity_page == alone.perplexity_page


def test_a_network_that_is_not_there_is_refused(average_folder, tmp_path):
    out = tmp_path / "page.html"
    with pytest.raises(UsageError, match="has 2 networks; there is no network 3"):
        export_page(average_folder, out, PageRequest(network=3), lines=TEXT, page_files=PAGE)
    assert not out.exists()
