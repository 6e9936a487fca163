"""Every command in a text of the program is run by a test: in this one where it only shows
something, or where it closes a gap; in the test that is named beside it where it changes something.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec import Struct

from kubectl_routes_simulator import vpc_faults
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from kubectl_routes_simulator.identity import read_policy
from kubectl_routes_simulator.kube_access import Access
from tests.cli.asking import Answer, ask
from tests.cli.enabling import KEY, simulated, write_config
from tests.cli.fixing import run_printed, well_formed
from tests.cli.meddling import policy
from tests.cli.printed import printed
from tests.cli.test_bad_cluster_roles import (
    only_named,
    permissions,
    restrict,
    rules,
)

ROOT = Path(__file__).parents[2]
# What only shows something is run as it stands, with the rest that a person adds.
SHOWS = {
    "kubectl -n kube-system get leases": "",
    "kubectl cluster-info": None,  # asks for labelled Services, which is no matter of this program
    "kubectl get daemonsets,deployments -A -o wide": "",
    "kubectl get endpointslices": None,  # not simulated
    "kubectl get nodes": "",
    "kubectl get pods -o wide": "",
    "kubectl get pods -n {namespace}": "",
    "kubectl routes diagnose": "",
    "kubectl routes diagnose --list-checks": "",
    "kubectl routes enable --history": "",
    "kubectl routes explain": "",
    "kubectl routes explain --all": "",
    "kubectl routes explain {code}": "",
    "kubectl routes permissions --ram --for enable": "",
    "kubectl routes permissions --ram --for read": "",
    "kubectl routes permissions --ram --for {purpose}": "",
    "kubectl routes permissions --rbac --for enable": "",
    "kubectl routes permissions --rbac --for read": "",
    "kubectl routes simulate --list": "",
    "kubectl routes snapshot": "-o -",
    "kubectl routes status": "",
    "kubectl routes status -w": "",
    "kubectl routes status {node}": "",
    "kubectl routes status --tables={table}": "",
    "kubectl routes tables": "",
}
# The test that runs a command where it is printed, or why none does.
ELSEWHERE = {
    "aliyun configure": "tests/cli/test_hints.py::test_a_gap_is_closed_by_what_its_finding_prints",
    "aliyun ecs DescribeNetworkInterfaceAttribute --RegionId REGION --NetworkInterfaceId ENI"
    " --Attribute": "tests/cli/test_hints.py::test_a_command_of_the_cloud_has_its_form",
    "aliyun vpc DescribeNetworkAcls --RegionId REGION --VpcId VPC": "tests/cli/test_hints.py"
    "::test_a_command_of_the_cloud_has_its_form",
    "kubectl -n {namespace} annotate {object} {record}-": "tests/cli/test_disable.py"
    "::test_a_record_that_cannot_be_read_is_removed_by_the_command_that_is_printed",
    "kubectl -n {namespace} delete {object} --ignore-not-found": "tests/cli/test_enable.py"
    "::test_the_lines_after_a_failed_rollback_lead_back",
    "kubectl -n {namespace} edit {object}": "tests/cli/test_disable.py"
    "::test_a_list_of_another_client_is_left_told_and_can_be_removed",
    "kubectl -n {namespace} get {object} -o yaml": "tests/cli/test_disable.py"
    "::test_an_immutable_config_map_is_told_and_replaced_by_the_commands_that_are_printed",
    "kubectl -n {namespace} patch {object} --type=json --patch={patch}": "tests/cli"
    "/test_enable.py::test_the_lines_after_a_failed_rollback_lead_back",
    "kubectl apply": "it names how an object was made",
    "kubectl describe": "where the names cannot be printed safely",
    "kubectl edit": "the same",
    "kubectl replace --force -f": "tests/cli/test_disable.py"
    "::test_an_immutable_config_map_is_told_and_replaced_by_the_commands_that_are_printed",
    "kubectl routes disable": "tests/cli/test_enable.py"
    "::test_failure_that_is_not_to_be_rolled_back_stands_and_says_how_to_go_on",
    "kubectl routes disable --list-only": "tests/cli/test_disable.py"
    "::test_what_ran_never_before_enable_is_told_before_it_is_undone",
    "kubectl routes enable": "tests/cli/test_enable.py"
    "::test_failure_that_is_not_to_be_rolled_back_stands_and_says_how_to_go_on",
    "kubectl routes enable --tables={tables}": "tests/cli/test_enable.py"
    "::test_the_lines_after_a_failed_rollback_lead_back",
    "kubectl routes repair": "tests/cli/test_repair.py::test_the_printed_command_repairs",
    "kubectl routes repair {code}": "tests/cli/test_repair.py::test_the_printed_command_repairs",
    "kubectl routes repair --undo={file}": "tests/cli/test_repair.py"
    "::test_the_record_brings_deleted_entries_back",
    "kubectl routes repair --undo": "tests/cli/test_repair.py"
    "::test_the_record_brings_deleted_entries_back",
    "kubectl routes repair --undo FILE": "tests/cli/test_repair.py"
    "::test_the_record_brings_deleted_entries_back",
    "kubectl routes status --snapshot={file}": "tests/cli/test_status.py"
    "::test_every_output_of_a_snapshot_says_when_it_was_taken",
}


def test_every_command_of_a_text_is_tried_or_has_a_reason() -> None:
    assert sorted(printed()) == sorted({*SHOWS, *ELSEWHERE})


def test_the_tests_that_try_them_exist() -> None:
    named = [one.split("::") for one in ELSEWHERE.values() if "::" in one]
    missing = [(path, name) for path, name in named if name not in functions(ROOT / path)]
    assert missing == []


def functions(path: Path) -> set[str]:
    """The functions of a module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    "command", [one for one in ELSEWHERE if one.count(" ") > 1 and "aliyun" in one]
)
def test_a_command_of_the_cloud_has_its_form(command: str) -> None:
    assert well_formed(command)


