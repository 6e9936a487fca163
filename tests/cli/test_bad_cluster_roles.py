"""The roles and the RAM policy in deploy/ are exactly enough: with them nothing is missing, and
without any single permission something is, and the message names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import yaml

from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.identity import read_policy
from kubectl_routes_simulator.kube_access import Access, User
from kubectl_routes_simulator.route_table import TableRecord, VpcRecord, VSwitchRecord
from kubectl_routes_simulator.scenarios import SCENARIOS
from tests.cli.asking import Answer, ask, status
from tests.cli.meddling import put_config_map
from tests.sampling import sampled

DEPLOY = Path(__file__).parents[2] / "deploy"
ROLES = DEPLOY / "clusterrole-read.yaml"
POLICY = DEPLOY / "ram-policy-read.json"
HINT = "kubectl routes permissions --rbac --for read prints the role"
TOKEN = "token-of-a-reader"


class Permission(NamedTuple):
    """One verb on one resource, of one name or of all."""

    verb: str
    group: str
    resource: str
    name: str = ""


def permissions() -> Iterator[Permission]:
    (role,) = [each for each in documents() if each["kind"] == "ClusterRole"]
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for verb in rule["verbs"]:
                    for name in rule.get("resourceNames", [""]):
                        yield Permission(verb, group, resource, name)


def documents() -> list[Any]:
    return list(yaml.safe_load_all(ROLES.read_text()))


def rules(kept: list[Permission]) -> str:
    """A ClusterRole of these permissions, each in a rule of its own."""
    written = [
        {
            "apiGroups": [one.group],
            "resources": [one.resource],
            "verbs": [one.verb],
            **({"resourceNames": [one.name]} if one.name else {}),
        }
        for one in kept
    ]
    return yaml.safe_dump({"kind": "ClusterRole", "metadata": {"name": "r"}, "rules": written})


def restrict(cluster: SimulatedCluster, folder: Path, roles: Path) -> dict[str, str]:
    """Let the reader have these roles only; the variables of one who reads as the reader."""
    cluster.kube.access = Access({TOKEN: User("reader")}, roles)
    return {"KUBECONFIG": str(cluster.kube.kubeconfig(folder / "reader", TOKEN))}


@pytest.mark.parametrize("scenario", sampled(name for name in SCENARIOS if name != "large"))
def test_with_the_roles_and_the_policy_nothing_is_missing(scenario: str, tmp_path: Path) -> None:
    with SimulatedCluster(scenario) as cluster:
        reader = restrict(cluster, tmp_path, ROLES)
        cluster.vpc.policy = read_policy(POLICY.read_text())
        commands = (*STATUS_AND_TABLES, ("trace", POD, POD), ("diagnose", "--fail-on", "none"))
        answers = [ask(cluster, *words, "-o", "json", **reader) for words in commands]
    assert [(answer.code, answer.gaps) for answer in answers] == [(0, [])] * 4
    assert not any("error" in answer.stderr for answer in answers)


def as_it_is(_: SimulatedCluster) -> None:
    """The scenario already needs the permission."""


def only_named(cluster: SimulatedCluster) -> None:
    """Nothing but a ConfigMap names the VPC: ECS may not be asked, and two VPCs fit the nodes."""
    policy = msgspec.json.decode(POLICY.read_bytes())
    del policy["Statement"][1]
    cluster.vpc.policy = read_policy(msgspec.json.encode(policy))
    store = cluster.vpc.store
    store.add_vpc(VpcRecord("vpc-other", "192.168.0.0/16", "vrt-other"))
    store.add_table(TableRecord("vtb-other", "vpc-other", "vrt-other"))
    store.add_v_switch(VSwitchRecord("vsw-other", "vpc-other", "192.168.0.0/16", "h", "vtb-other"))


def profile_of_old(cluster: SimulatedCluster) -> None:
    """ACK used to write another ConfigMap; where only that one is, the VPC is named there."""
    only_named(cluster)
    rename(cluster, "ack-cluster-profile", "acs-profile")


def range_in(name: str) -> Callable[[SimulatedCluster], None]:
    """The pod range is nowhere but in this ConfigMap."""

    def edit(cluster: SimulatedCluster) -> None:
        rename(cluster, "kube-proxy-worker", name)
        cluster.kube.store.delete("ConfigMap", "kube-system", "kube-flannel-cfg")

    return edit


def range_of_flannel(cluster: SimulatedCluster) -> None:
    """The pod range is nowhere but in Flannel's ConfigMap."""
    cluster.kube.store.delete("ConfigMap", "kube-system", "kube-proxy-worker")


def rename(cluster: SimulatedCluster, old: str, new: str) -> None:
    whole = cluster.kube.store.get("ConfigMap", "kube-system", old)
    cluster.kube.store.delete("ConfigMap", "kube-system", old)
    put_config_map(cluster, new, whole["data"])


def with_cilium(cluster: SimulatedCluster) -> None:
    """Cilium is the network plugin, and only its ConfigMap says how it reaches other nodes."""
    store = cluster.kube.store
    store.delete("DaemonSet", "kube-system", "kube-flannel-ds")
    metadata = {"name": "cilium", "namespace": "kube-system"}
    pod = {"metadata": {"labels": {"k8s-app": "cilium"}}, "spec": {"containers": []}}
    spec = {"selector": {"matchLabels": {"k8s-app": "cilium"}}, "template": pod}
    store.put({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, "spec": spec})
    put_config_map(cluster, "cilium-config", {"routing-mode": "native"})


