import json

import pytest

from lmkit.cli.app import exit_code


@pytest.mark.slow
def test_the_next_numbers_stand_beside_the_baselines(tmp_path, capsys):
    file = tmp_path / "waves.csv"
    file.write_text("wave\n" + "\n".join(str(10 + number % 4) for number in range(48)) + "\n")
    assert exit_code(["forecast", str(file), "--horizon", "3", "--json", "--quiet"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["forecast"]) == len(answer["lower"]) == len(answer["upper"]) == 3
    assert {"mase", "smape", "baselines"} <= set(answer)


@pytest.mark.slow
def test_dates_to_come_and_every_origin_are_shown(tmp_path, capsys):
    file = tmp_path / "waves.csv"
    months = [f"20{year}-{month:02d}" for year in range(16, 20) for month in range(1, 13)]
    rows = "".join(f"{month},{10 + at % 12 + at / 9}\n" for at, month in enumerate(months))
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
    file.write_text("x,y\n" + "".join(f"{number},{-number}\n" for number in range(1, 9)))
    command = ["forecast", str(file), "--horizon", "3", "--set", "steps=2", "--quiet"]
    assert exit_code([*command, "--season", "4"]) == 4
    assert "no test (--origins 0)" in capsys.readouterr().err
    assert exit_code([*command, "--origins", "0", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["mase"], answer["smape"], answer["baselines"]) == (None, None, [])
    assert [column["column"] for column in answer["columns"]] == ["x", "y"]
    assert exit_code([*command, "--origins", "0"]) == 0
    assert "MASE" not in capsys.readouterr().out


def test_a_mistyped_setting_is_a_usage_error(capsys):
    assert exit_code(["forecast", "--set", "hiden=3"]) == 2
    assert "did you mean 'hidden'" in capsys.readouterr().err
