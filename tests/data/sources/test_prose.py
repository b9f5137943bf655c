"""Sentences out of documentation."""

from lmkit.data.sources.prose import sentences


def test_hard_wrapped_lines_are_joined_and_cut_into_sentences():
    text = "The first sentence is\nlong. The second one\nis short, e.g. Like this."
    assert list(sentences(text)) == [
        "The first sentence is long.",
        "The second one is short, e.g. Like this.",
    ]


def test_code_doctests_grammar_rules_and_headings_are_dropped():
    text = (
        "A heading of four words\n=======================\n\n"
        ">>> Print the words of it.\nThis is an honest sentence.\n\n"
        '   with_stmt ::= "with" The end of it.\n\n    x = f(1)\n\n'
        "Keep this sentence as well."
    )
    assert list(sentences(text)) == ["Keep this sentence as well."]


def test_markup_becomes_plain_words():
    text = "Call the ``close`` method of :class:`Socket` *before* the end."
    assert list(sentences(text)) == ["Call the close method of Socket before the end."]


def test_bullets_are_read_as_paragraphs():
    text = "* The first item goes on\n  in the next line.\n\n* The second item is here."
    assert list(sentences(text)) == [
        "The first item goes on in the next line.",
        "The second item is here.",
    ]
