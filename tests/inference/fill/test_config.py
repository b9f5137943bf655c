"""Settings of a filling: impossible ones are refused."""

import pytest

from lmkit.core.errors import UsageError
from lmkit.inference.fill.config import FillConfig


@pytest.mark.parametrize("bad", [{"k": 0}, {"words": (2, 1)}, {"words": (0, 1)}, {"choices": ()}])
def test_impossible_requests_are_refused(bad):
    with pytest.raises(UsageError):
        FillConfig(**bad)
