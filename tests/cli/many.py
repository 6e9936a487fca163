"""Several simulated clusters behind one kubeconfig and one VPC API, as one account has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.identity import AccessKey
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request


class ManyClusters:
    """A context manager. ``scenarios`` maps contexts to scenarios; a profile of the same name holds
    the only AccessKey that reads the VPC of its cluster. ``others`` maps further contexts to the
    URLs of their servers.
    """

    def __init__(
        self,
        scenarios: Mapping[str, str],
        nodes: int | None = None,
        others: Mapping[str, str] | None = None,
    ) -> None:
        self._scenarios = scenarios
        self._nodes = nodes
        self._others = others or {}

    def __enter__(self) -> ManyClusters:
        with ExitStack() as stack:
            self.clusters = [
                stack.enter_context(SimulatedCluster(one, self._nodes))
                for one in self._scenarios.values()
            ]
            folder = stack.enter_context(TemporaryDirectory(prefix="kubectl-routes-many-"))
            self._home = Path(folder)
            self.keys = {name: self._key(n) for n, name in enumerate(self._scenarios)}
            self._cloud = LoopbackServer(self._handle).start()
            stack.callback(self._cloud.stop)
            self._write_kubeconfig()
            self._write_profiles()
            self._to_close = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._to_close.close()

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """``base``, changed so that commands see these clusters only."""
        env = self.clusters[0].environment(base)
        for name in ("ACCESS_KEY_ID", "ACCESS_KEY_SECRET"):
            del env[f"ALIBABA_CLOUD_{name}"]
        endpoints = dict.fromkeys(
            ("VPC_ENDPOINT", "ECS_ENDPOINT", "QUOTAS_ENDPOINT"), self._cloud.url
        )
        return {
            **env,
            **endpoints,
            "KUBECONFIG": str(self._home / "config"),
            "HOME": str(self._home),
        }

    @property
    def profiles(self) -> list[str]:
        """The flags that give every context its own profile."""
        return [word for name in self.keys for word in ("--profile", f"{name}={name}")]

    def _key(self, number: int) -> AccessKey:
        key = AccessKey(f"LTAI5tSimulatedCluster{number:04}", f"secret-of-cluster-{number}")
        self.clusters[number].vpc.gatekeeper.keys[key.id] = key
        return key

    def _handle(self, request: Request) -> Reply:
        """The AccessKey says whose VPC it is."""
        ids = [key.id for key in self.keys.values()]
        number = ids.index(request.first("AccessKeyId"))
        return self.clusters[number].vpc.server.handle(request)

    def _write_kubeconfig(self) -> None:
        parts: dict[str, list[object]] = {"clusters": [], "users": [], "contexts": []}
        for name, cluster in zip(self.keys, self.clusters, strict=True):
            document = yaml.safe_load(Path(cluster.kubeconfig).read_text(encoding="utf-8"))
            parts["clusters"].append({**document["clusters"][0], "name": name})
            parts["users"].append({**document["users"][0], "name": name})
        for name, url in self._others.items():
            parts["clusters"].append({"name": name, "cluster": {"server": url}})
            parts["users"].append({"name": name, "user": {}})
        parts["contexts"] = [
            {"name": name, "context": {"cluster": name, "user": name}}
            for name in (*self.keys, *self._others)
        ]
        config = {"apiVersion": "v1", "kind": "Config", **parts}
        (self._home / "config").write_text(json.dumps(config), encoding="utf-8")

    def _write_profiles(self) -> None:
        profiles = [
            {"name": name, "mode": "AK", "access_key_id": key.id, "access_key_secret": key.secret}
            for name, key in self.keys.items()
        ]
        path = self._home / ".aliyun" / "config.json"
        path.parent.mkdir()
        path.write_text(
            json.dumps({"current": next(iter(self.keys)), "profiles": profiles}), encoding="utf-8"
        )
