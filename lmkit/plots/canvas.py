"""The style of every plot: light and dark themes, colours that the colour-blind tell apart.

matplotlib is imported only when a plot is asked for. Knows nothing of what is drawn.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from lmkit.core.errors import Hint, MissingExtraError, UsageError
from lmkit.core.files import atomic_path

Figure: TypeAlias = Any  # Any: matplotlib is optional and not typed here
Axes: TypeAlias = Any  # Any: the same
Drawing: TypeAlias = Callable[[Any], Figure]  # from pyplot to a figure; Any: the same

# Okabe and Ito's colours without the yellow, which is too pale on white
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
DASHES = ("-", "--", "-.", ":")
MARKERS = "osD^vPX"
DIVERGING = "PuOr"  # below and above nothing: readable without telling red from green
RISING = "cividis"  # from 0 to 1: even in lightness, the same for the colour-blind
FORMATS = (".png", ".svg", ".pdf")


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a theme."""

    paper: str
    ink: str
    faint: str  # grid lines


THEMES = {
    "light": Theme(paper="#ffffff", ink="#1b1f24", faint="#d5d9de"),
    "dark": Theme(paper="#12161b", ink="#e6e9ec", faint="#363d45"),
}


def line_style(number: int) -> dict[str, str]:
    """Return colour and dashes of the n-th line; the first 28 all differ."""
    colour = COLOURS[number % len(COLOURS)]
    return {"color": colour, "linestyle": DASHES[number // len(COLOURS) % len(DASHES)]}


def marked_style(number: int) -> dict[str, str]:
    """Return colour, dashes and marker of the n-th line with points."""
    return {**line_style(number), "marker": MARKERS[number % len(MARKERS)]}


def grouped_styles(groups: Sequence[str]) -> list[dict[str, str]]:
    """Return a style for each line: a colour for its group, and dashes for its place there.

    Args:
        groups: The group of each line. Where there is only one, or colours or dashes are too few,
            lines look different one by one.
    """
    names = list(dict.fromkeys(groups))
    places = [groups[:number].count(group) for number, group in enumerate(groups)]
    if len(names) == 1 or len(names) > len(COLOURS) or max(places) >= len(DASHES):
        return [line_style(number) for number in range(len(groups))]
    return [
        line_style(names.index(group) + len(COLOURS) * place)
        for group, place in zip(groups, places, strict=True)
    ]


def save_plot(path: Path, draw: Drawing, *, theme: str = "light") -> Path:
    """Draw a figure and write it.

    Args:
        path: Where to; its ending says which format: .png, .svg or .pdf.
        draw: Takes matplotlib's `pyplot` and returns a figure.
        theme: "light" or "dark".

    Returns:
        The path.

    Raises:
        MissingExtraError: If matplotlib is not installed.
    """
    if path.suffix.lower() not in FORMATS:
        raise UsageError(f"a plot is written as {', '.join(FORMATS)}; got {path.name!r}")
    if theme not in THEMES:
        raise UsageError(f"a plot is light or dark, not {theme!r}")
    with _pyplot(THEMES[theme]) as pyplot:
        figure = draw(pyplot)
        with atomic_path(path) as new:
            figure.savefig(new, dpi=110, bbox_inches="tight", metadata=_no_date(path))
        pyplot.close(figure)
    return path


@contextmanager
def _pyplot(theme: Theme) -> Iterator[Any]:  # Any: matplotlib is not typed here
    # Without a home folder it says at length that it keeps its fonts elsewhere.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        import matplotlib
    except ImportError as error:
        raise MissingExtraError("plots need matplotlib", hint=Hint.INSTALL_PLOT) from error
    with matplotlib.rc_context(_settings(theme)):
        matplotlib.use("Agg")  # sets more than the backend: in the context, that comes back
        from matplotlib import pyplot

        yield pyplot


def _settings(theme: Theme) -> dict[str, object]:
    inked = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    papers = ("figure.facecolor", "axes.facecolor", "savefig.facecolor", "legend.facecolor")
    return {
        **dict.fromkeys(inked, theme.ink),
        **dict.fromkeys(papers, theme.paper),
        "grid.color": theme.faint,
        "legend.edgecolor": theme.faint,
        "font.size": 9.5,
        "axes.titlesize": 10.5,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.constrained_layout.use": True,
        "svg.hashsalt": "lmkit",
    }


def _no_date(path: Path) -> dict[str, None]:
    """Omit the date, so that equal figures give equal files."""
    return {
        ".svg": {"Date": None},
        ".pdf": {"CreationDate": None},
        ".png": {"Software": None},
    }[path.suffix.lower()]
