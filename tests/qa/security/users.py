"""Every form in which a kubeconfig can hold, or name, the credentials of a user."""

from __future__ import annotations

import json
import stat
from base64 import b64encode
from collections.abc import Callable, Mapping

from msgspec import Struct

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.server import Reply, Request
from tests.qa.security.authority import client
from tests.qa.security.planted import Planted

API = "client.authentication.k8s.io/v1"
FAR = "2099-01-01T00:00:00Z"


class User(Struct, frozen=True):
    """The user's entry, what the cluster's entry adds, and what the server is to see of it:
    the Authorization header, where there is one.
    """

    entry: dict[str, object]
    sent: str = ""
    cluster: dict[str, str] = {}


class Heard:
    """What the API server was asked, headers and all, before it answered."""

    def __init__(self, cluster: SimulatedCluster) -> None:
        self.requests: list[Request] = []
        self._answer = cluster.kube.server.handle
        cluster.kube.server.handle = self._hear

    def _hear(self, request: Request) -> Reply:
        self.requests.append(request)
        return self._answer(request)


def use(
    place: Planted, user: User, cluster: Mapping[str, object] | None = None, name: str = "c"
) -> None:
    """Let the kubeconfig name this user alone; ``cluster`` changes the entry of the cluster, from
    which what is empty is left out.
    """
    entry = {
        "server": place.cluster.kube.url,
        "certificate-authority": str(place.home / "authority.pem"),
        **user.cluster,
        **(cluster or {}),
    }
    config = {
        "current-context": name,
        "clusters": [{"name": name, "cluster": {key: text for key, text in entry.items() if text}}],
        "users": [{"name": name, "user": user.entry}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }
    path = place.home / "kubeconfig"
    path.write_text(json.dumps(config))
    place.env["KUBECONFIG"] = str(path)


def _token(place: Planted) -> User:
    token = place.token("kubeconfig, token")
    return User({"token": token}, f"Bearer {token}")


def _token_file(place: Planted) -> User:
    path, token = place.home / "token", place.token("kubeconfig, tokenFile")
    path.write_text(token)
    return User({"tokenFile": str(path)}, f"Bearer {token}")


def _basic(place: Planted) -> User:
    password = place.secret("kubeconfig, password")
    entry: dict[str, object] = {"username": "me", "password": password}
    return User(entry, f"Basic {b64encode(f'me:{password}'.encode()).decode()}")


def _certificate(place: Planted) -> User:
    made = client()
    data = b64encode(made.key).decode()
    place.canaries["kubeconfig, client-key-data"] = data[60:120]
    place.canaries["kubeconfig, the key itself"] = made.key.decode().splitlines()[1]
    return User({"client-certificate-data": b64encode(made.cert).decode(), "client-key-data": data})


def program(place: Planted, script: str) -> dict[str, object]:
    """A credential plugin with that script."""
    path = place.home / "plugin"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(stat.S_IRWXU)
    return {"exec": {"command": str(path), "apiVersion": API, "interactiveMode": "Never"}}


def credential(**status: str) -> str:
    return json.dumps({"apiVersion": API, "kind": "ExecCredential", "status": status})


def _plugin(place: Planted) -> User:
    token = place.token("plugin, token")
    said = f"echo 'token {place.secret('plugin, stderr')}' >&2"
    return User(program(place, f"{said}\necho '{credential(token=token)}'"), f"Bearer {token}")


def _plugin_certificate(place: Planted) -> User:
    made = client()
    place.canaries["plugin, the key"] = made.key.decode().splitlines()[1]
    answer = credential(clientCertificateData=made.cert.decode(), clientKeyData=made.key.decode())
    path = place.home / "answer.json"
    path.write_text(answer)
    return User(program(place, f"cat {path}"))


def _oidc(place: Planted) -> User:
    def part(content: dict[str, object]) -> str:
        return b64encode(json.dumps(content).encode()).decode().rstrip("=")

    signature = place.secret("oidc, the signature of id-token")
    token = f"{part({'alg': 'x'})}.{part({'exp': 4070908800})}.{signature}"
    config = {
        "id-token": token,
        "refresh-token": place.token("oidc, refresh-token"),
        "client-secret": place.secret("oidc, client-secret"),
        "idp-issuer-url": "https://127.0.0.1:9",
    }
    return User({"auth-provider": {"name": "oidc", "config": config}}, f"Bearer {token}")


def _gcp(place: Planted) -> User:
    token = place.token("gcp, access-token")
    config = {"access-token": token, "expiry": FAR}
    return User({"auth-provider": {"name": "gcp", "config": config}}, f"Bearer {token}")


USERS: dict[str, Callable[[Planted], User]] = {
    "token": _token,
    "token file": _token_file,
    "basic": _basic,
    "client certificate": _certificate,
    "plugin": _plugin,
    "plugin with a certificate": _plugin_certificate,
    "auth-provider oidc": _oidc,
    "auth-provider gcp": _gcp,
}
# What a plugin can do wrong, as a script; $CANARY stands for what it must keep to itself.
FAILURES = {
    "ends with an error and the token on stderr": "echo $CANARY >&2; exit 3",
    "prints the token in no JSON": "echo $CANARY",
    "prints JSON that breaks off": 'printf \'{"status": {"token": "%s\' $CANARY',
    "another kind": "echo '{\"kind\": \"'$CANARY'\"}'",
    "another apiVersion": 'echo \'{"apiVersion": "\'$CANARY\'", "kind": "x", "status": {}}\'',
    "a status without a token": 'echo \'{"apiVersion": "' + API + '", "kind": "x", '
    '"status": {"t": "\'$CANARY\'"}}\'',
    "a token that no header can hold": 'printf \'{"apiVersion": "' + API + '", "kind": "x", '
    '"status": {"token": "\\\\u0007%s"}}\' $CANARY',
}
