"""Output options, added to a command's signature and handed to it as one value."""

import inspect
import json
from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path
from typing import Annotated

import pytest
import typer
from rich.text import Text

from lmkit.cli import app as command_line
from lmkit.cli.app import COMMANDS, app, exit_code
from lmkit.cli.emit import Output, with_output
from lmkit.core.errors import DataError, UsageError
from lmkit.results import Result

PLOTTING = ("trace", "unroll", "gradients", "compare", "memory", "words")
SHARED = {"--json", "--quiet", "-q"}
PLOTS = {"--plot", "--theme"}


@dataclass(frozen=True, slots=True)
class Answer(Result):
    """A result of one number."""

    number: int


def made(*, plots: bool, seen: list[tuple[str, int, Output]]) -> typer.Typer:
    """Return a command line with one command that says what it was given."""

    @with_output(plots=plots)
    def ask(text: str, k: Annotated[int, typer.Option("-k", min=1)] = 3, *, output: Output) -> None:
        """Ask it."""
        seen.append((text, k, output))

    whole = typer.Typer(rich_markup_mode=None)
    whole.callback()(lambda: None)
    whole.command("ask")(ask)
    return whole


def call(words: list[str], *, plots: bool = True) -> tuple[str, int, Output]:
    seen: list[tuple[str, int, Output]] = []
    made(plots=plots, seen=seen)(words, standalone_mode=False)
    (found,) = seen
    return found


def test_without_options_the_defaults_count() -> None:
    assert call(["ask", "a"]) == ("a", 3, Output())


@pytest.mark.parametrize(
    ("words", "output"),
    [
        (["--json"], Output(json=True)),
        (["-q"], Output(quiet=True)),
        (["--json", "--quiet"], Output(json=True, quiet=True)),
        (["--plot", "a.png", "--theme", "dark"], Output(plot=Path("a.png"), theme="dark")),
    ],
)
def test_typer_parses_the_options_into_one_value(words: list[str], output: Output) -> None:
    assert call(["ask", "a", *words, "-k", "7"]) == ("a", 7, output)


def test_a_command_that_cannot_draw_takes_no_plot() -> None:
    with pytest.raises(typer.TyperException, match="--plot"):
        call(["ask", "a", "--plot", "a.png"], plots=False)


def test_a_theme_is_light_or_dark() -> None:
    with pytest.raises(typer.TyperException, match="'pink' is not one of 'light', 'dark'"):
        call(["ask", "a", "--theme", "pink"])


def test_the_own_checks_of_a_command_stay() -> None:
    with pytest.raises(typer.TyperException, match="greater than or equal to 1"):
        call(["ask", "a", "-k", "0"])


def test_the_signature_has_the_options_in_place_of_the_value() -> None:
    @with_output(plots=True)
    def ask(text: str, *, output: Output) -> None:
        """Ask it."""

    signature = inspect.signature(ask)
    assert list(signature.parameters) == ["text", "plot", "theme", "json", "quiet"]
    assert ask.__name__ == "ask"
    assert ask.__doc__ == "Ask it."


def test_called_as_a_function_a_command_needs_no_output_options() -> None:
    seen = []

    @with_output(plots=False)
    def ask(text: str, *, output: Output) -> None:
        seen.append((text, output))

    ask("a")
    ask("b", quiet=True)
    assert seen == [("a", Output()), ("b", Output(quiet=True))]


def test_a_result_is_a_table_or_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    Output().emit(Answer(3), Text("three"))
    assert capsys.readouterr().out == "three\n"
    Output(json=True).emit(Answer(3), Text("three"))
    assert json.loads(capsys.readouterr().out) == {"number": 3}


def test_nothing_is_drawn_where_no_plot_was_asked_for() -> None:
    Output().draw(lambda: pytest.fail("a plot was made"))


def test_a_plot_is_written_in_the_theme_asked_for(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from matplotlib import colors

    papers = []

    def drawing(pyplot):
        figure, axes = pyplot.subplots()
        papers.append(colors.to_hex(axes.get_facecolor()))
        return figure

    for theme in ("light", "dark"):
        path = tmp_path / f"{theme}.svg"
        Output(plot=path, theme=theme).draw(lambda: drawing)
        assert path.stat().st_size > 100
    assert papers[0] == "#ffffff" != papers[1]


def test_a_plot_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.png"):
        Output(plot=tmp_path / "plot.gif").draw(lambda: lambda _: None)


def test_an_output_is_a_value() -> None:
    with pytest.raises(FrozenInstanceError):
        Output().json = True  # type: ignore[misc]
    assert Output() == Output(theme="light")


@pytest.mark.parametrize("name", [*PLOTTING, "bench", "info", "train", "demo"])
def test_the_help_shows_each_shared_option_once(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [w for p in typer.main.get_command(app).commands[name].params for w in p.opts]
    assert set(options) >= SHARED
    assert (set(options) >= PLOTS) == (name in PLOTTING)
    assert exit_code([name, "--help"]) == 0
    shown = capsys.readouterr().out
    for option in (*SHARED, *(PLOTS if name in PLOTTING else ())):
        assert options.count(option) == 1
        assert option in shown


@pytest.mark.parametrize(
    ("error", "code"), [(UsageError("no"), 2), (DataError("no"), 4), (KeyboardInterrupt(), 130)]
)
def test_errors_of_a_wrapped_command_end_as_those_of_any(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    @with_output(plots=True)
    def info(folder: str, *, output: Output) -> None:
        raise error

    monkeypatch.setattr(type(COMMANDS), "get", lambda self, name: info)
    assert exit_code(["info", "x", "--json"]) == code
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert command_line.app_for(["info"]).registered_commands[0].name == "info"
