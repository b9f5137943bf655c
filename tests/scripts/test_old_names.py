"""Old names are told from names that only look like them."""

import re

import pytest
from old_names import OLD_MODULES, OLD_NAMES, part


def refused(identifier: str, path: str = "models/base.py") -> list[str]:
    return [old.use for old in OLD_NAMES if old.names(identifier, path)]


@pytest.mark.parametrize(
    "identifier",
    ["piece", "pieces", "first_pieces", "PIECES_A_WORD", "PieceTable", "of_piece", "_pieces"],
)
def test_a_word_is_found_as_a_part_of_an_identifier(identifier):
    assert refused(identifier) == ["token"]


@pytest.mark.parametrize("identifier", ["masterpiece", "share_of", "started", "typed_text", "why"])
def test_other_words_are_left_in_peace(identifier):
    assert refused(identifier) == []


def test_a_word_that_is_right_elsewhere_counts_where_it_is_wrong():
    assert refused("compose", "recipes/resolve.py") == ["resolve, merge_settings"]
    assert refused("compose", "inference/sampling.py") == []
    assert refused("memory", "nn/state.py") == ["state"]
    assert refused("memory", "cli/study.py") == []


def test_no_new_name_is_an_old_one():
    for use in {old.use for old in OLD_NAMES}:
        for name in use.replace(",", "").split():
            assert refused(name, "elsewhere.py") == []
    assert not set(OLD_MODULES) & set(OLD_MODULES.values())


@pytest.mark.parametrize(
    "identifier", ["gate_shares", "SHARES", "GateShares", "Shares", "shares_2"]
)
def test_a_part_is_found_in_every_spelling(identifier):
    assert re.fullmatch(part("shares"), identifier)
