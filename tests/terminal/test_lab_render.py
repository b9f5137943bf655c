"""The lab in 80 columns."""

from rich.console import Console, RenderableType

from lmkit.lab.embeddings import Neighbour, Neighbours, WordMap
from lmkit.lab.gates import StrongUnit
from lmkit.lab.tasks import Learned, TaskReach
from lmkit.lab.variants import Compared, Comparison
from lmkit.terminal import lab_render


def printed(picture: RenderableType) -> str:
    console = Console(width=80, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(picture)
    assert all(len(line) <= 80 for line in capture.get().splitlines())
    return capture.get()


def test_a_comparison_shows_the_spread() -> None:
    row = Compared("gru+model.hidden=128", 9_000_000, 8.0, 1.25, (7.0, 9.0), 50.0, 10_000_000)
    assert "± 1.25" in printed(lab_render.comparison(Comparison((1, 2), (row,))))


def test_a_task_shows_each_distance_and_the_reach() -> None:
    reach = TaskReach(
        "copying", 0.9, 3, (Learned("gru", 2, 1.0, True), Learned("gru", 5, 0.1, False))
    )
    text = printed(lab_render.tasks(reach))
    assert "1.00" in text
    assert "0.10" in text


def test_units_and_neighbours_have_bars() -> None:
    assert "+0.500" in printed(lab_render.strongest([StrongUnit(1, 3, 0.5, 1.0)], "dog"))
    assert "█" in printed(lab_render.neighbours(Neighbours("dog", (Neighbour("cat", 0.9),))))


def test_words_of_a_map_that_overlap_are_counted() -> None:
    drawn = WordMap(("aa", "bb", "cc"), ((0.0, 0.0), (0.0, 0.0), (1.0, 1.0)), (0.5, 0.5))
    text = printed(lab_render.word_map(drawn))
    assert "aa" in text
    assert "bb" not in text
    assert "1 words stand behind" in text
