"""The last words of enable and disable: they are true, and what they tell to do works."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest

from kubectl_routes.cli.main import main
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.faults import Fault, FaultKind
from tests.cli.asking import BASE
from tests.cli.enabling import CCM, SPACE, both, disable, enable, listed, simulated, state, writes
from tests.cli.streams import Screen
from tests.cli.test_disable import run

WRITES = re.compile(r"^(PATCH|POST|DELETE) /(api|apis/apps)/v1/namespaces/kube-system/"
                    r"(configmaps|daemonsets)[^?]*\?(?!.*dryRun)")  # fmt: skip


@pytest.mark.parametrize("scenario", ["unlisted-vswitch", "seed-before"])
def test_the_lines_after_a_failed_rollback_lead_back(scenario: str, tmp_path: Path) -> None:
    with simulated(scenario) as cluster:
        before = state(cluster)
        refusal = Fault(FaultKind.REFUSE, WRITES, times=None, skip=2, status=403, body=b"{}",
                        headers={"Content-Type": "application/json"})  # fmt: skip
        cluster.kube.server.faults.add(refusal)
        tag = "v2.99.0" if scenario == "unlisted-vswitch" else "v1.9.3.999-g0000000-aliyun"
        answer = enable(cluster, "--yes", "--ccm-version", tag)
        assert answer.code == 3, answer
        assert "and the rollback failed: " in answer.stderr
        cluster.kube.server.faults.clear()
        lines = [one.strip() for one in answer.told if one.startswith("  kubectl ")]
        assert len(lines) == len(set(lines)) == 2
        editor = tmp_path / "editor"
        was = cluster.infra.table_ids[0]
        editor.write_text(
            f'#!/bin/sh\nexec sed -i \'s/"routeTableIDs": "[^"]*"/"routeTableIDs": "{was}"/;'
            ' /kubectl-routes.undo/d\' "$1"\n'
        )
        editor.chmod(0o755)
        for line in lines:
            run(cluster, line, tmp_path, KUBE_EDITOR=str(editor))
        after = state(cluster)
        assert after.spec == before.spec
        assert (after.config_map or {}).get("data") == (before.config_map or {}).get("data")


class Keyboard(io.StringIO):
    """A person at a terminal."""

    def isatty(self) -> bool:
        return True


class Interrupted(Keyboard):
    """Who types Ctrl-C instead of an answer."""

    def readline(self, _size: int | None = -1) -> str:  # type: ignore[override]
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("keyboard", "code", "ends"),
    [
        (Keyboard("n\n"), 1, "[y/N] nothing was changed\n"),
        (Keyboard(""), 1, "[y/N] \nnothing was changed\n"),
        (Interrupted(), 130, "[y/N] \nnothing was changed\n"),
    ],
)
def test_a_no_and_ctrl_c_at_the_prompt_change_nothing_and_say_so(
    keyboard: Keyboard, code: int, ends: str
) -> None:
    with simulated("unlisted-vswitch") as cluster:
        before = state(cluster)
        screen = Screen()
        words = ["kubectl-routes", "enable", "--tables", "auto"]
        assert main(words, cluster.environment(BASE), io.StringIO(), screen, keyboard) == code
        told = screen.getvalue()
        assert re.search(
            r'Apply to context "[^"]+" \(http://127\.0\.0\.1:\d+\)\? Restarts 3 CCM pods\. ', told
        )
        assert told.count("nothing was changed") == 1
        # The operator's own return key ends the line of a "n".
        assert ends in told
        assert (state(cluster), writes(cluster)) == (before, [])


def test_a_dry_run_without_a_word_is_of_the_client() -> None:
    with simulated("unlisted-vswitch") as cluster:
        answer = enable(cluster, "--dry-run")
        assert (answer.code, answer.told[-1]) == (1, "dry run (client): nothing was changed")
        assert writes(cluster) == []
        assert not any("dryRun" in one.query for one in cluster.kube.server.requests)


def test_entries_that_stay_in_a_table_that_leaves_the_list_are_listed() -> None:
    with simulated("unlisted-vswitch") as cluster:
        assert enable(cluster, "--yes").code == 0
        first, second = both(cluster).split(",")
        skip = ["--skip-preflight", "RT107", "--skip-preflight", "RT108"]
        answer = enable(cluster, "--yes", *skip, tables=first)
        assert answer.code == 0, answer
        shown = " ".join(answer.stdout.split())
        assert f"{second} keeps its 9 entries of this cluster, which CCM no longer manages" in shown
        assert listed(cluster) == first
        assert disable(cluster, "--yes").code == 0


def strip_flags(workload: dict[str, Any]) -> None:
    """A v1 without the flags that it exits without."""
    container = workload["spec"]["template"]["spec"]["containers"][0]
    for name in ("command", "args"):
        container[name] = [
            word for word in container.get(name) or []
            if not word.startswith(("--allow-untagged-cloud", "--cluster-cidr"))
        ]  # fmt: skip


def test_all_flags_that_are_missing_are_listed_before_any_rollout() -> None:
    with simulated("seed-before") as cluster:
        cluster.edit_workload(strip_flags)
        before = state(cluster)
        cluster.kube.server.forget()
        answer = enable(cluster, "--yes", tables="vtb-nosuch")
        assert answer.code == 3
        told = " ".join(answer.told)
        for part in ("RT104", "--allow-untagged-cloud", "--cluster-cidr"):
            assert part in told
        assert (state(cluster), writes(cluster)) == (before, [])


def template_of(cluster: SimulatedCluster) -> dict[str, Any]:
    workload = cluster.kube.store.get("DaemonSet", SPACE, CCM)
    found: dict[str, Any] = workload["spec"]["template"]["spec"]
    return found


def add_old_probe(workload: dict[str, Any]) -> None:
    container = workload["spec"]["template"]["spec"]["containers"][0]
    probe = {"httpGet": {"path": "/healthz", "port": 10252}, "periodSeconds": 1}
    container["livenessProbe"] = {**probe, "failureThreshold": 2}


def test_the_probe_moves_with_the_image_and_ccm_lives() -> None:
    with simulated("old-ccm") as cluster:
        cluster.edit_workload(add_old_probe)
        tag = "v1.9.3.380-gd6d0962-aliyun"
        answer = enable(cluster, "--yes", "--skip-preflight", "RT112", "--ccm-version", tag)
        assert answer.code == 0, answer
        assert template_of(cluster)["containers"][0]["livenessProbe"]["httpGet"]["port"] == 10258
        assert disable(cluster, "--yes").code == 0
        assert template_of(cluster)["containers"][0]["livenessProbe"]["httpGet"]["port"] == 10252
