from __future__ import annotations

import certifi
import pytest

from kubectl_routes.collect.endpoint import Route, endpoint_url, vpc_route
from kubectl_routes.model.errors import UsageError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("vpc.aliyuncs.com", "https://vpc.aliyuncs.com"),
        ("vpc.aliyuncs.com:8443", "https://vpc.aliyuncs.com:8443"),
        ("https://vpc.aliyuncs.com/", "https://vpc.aliyuncs.com"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost:8080", "http://localhost:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://127.0.0.1:8443", "https://127.0.0.1:8443"),
    ],
)
def test_every_form_of_an_endpoint(text: str, expected: str) -> None:
    assert endpoint_url(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "http://vpc.aliyuncs.com",
        "http://127.0.0.1.example.com",
        "ftp://127.0.0.1",
        "host:port",
        "https://",
        "https://host/path",
        "https://user:c4nary@host",
        "https://:c4nary@host",
        "http://:c4nary@127.0.0.1",
        "user@host",
        "https://@host",
        "https://host#c4nary",
        f"https://{'a' * 64}.example.com",
        "a..example.com",
    ],
)
def test_what_is_no_safe_endpoint_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        endpoint_url(text)
    assert "c4nary" not in f"{raised.value.message}{raised.value.hint}"


def test_the_regions_own_endpoint_goes_through_the_proxy() -> None:
    env = {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": "10.0.0.0/8"}
    expected = Route("https://vpc.aliyuncs.com", "http://proxy:1", certifi.where())
    assert vpc_route(None, "cn-hangzhou", env) == expected


def test_no_proxy_and_ca_bundle_of_the_environment_are_obeyed() -> None:
    env = {"HTTPS_PROXY": "http://proxy:1", "NO_PROXY": ".aliyuncs.com", "SSL_CERT_FILE": "/ca"}
    expected = Route("https://vpc.aliyuncs.com", None, "/ca")
    assert vpc_route(None, "cn-hangzhou", env) == expected
    assert (
        vpc_route(None, "cn-hangzhou", {**env, "ALIBABA_CLOUD_CA_BUNDLE": "/ali"}).bundle == "/ali"
    )


def test_the_flag_comes_before_the_environment() -> None:
    env = {"VPC_ENDPOINT": "b.example.com"}
    assert vpc_route("a.example.com", "cn-hangzhou", env).url == "https://a.example.com"
    assert vpc_route(None, "cn-hangzhou", env).url == "https://b.example.com"
