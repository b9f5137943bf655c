"""What the bench of the levers runs, keeps and shows."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from lmkit.config import build_config, overrides, read_preset


@pytest.fixture
def levers(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("levers")


def test_every_lever_is_an_option_that_changes_something(levers: ModuleType) -> None:
    preset = read_preset(levers.PRESET)
    default = build_config(preset)
    for _, settings in levers.LEVERS:
        assert build_config(preset, overrides(settings=settings.split())) != default


def test_no_run_is_made_twice(levers: ModuleType) -> None:
    named = [(settings, seed) for _, settings, seed in levers.runs()]
    assert len(set(named)) == len(named)


def test_the_table_sets_each_row_against_the_mean_of_the_default(levers: ModuleType) -> None:
    rows = [levers.Row("default", "", seed, value, 10.0) for seed, value in enumerate((90, 110))]
    rows.append(levers.Row("tying", "tied=false", 0, 120.0, 15.0))
    *_, default, tying = levers.table(rows).splitlines()
    assert default == "| default | | 100.0 (90.0, 110.0) | | 1.00 |"
    assert tying == "| tying | `tied=false` | 120.0 | +20.0% | 1.50 |"


def test_rows_are_kept_and_not_run_again(
    levers: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []

    def run(_task: object, lever: str, settings: str, seed: int) -> object:
        asked.append((settings, seed))
        return levers.Row(lever, settings, seed, 100.0, 1.0)

    monkeypatch.setattr(levers, "run", run)
    command = ["levers.py", "train", "--valid", "valid", "--out", str(tmp_path / "rows")]
    monkeypatch.setattr("sys.argv", command)
    levers.main()
    assert len(asked) == len(levers.runs()) == len(levers.kept_rows(tmp_path / "rows"))
    levers.main()
    assert len(asked) == len(levers.runs())
