"""Names, origins and the key."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from lmkit.core.errors import UsageError
from lmkit.serve.access import (
    check_address,
    check_host,
    check_key,
    check_origin,
    host_name,
    is_loopback,
)
from lmkit.serve.errors import ApiError
from lmkit.serve.options import ServeOptions

LOCAL = ServeOptions()
NAMED = ServeOptions(hosts=("lm.example.org",))
ANYWHERE = ServeOptions(host="0.0.0.0", api_key="k")
BOUND = ServeOptions(host="192.168.1.5", api_key="k")

WRONG = [
    "evil.com",
    "localhost.evil.com",
    "127.0.0.1.evil.com",
    "evil.com:8000",
    "127.0.0.1@evil.com",
    "localhost:port",
    "localhost:99999",
    "localhost:8000:8000",
    "[::1",
    "[::1]x",
    "[evil]",
    "::1",
    "",
    ":8000",
    "local host",
    "localhost/",
    "localhost\x00",
    "ｌocalhost",
    "192.168.1.5",
    "0.0.0.0",
]


@pytest.mark.parametrize("host", WRONG)
def test_other_names_are_refused(host):
    with pytest.raises(ApiError) as error:
        check_host([host], LOCAL)
    assert error.value.status == 400


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "localhost.", "127.0.0.1:8000", "127.9.9.9", "[::1]:8000"]
)
def test_names_of_this_machine_are_taken(host):
    check_host([host], LOCAL)


def test_one_host_header_is_wanted():
    for hosts in ([], ["localhost", "localhost"]):
        with pytest.raises(ApiError):
            check_host(hosts, LOCAL)


def test_further_names_and_the_address_bound_to_are_taken():
    check_host(["lm.example.org:443"], NAMED)
    check_host(["192.168.1.5:8000"], BOUND)
    check_host(["10.1.2.3"], ANYWHERE)
    for host, options in (("evil.com", ANYWHERE), ("10.1.2.3", BOUND), ("example.org", NAMED)):
        with pytest.raises(ApiError):
            check_host([host], options)


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_none(host):
    name = host_name(host)
    assert name is None or name.isascii()


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_loopback_addresses_are_known(host, expected):
    assert is_loopback(host) is expected


def test_an_address_others_reach_wants_a_key():
    with pytest.raises(UsageError, match="LMKIT_API_KEY"):
        check_address(ServeOptions(host="0.0.0.0"))
    check_address(ANYWHERE)
    check_address(LOCAL)


def headers(**values):
    return Headers({name.replace("_", "-"): value for name, value in values.items()})


def test_pages_of_other_origins_are_refused_unless_named():
    check_origin(headers(host="localhost:8000"), LOCAL)
    check_origin(headers(host="localhost:8000", origin="http://localhost:8000"), LOCAL)
    check_origin(
        headers(host="x", origin="https://a.org"), ServeOptions(origins=("https://a.org",))
    )
    check_origin(headers(host="x", origin="https://b.org"), ServeOptions(origins=("*",)))
    for origin in (
        "http://evil.com", "null", "", "http://localhost.evil.com", "http://[::1", "http://[x]",
        "://", "http://localhost/", "//localhost", "http://user@localhost", "\xff",
    ):  # fmt: skip
        with pytest.raises(ApiError) as error:
            check_origin(headers(host="localhost:8000", origin=origin), LOCAL)
        assert error.value.status == 403


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "given", ["Bearer sesame", "bearer sesame", basic("me:sesame"), basic(":sesame")]
)
def test_the_key_is_taken_as_bearer_or_password(given):
    check_key(headers(authorization=given), "sesame")


@pytest.mark.parametrize(
    "given",
    ["", "sesame", "Bearer", "Bearer sesam", "Bearer sesame2", "Basic sesame", basic("sesame"),
     "Basic é", "Digest sesame", basic("me:wrong")],
)  # fmt: skip
def test_anything_else_is_refused_without_naming_the_key(given):
    with pytest.raises(ApiError) as error:
        check_key(headers(authorization=given.encode().decode("latin-1")), "sesame")
    assert error.value.status == 401
    assert "sesame" not in error.value.message
    assert error.value.headers == {"WWW-Authenticate": "Bearer"}


def test_a_browser_is_asked_for_the_key():
    with pytest.raises(ApiError) as error:
        check_key(headers(accept="text/html,*/*"), "sesame")
    assert error.value.headers["WWW-Authenticate"].startswith("Basic")


def test_the_key_is_not_shown_with_the_options():
    assert "sesame" not in repr(ServeOptions(api_key="sesame"))


def test_of_two_keys_none_is_taken():
    pair = (b"authorization", b"Bearer sesame")
    check_key(Headers(raw=[pair]), "sesame")
    with pytest.raises(ApiError):
        check_key(Headers(raw=[pair, pair]), "sesame")
