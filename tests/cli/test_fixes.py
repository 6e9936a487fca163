"""A printed fix is safe to copy: every command that diagnose, status and explain print is run in
the simulated cluster that made them print it. Afterwards the finding is gone, nothing worse has
come, and CCM runs.
"""

from __future__ import annotations

import re

import pytest

from kubectl_routes.catalog.pages import page
from kubectl_routes.model.message import Language
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.scenarios import SCENARIO_SPECS
from tests.cli.asking import ask, eventually
from tests.cli.enabling import container_of, simulated
from tests.cli.fixing import (
    Finding,
    all_findings,
    by_person,
    findings,
    flags,
    is_running,
    repaired,
    run_printed,
    shows,
    wait,
)
from tests.cli.situations import QUICK as QUICK_SITUATIONS, SITUATIONS, without
from tests.sampling import sampled

# Findings that no command can fix, and why.
BY_HAND = {
    "quota": {"RT401"},  # the Quota Center decides
    "slow-vpc": {"RT303"},  # the VPC finishes with the entry, or Alibaba Cloud has to
    "doomed-entry": {"RT205", "RT307"},  # the kubelet is restarted on the node
    "shared-range": {"RT403"},  # another network has to get another range
    "absent": {"RT112"},  # CCM has to be installed
    "ram-denied": {"RT116"},  # RAM is not simulated: the form of the commands is checked
    "kubelet-down": {"RT205"},
    "stray-node": {"RT209"},
}

# Those of make test: other ways to write, and fixes of several commands.
QUICK = (
    "blocked",
    "managed-blocked",
    "space-in-list",
    "on-delete",
    "crashloop",
    "routes-off",
    "tainted-routes-off",
    "other-provider",
    "orphans",
    "lost-route",
    "old-v2",
    "ending-table",
)


def is_explained(finding: Finding) -> bool:
    """Whether the page of the code shows every command of the finding, its placeholders filled."""
    shown = page(finding.code, Language.ENGLISH).commands
    forms = [re.sub(r"<[a-z-]+>", ".+", re.escape(one).replace("\\-", "-")) for one in shown]
    return all(any(re.fullmatch(form, one) for form in forms) for one in finding.commands)


# What is wrong there at once stands in each other's way: repair knows the order (test_repair.py).
TOGETHER = ("neglected",)
SCENARIOS = [name for name in SCENARIO_SPECS if name not in ("large", *TOGETHER)]


@pytest.mark.parametrize("scenario", sampled(SCENARIOS, QUICK))
def test_every_fix_of_a_scenario_fixes_it(scenario: str) -> None:
    manual = BY_HAND.get(scenario, set())
    with simulated(scenario) as cluster:
        verdict = ask(cluster, "status", "-o", "json").document["verdict"]
        before = all_findings(cluster)
        printed = [command for finding in before for command in finding.commands]
        # Without findings the cluster has healed since the verdict.
        assert not before or verdict["fix"] in (None, *printed)
        for finding in before:
            assert is_explained(finding), finding
            for command in finding.commands:
                ran = run_printed(cluster, by_person(cluster, command))
                assert ran.code == 0, ran
        left = wait(cluster, manual)
        assert left <= manual
        assert is_running(cluster) or scenario == "absent"
        asides = {
            one.code
            for one in before
            if one.severity == "info" and not all(map(shows, one.commands))
        }
        assert asides.isdisjoint(one.code for one in all_findings(cluster))
    # An error that a command can fix comes with one.
    assert [
        one.code
        for one in before
        if one.severity == "error"
        and one.code not in manual
        and all(shows(command) for command in one.commands)
    ] == []


@pytest.mark.parametrize("name", sampled(SITUATIONS, QUICK_SITUATIONS))
def test_what_is_printed_ends_the_situation(name: str) -> None:
    situation = SITUATIONS[name]
    with simulated(situation.scenario) as cluster:
        situation.before(cluster)
        cluster.settle()
        eventually(lambda: situation.code in {one.code for one in all_findings(cluster)})
        change = situation.change
        left = repaired(cluster, situation.code, (lambda: change(cluster)) if change else None)
        if situation.after is not None:
            situation.after(cluster)
            left = sorted(wait(cluster, set(situation.left)))
        assert set(left) <= situation.left


