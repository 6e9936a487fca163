from __future__ import annotations

import json
import ssl
from base64 import b64encode
from pathlib import Path

import pytest
import trustme

from kubectl_routes.collect.aliyun_client import VPC, RpcApi
from kubectl_routes.collect.connection import connect
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.endpoint import vpc_route
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.collect.pool import new_pool
from kubectl_routes.collect.signing import AccessKey
from kubectl_routes.model.errors import CloudError, ClusterError, UsageError
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request
from tests.collect.timing import FastClock
from tests.qa.security.proxying import Proxy


def answer(request: Request) -> Reply:
    body = json.dumps({"kind": "A", "host": request.headers["host"]}).encode()
    return Reply(200, body, {"Content-Type": "application/json"})


def encoded(text: bytes) -> str:
    return b64encode(text).decode()


@pytest.mark.parametrize(
    ("user", "sent"),
    [
        ("ann:p%40s%3As%2F", "ann:p@s:s/"),
        ("a%40b:%E5%AF%86", "a@b:密"),
        ("ann:p@ss", "ann:p@ss"),
        ("ann", "ann:"),
    ],
)
def test_a_proxy_gets_its_password_as_it_is(user: str, sent: str) -> None:
    pool = new_pool(None, f"http://{user}@proxy.example.com:3128", size=1)
    assert pool.proxy_headers == {"proxy-authorization": f"Basic {encoded(sent.encode())}"}


class Servers:
    """A server whose certificate comes from an authority that another has issued."""

    def __init__(self, folder: Path) -> None:
        self.root = trustme.CA()
        self.issuer = self.root.create_child_ca()
        self.folder = folder
        leaf = self.issuer.issue_cert("127.0.0.1", "2001:db8::1")
        leaf.private_key_pem.write_to_path(str(folder / "key"))
        (folder / "cert").write_bytes(b"".join(each.bytes() for each in leaf.cert_chain_pems))
        self.leaf = leaf.cert_chain_pems[0].bytes()

    def server(self) -> LoopbackServer:
        cert, key = str(self.folder / "cert"), str(self.folder / "key")
        return LoopbackServer(answer, cert=cert, key=key)

    def ask(self, **cluster: object) -> str:
        """Which host the request names, asked for as the kubeconfig's entry says."""
        with self.server() as server:
            config = {
                "current-context": "a",
                "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
                "clusters": [{"name": "a", "cluster": {"server": server.url, **cluster}}],
                "users": [{"name": "a", "user": {"token": "t"}}],
            }
            path = self.folder / "config"
            path.write_text(json.dumps(config))
            connection = connect(CollectOptions(kubeconfig=str(path)), {})
            client = KubeClient(connection, Deadline(FastClock(), 20.0))
            try:
                found = client.document("look", "/api/v1/x").text("host")
            finally:
                client.close()
        return found.replace(f":{server.port}", "")


@pytest.fixture
def servers(tmp_path: Path) -> Servers:
    return Servers(tmp_path)


@pytest.mark.parametrize("named", ["root", "issuer", "leaf", "with a comment"])
def test_whatever_the_kubeconfig_names_as_authority_is_one(servers: Servers, named: str) -> None:
    root = servers.root.cert_pem.bytes()
    texts = {
        "root": root,
        "issuer": servers.issuer.cert_pem.bytes(),
        "leaf": servers.leaf,
        "with a comment": "# 阿里云\n".encode() + root,
    }
    assert servers.ask(**{"certificate-authority-data": encoded(texts[named])}) == "127.0.0.1"


def test_verification_is_skipped_for_a_clear_yes_alone(servers: Servers) -> None:
    assert servers.ask(**{"insecure-skip-tls-verify": True}) == "127.0.0.1"
    for text in ("false", "no", "", 0, None):
        with pytest.raises(ClusterError, match="certificate verify failed"):
            servers.ask(**{"insecure-skip-tls-verify": text})


def test_an_ipv6_address_behind_a_proxy_has_one_pair_of_brackets(servers: Servers) -> None:
    with servers.server() as server:
        way = {"[2001:db8::1]:6443": server.port}
        with Proxy(way) as proxy:
            host = servers.ask(
                **{
                    "server": "https://[2001:db8::1]:6443",
                    "certificate-authority-data": encoded(servers.root.cert_pem.bytes()),
                    "proxy-url": f"http://127.0.0.1:{proxy.port}",
                }
            )
    assert host == "[2001:db8::1]:6443"


@pytest.mark.parametrize("trusted", [True, False])
def test_the_bundle_is_for_a_proxy_with_tls_too(servers: Servers, trusted: bool) -> None:
    bundle = servers.folder / "bundle"
    bundle.write_bytes((servers.root if trusted else trustme.CA()).cert_pem.bytes())
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(servers.folder / "cert", servers.folder / "key")
    key, deadline = AccessKey("id", "secret"), Deadline(FastClock(), 20.0)
    with servers.server() as server, Proxy({"[2001:db8::1]:443": server.port}, tls) as proxy:
        env = {
            "HTTPS_PROXY": f"https://127.0.0.1:{proxy.port}",
            "ALIBABA_CLOUD_CA_BUNDLE": str(bundle),
        }
        way = vpc_route("https://[2001:db8::1]", "cn-hangzhou", env)
        api = RpcApi(VPC, key, "cn-hangzhou", way, deadline)
        try:
            if trusted:
                assert api.call("DescribeVpcs", {}).text("kind") == "A"
            else:
                with pytest.raises(CloudError, match="the proxy does not let through"):
                    api.call("DescribeVpcs", {})
        finally:
            api.close()


@pytest.mark.parametrize("name", [5, "a" * 300, "a..b"])
def test_a_server_name_that_none_can_be_is_told(servers: Servers, name: object) -> None:
    with pytest.raises(UsageError, match="it is malformed"):
        servers.ask(**{"tls-server-name": name})
