"""The commands against the simulated cluster, over real sockets."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from kubectl_routes.cli.flags.status import OUTPUTS
from kubectl_routes.cli.main import main
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.cli.asking import Answer
from tests.cli.programs import PATH


@pytest.fixture(scope="module")
def healthy() -> Iterator[Mapping[str, str]]:
    with SimulatedCluster("healthy") as cluster:
        yield cluster.environment({"HOME": "/nonexistent", "COLUMNS": "120"})


@pytest.fixture(scope="module")
def blocked() -> Iterator[Mapping[str, str]]:
    with SimulatedCluster("blocked") as cluster:
        yield cluster.environment({"HOME": "/nonexistent", "COLUMNS": "120"})


def run(env: Mapping[str, str], *words: str) -> tuple[int, str, str]:
    stdout = io.StringIO()
    stderr = io.StringIO()
    code = main(["kubectl-routes", *words], env, stdout, stderr)
    return code, stdout.getvalue(), stderr.getvalue()


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_healthy_cluster_passes_the_check_in_every_format(
    healthy: Mapping[str, str], output: str
) -> None:
    answer = Answer(*run(healthy, "status", "--check", "-o", output))
    assert (answer.code, answer.told) == (0, [])
    assert answer.stdout


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_blocked_cluster_fails_the_check_in_every_format(
    blocked: Mapping[str, str], output: str
) -> None:
    code, stdout, stderr = run(blocked, "status", "--check", "-o", output)
    assert (code, "error" in stderr) == (1, False)
    assert stdout


def test_a_blocked_cluster_is_called_blocked_and_its_new_nodes_missing(
    blocked: Mapping[str, str],
) -> None:
    _, stdout, _ = run(blocked, "status", "-o", "json")
    status = json.loads(stdout)
    assert status["mode"] == "blocked"
    states = {cell["state"] for row in status["nodes"] for cell in row["routes"].values()}
    assert states == {"ok", "missing"}


def test_every_node_and_no_other_has_a_row(healthy: Mapping[str, str]) -> None:
    _, stdout, _ = run(healthy, "status", "-o", "name", "--sort-by", "name")
    asked = subprocess.run(
        ["kubectl", "get", "nodes", "-o", "name"],
        env={**healthy, "PATH": PATH},
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(stdout.split()) == sorted(asked.stdout.split())


def test_a_selector_is_answered_by_the_server(healthy: Mapping[str, str]) -> None:
    selector = "node-role.kubernetes.io/control-plane"
    code, stdout, stderr = run(healthy, "status", "-o", "name", "-l", f"!{selector}")
    assert (code, stderr) == (0, "")
    workers = set(stdout.split())
    _, stdout, _ = run(healthy, "status", "-o", "name", "-l", selector)
    masters = set(stdout.split())
    _, stdout, _ = run(healthy, "status", "-o", "name")
    assert (workers | masters, workers & masters) == (set(stdout.split()), set())
    assert workers


def test_a_snapshot_replays_the_same_answer(healthy: Mapping[str, str], tmp_path: Path) -> None:
    path = str(tmp_path / "taken.json")
    code, stdout, stderr = run(healthy, "snapshot", "-o", path)
    assert (code, stdout) == (0, "")
    assert stderr == f"wrote {path}; kubectl routes status --snapshot={path} reads it\n"
    assert Path(path).stat().st_mode & 0o777 == 0o600
    for words in (["status", "-o", "wide"], ["status", "-o", "yaml"], ["tables"]):
        code, stdout, stderr = run({"COLUMNS": "120"}, *words, "--snapshot", path)
        lines = stdout.splitlines()
        page = "yaml" not in words
        taken = [line for line in lines if page and line.startswith("Snapshot: ")]
        rest = [line for line in lines if line not in taken and "time:" not in line]
        live = run(healthy, *words)
        seen = [line for line in live[1].splitlines() if "time:" not in line]
        assert (code, rest, stderr, len(taken)) == (live[0], seen, "", int(page))


def test_a_snapshot_that_would_not_be_read_is_said_to_be_so(
    healthy: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kubectl_routes.collect.snapshot.MOST_ROUTES", 3)
    path = str(tmp_path / "shot.json")
    complaint = "it holds more than 3 routes"
    assert run(healthy, "snapshot", "-o", path) == (
        *(0, ""),
        f"kubectl routes cannot read this snapshot with --snapshot: {complaint}\n",
    )
    assert run(healthy, "status", "--snapshot", path) == (
        *(2, ""),
        f"error: {path} is not a snapshot: {complaint}\n",
    )


def test_a_snapshot_on_stdout_is_the_same_document(
    healthy: Mapping[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "taken.json"
    code, stdout, stderr = run(healthy, "snapshot", "-o", "-")
    assert (code, stderr) == (0, "")
    path.write_text(stdout)
    assert run({}, "status", "--check", "--snapshot", str(path))[0] == 0


@pytest.mark.parametrize("level", ["0", "9"])
@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["status", "-o", "json"],
        ["status", "--context", "unheard-of"],
        ["snapshot", "-o", "-"],
        ["diagnose"],
        ["diagnose", "-o", "json"],
        ["status", "--vpc-endpoint", "127.0.0.1:1", "--request-timeout", "1s"],
    ],
)
def test_no_credential_is_shown_at_any_level(
    healthy: Mapping[str, str], words: list[str], level: str
) -> None:
    canaries = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIcanarycanary",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "canarysecretcanarysecret",
        "ALIBABA_CLOUD_SECURITY_TOKEN": "canarytokencanarytoken",
    }
    for env in (healthy, {**healthy, **canaries}):
        _, stdout, stderr = run(env, *words, "-v", level)
        shown = stdout + stderr
        assert "canary" not in shown
        assert healthy["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] not in shown


def test_a_cluster_that_cannot_be_reached_is_one_line_and_a_hint(
    healthy: Mapping[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "config"
    path.write_text(
        json.dumps(
            {
                "current-context": "gone",
                "contexts": [{"name": "gone", "context": {"cluster": "gone", "user": "me"}}],
                "clusters": [{"name": "gone", "cluster": {"server": "http://127.0.0.1:1"}}],
                "users": [{"name": "me", "user": {"token": "canary-token"}}],
            }
        )
    )
    code, stdout, stderr = run({**healthy, "KUBECONFIG": str(path)}, "status")
    assert (code, stdout) == (3, "")
    # A sign of life comes first when the attempts have taken longer than a moment.
    assert "".join(stderr.splitlines(keepends=True)[-2:]) == (
        "error: cannot list nodes: http://127.0.0.1:1: it refuses connections\n"
        "check that the server is running and reachable: kubectl cluster-info\n"
    )
    assert "canary" not in stderr


def test_a_table_of_the_vpc_can_be_given(healthy: Mapping[str, str]) -> None:
    _, stdout, _ = run(healthy, "tables", "-o", "name")
    first, *_ = stdout.replace("routetable/", "").split()
    _, stdout, _ = run(healthy, "status", "--tables", first, "-o", "json")
    managed = [table["id"] for table in json.loads(stdout)["tables"] if table["managed"]]
    assert managed == [first]
