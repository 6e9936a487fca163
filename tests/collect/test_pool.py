from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

import pytest
import trustme

from kubectl_routes.collect.connection import connect
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.collect.pool import new_pool
from kubectl_routes.model.errors import ClusterError
from kubectl_routes_simulator.server import LoopbackServer, Reply
from tests.collect.timing import FastClock

OBJECT = Reply(200, b'{"kind": "A"}', {"Content-Type": "application/json"})


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
        leaf = self.issuer.issue_cert("127.0.0.1")
        leaf.private_key_pem.write_to_path(str(folder / "key"))
        (folder / "cert").write_bytes(b"".join(each.bytes() for each in leaf.cert_chain_pems))
        self.leaf = leaf.cert_chain_pems[0].bytes()

    def ask(self, **cluster: object) -> str:
        """The kind of an object, asked for as the kubeconfig's entry says."""
        cert, key = str(self.folder / "cert"), str(self.folder / "key")
        with LoopbackServer(lambda _: OBJECT, cert=cert, key=key) as server:
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
                return client.document("look", "/api/v1/x").text("kind")
            finally:
                client.close()


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
    assert servers.ask(**{"certificate-authority-data": encoded(texts[named])}) == "A"


def test_verification_is_skipped_for_a_clear_yes_alone(servers: Servers) -> None:
    assert servers.ask(**{"insecure-skip-tls-verify": True}) == "A"
    for text in ("false", "no", "", 0, None):
        with pytest.raises(ClusterError, match="certificate verify failed"):
            servers.ask(**{"insecure-skip-tls-verify": text})
