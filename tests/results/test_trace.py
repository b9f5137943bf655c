"""Gates and states while a text is read."""

from lmkit.results.trace import GateTrace, LayerTrace

ROWS = ((0.1, 0.2), (0.3, 0.4))


def test_the_fields_are_those_of_the_page(promised: dict[str, set[str]]) -> None:
    layer = LayerTrace({"input": ROWS}, ROWS, ROWS[::-1], ROWS)
    found = GateTrace("a b", "lstm", ("a", "b"), (layer,)).to_dict()
    assert promised["trace"] == {"words", "layers"} <= set(found)
    assert found["layers"] == (
        {"gates": {"input": ROWS}, "candidate": ROWS, "cell": ROWS[::-1], "hidden": ROWS},
    )


def test_a_cell_without_gates_has_none() -> None:
    assert LayerTrace({}, ROWS, ROWS, ROWS).to_dict()["gates"] == {}
