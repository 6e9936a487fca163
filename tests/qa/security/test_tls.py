"""HTTPS with verification: a server with a wrong certificate hears nothing, of any of the APIs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kubectl_routes_simulator.cluster import SimulatedCluster, Tls
from kubectl_routes_simulator.server import LoopbackServer, Reply
from tests.cli.asking import Answer
from tests.qa.security.authority import Authority
from tests.qa.security.planted import Planted
from tests.qa.security.proxying import Proxy
from tests.qa.security.sources import STS
from tests.qa.security.users import USERS, User, use

WRONG: dict[str, Callable[[Authority, Authority, str], Tls]] = {
    "another authority": lambda _, stranger, host: stranger.issue(host),
    "another name": lambda own, _, __: own.issue("other.example"),
    "expired": lambda own, _, host: own.issue(host, expired=True),
}
# Whether a request came can be told from a server that answers every one.
ANSWER = Reply(200, b"{}", {"Content-Type": "application/json"})


class Around:
    """A simulated cluster over plain HTTP, and servers with certificates beside it."""

    def __init__(self, place: Planted, folder: Path) -> None:
        self.place = place
        self.own, self.stranger = Authority(folder, "own"), Authority(folder, "stranger")
        place.env["ALIBABA_CLOUD_CA_BUNDLE"] = self.own.path

    def server(self, wrong: str, host: str = "127.0.0.1") -> LoopbackServer:
        shown = WRONG[wrong](self.own, self.stranger, host) if wrong else self.own.issue(host)
        return LoopbackServer(lambda _: ANSWER, cert=shown.cert, key=shown.key)

    def run(self, *words: str, deadline: str = "2s") -> Answer:
        return self.place.run(*words, "--request-timeout", deadline)


@pytest.fixture
def around(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Around]:
    with SimulatedCluster(getattr(request, "param", "healthy"), nodes=4) as cluster:
        yield Around(Planted(cluster, tmp_path), tmp_path)


@pytest.mark.parametrize("form", ["token", "basic", "plugin"])
@pytest.mark.parametrize("wrong", WRONG)
def test_a_kubernetes_api_with_a_wrong_certificate_hears_nothing(
    around: Around, wrong: str, form: str
) -> None:
    with around.server(wrong) as server:
        _use_server(around, server.url, USERS[form](around.place))
        answer = around.run("status", "-v", "10")
    assert answer.code == 3
    assert f"TLS with {server.url} failed: certificate verify failed" in answer.stderr
    assert server.requests == ()


@pytest.mark.parametrize(
    ("around", "variable", "words"),
    [
        ("healthy", "VPC_ENDPOINT", ("status", "-o", "json")),
        ("managed-blocked", "CS_ENDPOINT", ("enable", "--tables", "auto", "--yes")),
    ],
    indirect=["around"],
)
@pytest.mark.parametrize("wrong", WRONG)
def test_an_api_of_the_cloud_with_a_wrong_certificate_hears_nothing(
    around: Around, variable: str, words: tuple[str, ...], wrong: str
) -> None:
    with around.server(wrong) as server:
        around.place.env[variable] = server.url
        answer = around.run(*words, "-v", "10")
    assert answer.code == 3
    assert f"{server.url} cannot be used: its certificate is" in answer.stdout + answer.stderr
    assert server.requests == ()


@pytest.mark.parametrize("wrong", WRONG)
def test_an_sts_api_with_a_wrong_certificate_hears_nothing(around: Around, wrong: str) -> None:
    place = around.place
    token = place.home / "oidc"
    token.write_text(place.token("oidc"))
    with around.server(wrong, STS) as server, Proxy({f"{STS}:443": server.port}) as proxy:
        place.without_key()
        place.env |= {
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}",
            "ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/r",
            "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/p",
            "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(token),
        }
        answer = around.run("status", "-v", "10")
    assert answer.code == 3
    assert "no credentials for the VPC API" in answer.stdout
    assert proxy.targets == [f"{STS}:443"]
    assert server.requests == ()


def test_a_right_certificate_is_taken_so_that_a_wrong_one_can_be_told(around: Around) -> None:
    with around.server("") as server:
        _use_server(around, server.url, USERS["token"](around.place))
        around.run("status", deadline="20s")
        assert server.requests != ()
        around.place.env["KUBECONFIG"] = str(around.place.cluster.kubeconfig)
        around.place.env["VPC_ENDPOINT"] = server.url
        around.run("status", deadline="20s")
        # A request of the first run may still be under way.
        assert any("Action" in one.query for one in server.requests)


def test_to_skip_verification_is_for_the_cluster_that_says_so_alone(around: Around) -> None:
    skipped = {"insecure-skip-tls-verify": True, "certificate-authority": ""}
    with around.server("another authority") as server:
        _use_server(around, server.url, USERS["token"](around.place), **skipped)
        around.place.env["VPC_ENDPOINT"] = server.url
        around.run("status", "--region", "cn-hangzhou", "--vpc-id", "vpc-1", deadline="20s")
        assert server.requests != ()
        assert all("Action" not in one.query for one in server.requests)


def test_a_server_is_held_to_the_name_that_the_kubeconfig_gives_it(around: Around) -> None:
    with around.server("", "cluster.example") as server:
        user = USERS["token"](around.place)
        _use_server(around, server.url, user, **{"tls-server-name": "cluster.example"})
        around.run("status", deadline="20s")
        assert server.requests != ()
    # Another one, because readers of the first run may still be at work.
    with around.server("", "cluster.example") as server:
        _use_server(around, server.url, user, **{"tls-server-name": "other.example"})
        answer = around.run("status")
        assert (answer.code, server.requests) == (3, ())


def test_no_credential_goes_to_another_machine_in_the_clear(around: Around) -> None:
    place = around.place
    token = USERS["token"](place)
    with Proxy({"cluster.example:8080": place.cluster.kube.server.port}) as proxy:
        place.env["HTTP_PROXY"] = f"http://127.0.0.1:{proxy.port}"
        _use_server(around, "http://cluster.example:8080", token)
        answer = around.run("status")
        assert (answer.code, proxy.asked) == (2, [])
        assert "the cluster's server must be reached over https" in answer.stderr
        # That there is none is no secret.
        _use_server(around, "http://cluster.example:8080", User({}))
        assert around.run("status").code == 0
        assert proxy.targets == ["cluster.example:8080"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("VPC_ENDPOINT", ("status",)), ("CS_ENDPOINT", ("enable", "--tables", "auto"))],
)
@pytest.mark.parametrize("around", ["managed-blocked"], indirect=True)
def test_a_plain_endpoint_on_another_machine_is_refused(
    around: Around, name: str, words: tuple[str, ...]
) -> None:
    with Proxy({}) as proxy:
        around.place.env |= {
            "HTTP_PROXY": f"http://127.0.0.1:{proxy.port}",
            name: "http://api.example",
        }
        answer = around.run(*words)
    assert (answer.code, proxy.asked) == (2, [])
    assert "must be reached over https" in answer.stderr


def _use_server(around: Around, url: str, user: User, **cluster: object) -> None:
    """A kubeconfig for another server than the simulated cluster's."""
    entry = {"server": url, "certificate-authority": around.own.path, **cluster}
    use(around.place, user, entry)
