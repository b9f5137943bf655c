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


def test_a_missing_series_is_exit_code_four(capsys):
    assert exit_code(["forecast", "/no/such.csv"]) == 4
    assert capsys.readouterr().err.startswith("lmkit: ")
