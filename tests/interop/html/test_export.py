"""Export of a model folder to one HTML file."""

import re
from pathlib import Path

import pytest

from lmkit.core.errors import ModelError, UsageError
from lmkit.interop.html.export import NO_LICENCE, PageRequest, export_page

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
    with pytest.raises(UsageError, match="no page of lmkit"):
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