# Their commands change a workload, whose pods then wait to be deleted.
ON_DELETE = (
    "narrow-range", "vxlan-routes-on", "old-v2", "throttled", "lost-route", "flag-missing",
    "routes-off", "stale-config",
)  # fmt: skip


@pytest.mark.parametrize("scenario", sampled(ON_DELETE, ()))
def test_with_on_delete_pods_are_deleted_too(scenario: str) -> None:
    with simulated(scenario) as cluster:
        cluster.edit_workload(lambda one: one["spec"].update(updateStrategy={"type": "OnDelete"}))
        # The same upgrade is printed for each of its reasons.
        printed = dict.fromkeys(
            command for one in all_findings(cluster) for command in one.commands
        )
        assert any(" delete pod " in command for command in printed)
        for command in printed:
            ran = run_printed(cluster, by_person(cluster, command))
            assert ran.code == 0, ran
        assert wait(cluster, set()) == set()


def test_a_node_with_a_prefixed_provider_id_is_registered_again() -> None:
    with simulated("prefixed-providerid") as cluster:
        (finding,) = findings(cluster)
        assert finding.code == "RT203"
        for command in finding.commands:
            assert run_printed(cluster, command).code == 0
        cluster.reconcile()  # CCM sees that the node is gone before it is there again
        cluster.kubelet_registers(finding.commands[0].split()[2])
        assert wait(cluster, set()) == set()


def test_the_entries_that_a_deleted_node_leaves_are_found_and_removed() -> None:
    with SimulatedCluster("prefixed-providerid") as cluster:
        (finding,) = findings(cluster)
        for command in finding.commands:
            assert run_printed(cluster, command).code == 0
        cluster.restart_ccm()  # the new one has never seen the node
        assert [one.code for one in findings(cluster)] == ["RT306"]
        cluster.kubelet_registers(finding.commands[0].split()[2])
        cluster.reconcile()
        assert repaired(cluster, "RT309") == []


def test_a_flag_whose_value_is_a_variable_is_replaced_where_it_is_written() -> None:
    with simulated("blocked") as cluster:
        off, value = "--configure-cloud-routes=$(ROUTES)", {"name": "ROUTES", "value": "false"}
        flags(cluster, lambda words: [*without("cloud-routes")(words), off], env=[value])
        refused = ask(cluster, "enable", "--tables", "auto", "--yes")
        assert (refused.code, "RT111" in refused.stderr) == (3, True)
        assert repaired(cluster, "RT111") == []


def test_what_enable_waits_for_comes_before_enable() -> None:
    with simulated("blocked") as cluster:
        flags(cluster, list, image="registry.example.com/acs/cloud-controller-manager:v2.11.2")
        cluster.restart_ccm()
        eventually(lambda: [one.code for one in findings(cluster)] == ["RT112", "RT101"])
        assert "RT112" in ask(cluster, "status").stdout.splitlines()[0]
        assert ask(cluster, "enable", "--tables", "auto", "--yes").code == 3


def test_ccm_in_a_shell_without_a_cloud_config_is_enabled_and_disabled() -> None:
    text = (
        "exec /cloud-controller-manager --cloud-provider=alicloud --allow-untagged-cloud=true"
        " --cluster-cidr=172.20.0.0/16"
    )
    image = (
        "registry.cn-hangzhou.aliyuncs.com/acs/cloud-controller-manager-amd64"
        ":v1.9.3.105-gfd4e547-aliyun"
    )
    with simulated("blocked") as cluster:
        flags(cluster, lambda _: ["sh", "-c", text], image=image)
        assert repaired(cluster, "RT101") == []
        assert ask(cluster, "disable", "--yes", "--timeout", "30s").code == 0
        assert container_of(cluster)["command"] == ["sh", "-c", text]