def test_what_shows_something_shows_it() -> None:
    with SimulatedCluster("blocked") as cluster:
        values = {
            "namespace": "kube-system",
            "code": "RT101",
            "node": cluster.infra.nodes[0].name,
            "table": cluster.infra.table_ids[0],
            "purpose": "repair",
        }
        ran = [
            run_printed(cluster, f"{command.format_map(values)} {rest}".strip())
            for command, rest in SHOWS.items()
            if rest is not None
        ]
    assert [one for one in ran if one.code not in (0, 1)] == []
    assert [one for one in ran if one.code == 1 and " diagnose" not in one.command] == []


class Hinted(Struct, frozen=True):
    """A gap: what makes it, and how a person who follows the finding asks then."""

    part: str
    code: str
    make: Callable[[SimulatedCluster, Path], dict[str, str]]
    follow: Callable[[SimulatedCluster, Path, list[str]], Answer]
    scenario: str = "healthy"


def diagnosis(cluster: SimulatedCluster, *words: str, **env: str) -> Answer:
    return ask(cluster, "diagnose", "-o", "json", *words, **env)


def filled(**values: str) -> Callable[[SimulatedCluster, Path, list[str]], Answer]:
    """Run the last command, its placeholders filled."""

    def follow(cluster: SimulatedCluster, _: Path, commands: list[str]) -> Answer:
        command = commands[-1]
        for name, value in values.items():
            command = command.replace(f"'<{name}>'", value).replace(f"<{name}>", value)
        assert command.startswith("kubectl routes diagnose ")
        return diagnosis(cluster, *command.split()[3:])

    return follow


def no_region(cluster: SimulatedCluster, _: Path) -> dict[str, str]:
    store = cluster.kube.store
    for one in cluster.infra.nodes:

        def bare(node: Any) -> Any:
            spec = {**node["spec"], "providerID": ""}
            return {**node, "spec": spec, "metadata": {**node["metadata"], "labels": {}}}

        store.replace("Node", "", one.name, bare)
    store.delete("ConfigMap", "kube-system", "cloud-config")
    return {}


def no_vpc(cluster: SimulatedCluster, _: Path) -> dict[str, str]:
    only_named(cluster)
    cluster.kube.store.delete("ConfigMap", "kube-system", "ack-cluster-profile")
    text = '{"Global": {"region": "cn-hangzhou"}}'
    write_config(cluster, text)
    return {}


def with_vpc(cluster: SimulatedCluster, folder: Path, commands: list[str]) -> Answer:
    return filled(**{"vpc-id": cluster.infra.vpc_id})(cluster, folder, commands)


def no_key(_: SimulatedCluster, folder: Path) -> dict[str, str]:
    names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    return {**dict.fromkeys(names, ""), "HOME": str(folder)}


