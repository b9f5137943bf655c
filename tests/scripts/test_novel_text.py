"""The sentences of the novels, written as the cloze questions write theirs."""

from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture
def novel_text(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("novel_text")


@pytest.mark.parametrize(
    ("paragraph", "sentences"),
    [
        ("It rained, but we went.  Nobody came.", ["It rained , but we went.", "Nobody came."]),
        ("Where was she?  Gone!", ["Where was she.", "Gone."]),
        ("Mr. Finch met Dr. J. Bell at St. Ives.", ["Mr. Finch met Dr. J. Bell at St. Ives."]),
        ('"Who is it?" asked the cook. "A friend!"', ["Who is it asked the cook.", "A friend."]),
        (
            "\"I can't,\" he said; 'tis the boys' boat.",
            ["I can't , he said ; 'tis the boys' boat."],
        ),
        ("He was tired--very tired -- and slept.", ["He was tired very tired and slept."]),
        ("A well-known (and _dear_) house.", ["A well-known and dear house."]),
        ("She waited ... and then left. . . . No word.", ["She waited and then left.", "No word."]),
        ("It cost $1,200, all told.", ["It cost $1,200 , all told."]),
        ("‘Yes,’ said “Tom”; it’s o’clock.", ["Yes , said Tom ; it's o'clock."]),
        ("* * * 12.", []),
    ],
)
def test_a_paragraph_becomes_sentences_as_the_questions_have_them(
    novel_text: ModuleType, paragraph: str, sentences: list[str]
) -> None:
    assert list(novel_text.paragraph_sentences(paragraph)) == sentences


def test_hard_wrapped_lines_are_joined_and_headings_left_out(novel_text: ModuleType) -> None:
    text = "CHAPTER I\n\nThe dog\nran over\nthe hill.\n \nIt was late.\n"
    assert list(novel_text.paragraphs(text)) == ["The dog ran over the hill.", "It was late."]


def test_the_licence_before_and_after_a_novel_is_cut_off(novel_text: ModuleType) -> None:
    text = (
        "Welcome to these etexts\r\n*END*THE SMALL PRINT! FOR PUBLIC*Ver.1*END*\r\n\r\n"
        "Scanned by a friend\r\n\r\nOnce upon a time.\r\n\r\n"
        "End of The Project Gutenberg Etext of Once\r\nMore words.\r\n"
    )
    assert list(novel_text.novel_sentences(text)) == ["Once upon a time."]


def test_a_licence_that_stands_at_the_end_is_cut_off_there(novel_text: ModuleType) -> None:
    text = (
        f"{'A long story was told. ' * 20}\n\n***START**THE SMALL PRINT!**\nWhy?\n"
        "*END*THE SMALL PRINT! FOR PUBLIC*END*\n"
    )
    assert set(novel_text.novel_sentences(text)) == {"A long story was told."}


def test_a_text_without_a_licence_is_kept_whole(novel_text: ModuleType) -> None:
    assert novel_text.story("Just a story.\n") == "Just a story.\n"
