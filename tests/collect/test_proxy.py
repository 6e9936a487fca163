from __future__ import annotations

import pytest

from kubectl_routes.collect.proxy import proxy_for
from kubectl_routes.model.errors import UsageError

PROXY = "http://proxy.example.com:3128"


@pytest.mark.parametrize(
    ("url", "env", "expected"),
    [
        ("https://vpc.aliyuncs.com", {}, None),
        ("https://vpc.aliyuncs.com", {"HTTPS_PROXY": PROXY}, PROXY),
        ("https://vpc.aliyuncs.com", {"https_proxy": PROXY, "HTTPS_PROXY": "http://no"}, PROXY),
        ("https://vpc.aliyuncs.com", {"HTTP_PROXY": PROXY}, None),
        ("http://vpc.aliyuncs.com", {"HTTP_PROXY": PROXY}, PROXY),
        ("https://vpc.aliyuncs.com", {"ALL_PROXY": PROXY}, PROXY),
        ("https://vpc.aliyuncs.com", {"HTTPS_PROXY": "proxy:3128"}, "http://proxy:3128"),
        ("https://a.com", {"ALL_PROXY": "socks5://me:x@p:1080"}, "socks5h://me:x@p:1080"),
        ("https://a.com", {"ALL_PROXY": "SOCKS5://p:1080"}, "socks5h://p:1080"),
        ("https://a.com", {"ALL_PROXY": "socks4://p:1080"}, "socks4://p:1080"),
        ("https://127.0.0.1:6443", {"HTTPS_PROXY": PROXY}, None),
        ("https://localhost:6443", {"HTTPS_PROXY": PROXY}, None),
        ("http://100.100.100.200/latest", {"HTTP_PROXY": PROXY}, None),
        ("https://[::1]:6443", {"HTTPS_PROXY": PROXY}, None),
        ("https://a.b.com", {"HTTPS_PROXY": PROXY, "NO_PROXY": "b.com"}, None),
        ("https://b.com", {"HTTPS_PROXY": PROXY, "NO_PROXY": ".b.com"}, None),
        ("https://a.b.com", {"HTTPS_PROXY": PROXY, "NO_PROXY": "x.com, *.b.com"}, None),
        ("https://ab.com", {"HTTPS_PROXY": PROXY, "NO_PROXY": "b.com"}, PROXY),
        ("https://a.com", {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, None),
        ("https://10.1.2.3:6443", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, None),
        ("https://11.1.2.3:6443", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, PROXY),
        ("https://a.com:6443", {"HTTPS_PROXY": PROXY, "NO_PROXY": "a.com:6443"}, None),
        ("https://a.com:443", {"HTTPS_PROXY": PROXY, "NO_PROXY": "a.com:6443"}, PROXY),
        ("https://a.com", {"HTTPS_PROXY": PROXY, "NO_PROXY": "a.com:443"}, None),
        ("http://a.com", {"HTTP_PROXY": PROXY, "NO_PROXY": "a.com:443"}, PROXY),
        ("https://[fd00::1]:6443", {"HTTPS_PROXY": PROXY, "NO_PROXY": "[fd00::1]:6443"}, None),
        ("https://[fd00::1]:6443", {"HTTPS_PROXY": PROXY, "NO_PROXY": "[fd00::1]"}, None),
        ("https://[fd00::1]:6443", {"HTTPS_PROXY": PROXY, "NO_PROXY": "[fd00::1]:443"}, PROXY),
        ("https://[fd00::1]:6443", {"HTTPS_PROXY": PROXY, "NO_PROXY": "[fd00::2]"}, PROXY),
    ],
)
def test_proxy_for(url: str, env: dict[str, str], expected: str | None) -> None:
    assert proxy_for(url, env) == expected


def test_a_proxys_password_without_a_user_name_is_refused_and_not_quoted() -> None:
    with pytest.raises(UsageError, match="a password without a user name") as raised:
        proxy_for("https://vpc.aliyuncs.com", {"HTTPS_PROXY": "http://:c4nary@proxy:1"})
    assert "c4nary" not in f"{raised.value.message}{raised.value.hint}"
