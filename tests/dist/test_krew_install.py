"""The frozen plugin, installed as krew does and started by the real kubectl."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from kubectl_routes import __version__
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.dist.running import run


def test_status_through_kubectl(env: Mapping[str, str], cluster: SimulatedCluster) -> None:
    code, stdout, stderr = run(
        cluster.environment(env), "kubectl", "routes", "status", "--check", "-o", "json"
    )
    assert (code, "error" in stderr) == (1, False)
    document = json.loads(stdout)
    assert (document["kind"], document["gaps"]) == ("RouteStatus", [])
    assert document["summary"]["ok"] == 9


def test_it_is_the_frozen_one_and_knows_its_libraries(env: Mapping[str, str]) -> None:
    code, stdout, stderr = run(env, "kubectl", "routes", "version", "-o", "json")
    assert (code, stderr) == (0, "")
    document = json.loads(stdout)
    assert document["version"] == __version__
    assert None not in document["libraries"].values()


def test_its_own_simulated_cluster(env: Mapping[str, str]) -> None:
    words = ("kubectl", "routes", "simulate", "--", "kubectl", "routes", "diagnose", "--check=RT101")
    code, stdout, stderr = run(env, *words)
    assert (code, "error" in stderr) == (0, False)
    assert stdout


def test_it_brings_the_files_of_the_report(env: Mapping[str, str], cluster: SimulatedCluster) -> None:
    code, stdout, _ = run(cluster.environment(env), "kubectl", "routes", "status", "-o", "html")
    assert code == 0
    assert "<style" in stdout
    assert "<script" in stdout


@pytest.mark.parametrize("taken", ["HOME", "LANG"])
def test_nothing_of_the_environment_is_needed(
    env: Mapping[str, str], cluster: SimulatedCluster, taken: str
) -> None:
    base = {name: value for name, value in env.items() if name != taken}
    given = cluster.environment(base)
    code, stdout, _ = run(given, "kubectl", "routes", "status", "-o", "name", "--problems")
    assert code == 0
    assert stdout.startswith("node/")


def test_an_install_that_cannot_be_written_to_stays_as_it_is(
    krew: Path, tmp_path: Path, env: Mapping[str, str], cluster: SimulatedCluster
) -> None:
    root = tmp_path / "read only"
    shutil.copytree(krew / "store", root)
    paths = sorted(root.rglob("*"), reverse=True)
    for path in paths:
        path.chmod(path.stat().st_mode & 0o555)
    program = next(path for path in paths if path.name == "kubectl-routes" and path.is_file())
    code, stdout, _ = run(cluster.environment(env), program, "status", "-o", "name")
    assert (code, stdout.startswith("node/")) == (0, True)
    assert sorted(root.rglob("*"), reverse=True) == paths


def test_an_unknown_command_is_one_line_and_a_hint(env: Mapping[str, str]) -> None:
    code, stdout, stderr = run(env, "kubectl", "routes", "unheard-of")
    assert (code, stdout, len(stderr.splitlines())) == (2, "", 2)


def test_kubectl_completes_after_an_install_of_the_helper(
    krew: Path, env: Mapping[str, str], cluster: SimulatedCluster
) -> None:
    asked = ("kubectl", "__complete", "routes", "status", "-o", "j")
    without = {**env, "PATH": os.pathsep.join((str(krew / "bin"), str(_only_kubectl(krew)), "/bin"))}
    assert run(without, *asked)[1].splitlines()[0] != "json"
    code, _, stderr = run(without, "kubectl", "routes", "completion", "--install")
    assert (code, stderr.splitlines()[0]) == (0, f"wrote {krew}/bin/kubectl_complete-routes")
    assert run(without, *asked)[:2] == (0, "json\n:4\n")
    snapshot = krew / "snapshot.json"
    run(cluster.environment(env), "kubectl", "routes", "snapshot", "-o", snapshot)
    words = ("kubectl", "__complete", "routes", "--snapshot", snapshot, "status", "cn-hangzhou.192")
    assert len(run(without, *words)[1].splitlines()) > 5


def _only_kubectl(krew: Path) -> Path:
    """A folder with kubectl and without the completer that pip has installed beside it."""
    folder = krew / "kubectl"
    folder.mkdir()
    found = shutil.which("kubectl")
    assert found is not None
    (folder / "kubectl").symlink_to(found)
    return folder
