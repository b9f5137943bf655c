import pytest

from lmkit.bench.asking import Effort
from lmkit.bench.everything import measure_everything
from lmkit.bench.untrained import Size
from lmkit.core.errors import ModelError

pytestmark = pytest.mark.usefixtures("small_products")

LITTLE = Effort(words=20, scored=20, fills=1)
ASKED = ["next_word", "generation", "filling", "scoring"]


def test_an_untrained_model_is_trained_and_asked():
    names = [found.name for found in measure_everything(Size(1, 8, 60), effort=LITTLE)]
    assert names == ["model", "machine", "training", *ASKED]


def test_a_model_folder_is_asked_alone(model_folder):
    names = [found.name for found in measure_everything(model_folder, effort=LITTLE)]
    assert names == ["model", "machine", *ASKED]


def test_a_folder_that_is_no_model_is_refused_before_anything_is_measured(tmp_path):
    with pytest.raises(ModelError):
        next(measure_everything(tmp_path / "nowhere"))
