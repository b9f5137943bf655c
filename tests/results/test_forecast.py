"""Forecasts of series."""

from lmkit.results.forecast import ColumnForecast, Forecast

COLUMNS = (
    ColumnForecast("a", (1.0, 2.0), (0.0, 0.5), (2.0, 3.5)),
    ColumnForecast("b", (5.0, 6.0), (4.0, 4.5), (6.0, 7.5)),
)
FIRST = COLUMNS[0]


def test_the_first_column_stands_outside_and_all_of_them_inside() -> None:
    answer = Forecast(FIRST.column, FIRST.forecast, FIRST.lower, FIRST.upper, 0.9, COLUMNS)
    found = answer.to_dict()
    assert [column["column"] for column in found["columns"]] == ["a", "b"]
    assert {name: found[name] for name in FIRST.to_dict()} == FIRST.to_dict()
    assert (found["level"], found["dates"]) == (0.9, ())


def test_what_is_forecast_is_promised_by_the_page(promised: dict[str, set[str]]) -> None:
    own = set(Forecast.__dataclass_fields__) - {"column"}  # the command adds the back-test
    assert own <= promised["forecast"]


def test_a_forecast_is_a_forecast_of_a_column() -> None:
    assert issubclass(Forecast, ColumnForecast)
    dated = Forecast("a", (1.0,), (0.0,), (2.0,), 0.5, (), ("2020-01",))
    assert dated.to_dict()["dates"] == ("2020-01",)
