"""Whole readings of a simulated cluster, what is left when something cannot be read, and files.

What a single call that fails leads to is in tests/cli/test_bad_cluster.py and test_bad_cloud.py.
"""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from kubectl_routes.collect import snapshot
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.controller import LARGEST_CLOUD_CONFIG, ControllerKind
from kubectl_routes.model.errors import ClusterError, UsageError
from kubectl_routes.model.snapshot import Gap
from kubectl_routes.render.json import json
from kubectl_routes_simulator import vpc_faults
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.identity import read_policy
from kubectl_routes_simulator.kube_access import Access, User
from tests.cli.asking import kubeconfig
from tests.collect.reading import DEPLOY, Reader, parts
from tests.collect.timing import silent


def test_a_healthy_cluster_is_read_whole(reader: Reader) -> None:
    taken = reader.read()

    assert taken.gaps == ()
    assert taken.time == "2026-01-02T03:04:05Z"
    assert len(taken.nodes) == 9
    assert [node.name for node in taken.nodes] == sorted(node.name for node in taken.nodes)
    assert taken.controller.kind is ControllerKind.DAEMON_SET
    assert len(taken.controller.pods) == 3
    config = taken.controller.cloud_config
    assert config is not None
    assert config.text is not None
    for table in taken.tables:
        assert table.id in config.text
        assert table.id in taken.entries
    assert '"accessKeySecret": "REDACTED' in config.text
    assert set(taken.entries) == {table.id for table in taken.tables}
    assert taken.vpc is not None
    assert taken.vpc.id == taken.cluster.vpc_id
    assert taken.cluster.region == "cn-hangzhou"
    assert taken.cluster.cni == "flannel"
    assert taken.cluster.cluster_cidr == "172.20.0.0/16"


def test_no_controller_and_no_masters_means_managed_unless_there_is_no_node() -> None:
    with SimulatedCluster("managed") as cluster:
        taken = Reader(cluster).read()
        assert (taken.controller.kind, taken.gaps) == (ControllerKind.MANAGED, ())
        for node in cluster.kube.store.list("Node"):
            cluster.kube.store.delete("Node", "", node["metadata"]["name"])
        taken = Reader(cluster).read(region="cn-hangzhou")
        assert (taken.controller.kind, parts(taken)) == (ControllerKind.UNKNOWN, ["controller"])


def test_more_events_than_are_read_are_a_gap(reader: Reader) -> None:
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "involvedObject": {"kind": "Node", "name": "n1"},
        "type": "Warning",
        "source": {"component": "route-controller"},
    }
    for number in range(501):
        metadata = {"namespace": "default", "name": f"e{number}"}
        reader.cluster.kube.store.put({**event, "metadata": metadata})
    assert reader.read().gaps == (
        Gap("events", "there are more than 500 in default, the rest was not read"),
    )


def test_a_vpc_that_is_given_is_believed_before_the_cloud_config(reader: Reader) -> None:
    taken = reader.read(vpc_id="vpc-given")
    assert taken.cluster.vpc_id == "vpc-given"
    assert "route-tables" in parts(taken)


def test_exactly_the_documented_permissions_are_enough(reader: Reader, tmp_path: Path) -> None:
    kube, token = reader.cluster.kube, "t0ken"
    readers = User("reader", ("kubectl-routes-readers",))
    kube.access = Access({token: readers}, DEPLOY / "clusterrole-read.yaml")
    reader.env["KUBECONFIG"] = str(kube.kubeconfig(tmp_path / "reader", token))
    reader.cluster.vpc.policy = read_policy((DEPLOY / "ram-policy-read.json").read_text())
    assert reader.read().gaps == ()


def test_everything_forbidden_in_the_cluster_still_shows_the_vpc(reader: Reader) -> None:
    vpc_id = reader.read().cluster.vpc_id
    reader.deny()
    taken = reader.read(region="cn-hangzhou", vpc_id=vpc_id)

    assert parts(taken) == ["nodes", "controller", "events", "cluster-cidr"]
    assert len(taken.entries) == 2


