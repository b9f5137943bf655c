import os

from hypothesis import given
from hypothesis import strategies as st

from lmkit.core.file_names import printable


@given(st.binary(min_size=1, max_size=20))
def test_any_name_of_a_file_can_be_written(name):
    assert printable(os.fsdecode(name)).encode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_name_in_utf_8_stays_as_it_is(name):
    assert printable(name) == name


def test_a_stray_byte_is_shown():
    assert printable(os.fsdecode(b"caf\xe9\xff.txt")) == "caf\\xe9\\xff.txt"
