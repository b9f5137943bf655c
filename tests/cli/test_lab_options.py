"""Lists typed for the lab."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.cli.lab_options import cell_names, numbers
from lmkit.core.errors import UsageError
from lmkit.nn.cells import CELLS


@given(st.lists(st.integers()))
def test_numbers_come_back_as_they_were_typed(listed: list[int]) -> None:
    assert numbers(",".join(map(str, listed))) == tuple(listed)
    assert numbers(" , ".join(map(str, listed))) == tuple(listed)


@pytest.mark.parametrize("wrong", ["a", "1,,2", "1;2", "1.5", "5,"])
def test_what_is_no_number_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match="whole numbers"):
        numbers(wrong)


def test_all_stands_for_every_cell() -> None:
    assert cell_names("all") == cell_names(" all ") == CELLS.names()


def test_names_stand_between_commas() -> None:
    assert cell_names(" lstm, gru,,") == ("lstm", "gru")
    assert cell_names("") == ()
