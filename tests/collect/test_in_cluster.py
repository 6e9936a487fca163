"""The service account of a pod: a token file that rotates, and a CA, over TLS."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_routes.collect import kube_user, snapshot
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.collect.connection import connect
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.errors import ClusterError, UsageError
from kubectl_routes.model.snapshot import Snapshot
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.kube_access import Access, User
from tests.collect.reading import DEPLOY
from tests.qa.security.authority import Authority

ROLE = DEPLOY / "clusterrole-read.yaml"
USER = User(
    "system:serviceaccount:kubectl-routes:kubectl-routes-monitor",
    ("system:serviceaccounts", "system:serviceaccounts:kubectl-routes"),
)


class Pod:
    """A pod beside a cluster that speaks TLS and knows the token ``first`` only."""

    def __init__(self, cluster: SimulatedCluster, folder: Path) -> None:
        self.cluster = cluster
        self.token = folder / "token"
        self.token.write_text("first\n")
        host, port = cluster.kube.url.removeprefix("https://").rsplit(":", 1)
        unwanted = {"KUBECONFIG": None, "HOME": None}
        self.env = {
            name: value
            for name, value in cluster.environment(os.environ).items()
            if name not in unwanted
        }
        self.env |= {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
        self.options = CollectOptions(service_account=str(folder))

    def admit(self, token: str) -> None:
        """From now on the API server knows this token only, and it may what the read role says."""
        self.cluster.kube.access = Access({token: USER}, ROLE)


@pytest.fixture
def pod(tmp_path: Path) -> Iterator[Pod]:
    tls = Authority(tmp_path, "ca").issue("127.0.0.1")
    (tmp_path / "ca.crt").write_bytes(Path(tls.authority).read_bytes())
    with SimulatedCluster(tls=tls) as cluster:
        found = Pod(cluster, tmp_path)
        found.admit("first")
        yield found


def take(pod: Pod) -> Snapshot:
    return snapshot.take(pod.options, pod.env, SystemClock(), lambda _: None)


def test_a_pod_reads_all_with_its_service_account_and_the_read_role_alone(pod: Pod) -> None:
    found = take(pod)
    assert (found.gaps, found.cluster.context) == ((), "in-cluster")
    assert len(found.nodes) == len(pod.cluster.infra.nodes)
    assert found.entries


def test_each_reading_takes_the_token_that_is_in_the_file_then(pod: Pod) -> None:
    take(pod)
    pod.admit("second")
    with pytest.raises(ClusterError, match="401"):
        take(pod)
    pod.token.write_text("second\n")
    assert take(pod).gaps == ()


def test_a_connection_looks_at_the_token_file_again_in_time(
    pod: Pod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kube_user, "TOKEN_SECONDS", 0.0)
    connection = connect(pod.options, pod.env)
    pod.token.write_text("second\n")
    assert connection.headers()["Authorization"] == "Bearer second"
    assert "second" in connection.secrets()


def test_without_a_token_there_is_no_service_account(pod: Pod) -> None:
    pod.token.unlink()
    with pytest.raises(UsageError, match="no kubeconfig found"):
        connect(pod.options, pod.env)


def test_a_ca_that_is_not_there_is_told(pod: Pod, tmp_path: Path) -> None:
    (tmp_path / "ca.crt").unlink()
    with pytest.raises(UsageError, match=r"File does not exist: .*/ca\.crt"):
        connect(pod.options, pod.env)


def test_an_address_of_ipv6_is_in_brackets(pod: Pod) -> None:
    env = {**pod.env, "KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": ""}
    found = connect(replace(pod.options), env)
    assert (found.server, found.user) == ("https://[fd00::1]:443", "service account")
