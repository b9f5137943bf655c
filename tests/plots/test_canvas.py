"""The style of plots, and the files they are written to."""

import sys
from pathlib import Path

import pytest

from lmkit.core.errors import Hint, MissingExtraError, UsageError
from lmkit.plots.canvas import (
    COLOURS,
    FORMATS,
    MARKERS,
    THEMES,
    grouped_styles,
    line_style,
    marked_style,
    save_plot,
)


def line(pyplot):
    figure, axes = pyplot.subplots(figsize=(2, 1))
    axes.plot([0, 1], [0, 1])
    return figure


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG, 0 black to 1 white."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_ink_and_lines_stand_out_from_the_paper(theme: str) -> None:
    chosen = THEMES[theme]
    assert contrast(chosen.ink, chosen.paper) > 7
    assert all(contrast(colour, chosen.paper) > 2 for colour in COLOURS)
    assert contrast(chosen.faint, chosen.paper) < contrast(chosen.ink, chosen.paper)


def test_lines_are_told_apart_by_colour_and_dashes() -> None:
    styles = [tuple(line_style(number).values()) for number in range(28)]
    assert len(set(styles)) == 28
    assert line_style(28) == line_style(0)


def test_lines_with_points_have_a_marker_too() -> None:
    for number in range(40):
        style = marked_style(number)
        assert style.pop("marker") == MARKERS[number % len(MARKERS)]
        assert style == line_style(number)


def test_lines_of_one_group_share_their_colour() -> None:
    first, second, other = grouped_styles(["elman", "elman", "lstm"])
    assert first["color"] == second["color"] != other["color"]
    assert first["linestyle"] == other["linestyle"] != second["linestyle"]
    assert grouped_styles(["lstm"] * 2) == [line_style(0), line_style(1)]
    crowded = [tuple(style.values()) for style in grouped_styles(["a"] * 5 + ["b"])]
    assert len(set(crowded)) == 6


def test_with_more_groups_than_colours_every_line_differs() -> None:
    styles = grouped_styles([str(number) for number in range(len(COLOURS) + 1)])
    assert len({tuple(style.values()) for style in styles}) == len(COLOURS) + 1


@pytest.mark.parametrize("ending", FORMATS)
def test_equal_figures_give_equal_files(ending: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    paths = [save_plot(tmp_path / f"{number}{ending}", line) for number in range(2)]
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert len(first) > 200


def test_capital_endings_are_endings(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert save_plot(tmp_path / "A.SVG", line).read_text().lstrip().startswith("<?xml")


def test_a_drawing_that_fails_leaves_no_file(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")

    def broken(pyplot):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        save_plot(tmp_path / "plot.png", broken)
    assert list(tmp_path.iterdir()) == []


def test_the_style_of_other_programs_comes_back(tmp_path: Path) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    before = dict(matplotlib.rcParams)
    save_plot(tmp_path / "plot.png", line, theme="dark")
    after = dict(matplotlib.rcParams)
    for settings in (before, after):
        settings.pop("backend", None)
    assert after == before


def test_without_matplotlib_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match="plots need matplotlib") as raised:
        save_plot(tmp_path / "plot.png", line)
    assert raised.value.hint is Hint.INSTALL_PLOT


def test_other_files_and_themes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.png, \.svg, \.pdf; got 'plot.gif'"):
        save_plot(tmp_path / "plot.gif", line)
    with pytest.raises(UsageError, match="light or dark, not 'pink'"):
        save_plot(tmp_path / "plot.png", line, theme="pink")
