"""Surprisal word by word."""

from lmkit.results.score import Score, ScoredWord


def test_the_fields_are_those_of_the_page(promised: dict[str, set[str]]) -> None:
    answer = Score("the cat", (ScoredWord("the", 1.5, 2, 3.0, False),), 1.5, 2.83)
    assert set(answer.to_dict()) == promised["score"]
    assert answer.to_dict()["words"] == (
        {"word": "the", "surprisal": 1.5, "rank": 2, "entropy": 3.0, "unknown": False},
    )


def test_a_text_without_words_is_an_answer_too() -> None:
    assert Score("", (), 0.0, 1.0).to_dict() == {
        "text": "",
        "words": (),
        "bits": 0.0,
        "perplexity": 1.0,
    }
