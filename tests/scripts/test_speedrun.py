"""What the speedrun makes of the points that its peers yield."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def speedrun(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("speedrun")


def test_the_minutes_to_a_perplexity_lie_on_the_line_between_two_points(
    speedrun: ModuleType,
) -> None:
    points = [speedrun.Point(1.0, 10, 300.0), speedrun.Point(3.0, 30, 100.0)]
    assert speedrun.minutes_to(points, 200.0) == pytest.approx(2.0)
    assert speedrun.minutes_to(points, 100.0) == pytest.approx(3.0)
    assert speedrun.minutes_to(points, 400.0) == 1.0
    assert speedrun.minutes_to(points, 99.0) is None
    assert speedrun.minutes_to([], 99.0) is None


def test_the_table_has_a_line_a_peer_and_shows_what_was_not_reached(speedrun: ModuleType) -> None:
    points = (speedrun.Point(1.0, 10, 300.0), speedrun.Point(3.0, 30, 180.0))
    final = speedrun.Final("lmkit + ngram", 150.0)
    lines = speedrun.table([speedrun.Curve("lmkit", 200.0, 22.0, points, (final,))]).splitlines()
    assert lines[1].split() == ["lmkit", "2.67", "-", "-", "-", "180.0", "200", "22.0"]
    assert lines[2].strip() == "lmkit + ngram: 150.0"


@pytest.mark.slow
def test_the_curves_are_drawn(speedrun: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    points = (speedrun.Point(1.0, 10, 300.0), speedrun.Point(3.0, 30, 180.0))
    curves = [
        speedrun.Curve("lmkit", 200.0, 22.0, points, ()),
        speedrun.Curve("kn5", 200.0, 22.0, points[:1], ()),
    ]
    for theme in ("light", "dark"):
        assert speedrun.plot(tmp_path / f"{theme}.png", curves, theme=theme).stat().st_size > 1000
