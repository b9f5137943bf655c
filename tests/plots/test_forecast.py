"""The picture of a forecast."""

import numpy as np
import pytest

from lmkit.forecasting.series import Series
from lmkit.plots.canvas import save_plot
from lmkit.plots.forecast import forecast_picture
from lmkit.results import ColumnForecast, Forecast


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_is_written(tmp_path, theme):
    pytest.importorskip("matplotlib")
    dates = tuple(f"2020-{month:02d}" for month in range(1, 13))
    series = Series("x", ("a", "b"), np.random.default_rng(0).normal(size=(12, 2)), dates)
    columns = tuple(ColumnForecast(c, (1.0, 2.0), (0.0, 0.0), (2.0, 3.0)) for c in "ab")
    ahead = series.dates_ahead(2)
    forecast = Forecast("a", (1.0, 2.0), (0.0, 0.0), (2.0, 3.0), 0.9, columns, ahead)
    drawing = forecast_picture(series, forecast, actual=(1.5, 2.5))
    save_plot(tmp_path / "a.png", drawing, theme=theme)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