def configured(cluster: SimulatedCluster, folder: Path, commands: list[str]) -> Answer:
    """What ``aliyun configure`` writes."""
    assert commands == ["aliyun configure"]
    env = cluster.environment({})
    profile = {
        "name": "default",
        "mode": "AK",
        "access_key_id": env["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        "access_key_secret": env["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    }
    path = folder / ".aliyun" / "config.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"current": "default", "profiles": [profile]}))
    return diagnosis(cluster, **no_key(cluster, folder))


def no_role(cluster: SimulatedCluster, folder: Path) -> dict[str, str]:
    path = folder / "roles.yaml"
    path.write_text(rules([one for one in permissions() if one.resource != "nodes"]))
    return restrict(cluster, folder, path)


def with_role(cluster: SimulatedCluster, folder: Path, commands: list[str]) -> Answer:
    """The role that the command has put into the cluster, given to the reader."""
    (command,) = commands
    cluster.kube.access = Access()  # an administrator
    ran = run_printed(cluster, command)
    assert ran.code == 0, ran
    role = cluster.kube.store.get("ClusterRole", "", "kubectl-routes-read")
    path = folder / "given.yaml"
    path.write_text(yaml.safe_dump({**role, "kind": "ClusterRole"}))
    return diagnosis(cluster, **restrict(cluster, folder, path))


def no_policy(cluster: SimulatedCluster, _: Path) -> dict[str, str]:
    cluster.vpc.policy = policy()
    return {}


def with_policy(cluster: SimulatedCluster, _: Path, commands: list[str]) -> Answer:
    (command,) = commands
    assert run_printed(cluster, command).code == 0
    cluster.vpc.policy = read_policy(command.partition("--PolicyDocument ")[2].strip("'"))
    return diagnosis(cluster)


def slow(cluster: SimulatedCluster, _: Path) -> dict[str, str]:
    match = vpc_faults.of_action("DescribeVSwitches")
    cluster.vpc.faults.add(Fault(FaultKind.DELAY, match, times=None, seconds=1.5))
    return {}


def patient(cluster: SimulatedCluster, _: Path, commands: list[str]) -> Answer:
    assert commands == ["kubectl routes diagnose --request-timeout 5m"]
    return diagnosis(cluster, "--request-timeout", "5m")


HINTED = {
    "region": Hinted("region", "RT901", no_region, filled(**{"region-id": "cn-hangzhou"})),
    "VPC": Hinted("vpc-id", "RT901", no_vpc, with_vpc, "blocked"),
    "credentials": Hinted("credentials", "RT902", no_key, configured),
    "role": Hinted("nodes", "RT901", no_role, with_role),
    "policy": Hinted("route-tables", "RT902", no_policy, with_policy),
    "time": Hinted("vswitches", "RT902", slow, patient),
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in ("credentials", "policy") else pytest.mark.qa)
        for name in HINTED
    ],
)
def test_a_gap_is_closed_by_what_its_finding_prints(name: str, tmp_path: Path) -> None:
    hinted = HINTED[name]
    with SimulatedCluster(hinted.scenario) as cluster:
        env = hinted.make(cluster, tmp_path)
        words = ("--request-timeout", "1s") if name == "time" else ()
        before = diagnosis(cluster, *words, **env)
        assert hinted.part in before.gap_parts
        (finding,) = (one for one in before.document["findings"] if one["code"] == hinted.code)
        after = hinted.follow(cluster, tmp_path, finding["commands"])
    assert hinted.part not in after.gap_parts


def test_a_text_that_enable_cannot_edit_is_corrected_and_enabled() -> None:
    with simulated("blocked") as cluster:
        whole = cluster.kube.store.get("ConfigMap", "kube-system", "cloud-config")["data"]
        write_config(cluster, "[Global]\nregion = cn-hangzhou\n")
        refused = ask(cluster, "enable", "--tables", "auto", "--yes")
        edit = "kubectl -n kube-system edit configmap/cloud-config"
        assert (refused.code, f"correct it with {edit}, and run enable" in refused.stderr) == (
            3,
            True,
        )
        assert run_printed(cluster, edit).code == 0
        write_config(cluster, whole[KEY])
        assert ask(cluster, "enable", "--tables", "auto", "--yes").code == 0
