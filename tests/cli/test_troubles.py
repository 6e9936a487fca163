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

SCENARIOS = {name: one for name, one in SCENARIO_SPECS.items() if name != "large"}


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
    assert codes(answer, "error", "warning") == set(SCENARIOS[scenario].finds)
    assert set(SCENARIOS[scenario].notes) <= codes(answer, "info")
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


def test_every_code_is_fired_by_one_of_these() -> None:
    fired = {code for one in SCENARIOS.values() for code in (*one.finds, *one.notes)}
    elsewhere = {"RT901", "RT902"} | {"RT115", "RT120"}  # in test_repair.py, in test_discovery.py
    checked = {code for code, one in all_codes().items() if not one.preflight}
    lacks = [
        f"{code}: name it in the finds of a scenario, or in elsewhere with a test here"
        for code in checked - fired - elsewhere
    ]
    assert lacks == []
    assert fired | elsewhere == checked
