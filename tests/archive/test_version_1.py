"""Facts of version 1 in the words of version 2. Answers: tests/contracts/test_version_1.py."""

import json
import shutil
from pathlib import Path

import pytest

from lmkit.archive.folder import load_archive, read_facts, save_archive
from lmkit.archive.version_1 import upgrade
from lmkit.core.errors import ModelError
from lmkit.models.adapters.cache_prediction import CacheConfig
from lmkit.nn.heads.head import LARGE_VOCABULARY

STORED = Path(__file__).resolve().parents[1] / "data" / "version-1" / "model"
FILES = ("ngram.safetensors", "gradients.safetensors")


def facts(**more):
    stored = json.loads((STORED / "config.json").read_text(encoding="utf-8"))
    return {**stored, **more}


def shape(**more):
    return upgrade(facts(architecture={**facts()["architecture"], **more}), FILES)["architecture"]


def test_companions_become_a_stack_lowest_first():
    stack = upgrade(facts(), FILES)["stack"]
    fitted = facts()["companions"]
    assert [entry["name"] for entry in stack] == ["dynamic", "cache", "ngram"]
    assert stack[0] == {"name": "dynamic", **fitted["dynamic"]}
    assert stack[1]["theta"] == fitted["cache"]["flatness"]
    assert stack[1]["decay"] == fitted["cache"]["fade"]
    assert stack[2]["weights"] == {
        "": fitted["ngram"]["weight"],
        "cache": fitted["ngram"]["with_cache"],
        "dynamic": fitted["ngram"]["with_dynamic"],
    }


def test_the_rest_of_the_facts_stays():
    found = upgrade(facts(), FILES)
    assert "companions" not in found
    assert found["backward_weight"] == facts()["companions"]["backward"]["weight"]
    for name in ("format_version", "unit", "direction", "training"):
        assert found[name] == facts()[name]


def test_training_s_settings_leave_the_architecture():
    assert not [key for key in shape() if "dropout" in key or "penalty" in key]
    assert shape(of_long_ago=1)["of_long_ago"] == 1  # whatever it is, it is not lost in silence


def test_settings_of_one_cell_become_options_of_that_cell():
    assert "mogrifier_rounds" not in shape()
    assert "cell_options" not in shape()
    found = shape(cell="mogrifier", mogrifier_rounds=2)
    assert found["cell_options"] == {"rounds": 2}
    assert shape(cell="projected", projected_size=3)["cell_options"] == {"size": 3}


def test_a_head_left_open_was_one_with_bands_for_a_large_vocabulary():
    assert shape(head="auto", vocab_size=LARGE_VOCABULARY + 1)["head"] == "adaptive"
    assert shape(head="auto", vocab_size=50)["head"] == "auto"
    assert shape(head="full", vocab_size=LARGE_VOCABULARY + 1)["head"] == "full"


def test_an_n_gram_that_was_not_fitted_stands_without_weights():
    stack = upgrade(facts(companions={}), FILES)["stack"]
    assert stack == [{"name": "dynamic"}, {"name": "ngram", "weights": {}}]
    assert upgrade(facts(companions={}), ())["stack"] == []


def test_one_weight_for_all_orders_and_settings_of_other_versions():
    fitted = {"ngram": {"weight": 0.3}, "cache": {"window": 7, "of_another_lmkit": 1}}
    stack = upgrade(facts(companions=fitted), FILES[:1])["stack"]
    assert stack == [{"name": "cache", "window": 7}, {"name": "ngram", "weights": {"": [0.3]}}]


@pytest.mark.parametrize(
    "more", [{"companions": "x"}, {"architecture": []}, {"companions": {"cache": 3}}]
)
def test_facts_that_are_none_are_refused(more):
    with pytest.raises(ModelError, match=r"config\.json"):
        upgrade(facts(**more), FILES)


def test_a_stored_folder_loads_and_is_written_as_version_2(tmp_path):
    archive = load_archive(STORED)
    assert archive.fitted == ("cache", "ngram")
    assert isinstance(archive.stack[1].config, CacheConfig)
    assert archive.facts["format_version"] == 1
    shutil.copytree(STORED, tmp_path / "model")
    save_archive(tmp_path / "model", archive)
    assert read_facts(tmp_path / "model")["format_version"] == 2
    again = load_archive(tmp_path / "model")
    assert [entry.to_dict() for entry in again.stack] == [e.to_dict() for e in archive.stack]
