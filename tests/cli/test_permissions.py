"""The roles and policies that the program carries, and that its hints name."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from kubectl_routes.cli.commands.permissions import SAME_AS, permission_files, purpose_of
from kubectl_routes.cli.flags.permissions import PURPOSES
from tests.cli.asking import BASE, run
from tests.cli.programs import PATH, ROUTES, finished

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def test_deploy_holds_the_same_files(request: pytest.FixtureRequest) -> None:
    files = permission_files()
    if request.config.getoption("--update-golden"):
        for name, text in files.items():
            (DEPLOY / name).write_text(text, encoding="utf-8")
    # kubectl renders a folder of manifests, and reads no file outside it.
    copied = DEPLOY / "monitor" / "clusterrole-read.yaml"
    if request.config.getoption("--update-golden"):
        copied.write_text(files[copied.name], encoding="utf-8")
    assert copied.read_text(encoding="utf-8") == files[copied.name]
    there = [*DEPLOY.glob("clusterrole-*"), *DEPLOY.glob("ram-policy-*")]
    assert {path.name: path.read_text(encoding="utf-8") for path in there} == files


def test_each_purpose_has_a_file_and_each_file_a_purpose() -> None:
    own = {purpose_of(name) for name in permission_files()}
    assert own | set(SAME_AS) == set(PURPOSES)
    assert set(SAME_AS.values()) <= own


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--rbac", "--for", "read"), ["clusterrole-read.yaml"]),
        (("--ram", "--for", "read"), ["ram-policy-read.json"]),
        (("--ram", "--for", "monitor"), ["ram-policy-read.json"]),
        (("--ram", "--for", "enable"), ["ram-policy-enable-managed.json"]),
        (("--for", "ccm"), ["ram-policy-ccm.json"]),
        (("--ram", "--for", "repair"), ["ram-policy-repair.json"]),
        (
            ("--rbac",),
            ["clusterrole-enable.yaml", "clusterrole-read.yaml", "clusterrole-repair.yaml"],
        ),
        ((), list(permission_files())),
    ],
)
def test_what_was_asked_for_is_printed(words: tuple[str, ...], names: list[str]) -> None:
    said = run(BASE, "permissions", *words)
    assert (said.code, said.stderr) == (0, "")
    whole = [text for name, text in permission_files().items() if name in names]
    assert list(yaml.safe_load_all(said.stdout)) == [
        document for text in whole for document in yaml.safe_load_all(text)
    ]
    if len(names) == 1:
        assert said.stdout == whole[0]
    else:
        assert re.findall(r"(?m)^# ([\w-]+\.(?:yaml|json))$", said.stdout) == names


def test_the_policy_is_json_and_kubectl_takes_the_role(tmp_path: Path) -> None:
    command = (
        "kubectl routes permissions --rbac --for read | kubectl apply -f - && "
        "kubectl get clusterrole kubectl-routes-read -o json"
    )
    env = {"PATH": PATH, "HOME": str(tmp_path)}
    done = finished(env, ROUTES, "simulate", "--", "sh", "-c", command)
    assert done.code == 0
    created, _, role = done.stdout.partition("{")
    assert created.splitlines() == [
        "clusterrole.rbac.authorization.k8s.io/kubectl-routes-read created",
        "clusterrolebinding.rbac.authorization.k8s.io/kubectl-routes-read created",
    ]
    written = next(yaml.safe_load_all(permission_files()["clusterrole-read.yaml"]))
    assert json.loads("{" + role)["rules"] == written["rules"]
    assert json.loads(run(BASE, "permissions", "--ram", "--for", "read").stdout)["Version"] == "1"


def test_no_text_of_the_program_sends_its_reader_to_a_folder_that_is_not_installed() -> None:
    texts = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in (ROOT / "kubectl_routes").rglob("*")
        if path.suffix in (".py", ".yaml", ".json", ".js")
    }
    assert [name for name, text in texts.items() if "deploy/" in text] == []
    hints = re.findall(
        r"kubectl routes permissions (--r\w+) --for (\w+)", "\n".join(texts.values())
    )
    assert len(set(hints)) > 3
    for kind, purpose in set(hints):
        assert run(BASE, "permissions", kind, "--for", purpose).code == 0
