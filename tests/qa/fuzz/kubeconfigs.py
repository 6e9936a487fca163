"""kubeconfig files, loaded as for a command. The way they tell of is prepared, and nothing is asked
of any server.
"""

from __future__ import annotations

import io
import logging
from pathlib import Path
from random import Random
from typing import Any

import yaml

from kubectl_routes.cli import complete
from kubectl_routes.collect.connection import connect
from kubectl_routes.collect.kubeconfig import namespace_of
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.errors import RoutesError
from tests.qa.fuzz import mutate
from tests.qa.fuzz.target import Target

# A credential plugin that is not there: no damage makes another program of its name.
_CONFIG: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "practice",
    "preferences": {},
    "clusters": [
        {"name": "c", "cluster": {"server": "https://127.0.0.1:9", "tls-server-name": "x",
                                  "insecure-skip-tls-verify": True}},
        {"name": "d", "cluster": {"server": "https://127.0.0.1:9",
                                  "certificate-authority-data": "aGFsbG8="}},
    ],
    "contexts": [
        {"name": "practice", "context": {"cluster": "c", "user": "u", "namespace": "n"}},
        {"name": "other", "context": {"cluster": "d", "user": "v"}},
    ],
    "users": [
        {"name": "u", "user": {"token": "secret-token", "username": "a", "password": "b"}},
        {"name": "v", "user": {"exec": {"apiVersion": "client.authentication.k8s.io/v1",
                                        "command": "/nonexistent/plugin",
                                        "args": ["a"], "env": [{"name": "A", "value": "b"}]}}},
        {"name": "w", "user": {"client-certificate-data": "aGFsbG8=", "client-key-data": "eA=="}},
    ],
}  # fmt: skip
_CONTEXTS = (None, "practice", "other", "none")


class Kubeconfigs(Target):
    """The first byte chooses the context, the rest is the file."""

    name = "kubeconfig files"
    about = "loaded and connected by, read for completion"
    share = 8_500

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._path = folder / "kubeconfig"
        self._env = {"HOME": str(folder / "home")}
        # The official loader logs what a plugin says, which is ignored here.
        logging.lastResort = None

    def make(self, chance: Random) -> bytes:
        lot = chance.random()
        if lot < 0.6:
            body = mutate.hostile(chance, _CONFIG)
        else:
            body = yaml.safe_dump(mutate.value(chance, _CONFIG)).encode("utf-8", "surrogatepass")
            body = mutate.damaged(chance, body) if lot < 0.9 else body
        return bytes([chance.randrange(len(_CONTEXTS))]) + body

    def feed(self, body: bytes) -> bool:
        context = _CONTEXTS[(body[0] if body else 0) % len(_CONTEXTS)]
        self._path.write_bytes(body[1:])
        options = CollectOptions(kubeconfig=str(self._path), context=context)
        words = ["status", "--kubeconfig", str(self._path), "--context", ""]
        complete.answer(words, self._env, io.StringIO())
        try:
            namespace_of(options, self._env)
            connect(options, self._env)
        except RoutesError:
            return False
        return True
