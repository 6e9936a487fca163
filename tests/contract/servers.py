"""The Kubernetes API server that the contract is tested on: the simulated cluster or a real one."""

from __future__ import annotations

import json
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
from kubernetes.client import ApiClient, CoreV1Api
from kubernetes.config import new_client_from_config
from kubernetes.utils import create_from_dict

from kubectl_routes_simulator.kube import KubeSimulator

Object = dict[str, Any]

LABEL = "kubectl-routes/contract"
UNKNOWN_USER = "kubectl-routes-contract-unknown"
JSON = "application/json"


class Answer:
    """Status, headers and body of one reply; a header that is not there is empty."""

    def __init__(self, reply: urllib3.BaseHTTPResponse) -> None:
        self.status = reply.status
        self.content_type = reply.headers.get("Content-Type", "")
        self.warning = reply.headers.get("Warning", "")
        self.body: bytes = reply.data

    def json(self) -> Any:
        return json.loads(self.body)


class Server(ABC):
    """One server, reached as its kubeconfig says. ``minor`` is its release, 30 of v1.30.

    ``run`` is a name that nothing else on the server has: the namespace of what the tests create,
    and the value of LABEL on the nodes. ``spare`` says that no one works with the server, so that
    tests may install something outside that namespace, too.
    """

    def __init__(self, kubeconfig: Path, spare: bool) -> None:
        self.kubeconfig = kubeconfig
        self.spare = spare
        self.run = f"contract-{secrets.token_hex(4)}"
        self.client: ApiClient = new_client_from_config(  # type: ignore[no-untyped-call]
            str(kubeconfig)
        )
        config = self.client.configuration
        self._url = config.host
        self._pool = urllib3.PoolManager(
            ca_certs=config.ssl_ca_cert,
            cert_file=config.cert_file,
            key_file=config.key_file,
            retries=False,
            timeout=30,
        )
        self._stranger = urllib3.PoolManager(ca_certs=config.ssl_ca_cert, retries=False, timeout=30)
        settings = config.auth_settings()  # empty for a user with a client certificate
        self._own = {"Authorization": settings["BearerToken"]["value"]} if settings else {}
        self.minor = int(self.get("/version").json()["minor"].rstrip("+"))

    @abstractmethod
    def seed(self, *objects: Object) -> None:
        """Create objects."""

    @abstractmethod
    def forget(self) -> bool:
        """Let the server forget every version but the newest, so that continue tokens expire.
        False where that is not in our hands.
        """

    def get(self, path: str, headers: Mapping[str, str] | None = None, **query: str) -> Answer:
        """A GET as the administrator; underscores at the end of a parameter's name fall away."""
        named = {name.rstrip("_"): value for name, value in query.items()}
        target = f"{self._url}{path}?{urlencode(named)}"
        return Answer(self._pool.request("GET", target, headers=self._as(headers)))

    def post(self, path: str, value: Object, headers: Mapping[str, str] | None = None) -> Answer:
        """A POST of JSON as the administrator."""
        named = {"Content-Type": "application/json", **self._as(headers)}
        body = json.dumps(value)
        return Answer(self._pool.request("POST", self._url + path, headers=named, body=body))

    def send(
        self, method: str, path: str, value: Any = None, kind: str = JSON, **query: str
    ) -> Answer:
        """A write as the administrator, from a client that calls itself ``contract``; ``kind`` is
        the Content-Type.
        """
        named = {"Content-Type": kind, "User-Agent": "contract/1.0 (tests)", **self._own}
        body = None if value is None else json.dumps(value)
        target = f"{self._url}{path}?{urlencode(query)}"
        return Answer(self._pool.request(method, target, headers=named, body=body))

    def get_with_token(self, path: str, token: str) -> Answer:
        """A GET with a bearer token and nothing else to show."""
        headers = {"Authorization": f"Bearer {token}"}
        return Answer(self._stranger.request("GET", self._url + path, headers=headers))

    def close(self) -> None:
        self._pool.clear()
        self._stranger.clear()
        self.client.close()  # type: ignore[no-untyped-call]

    def _as(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        return {**self._own, **(headers or {})}


class SimulatedServer(Server):
    """The simulated cluster: seeds go straight to its store."""

    def __init__(self, kube: KubeSimulator, kubeconfig: Path) -> None:
        super().__init__(kubeconfig, spare=True)
        self._kube = kube
        self.seed({"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": self.run}})

    def seed(self, *objects: Object) -> None:
        for value in objects:
            self._kube.store.put(value)

    def forget(self) -> bool:
        self._kube.lists.expire_tokens()
        self._kube.store.compact()
        return True


class RealServer(Server):
    """A real API server: seeds go through the official client, and are removed in the end.

    ``compact`` makes its etcd forget, where we have started it.
    """

    def __init__(self, kubeconfig: Path, compact: Callable[[], None] | None = None) -> None:
        super().__init__(kubeconfig, spare=compact is not None)
        self._compact = compact
        meta = {"name": self.run, "labels": {LABEL: self.run}}
        self.seed({"kind": "Namespace", "apiVersion": "v1", "metadata": meta})

    def seed(self, *objects: Object) -> None:
        for value in objects:
            create_from_dict(self.client, value)  # type: ignore[no-untyped-call]

    def forget(self) -> bool:
        if self._compact is None:
            return False
        self._compact()
        return True

    def close(self) -> None:
        core = CoreV1Api(self.client)
        core.delete_collection_node(label_selector=f"{LABEL}={self.run}")
        core.delete_namespace(self.run)
        super().close()
