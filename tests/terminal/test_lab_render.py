"""The lab in 80 columns."""

from rich.console import Console, RenderableType

from lmkit.results.lab_embeddings import Neighbour, Neighbours, WordMap
from lmkit.results.lab_experiments import Comparison, ComparisonRow, TaskReach, TaskScore
from lmkit.results.lab_gates import StrongUnit, StrongUnits
from lmkit.terminal import lab_render


def printed(picture: RenderableType) -> str:
    console = Console(width=80, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(picture)
    assert all(len(line) <= 80 for line in capture.get().splitlines())
    return capture.get()


def test_a_comparison_shows_the_spread() -> None:
    row = ComparisonRow("gru+model.hidden=128", 9_000_000, 8.0, 1.25, (7.0, 9.0), 50.0, 10_000_000)
    assert "± 1.25" in printed(lab_render.comparison(Comparison((1, 2), (row,))))


def test_a_task_shows_each_distance_and_the_reach() -> None:
    reach = TaskReach(
        "copying",
        0.9,
        0.1,
        3,
        (TaskScore("gru", 2, 1.0, True, (1.0, 0.9)), TaskScore("gru", 5, 0.1, False, (0.1, 0.2))),
    )
    text = printed(lab_render.tasks(reach))
    assert "1.00" in text
    assert "0.10" in text


def test_units_and_neighbours_have_bars() -> None:
    units = (StrongUnit(1, 3, 0.5, 1.0), StrongUnit(1, 4, -0.25, None))
    text = printed(lab_render.strongest(StrongUnits("dog", units)))
    assert "strongest units at 'dog'" in text
    assert "+0.500 +1.000" in text
    assert "-0.250 -" in text
    assert "█" in printed(lab_render.neighbours(Neighbours("dog", (Neighbour("cat", 0.9),))))


def test_words_of_a_map_that_overlap_are_counted() -> None:
    drawn = WordMap(("aa", "bb", "cc"), ((0.0, 0.0), (0.0, 0.0), (1.0, 1.0)), (0.5, 0.5))
    text = printed(lab_render.word_map(drawn))
    assert "aa" in text
    assert "bb" not in text
    assert "1 words stand behind" in text


def test_a_map_in_three_dimensions_is_drawn_twice() -> None:
    points = ((0.0, 0.0, 1.0), (1.0, 1.0, 0.0))
    text = printed(lab_render.word_map(WordMap(("aa", "bb"), points, (0.5, 0.3, 0.2))))
    first, second = text.split("up: 2 (30%)")
    assert first.index("bb") < first.index("aa")
    assert second.index("aa") < second.index("bb")
    assert "up: 3 (20%)" in second
