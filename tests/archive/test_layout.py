"""Names of the files of a model folder, and which folders are lmkit's own."""

import pytest

from lmkit.archive.layout import REQUIRED, RUN, TRAINING, is_model_folder, possible_names
from lmkit.archive.manifest import MANIFEST


def test_the_names_that_may_be_written_are_known_beforehand(folder):
    assert {path.name for path in folder.iterdir()} <= set(possible_names())
    assert {*REQUIRED, MANIFEST} <= set(possible_names())


def test_each_of_several_networks_has_a_file_of_its_own():
    one, three = set(possible_names()), set(possible_names(models=3))
    weights = {name for name in three - one if name.endswith(".safetensors")}
    assert three - one == weights
    assert len(weights) == 4  # two more networks in each direction


def test_a_written_folder_and_a_run_that_began_are_model_folders(folder, tmp_path):
    assert is_model_folder(folder)
    begun = tmp_path / "begun" / TRAINING
    begun.mkdir(parents=True)
    assert not is_model_folder(begun.parent)
    (begun / RUN).write_text("{}", encoding="utf-8")
    assert is_model_folder(begun.parent)


@pytest.mark.parametrize("content", ["", "no JSON", "[]", '{"name": "another program"}'])
def test_a_folder_with_files_of_the_same_names_is_none(tmp_path, content):
    (tmp_path / MANIFEST).write_text("{}", encoding="utf-8")
    (tmp_path / "config.json").write_text(content, encoding="utf-8")
    assert not is_model_folder(tmp_path)