def test_refusals_for_a_while_only_delay(reader: Reader) -> None:
    reader.cluster.vpc.faults.add(vpc_faults.throttled(times=4))
    reader.cluster.vpc.faults.add(vpc_faults.task_conflict(times=2))
    reader.cluster.vpc.faults.add(vpc_faults.internal_error(times=2))
    refused = {"Content-Type": "application/json", "Retry-After": "2"}
    reader.cluster.kube.server.faults.add(
        Fault(FaultKind.REFUSE, times=2, status=429, body=b"{}", headers=refused)
    )
    assert reader.read().gaps == ()
    assert reader.clock.slept.count(2.0) == 2


def test_throttling_without_end_ends_with_the_deadline(reader: Reader) -> None:
    reader.cluster.vpc.faults.add(vpc_faults.throttled("DescribeRouteEntryList", times=None))
    assert len(parts(reader.read(request_timeout=10.0))) == 2
    assert reader.clock.elapsed <= 10.0


def test_a_silent_server_does_not_outlive_the_deadline(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        path = kubeconfig(tmp_path, f"http://127.0.0.1:{server.getsockname()[1]}")
        env = {"KUBECONFIG": path, "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}
        with pytest.raises(ClusterError, match="no answer"):
            snapshot.take(CollectOptions(request_timeout=0.3), env, SystemClock(), silent)


def test_a_cloud_config_larger_than_any_is_not_judged(reader: Reader) -> None:
    def fill(config_map: dict[str, Any]) -> dict[str, Any]:
        config_map["data"]["cloud-config.conf"] += " " * LARGEST_CLOUD_CONFIG
        return config_map

    reader.cluster.edit_config_map(fill)
    taken = reader.read(region="cn-hangzhou")
    config, gap = taken.controller.cloud_config, taken.gap("cloud-config")
    assert config is not None
    assert config.text is None
    assert gap is not None
    assert gap.reason.endswith("cloud-config.conf has more than 32 KiB")


def test_a_snapshot_survives_the_file_and_is_its_owners_alone(tmp_path: Path) -> None:
    with SimulatedCluster("blocked") as cluster:
        taken = Reader(cluster).read()
    path = tmp_path / "shot.json"
    path.write_text("old")
    path.chmod(0o644)
    snapshot.write(json(taken), str(path))

    assert snapshot.read(str(path)) == taken
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["shot.json"]


V1 = b'{"kind": "Snapshot", "apiVersion": "kubectl-routes/v1", '
NO_OBJECT = "{} is not a snapshot: it is not a JSON object"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        *(
            (content, NO_OBJECT)
            for content in (b"", b"garbage", b"[1]", b"\x00\xff\xfe", b"[" * 100_000)
        ),
        (b'{"kind": "\xff"}', NO_OBJECT),
        (V1 + b'"tool": "\\ud800"}', NO_OBJECT),
        (V1 + b'"extra": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", NO_OBJECT),
        (V1 + b'"tool": 1}', "snapshot {} is damaged: Expected `str`, got `int` - at `$.tool`"),
        (V1 + b'"tool": "\xff"}', "snapshot {} is damaged: it is not UTF-8"),
        (
            V1 + b'"context": ""}',
            "snapshot {} is damaged: Object missing required field `tool`",
        ),
        (b"{}", "{} is not a snapshot: its kind is missing"),
        (b'{"kind": "RouteStatus"}', "{} is not a snapshot: its kind is 'RouteStatus'"),
        (
            b'{"kind": "Snapshot", "apiVersion": "kubectl-routes/v9"}',
            "snapshot {} has apiVersion 'kubectl-routes/v9', not kubectl-routes/v1",
        ),
    ],
)
def test_what_is_no_snapshot_is_wrong_usage(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        snapshot.read(str(path))
    assert str(raised.value) == complaint.format(path)


def test_files_that_cannot_be_opened_are_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        snapshot.read(str(tmp_path / "none"))
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        snapshot.read(str(tmp_path))
    with pytest.raises(UsageError, match="No such file"):
        snapshot.write("{}", str(tmp_path / "no" / "folder"))
