"""Proxies by the variables that everybody knows, for all APIs alike, over real proxies."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.qa.security.authority import Authority
from tests.qa.security.planted import Planted
from tests.qa.security.proxying import Proxy
from tests.qa.security.sources import SOURCES, services
from tests.qa.security.users import USERS, Heard, use

# Names of this machine that no rule for loopback knows, and that no name server is asked for.
KUBE, VPC, ACK = "127.1", "127.0.1", "127.2"
# Through the proxy they need not exist.
FAR = {"kube": "kube.example", "vpc": "vpc.example", "addon": "cs.example"}


class Around(Planted):
    """A simulated cluster whose three servers are named, at any port."""

    def __init__(self, cluster: SimulatedCluster, home: Path) -> None:
        super().__init__(cluster, home)
        self.user = USERS["token"](self)

    def name(self, **hosts: str) -> None:
        """Let the APIs be at these hosts; those that are not named stay at 127.0.0.1."""
        host = hosts.get("kube", "127.0.0.1")
        use(self, self.user, {"server": f"https://{host}:{self.port('kube')}"})
        variables = {"vpc": "VPC_ENDPOINT", "addon": "CS_ENDPOINT"}
        for api, variable in variables.items():
            self.env[variable] = f"https://{hosts.get(api, '127.0.0.1')}:{self.port(api)}"
        for product in ("ECS", "QUOTAS"):
            self.env[f"{product}_ENDPOINT"] = self.env["VPC_ENDPOINT"]

    def port(self, api: str) -> int:
        return int(getattr(self.cluster, api).server.port)

    def ways(self, **hosts: str) -> dict[str, int]:
        return {f"{host}:{self.port(api)}": self.port(api) for api, host in hosts.items()}


@contextmanager
def standing(folder: Path, scenario: str, *hosts: str) -> Iterator[Around]:
    tls = Authority(folder).issue("127.0.0.1", *hosts)
    with SimulatedCluster(scenario, nodes=4, tls=tls) as cluster:
        yield Around(cluster, folder)


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Around]:
    with standing(tmp_path, "managed-blocked", KUBE, VPC, ACK, *FAR.values()) as found:
        yield found


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_every_api_is_reached_through_the_proxy(around: Around, variable: str) -> None:
    around.name(**FAR)
    with Proxy(around.ways(**FAR)) as proxy:
        around.env[variable] = f"http://127.0.0.1:{proxy.port}"
        answer = around.run("enable", "--tables", "auto", "--yes", "--no-wait")
        assert answer.code == 0, answer
    assert sorted(proxy.targets) == sorted(around.ways(**FAR))
    assert all(one.line.startswith("CONNECT ") for one in proxy.asked)


def test_without_the_variable_no_proxy_is_asked(around: Around) -> None:
    around.name()
    with Proxy(around.ways(**FAR)) as proxy:
        around.env["HTTP_PROXY"] = f"http://127.0.0.1:{proxy.port}"
        assert around.run("status").code in (0, 1)
    assert proxy.asked == []


@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    ("rules", "kube", "vpc"),
    [
        ("", True, True),
        (KUBE, False, True),
        (f"other.example, {VPC}", True, False),
        (".1", False, False),
        ("*", False, False),
        ("1:1", True, True),
    ],
)
def test_no_proxy_is_for_both_alike(
    around: Around, variable: str, rules: str, kube: bool, vpc: bool
) -> None:
    around.name(kube=KUBE, vpc=VPC)
    ways = {"kube": KUBE, "vpc": VPC}
    with Proxy(around.ways(**ways)) as proxy:
        around.env |= {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", variable: rules}
        answer = around.run("status")
        assert answer.code in (0, 1), answer
    wanted = {"kube": kube, "vpc": vpc}
    through = {api: f"{host}:{around.port(api)}" in proxy.targets for api, host in ways.items()}
    assert through == wanted


def test_the_password_of_a_proxy_goes_to_the_proxy_alone(around: Around) -> None:
    around.name(**FAR)
    password, heard = around.secret("proxy"), Heard(around.cluster)
    with Proxy(around.ways(**FAR)) as proxy:
        around.env["HTTPS_PROXY"] = f"http://me:{password}@127.0.0.1:{proxy.port}"
        for verbosity in ("0", "10"):
            assert around.run("status", "-o", "json", "-v", verbosity).code in (0, 1)
    wanted = "Basic " + base64.b64encode(f"me:{password}".encode()).decode()
    assert {one.headers["proxy-authorization"] for one in proxy.asked} == {wanted}
    assert not any("proxy-authorization" in one.headers for one in heard.requests)


@pytest.mark.parametrize("api", ["kube", "vpc"])
def test_a_proxy_that_refuses_and_repeats_the_request_is_not_passed_on(
    around: Around, api: str
) -> None:
    around.name(**{api: FAR[api]})
    password = around.secret("proxy")
    with Proxy({}) as proxy:
        around.env["HTTPS_PROXY"] = f"http://me:{password}@127.0.0.1:{proxy.port}"
        answer = around.run("status", "-v", "10", "--request-timeout", "2s")
    assert answer.code == 3
    shown = " ".join((answer.stdout + answer.stderr).split())
    assert "the proxy does not let through" in shown
    assert proxy.asked != []


@pytest.mark.parametrize("url", ["http://me:{}@[::", "http://me:{}@127.0.0.1:x", "x://me:{}@h:1"])
@pytest.mark.parametrize("api", ["kube", "vpc"])
def test_a_proxy_that_is_none_is_told_without_its_password(
    around: Around, api: str, url: str
) -> None:
    around.name(**{api: FAR[api]})
    around.env["HTTPS_PROXY"] = url.format(around.secret("proxy"))
    answer = around.run("status", "-v", "10", "--request-timeout", "2s")
    assert (answer.code, answer.told[-2:]) == (
        2,
        ["error: the proxy is not a URL", "write http://HOST:PORT"],
    )


def test_a_service_of_keys_on_this_machine_is_not_asked_through_a_proxy(
    around: Around, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    around.name()
    folder = tmp_path / "services"
    folder.mkdir()
    with services(folder) as found, Proxy({}) as proxy:
        around.without_key()
        around.env |= SOURCES["credentials URI"](around, found).env
        around.cluster.vpc.gatekeeper.keys = {found.key.id: found.key}
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            around.env[name] = f"http://127.0.0.1:{proxy.port}"
            monkeypatch.setenv(name, around.env[name])
        assert around.run("status").code in (0, 1)
    assert found.local.requests != ()
    assert proxy.asked == []
