"""Whole readings of a simulated cluster, and what is left when something cannot be read."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kubectl_routes.collect import snapshot
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.model.controller import LARGEST_CLOUD_CONFIG, ControllerKind
from kubectl_routes.model.errors import ClusterError, UsageError
from kubectl_routes.model.snapshot import Gap, Snapshot
from kubectl_routes.render.json import json
from kubectl_routes_simulator import vpc_faults
from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.identity import read_policy
from kubectl_routes_simulator.kube_access import Access, Denial, User
from tests.collect.timing import FastClock, silent

DEPLOY = Path(__file__).parents[2] / "deploy"
TOKEN = "t0ken-C4nary-of-the-kubeconfig"


class Place:
    """A simulated cluster and the environment of one who reads it."""

    def __init__(self, cluster: SimulatedCluster, folder: Path) -> None:
        self.cluster = cluster
        self.env = cluster.environment({"HOME": str(folder), "PATH": "/usr/bin:/bin"})
        self.folder = folder
        self.clock = FastClock()

    def read(self, **options: Any) -> Snapshot:
        given = CollectOptions(**{"request_timeout": 20.0, **options})
        return snapshot.take(given, self.env, self.clock, silent)

    def deny(self, **what: str) -> None:
        self.cluster.kube.access.denied.append(Denial(**{"verb": "*", "resource": "*", **what}))


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    opened: list[SimulatedCluster] = []

    def open_one(scenario: str = "healthy") -> Place:
        cluster = SimulatedCluster(scenario)
        cluster.__enter__()
        opened.append(cluster)
        return Place(cluster, tmp_path)

    yield open_one
    for cluster in opened:
        cluster.__exit__(None, None, None)


def parts(taken: Snapshot) -> list[str]:
    return [gap.part for gap in taken.gaps]


def test_a_healthy_cluster_is_read_whole(simulated: Callable[..., Place]) -> None:
    place = simulated()
    taken = place.read()

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
    assert set(taken.entries) == {table.id for table in taken.tables}
    assert taken.vpc is not None
    assert taken.vpc.id == taken.cluster.vpc_id
    assert taken.cluster.region == "cn-hangzhou"
    assert taken.cluster.cni == "flannel"
    assert taken.cluster.cluster_cidr == "172.20.0.0/16"


def test_without_any_node_managed_is_not_told_from_absent(simulated: Callable[..., Place]) -> None:
    place = simulated("managed")
    for node in place.cluster.kube.store.list("Node"):
        place.cluster.kube.store.delete("Node", "", node["metadata"]["name"])
    taken = place.read(region="cn-hangzhou")
    assert taken.controller.kind is ControllerKind.UNKNOWN
    assert parts(taken) == ["controller"]


def test_more_events_than_are_read_are_a_gap(simulated: Callable[..., Place]) -> None:
    place = simulated()
    about = {"kind": "Node", "name": "n1"}
    for number in range(501):
        place.cluster.kube.store.put(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"namespace": "default", "name": f"e{number}"},
                "involvedObject": about,
                "type": "Warning",
                "source": {"component": "route-controller"},
            }
        )
    taken = place.read()
    assert taken.gaps == (
        Gap("events", "there are more than 500 in default, the rest was not read"),
    )


def test_a_vpc_that_is_given_is_believed_before_the_cloud_config(
    simulated: Callable[..., Place],
) -> None:
    taken = simulated().read(vpc_id="vpc-given")
    assert taken.cluster.vpc_id == "vpc-given"
    assert "route-tables" in parts(taken)


def test_no_controller_and_no_masters_means_managed(simulated: Callable[..., Place]) -> None:
    taken = simulated("managed").read()
    assert taken.controller.kind is ControllerKind.MANAGED
    assert taken.gaps == ()


def test_exactly_the_documented_permissions_are_enough(
    simulated: Callable[..., Place], tmp_path: Path
) -> None:
    place = simulated()
    tokens = {TOKEN: User("reader", ("kubectl-routes-readers",))}
    access = Access(tokens, DEPLOY / "clusterrole-read.yaml")
    place.cluster.kube.access = access
    place.env["KUBECONFIG"] = str(place.cluster.kube.kubeconfig(tmp_path / "reader", TOKEN))
    policy = read_policy((DEPLOY / "ram-policy-read.json").read_text())
    place.cluster.vpc.policy = policy

    assert place.read().gaps == ()


def test_a_missing_kubeconfig_is_wrong_usage(simulated: Callable[..., Place]) -> None:
    place = simulated()
    del place.env["KUBECONFIG"]
    with pytest.raises(UsageError, match="no kubeconfig found"):
        place.read()


def test_an_unknown_context_is_wrong_usage_and_the_known_are_named(
    simulated: Callable[..., Place],
) -> None:
    with pytest.raises(UsageError, match="context 'nope' does not exist") as raised:
        simulated().read(context="nope")
    assert raised.value.hint.endswith(": practice")


def test_a_server_that_is_down_is_told_at_once(simulated: Callable[..., Place]) -> None:
    place = simulated()
    place.cluster.kube.stop()
    with pytest.raises(ClusterError, match="it refuses connections") as raised:
        place.read()
    assert raised.value.status == 0
    assert place.clock.elapsed < 20.0


def test_unknown_credentials_end_the_reading(
    simulated: Callable[..., Place], tmp_path: Path
) -> None:
    place = simulated()
    place.cluster.kube.access = Access({"another": User("u")})
    place.env["KUBECONFIG"] = str(place.cluster.kube.kubeconfig(tmp_path / "wrong", TOKEN))
    with pytest.raises(ClusterError) as raised:
        place.read()
    assert raised.value.status == 401
    assert "log in again" in raised.value.hint
    assert TOKEN not in f"{raised.value} {raised.value.hint}"


def test_an_html_page_instead_of_the_api_is_named_for_what_it_is(
    simulated: Callable[..., Place],
) -> None:
    place = simulated()
    page = {"Content-Type": "text/html; charset=utf-8"}
    body = b"<html>Please log in</html>"
    place.cluster.kube.server.faults.add(
        Fault(FaultKind.GARBAGE, times=None, body=body, headers=page)
    )
    with pytest.raises(ClusterError) as raised:
        place.read()
    assert "does not speak the Kubernetes API: it answered 200 with text/html" in str(raised.value)
    assert place.cluster.kube.server.url in str(raised.value)


def test_forbidden_nodes_leave_the_rest(simulated: Callable[..., Place]) -> None:
    place = simulated()
    place.deny(resource="nodes")
    taken = place.read(region="cn-hangzhou")

    assert parts(taken) == ["nodes"]
    assert "403" in taken.gaps[0].reason
    assert taken.gaps[0].hint == "kubectl routes permissions --rbac --for read prints the role"
    assert taken.controller.kind is ControllerKind.DAEMON_SET
    assert len(taken.entries) == 2


def test_a_forbidden_daemon_set_leaves_the_rest(simulated: Callable[..., Place]) -> None:
    place = simulated()
    place.deny(resource="daemonsets")
    taken = place.read()

    assert parts(taken) == ["controller"]
    assert taken.controller.kind is ControllerKind.UNKNOWN
    assert len(taken.nodes) == 9
    assert len(taken.entries) == 2


def test_a_forbidden_config_map_leaves_the_rest(simulated: Callable[..., Place]) -> None:
    place = simulated()
    place.deny(resource="configmaps", name="cloud-config")
    taken = place.read()

    assert parts(taken) == ["cloud-config"]
    config = taken.controller.cloud_config
    assert config is not None
    assert (config.text, config.missing) == (None, False)
    assert "403" in config.problem
    assert len(taken.entries) == 2


def test_everything_forbidden_in_the_cluster_still_shows_the_vpc(
    simulated: Callable[..., Place],
) -> None:
    place = simulated()
    vpc_id = place.read().cluster.vpc_id
    place.deny(verb="*")
    taken = place.read(region="cn-hangzhou", vpc_id=vpc_id)

    assert parts(taken) == ["nodes", "controller", "events", "cluster-cidr"]
    assert len(taken.entries) == 2


def test_an_unknown_vpc_is_a_gap_with_the_flag_to_give(simulated: Callable[..., Place]) -> None:
    place = simulated()
    place.deny(resource="configmaps")
    for action in ("DescribeInstances", "DescribeVSwitches"):
        place.cluster.vpc.faults.add(vpc_faults.forbidden(action))
    taken = place.read()

    assert "vpc-id" in parts(taken)
    gap = taken.gap("vpc-id")
    assert gap is not None
    assert gap.hint == "give it with --vpc-id"
    assert taken.gap("route-tables") == Gap("route-tables", "not asked without vpc-id")


def test_no_credentials_are_a_gap_that_names_every_source(
    simulated: Callable[..., Place],
) -> None:
    place = simulated()
    for name in ("ID", "SECRET"):
        del place.env[f"ALIBABA_CLOUD_ACCESS_KEY_{name}"]
    taken = place.read()

    gap = taken.gap("credentials")
    assert gap is not None
    for source in ("environment", "RRSA", "CLI profile", "credentials file", "ECS RAM role"):
        assert f"{source}: " in gap.reason
    assert parts(taken) == ["credentials", "vpc", "route-tables", "vswitches"]
    assert len(taken.nodes) == 9


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tC4naryKeyOfNobody", "InvalidAccessKeyId.NotFound"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "s3cr3t-C4nary-of-no-one", "SignatureDoesNotMatch"),
    ],
)
def test_a_wrong_access_key_is_a_gap_without_the_key(
    simulated: Callable[..., Place], name: str, value: str, code: str
) -> None:
    place = simulated()
    place.env[name] = value
    taken = place.read()

    assert parts(taken) == ["route-tables", "vpc", "vswitches"]
    assert code in taken.gaps[0].reason
    assert taken.gaps[0].hint.startswith("the AccessKey is wrong")
    text = json(taken)
    assert value not in text
    assert place.env["ALIBABA_CLOUD_ACCESS_KEY_ID"] not in text


def test_the_environment_of_the_sdk_does_not_replace_the_key(
    simulated: Callable[..., Place], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIYUN_ACCESS_KEY_ID", "LTAI5tAnother")
    monkeypatch.setenv("ALIYUN_ACCESS_KEY_SECRET", "another")
    assert simulated().read().gaps == ()


def test_a_call_that_ram_denies_leaves_the_others(simulated: Callable[..., Place]) -> None:
    place = simulated()
    place.cluster.vpc.faults.add(vpc_faults.forbidden("DescribeVSwitches"))
    taken = place.read()

    assert parts(taken) == ["vswitches"]
    assert "Forbidden.RAM" in taken.gaps[0].reason
    assert "RequestId" in taken.gaps[0].reason
    assert "RAM permission vpc:DescribeVSwitches" in taken.gaps[0].hint
    assert len(taken.entries) == 2


def test_throttling_for_a_while_only_delays(simulated: Callable[..., Place]) -> None:
    place = simulated()
    place.cluster.vpc.faults.add(vpc_faults.throttled(times=4))
    place.cluster.vpc.faults.add(vpc_faults.task_conflict(times=2))
    place.cluster.vpc.faults.add(vpc_faults.internal_error(times=2))
    refused = {"Content-Type": "application/json", "Retry-After": "2"}
    place.cluster.kube.server.faults.add(
        Fault(FaultKind.REFUSE, times=2, status=429, body=b"{}", headers=refused)
    )
    assert place.read().gaps == ()
    assert place.clock.slept.count(2.0) == 2


def test_throttling_for_ever_ends_with_the_deadline(simulated: Callable[..., Place]) -> None:
    place = simulated()
    place.cluster.vpc.faults.add(vpc_faults.throttled("DescribeRouteEntryList", times=None))
    taken = place.read(request_timeout=10.0)

    assert all(part.startswith("entries/") for part in parts(taken))
    assert len(taken.gaps) == 2
    assert "gave up within 10 s" in taken.gaps[0].reason
    assert "Throttling.User" in taken.gaps[0].reason
    assert taken.entries == {}
    assert place.clock.elapsed <= 10.0


def test_a_table_that_is_deleted_meanwhile_is_a_gap_of_its_own(
    simulated: Callable[..., Place],
) -> None:
    place = simulated()
    fault = vpc_faults.refused(
        "InvalidRouteTableId.NotFound", "Gone.", "DescribeRouteEntryList", times=1
    )
    place.cluster.vpc.faults.add(fault)
    taken = place.read()

    assert len(taken.gaps) == 1
    assert taken.gaps[0].part.startswith("entries/vtb-")
    assert len(taken.entries) == 1


def test_a_page_that_breaks_off_is_asked_for_again(simulated: Callable[..., Place]) -> None:
    place = simulated()
    place.cluster.kube.server.faults.add(Fault(FaultKind.HALF_BODY, match="/api/v1/nodes"))
    place.cluster.vpc.faults.add(
        Fault(FaultKind.HALF_BODY, match=vpc_faults.of_action("DescribeRouteEntryList"))
    )
    place.cluster.vpc.faults.add(
        Fault(FaultKind.RESET, match=vpc_faults.of_action("DescribeVSwitches"))
    )
    taken = place.read()
    assert taken.gaps == ()
    assert len(taken.nodes) == 9


def test_an_endpoint_in_the_clear_is_refused_before_anything_is_asked(
    simulated: Callable[..., Place],
) -> None:
    place = simulated()
    with pytest.raises(UsageError, match="must be reached over https"):
        place.read(vpc_endpoint="http://vpc.example.com")
    assert place.cluster.kube.server.requests == ()


def test_no_credential_is_anywhere_in_a_snapshot(simulated: Callable[..., Place]) -> None:
    text = json(simulated().read())
    assert SIMULATED_KEY.id not in text
    assert SIMULATED_KEY.secret not in text
    assert '"accessKeySecret\\": \\"REDACTED' in text


def test_a_silent_server_does_not_outlive_the_deadline(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        config = tmp_path / "config"
        config.write_text(_kubeconfig(f"http://127.0.0.1:{server.getsockname()[1]}"))
        env = {"KUBECONFIG": str(config), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}
        with pytest.raises(ClusterError, match="no answer"):
            snapshot.take(CollectOptions(request_timeout=0.3), env, SystemClock(), silent)


def _kubeconfig(server: str) -> str:
    config = {
        "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "contexts": [{"name": "c", "context": {"cluster": "c"}}],
        "users": [],
    }
    return msgspec.json.encode(config).decode()


def test_a_snapshot_survives_the_file_and_is_its_owners_alone(
    simulated: Callable[..., Place], tmp_path: Path
) -> None:
    taken = simulated("blocked").read()
    path = tmp_path / "shot.json"
    path.write_text("old")
    path.chmod(0o644)
    snapshot.write(json(taken), str(path))

    assert snapshot.read(str(path)) == taken
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["shot.json"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "it is not a JSON object"),
        (b"[1]", "it is not a JSON object"),
        (b"\xff\xfe\x00", "it is not a JSON object"),
        (b'{"kind": "Diagnosis"}', "its kind is 'Diagnosis'"),
        (b"{}", "its kind is missing"),
        (b'{"kind": "Snapshot", "apiVersion": "kubectl-routes/v2"}', "not kubectl-routes/v1"),
        (b'{"kind": "Snapshot", "apiVersion": "kubectl-routes/v1", "tool": 1}', "is damaged"),
        (b'{"kind": "Snapshot", "apiVersion": "kubectl-routes/v1"}', "is damaged"),
        (b"[" * 100000, "it is not a JSON object"),
    ],
)
def test_what_is_no_snapshot_is_wrong_usage(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        snapshot.read(str(path))
    assert complaint in str(raised.value)


def test_files_that_cannot_be_opened_are_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        snapshot.read(str(tmp_path / "none"))
    with pytest.raises(UsageError, match="No such file"):
        snapshot.write(json(_empty()), str(tmp_path / "no" / "folder"))


def _empty() -> Snapshot:
    return msgspec.json.decode(
        b'{"tool": "t", "time": "", "cluster": {}, "controller": {"kind": "Absent"}}', type=Snapshot
    )


def test_a_cloud_config_larger_than_any_is_not_judged(simulated: Callable[..., Place]) -> None:
    place = simulated()

    def fill(config_map: dict[str, Any]) -> dict[str, Any]:
        config_map["data"]["cloud-config.conf"] += " " * LARGEST_CLOUD_CONFIG
        return config_map

    place.cluster.edit_config_map(fill)
    taken = place.read(region="cn-hangzhou")
    config = taken.controller.cloud_config
    assert config is not None
    assert config.text is None
    gap = taken.gap("cloud-config")
    assert gap is not None
    assert gap.reason.endswith("cloud-config.conf has more than 32 KiB")
