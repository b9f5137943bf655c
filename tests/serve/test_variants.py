"""The variant that the fields of a body ask for."""

import pytest

from lmkit.language_model import LanguageModel
from lmkit.serve import registry
from lmkit.serve.errors import ApiError
from lmkit.serve.options import ServeOptions
from lmkit.serve.registry import ModelRegistry
from lmkit.serve.schemas.base import ModelFields
from lmkit.serve.service import Service
from lmkit.serve.variants import asked


@pytest.fixture
def service(words_archive):
    return Service(ModelRegistry.open({"m": LanguageModel(words_archive)}), ServeOptions())


def key(service, *, has_numbers=True, direction=None, **fields):
    return asked(service, ModelFields(**fields), has_numbers=has_numbers, direction=direction).key


def test_what_was_fitted_is_used_where_nothing_is_said(service):
    found = key(service)
    assert (found.model, found.adapters, found.direction) == ("m", None, None)


@pytest.mark.parametrize(
    ("fields", "adapters"),
    [
        ({"alone": True}, ()),
        ({"adapters": []}, ()),
        ({"adapters": ["ngram", "cache", "ngram"]}, ("cache", "ngram")),
        ({"adapt": "none"}, ("ngram",)),
        ({"mix": "none"}, ("cache",)),
        ({"adapt": "cache", "mix": "none"}, ("cache",)),
    ],
)
def test_adapters_are_chosen_as_by_the_options_of_a_command(service, fields, adapters):
    assert key(service, **fields).adapters == adapters


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"adapters": [], "alone": True}, "adapters"),
        ({"adapters": ["cache"], "mix": "none"}, "adapters"),
        ({"alone": True, "adapt": "cache"}, "alone"),
    ],
)
def test_contradictions_are_refused(service, fields, param):
    with pytest.raises(ApiError) as error:
        key(service, **fields)
    assert (error.value.status, error.value.param) == (400, param)


def test_an_unknown_model_is_refused(service):
    with pytest.raises(ApiError) as error:
        key(service, model="other")
    assert error.value.status == 404


def test_numbers_have_all_digits_and_texts_8_bits_where_that_is_quicker(service, monkeypatch):
    assert key(service, has_numbers=False).precision == "float32"
    monkeypatch.setattr(registry, "QUICK", 10)
    assert key(service, has_numbers=False).precision == "int8"
    assert key(service, has_numbers=True).precision == "float32"
    assert key(service, has_numbers=True, precision="int8").precision == "int8"
    assert key(service, has_numbers=False, precision="float32").precision == "float32"


def test_the_server_may_choose_the_precision_of_all(words_archive):
    models = ModelRegistry.open({"m": LanguageModel(words_archive)})
    service = Service(models, ServeOptions(precision="int8"))
    assert key(service).precision == "int8"
    assert key(service, precision="float32").precision == "float32"
