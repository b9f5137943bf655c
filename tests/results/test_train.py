"""The result of a training run."""

from lmkit.results.train import Trained


def test_the_fields_are_those_of_the_page(promised: dict[str, set[str]]) -> None:
    answer = Trained("out", 100, 2000, 10, 2.0, 1000.0, 12.5, "budget")
    assert set(answer.to_dict()) >= promised["train"]
    assert (answer.to_dict()["out"], answer.to_dict()["stopped"]) == ("out", "budget")
