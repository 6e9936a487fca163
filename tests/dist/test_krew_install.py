"""The frozen plugin, installed as krew does and started by the real kubectl."""

from __future__ import annotations

import json
import os
import shutil
import sys
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
    words = (
        "kubectl",
        "routes",
        "simulate",
        "--",
        "kubectl",
        "routes",
        "diagnose",
        "--check=RT101",
    )
    code, stdout, stderr = run(env, *words)
    assert (code, "error" in stderr) == (0, False)
    assert stdout


def test_it_brings_the_files_of_the_report(
    env: Mapping[str, str], cluster: SimulatedCluster
) -> None:
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
    krew: Path, env: Mapping[str, str], cluster: SimulatedCluster, tmp_path: Path
) -> None:
    asked = ("kubectl", "__complete", "routes", "status", "-o", "j")
    without = {
        **env,
        "PATH": os.pathsep.join((str(krew / "bin"), str(_only_kubectl(tmp_path)), "/bin")),
    }
    assert run(without, *asked)[1].splitlines()[0] != "json"
    code, _, stderr = run(without, "kubectl", "routes", "completion", "--install")
    helper = tmp_path / "kubectl" / "kubectl_complete-routes"
    assert (code, stderr.splitlines()[0]) == (0, f"wrote {helper}")
    assert [path.name for path in (krew / "bin").iterdir()] == ["kubectl-routes"]
    assert run(without, *asked)[:2] == (0, "json\n:4\n")
    snapshot = krew / "snapshot.json"
    run(cluster.environment(env), "kubectl", "routes", "snapshot", "-o", snapshot)
    words = ("kubectl", "__complete", "routes", "--snapshot", snapshot, "status", "cn-hangzhou.192")
    assert len(run(without, *words)[1].splitlines()) > 5


HELPER = """\
#!{python}
import json, os
libraries = {{line.split()[-1] for line in open("/proc/self/maps") if ".so" in line}}
with open({seen!r}, "w") as file:
    json.dump([sorted(libraries), os.environ.get("LD_LIBRARY_PATH")], file)
status = {{"token": "{token}"}}
print(json.dumps({{"apiVersion": {api!r}, "kind": "ExecCredential", "status": status}}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone shows what a process has loaded")
@pytest.mark.parametrize("given", [None, "/opt/theirs"])
def test_programs_that_it_starts_load_their_own_libraries(
    krew: Path, env: Mapping[str, str], tmp_path: Path, given: str | None
) -> None:
    base = {**env, "LD_LIBRARY_PATH": given} if given else dict(env)
    seen, api = tmp_path / "seen", "client.authentication.k8s.io/v1"
    helper = tmp_path / "helper"
    # TLS is what the loader's own libraries are loaded for.
    text = HELPER.format(python=sys.executable, seen=str(seen), token="t", api=api)
    helper.write_text(text.replace("import json, os", "import json, os, ssl"))
    helper.chmod(0o755)
    config = {
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
        "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:9"}}],
        "users": [
            {
                "name": "a",
                "user": {
                    "exec": {"apiVersion": api, "command": str(helper), "interactiveMode": "Never"}
                },
            }
        ],
    }
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(json.dumps(config))
    started: list[list[str | Path]] = [
        ["kubectl-routes", "status", "--kubeconfig", kubeconfig, "--request-timeout", "10s"],
        ["kubectl-routes", "simulate", "--", helper],
    ]
    for words in started:
        seen.unlink(missing_ok=True)
        run(base, *words)
        libraries, path = json.loads(seen.read_text())
        assert any("libssl" in library for library in libraries)
        assert [library for library in libraries if library.startswith(str(krew))] == []
        assert path == given


def _only_kubectl(tmp_path: Path) -> Path:
    """A folder with kubectl and without the completer that pip has installed beside it."""
    folder = tmp_path / "kubectl"
    folder.mkdir()
    found = shutil.which("kubectl")
    assert found is not None
    (folder / "kubectl").symlink_to(found)
    return folder
