"""Books and speeches as lines, in every style."""

from collections.abc import Callable
from types import ModuleType

import pytest

PARAGRAPH = (
    "“Where are you?” he asked.  'I am _here_ now!' she said--and laughed; it was late. Yes?  "
    "Mr. Smith's dog, old and grey, slept."
)
NOVEL = (
    "The Project Gutenberg Etext of Dogs\n\n*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*\n\n"
    "CHAPTER I\n\nThe dog\nbegan to bark. It\nstopped?\n\n"
    "End of the Project Gutenberg Etext of Dogs\n"
)


@pytest.fixture
def book_text(base: Callable[[str], ModuleType]) -> ModuleType:
    return base("book_text")


def test_a_printed_paragraph_has_straight_marks_and_one_line(book_text: ModuleType) -> None:
    (line,) = book_text.styled(PARAGRAPH, "paragraphs")
    assert line == (
        '"Where are you?" he asked. "I am here now!" she said -- and laughed; it was late. Yes? '
        "Mr. Smith's dog, old and grey, slept."
    )


@pytest.mark.parametrize(
    ("style", "last"),
    [
        ("sentences", "Mr. Smith's dog, old and grey, slept."),
        ("cloze", "Mr. Smith's dog , old and grey , slept."),
        ("apart", "Mr. Smith's dog , old and grey , slept ."),
    ],
)
def test_sentences_differ_in_the_spaces_before_marks_alone(
    book_text: ModuleType, style: str, last: str
) -> None:
    lines = list(book_text.styled(PARAGRAPH, style))
    assert lines[-1] == last
    assert [line[-1] for line in lines] == [".", ".", "?", "."]
    joined = " ".join(lines)
    assert '"' not in joined
    assert "--" not in joined
    assert "_" not in joined


def test_every_style_keeps_every_word(book_text: ModuleType) -> None:
    words = {
        style: [
            word.strip(".,;?!\"'-")
            for line in book_text.styled(PARAGRAPH, style)
            for word in line.split()
        ]
        for style in book_text.STYLES
    }
    kept = {style: [word for word in found if word] for style, found in words.items()}
    assert len(kept["paragraphs"]) == 24
    assert all(found == kept["paragraphs"] for found in kept.values())


def test_a_question_and_an_exclamation_keep_their_marks(book_text: ModuleType) -> None:
    found = list(book_text.marked_sentences("Is it so?! No! It is \"odd.\" 'Why?' Well..."))
    assert found == ["Is it so?", "No!", "It is odd.", "Why?", "Well."]


@pytest.mark.parametrize("style", ["paragraphs", "sentences"])
def test_a_novel_loses_what_the_distributor_put_around_it(
    book_text: ModuleType, style: str
) -> None:
    lines = book_text.novel_lines(NOVEL.encode(), style)
    assert " ".join(lines) == "The dog began to bark. It stopped?"


def test_old_files_are_read_in_their_code_page(book_text: ModuleType) -> None:
    assert book_text.decode("The café\r\nwas shut.".encode("cp1252")) == "The café\nwas shut."


def test_speeches_begin_at_their_titles(book_text: ModuleType) -> None:
    text = (
        "PRESIDENT A'S ADDRESS TO THE CONGRESS\n \nApril 16, 1945\n\nMr. Speaker:\n"
        "We must carry on.Our leader never looked back. \nThank you!\n"
        "PRESIDENT B'S ADDRESS TO THE CONGRESS\nGood evening.\n"
    )
    assert list(book_text.speeches(text)) == [
        ["We must carry on. Our leader never looked back.", "Thank you!"],
        ["Good evening."],
    ]
    assert list(book_text.speeches("")) == []


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("The Project Gutenberg Etext of Emma, by Jane Austen***\r\n#3 in", "Emma, by Jane Austen"),
        ("Project Gutenberg presents: Walden**\n", "Walden"),
        ("Chapter 1\nIt was a dark night.\n", ""),
    ],
)
def test_the_title_is_that_of_the_distributor(
    book_text: ModuleType, header: str, title: str
) -> None:
    assert book_text.title_of(header.encode()) == title
