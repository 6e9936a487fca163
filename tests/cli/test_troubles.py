"""Every finding, fired over real sockets: the simulated cluster in trouble, and what is found."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.collect.snapshot import read
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.kube_access import Denial
from kubectl_routes_simulator.scenarios import SCENARIO_SPECS
from tests.analyze.one_story import contradictions
from tests.cli.asking import BASE, Answer, ask, run, shot
from tests.cli.meddling import policy

NAMESPACE, CCM = "kube-system", "cloud-controller-manager"

# The findings of every scenario that are no mere notes; one without any is healthy.
SCENARIOS: dict[str, set[str]] = {
    "healthy": set(),
    "single-table": set(),
    "managed": set(),
    "self-built": set(),
    "vxlan": set(),
    "excluded": set(),
    "gitops": set(),
    "blocked": {"RT101"},
    "space-in-list": {"RT103"},
    "unknown-table": {"RT104"},
    "foreign-table": {"RT105"},
    "gateway-table": {"RT106"},
    "system-unlisted": {"RT107"},
    "unlisted-vswitch": {"RT108"},
    "stale-config": {"RT109"},
    "unmounted": {"RT110"},
    "routes-off": {"RT111"},
    "flag-missing": {"RT112"},
    "absent": {"RT112"},
    "crashloop": {"RT102", "RT113"},
    "old-ccm": {"RT113"},
    "seed-before": {"RT113"},
    "on-delete": {"RT108"},
    "quota": {"RT401"},
    "managed-blocked": {"RT101"},
    "old-v2": {"RT302"},
    "neglected": {"RT108", "RT206", "RT302", "RT306", "RT309"},
    "narrow-range": {"RT114"},
    "ram-denied": {"RT116"},
    "throttled": {"RT117"},
    "terway": {"RT118"},
    "vxlan-routes-on": {"RT118"},
    "tainted-routes-off": {"RT118"},
    "no-podcidr": {"RT201"},
    "no-providerid": {"RT202"},
    "other-region": {"RT202"},
    "other-provider": {"RT202"},
    "registered-again": {"RT309"},
    "prefixed-providerid": {"RT203"},
    "kubelet-down": {"RT205"},
    "stuck-taint": {"RT206"},
    "overlap": {"RT208"},
    "stray-node": {"RT209"},
    "lost-route": {"RT301"},
    "slow-vpc": {"RT303"},
    "conflict": {"RT302", "RT304", "RT305"},
    "orphans": {"RT306"},
    "doomed-entry": {"RT205", "RT307"},
    "disabled-hop": {"RT308"},
    "ending-table": {"RT402"},
    "shared-range": {"RT403"},
}
# The notes that belong to a scenario.
NOTES = {
    "managed": {"RT903"},
    "excluded": {"RT204"},
    "gitops": {"RT119"},
    "old-v2": {"RT113", "RT207"},
    "lost-route": {"RT207"},
}


def diagnose(cluster: SimulatedCluster, *words: str, **env: str) -> Answer:
    return ask(cluster, "diagnose", "-o", "json", *words, **env)


def codes(answer: Answer, *severities: str) -> set[str]:
    return {one["code"] for one in answer.document["findings"] if one["severity"] in severities}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_has_the_findings_that_it_should_have(scenario: str, tmp_path: Path) -> None:
    with SimulatedCluster(scenario) as cluster:
        file = shot(cluster, tmp_path)
    answer = run(BASE, "diagnose", "-o", "json", "--snapshot", file)
    checked = run(BASE, "status", "--check", "-o", "json", "--snapshot", file)
    assert contradictions(read(file)) == []
    verdict = checked.document["verdict"]
    assert checked.code == (0 if verdict["healthy"] else 1)
    assert not (verdict["healthy"] and answer.code)
    assert codes(answer, "error", "warning") == SCENARIOS[scenario]
    assert NOTES.get(scenario, set()) <= codes(answer, "info")
    assert answer.code == int(bool(codes(answer, "error")))
    assert answer.document["gaps"] == []
    # Names and ids are filled in wherever something can be copied.
    assert not re.search(r"<\w+>|\{\w+\}", json.dumps(answer.document["findings"]))


def test_a_large_cluster_is_healthy_too() -> None:
    with SimulatedCluster("large", nodes=300) as cluster:
        answer = diagnose(cluster, "--fail-on", "info")
    assert (answer.code, answer.document["findings"]) == (0, [])


def test_a_crash_comes_with_the_last_words_of_the_pods() -> None:
    with SimulatedCluster("crashloop") as cluster:
        answer = diagnose(cluster)
    (finding,) = [one for one in answer.document["findings"] if one["code"] == "RT102"]
    assert any("invalid character 'G' looking for beginning" in one for one in finding["evidence"])
    assert any("CrashLoopBackOff" in one for one in finding["evidence"])


def test_rights_that_are_missing_are_told_and_outweigh_the_rest() -> None:
    with SimulatedCluster("orphans") as cluster:
        cluster.kube.access.denied.append(Denial(verb="get", resource="configmaps"))
        cluster.vpc.policy = policy(("Allow", "vpc:DescribeV*"))
        answer = diagnose(cluster, "--fail-on", "warning")
    assert {"RT901", "RT902"} <= codes(answer, "warning")
    assert answer.document["summary"]["unknown"] > 10
    assert answer.code == 3


def test_without_the_right_to_read_logs_the_answer_is_whole_and_the_gap_is_told() -> None:
    with SimulatedCluster("blocked") as cluster:
        cluster.kube.access.denied.append(Denial(verb="get", resource="pods/log"))
        answer, shown = diagnose(cluster), ask(cluster, "status", "-o", "json")
    assert (answer.code, answer.gap_parts) == (1, ["controller-logs"])
    assert codes(answer, "error", "warning") == {"RT101"}
    assert "RT901" in codes(answer, "info")
    # For status a log is only evidence.
    assert (shown.code, shown.gap_parts) == (0, ["controller-logs"])


def test_no_scenario_is_left_out() -> None:
    known = set(SCENARIO_SPECS) - {"large"}
    assert set(SCENARIOS) == known, "say in SCENARIOS what diagnose finds in each"


def test_every_code_is_fired_by_one_of_these() -> None:
    fired = {code for some in (*SCENARIOS.values(), *NOTES.values()) for code in some}
    elsewhere = {"RT901", "RT902"} | {"RT115", "RT120"}  # in test_repair.py, in test_discovery.py
    checked = {code for code, one in all_codes().items() if not one.preflight}
    lacks = [
        f"{code}: a scenario, or a test here, shows it" for code in checked - fired - elsewhere
    ]
    assert lacks == []
    assert fired | elsewhere == checked