POD = "default/web-5d8f7c6b9d-0"
STATUS_AND_TABLES = (("status",), ("tables",))


class Need(NamedTuple):
    """A situation in which the permission is needed, by which commands: the parts missing without
    it, and the code.
    """

    parts: list[str]
    scenario: str = "healthy"
    prepare: Callable[[SimulatedCluster], None] = as_it_is
    code: int = 3
    commands: tuple[tuple[str, ...], ...] = STATUS_AND_TABLES


WITHOUT_VPC = ["vpc-id", "vpc", "route-tables", "vswitches"]
NEEDS = {
    "nodes": Need(["nodes"]),
    "get pods": Need([f"pods/{POD}"], commands=(("trace", POD, "172.20.0.1"),)),
    # What CCM's pods and Events say is only evidence: the answer is whole without.
    "pods": Need(["controller-pods"], code=0),
    "events": Need(["events", "events"], code=0),
    # Only diagnose and snapshot ask for logs, and they are evidence too.
    "pods/log": Need(["controller-logs"], code=0, commands=(("diagnose",),)),
    "daemonsets": Need(["controller"]),
    # A DaemonSet was found in most clusters; where none was, a Deployment could be CCM.
    "deployments": Need(["controller"], "managed"),
    "ack-cluster-profile": Need(["controller", *WITHOUT_VPC], "managed", only_named),
    "acs-profile": Need(["controller", *WITHOUT_VPC], "managed", profile_of_old),
    "cloud-config": Need(["cloud-config"]),
    "cilium-config": Need(["network-plugin"], prepare=with_cilium),
    "kube-flannel-cfg": Need(["cluster-cidr"], "managed", range_of_flannel),
    "kube-proxy": Need(["cluster-cidr"], "managed", range_in("kube-proxy")),
    "kube-proxy-master": Need(["cluster-cidr"], "managed", range_in("kube-proxy-master")),
    "kube-proxy-worker": Need(["cluster-cidr"], "managed", range_in("kube-proxy-worker")),
}


def need_for(one: Permission) -> str:
    """What the need for a permission stands under."""
    get_pods = (one.verb, one.resource) == ("get", "pods")
    return "get pods" if get_pods else one.name or one.resource


def test_every_need_has_its_permission() -> None:
    assert sorted(map(need_for, permissions())) == sorted(NEEDS)


@pytest.mark.parametrize(
    "missing", list(permissions()), ids=lambda one: f"{one.verb}-{one.name or one.resource}"
)
def test_every_permission_is_needed_and_its_absence_is_told(
    missing: Permission, tmp_path: Path
) -> None:
    need = NEEDS[need_for(missing)]
    path = tmp_path / "roles.yaml"
    with SimulatedCluster(need.scenario) as cluster:
        need.prepare(cluster)
        path.write_text(rules(list(permissions())))
        reader = restrict(cluster, tmp_path, path)
        whole = ask(cluster, *need.commands[0], "-o", "json", **reader)
        assert (whole.code, whole.gaps) == (0, [])
        path.write_text(rules([one for one in permissions() if one != missing]))
        reader = restrict(cluster, tmp_path, path)
        answers = [ask(cluster, *words, "-o", "json", **reader) for words in need.commands]
    for answer in answers:
        assert (answer.code, answer.gap_parts) == (need.code, need.parts)
        assert_told(answer, missing)


def assert_told(answer: Answer, missing: Permission) -> None:
    """The first gap names verb, resource and, where it matters, the object."""
    _, reason, hint = answer.gaps[0]
    asked = f'cannot {missing.verb} resource "{missing.resource}" in API group "{missing.group}"'
    assert asked in reason
    assert not missing.name or f'configmaps "{missing.name}" is forbidden' in reason
    assert hint in (HINT, "give it with --vpc-id") or hint.startswith("CCM's --cluster-cidr")


def actions() -> list[str]:
    needed, _ = msgspec.json.decode(POLICY.read_bytes())["Statement"]
    return list(needed["Action"])


@pytest.mark.parametrize("missing", actions())
def test_every_ram_action_is_needed_and_its_absence_is_told(missing: str) -> None:
    policy = msgspec.json.decode(POLICY.read_bytes())
    policy["Statement"][0]["Action"].remove(missing)
    with SimulatedCluster() as cluster:
        cluster.vpc.policy = read_policy(msgspec.json.encode(policy))
        answers = [status(cluster), ask(cluster, "tables", "-o", "json")]
    for answer in answers:
        assert answer.code == 3
        assert answer.gaps
        for _, reason, hint in answer.gaps:
            assert reason.startswith(f"{missing.removeprefix('vpc:')} failed: Forbidden.RAM: ")
            policy = "kubectl routes permissions --ram --for read prints the policy"
            assert hint == f"grant the RAM permission {missing}: {policy}"


def test_without_the_optional_ram_actions_nothing_is_missing() -> None:
    policy = msgspec.json.decode(POLICY.read_bytes())
    del policy["Statement"][1]
    with SimulatedCluster() as cluster:
        cluster.vpc.policy = read_policy(msgspec.json.encode(policy))
        answer = ask(cluster, "tables", "-o", "json")
    document = msgspec.json.decode(answer.stdout)
    assert (answer.code, document["gaps"]) == (0, [])
    assert {table["quotaSource"] for table in document["tables"]} == {"assumed"}
