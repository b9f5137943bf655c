"""`lmkit forecast`: numbers in, numbers out, and one line for everything that is not plain."""

import io
import json
import math
import sys
from datetime import date, timedelta

import pytest

from lmkit.cli.app import exit_code

QUICK = ["--horizon", "3", "--origins", "0", "--set", "steps=2", "--set", "hidden=4", "--quiet"]


@pytest.fixture
def run(tmp_path, capsys):
    """Forecast a text in few steps; returns exit code, standard output and standard error."""

    def forecast(text: str | bytes, *options: str) -> tuple[int, str, str]:
        path = tmp_path / "sales.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        code = exit_code(["forecast", str(path), *QUICK, *options])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return forecast


def months(count: int = 30, *, name: str = "date,sales", first: int = 0) -> str:
    """Write a series of months."""
    rows = (
        f"{2010 + at // 12}-{at % 12 + 1:02d},{100 + 10 * math.sin(at / 2) + at:.2f}\n"
        for at in range(first, first + count)
    )
    return f"{name}\n" + "".join(rows)


def answer(run, text: str | bytes, *options: str) -> tuple[dict, str]:
    code, out, err = run(text, "--json", *options)
    assert code == 0, err
    return json.loads(out), err


@pytest.mark.slow
def test_the_next_numbers_stand_beside_the_baselines(tmp_path, capsys):
    file = tmp_path / "waves.csv"
    file.write_text("wave\n" + "\n".join(str(10 + number % 4) for number in range(48)) + "\n")
    assert exit_code(["forecast", str(file), "--horizon", "3", "--json", "--quiet"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert len(said["forecast"]) == len(said["lower"]) == len(said["upper"]) == 3
    assert {"mase", "smape", "baselines"} <= set(said)


@pytest.mark.slow
def test_dates_to_come_and_every_origin_are_shown(tmp_path, capsys):
    file = tmp_path / "waves.csv"
    dates = [f"20{year}-{month:02d}" for year in range(16, 20) for month in range(1, 13)]
    rows = "".join(f"{month},{10 + at % 12 + at / 9}\n" for at, month in enumerate(dates))
    file.write_text("month,wave\n" + rows)
    command = ["forecast", str(file), "--horizon", "2", "--origins", "2", "--stride", "1"]
    assert exit_code([*command, "--quiet"]) == 0
    shown = capsys.readouterr().out
    assert "2020-01" in shown  # what comes next
    assert "2019-10" in shown  # the first origin
    assert "intervals of lmkit; means of 2 origins" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_a_missing_series_is_exit_code_four(capsys):
    assert exit_code(["forecast", "/no/such.csv"]) == 4
    assert capsys.readouterr().err.startswith("lmkit: ")


@pytest.mark.slow
def test_a_series_too_short_to_test_is_forecast_without_a_test(tmp_path, capsys):
    file = tmp_path / "short.csv"
    file.write_text("x,y\n" + "".join(f"{number % 5},{-number}\n" for number in range(1, 9)))
    command = ["forecast", str(file), "--horizon", "3", "--set", "steps=2", "--quiet"]
    assert exit_code([*command, "--season", "4"]) == 4
    assert "without a test (--origins 0)" in capsys.readouterr().err
    assert exit_code([*command, "--origins", "0", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["mase"], said["smape"], said["baselines"]) == (None, None, [])
    assert [column["column"] for column in said["columns"]] == ["x", "y"]
    assert exit_code([*command, "--origins", "0"]) == 0
    assert "MASE" not in capsys.readouterr().out


def test_a_mistyped_setting_is_a_usage_error(capsys):
    assert exit_code(["forecast", "--set", "hiden=3"]) == 2
    assert "did you mean 'hidden'" in capsys.readouterr().err


@pytest.mark.slow
def test_the_numbers_of_a_table_do_not_depend_on_how_it_is_written(run):
    lines = months().splitlines()
    plain, _ = answer(run, "\n".join(lines))
    others = {
        "newest first": "\n".join([lines[0], *reversed(lines[1:])]),
        "with an index": "\n".join(
            f"{at - 1 if at else ''},{line}" for at, line in enumerate(lines)
        ),
        "with an id": "\n".join(f"{at or 'id'},{line}" for at, line in enumerate(lines)),
        "decimal commas": "\n".join(lines).replace(",", ";").replace(".", ","),
        "quoted": "\n".join(", ".join(f'"{cell}"' for cell in line.split(",")) for line in lines),
        "with comments": "# by me\n" + "\n".join(lines) + "\n# end\n",
        "in UTF-16": "\n".join(lines).encode("utf-16"),
        "in Latin-1": "\n".join(["date,größe", *lines[1:]]).encode("latin-1"),
    }
    for name, text in others.items():
        said, _ = answer(run, text)
        assert said["forecast"] == plain["forecast"], name
        assert said["dates"] == plain["dates"] == ["2012-07", "2012-08", "2012-09"], name


@pytest.mark.slow
def test_notices_are_said_on_standard_error_even_where_it_is_quiet(run):
    lines = months().splitlines()
    _, err = answer(run, "\n".join([lines[0], *reversed(lines[1:])]))
    assert err.strip().endswith("the rows stand newest first; they are sorted by date")
    code, out, _ = run("\n".join([lines[0], *reversed(lines[1:])]))
    assert code == 0
    assert "newest" not in out


@pytest.mark.slow
def test_the_headline_names_the_column_that_is_shown(tmp_path, capsys):
    path = tmp_path / "sales.csv"
    path.write_text(
        "date,a,b\n" + "".join(f"2010-{m:02d},{m * m},{50 - m}\n" for m in range(1, 13))
    )
    quick = [option for option in QUICK if option != "--quiet"]
    assert exit_code(["forecast", str(path), *quick]) == 0
    captured = capsys.readouterr()
    assert "12 observations of 2 columns, the first of them 'a' (--column chooses)" in captured.err
    assert captured.out.splitlines()[0] == "a"
    assert "\nb\n" in captured.out
    assert exit_code(["forecast", str(path), *quick, "--column", "b", "--json"]) == 0
    captured = capsys.readouterr()
    assert "12 observations of 'b'; forecasting" in captured.err
    said = json.loads(captured.out)
    assert said["column"] == "b"
    assert [column["column"] for column in said["columns"]] == ["b"]


@pytest.mark.slow
def test_gaps_are_refused_filled_or_kept(run):
    lines = months().splitlines()
    gappy = "\n".join([*lines[:10], *lines[12:]])
    code, out, err = run(gappy)
    assert (code, out) == (4, "")
    assert "2 dates are missing between 2010-09 (line 10) and 2010-12 (line 11)" in err
    assert "--gaps fill" in err
    said, err = answer(run, gappy, "--gaps", "fill")
    assert said["dates"] == ["2012-07", "2012-08", "2012-09"]
    assert "filled by linear interpolation" in err
    said, err = answer(run, gappy, "--gaps", "keep")
    assert (said["dates"], err) == ([], "")


@pytest.mark.slow
def test_what_may_be_read_in_two_ways_is_asked_for(run):
    rows = "".join(f"0{day}/02/2010;1.{day}22\n" for day in range(1, 10))
    code, _, err = run(f"date;x\n{rows}")
    assert code == 4
    assert "--date-order dmy or --date-order mdy" in err
    code, _, err = run(f"date;x\n{rows}", "--date-order", "dmy")
    assert code == 4
    assert "--decimal point or --decimal comma" in err
    said, err = answer(run, f"date;x\n{rows}", "--date-order", "dmy", "--decimal", "comma")
    assert said["dates"] == ["10/02/2010", "11/02/2010", "12/02/2010"]
    assert said["forecast"][0] > 500
    assert len(err.splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,x\n2010-01,1\n2010-01,2\n", "lines 2 and 3 both have the date"),
        ("date,x\n2010-01,1\nMarch,2\n", "line 3 holds 'March', which is no date like"),
        ("date,x\n2010-01,1\n2010-02,2\n\nTotals are estimates\n", "line 5 has 1 cell"),
        ("x\n1\nsum\n", "line 3, column 'x' holds 'sum'"),
        ("date,x\n2010-01,1\n2010-02,\n", "column 'x' of line 3 has no value"),
        (b"PK\x03\x04\x00\x00", "is not a text; save the table as CSV"),
        ("date,shop,x\n2010-01,A,1\n2010-02,A,2\n", "choose with --column: x"),
    ],
)
def test_what_cannot_be_forecast_is_one_line_and_exit_code_four(run, text, said):
    code, out, err = run(text)
    assert (code, out) == (4, "")
    assert said in err
    assert err.count("\n") == 1
    assert err.startswith("lmkit: ")


def test_a_column_that_is_not_there_is_a_usage_error(run):
    code, _, err = run("date,a\n2010-01,1\n2010-02,2\n", "--column", "b")
    assert code == 2
    assert "it has date, a" in err


@pytest.mark.parametrize("option", [["--gaps", "guess"], ["--decimal", "dot"], ["--horizon", "0"]])
def test_an_option_of_another_value_is_a_usage_error(run, option):
    code, out, _ = run("x\n1\n2\n", *option)
    assert (code, out) == (2, "")


@pytest.mark.slow
def test_a_table_may_be_piped_in(monkeypatch, capsys):
    given = io.TextIOWrapper(io.BytesIO(months().encode()), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", given)
    assert exit_code(["forecast", "-", *QUICK, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dates"][0] == "2012-07"


@pytest.mark.slow
def test_trading_days_get_the_next_trading_days(run):
    days = [date(2023, 1, 2) + timedelta(days=at) for at in range(60)]
    rows = [f"{day},{100 + at % 5}\n" for at, day in enumerate(days) if day.weekday() < 5]
    said, _ = answer(run, "date,close\n" + "".join(rows[:-1]))
    assert said["dates"] == ["2023-03-02", "2023-03-03", "2023-03-06"]


@pytest.mark.slow
def test_the_fields_that_others_rely_on_are_there(run):
    said, _ = answer(run, months(), "--origins", "1")
    assert {"forecast", "lower", "upper", "baselines", "mase", "smape"} <= set(said)
    assert len(said["forecast"]) == len(said["lower"]) == len(said["upper"]) == 3
    assert all(set(other) == {"name", "mase", "smape"} for other in said["baselines"])
    assert said["baselines"][0]["name"] == "seasonal naive"


@pytest.mark.slow
@pytest.mark.parametrize("size", ["1e-12", "1e12", "1e200"])
def test_numbers_of_any_size_are_written_whole(run, size):
    rows = "".join(f"{1 + at % 4}{size[1:]}\n" for at in range(30))
    code, out, _ = run(f"x\n{rows}")
    assert code == 0
    assert "…" not in out
    assert all(math.isfinite(float(cell)) for cell in out.split()[4:])


@pytest.mark.slow
def test_a_plot_is_written(run, tmp_path):
    pytest.importorskip("matplotlib")
    code, _, _ = run(months(), "--plot", str(tmp_path / "a.png"), "--theme", "dark")
    assert code == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
