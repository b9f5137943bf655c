"""What every test shares: one thread per process, and the development data where it is."""

from pathlib import Path

import pytest
import torch

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Tiny models are quicker on one thread, and tests run beside each other."""
    torch.set_num_threads(1)


@pytest.fixture
def shared_data() -> Path:
    """The development data beside the checkout; a user's checkout has none."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the development data is not beside this checkout")
    return SHARED_DATA
