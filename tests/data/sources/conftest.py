import gc
import warnings

import pytest


@pytest.fixture
def abandoned_tables():
    """Collect what the CSV reader of `datasets` leaves open in a cycle when it is given up midway.

    Left alone, the warning of the unclosed file falls on whichever test the collector meets next.
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
