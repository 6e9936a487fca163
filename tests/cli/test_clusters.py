"""``--contexts`` and ``--all-contexts``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_routes.cli.clusters import AT_ONCE
from kubectl_routes.cli.complete import complete
from kubectl_routes_simulator.server import LoopbackServer, Reply
from tests.cli.asking import BASE, Answer, run
from tests.cli.many import ManyClusters
from tests.cli.meddling import policy

DOCS = Path(__file__).parents[2] / "docs"
UNAUTHORIZED = Reply(
    401,
    b'{"kind":"Status","message":"Unauthorized","reason":"Unauthorized","code":401}',
    {"Content-Type": "application/json"},
)
SCENARIOS = {"prod-1": "healthy", "prod-2": "blocked", "test": "space-in-list"}


@pytest.fixture(scope="module")
def many() -> Iterator[ManyClusters]:
    """Three clusters that answer, and one whose login has expired."""
    edge = LoopbackServer(lambda _: UNAUTHORIZED)
    with edge, ManyClusters(SCENARIOS, others={"edge": edge.url}) as opened:
        yield opened


def ask(many: ManyClusters, *words: str) -> Answer:
    return run(many.environment({**BASE, "COLUMNS": "100"}), *words, *many.profiles)


def test_a_page_is_as_the_documentation_shows_it(many: ManyClusters) -> None:
    said = ask(many, "status", "--all-contexts")
    assert said.code == 3
    assert said.told == ["error: incomplete result: could not read edge"]
    page = (DOCS / "many-clusters.md").read_text(encoding="utf-8")
    block = re.findall(r"```text\n(.*?)```", page, flags=re.DOTALL)[0]
    assert said.stdout == block


def test_the_worst_exit_code_counts(many: ManyClusters) -> None:
    assert ask(many, "status", "--contexts", "prod-1,prod-2").code == 0
    said = ask(many, "status", "--contexts", "prod-1", "--contexts", "prod-2", "--check")
    assert (said.code, said.stderr) == (1, "")
    assert ask(many, "status", "--contexts", "prod-1", "--check").code == 0
    said = ask(many, "diagnose", "--contexts", "prod-1,prod-2,prod-1", "--lang", "zh")
    assert said.code == 1
    assert said.stdout.startswith("✗ 集群：1 个存在问题，1 个正常\n")
    assert ask(many, "diagnose", "--contexts", "prod-2", "--fail-on", "none").code == 0


def test_only_clusters_with_problems_or_only_rows_are_shown_on_request(many: ManyClusters) -> None:
    said = ask(many, "status", "--contexts", "prod-1,test", "--problems", "--no-headers")
    assert [line.split()[1] for line in said.stdout.splitlines()] == ["test"]


@pytest.mark.parametrize(
    ("command", "kind", "item"),
    [
        ("status", "RouteStatusList", "RouteStatus"),
        ("diagnose", "DiagnosisList", "Diagnosis"),
    ],
)
def test_a_document_holds_complete_ones(
    many: ManyClusters, command: str, kind: str, item: str
) -> None:
    said = ask(many, command, "--all-contexts", "-o", "json")
    assert (said.code, said.document["kind"]) == (3, kind)
    error, *items = said.document["items"]
    assert (error["kind"], error["context"]) == ("ContextError", "edge")
    assert error["reason"] == "cannot list nodes: 401 Unauthorized"
    assert error["hint"].endswith("log in again")
    assert [(one["kind"], one["cluster"]["context"]) for one in items] == [
        (item, "prod-2"),
        (item, "test"),
        (item, "prod-1"),
    ]
    words = (command, "--context", "test", "--profile", "test", "-o", "json")
    alone = run(many.environment(BASE), *words).document
    assert {**items[1], "time": "", "nodes": 0} == {**alone, "time": "", "nodes": 0}
    assert said.document["summary"] == {
        "unreadable": 1,
        "incomplete": 0,
        "unhealthy": 2,
        "healthy": 1,
    }


def test_credentials_are_of_the_context(many: ManyClusters) -> None:
    """A profile for all, and one of its own; a cluster that is refused spoils no other."""
    env = many.environment(BASE)
    words = ("status", "--contexts", "prod-1,test", "--profile", "prod-1", "--profile", "test=test")
    said = run(env, *words, "-o", "json")
    assert [one["verdict"]["healthy"] for one in said.document["items"]] == [False, True]
    cloud = many.clusters[2].vpc
    cloud.policy = policy(("Deny", "*"))
    try:
        refused = run(env, *words)
    finally:
        cloud.policy = None
    assert refused.code == 3
    lines = refused.stdout.splitlines()
    assert lines[0] == "? clusters: 1 read in part, 1 healthy"
    assert lines[3].startswith("?  test     10     0 ok, 10 unknown  v2.11.2  could not read ")
    assert lines[-1] == "Details:  kubectl routes status --context=test --profile=test"
    assert run(env, *lines[-1].split()[3:]).code == 0


def test_more_contexts_than_are_read_at_once(many: ManyClusters, tmp_path: Path) -> None:
    config = json.loads(Path(many.environment(BASE)["KUBECONFIG"]).read_text(encoding="utf-8"))
    names = [f"same-{n}" for n in range(AT_ONCE + 2)]
    context = {"cluster": "prod-1", "user": "prod-1"}
    config["contexts"] = [{"name": name, "context": context} for name in names]
    path = tmp_path / "config"
    path.write_text(json.dumps(config))
    env = many.environment(BASE)
    said = run(env, "status", "--all-contexts", "--kubeconfig", str(path), "-o", "yaml")
    assert said.code == 0
    assert said.stdout.count("kind: RouteStatus\n") == len(names)
    config["contexts"] = []
    path.write_text(json.dumps(config))
    said = run(env, "status", "--all-contexts", "--kubeconfig", str(path))
    assert (said.code, said.told[0]) == (2, "error: the kubeconfig has no context")


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("--contexts", "pord-1"), "context 'pord-1' does not exist", "Did you mean"),
        (("--contexts", "x"), "context 'x' does not exist", "contexts in "),
        (
            ("--contexts", "test", "--profile", "tset=a"),
            "--profile: context 'tset' does not exist",
            "Did you mean 'test'?",
        ),
    ],
)
def test_a_context_that_does_not_exist_is_named(
    many: ManyClusters, words: tuple[str, ...], message: str, hint: str
) -> None:
    said = run(many.environment(BASE), "status", *words)
    assert (said.code, said.stdout, said.told[0]) == (2, "", f"error: {message}")
    assert said.told[1].startswith(hint)


def test_a_plugin_that_must_ask_fails_alone(many: ManyClusters, tmp_path: Path) -> None:
    config = json.loads(Path(many.environment(BASE)["KUBECONFIG"]).read_text(encoding="utf-8"))
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "cat",
        "interactiveMode": "Always",
    }
    config["users"][1]["user"] = {"exec": plugin}
    path = tmp_path / "config"
    path.write_text(json.dumps(config))
    words = ("status", "--contexts", "prod-1,prod-2", "--kubeconfig", str(path), "-o", "wide")
    said = run(many.environment(BASE), *words, *many.profiles)
    assert said.code == 3
    lines = said.stdout.splitlines()
    assert "it needs to ask, and cannot while several clusters are read" in lines[3]
    assert lines[4].endswith("all routes are in place: 9 nodes, 2 route tables")
    assert f"--kubeconfig={path}" in lines[-1]


def test_names_of_contexts_are_completed(many: ManyClusters) -> None:
    env = many.environment(BASE)
    found = complete(["status", "--contexts", "prod-1,pr"], env)
    assert found.words == ["prod-1,prod-2"]
    assert complete(["diagnose", "--contexts", "e"], env).words == ["edge"]
