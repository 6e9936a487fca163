from __future__ import annotations

import io
from pathlib import Path

import msgspec
import pytest

from kubectl_routes.cli import flags
from kubectl_routes.cli.complete import FILES_TOO, NO_FILES, NO_SPACE, Candidates, answer, complete
from kubectl_routes.plan.preflight import SKIPPABLE
from tests.analyze.cluster import controller, listing, snapshot

KUBECONFIG = """\
apiVersion: v1
kind: Config
contexts: [{name: prod, context: {}}, {name: practice, context: {}}]
clusters: [{name: hz, cluster: {}}]
users: null
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "config"
    path.write_text(KUBECONFIG)
    return {"KUBECONFIG": f"{path}:{tmp_path}/absent"}


@pytest.mark.parametrize("words", [[], [""], ["--context", "prod", ""], ["-v", "3", ""]])
def test_the_first_word_is_a_subcommand(words: list[str]) -> None:
    found = complete(words, {})
    assert [word.split("\t")[0] for word in found.words] == sorted(flags.names())


def test_a_subcommand_that_was_begun_is_finished() -> None:
    assert complete(["sta"], {}).words == [f"status\t{flags.load('status').summary}"]


def test_flags_of_the_subcommand_and_the_shared_ones_are_offered() -> None:
    assert complete(["tables", "--co"], {}).words == ["--color", "--context"]
    assert complete(["status", "--pro"], {}).words == ["--problems", "--profile"]
    assert complete(["tables", "--pro"], {}).words == ["--profile"]
    assert complete(["--pro"], {}).words == ["--profile"]


@pytest.mark.parametrize("words", [["explain", "RT10"], ["diagnose", "--check", "RT10"]])
def test_finding_codes_are_offered_with_what_they_are_about(words: list[str]) -> None:
    found = complete(words, {}).words
    assert [word.split("\t")[0] for word in found] == [f"RT10{number}" for number in range(1, 10)]
    assert "RT103\trouteTableIDs is malformed" in found


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["status", "-o", "y"], ["yaml"]),
        (["status", "--output", ""], ["table", "wide", "json", "yaml", "name", "html"]),
        (["--color", "a"], ["auto", "always"]),
        (["status", "--sort-by", "p"], ["podcidr"]),
        (["status", "--context", "pr"], ["practice", "prod"]),
        (["--cluster", ""], ["hz"]),
        (["--user", ""], []),
        (["status", "--output=y"], ["yaml"]),
        (["simulate", "--scenario", "spa"], ["space-in-list"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["help", "en"], ["enable"]),
        (["permissions", "--for", ""], ["read", "enable", "repair", "monitor", "ccm"]),
        (["permissions", "--r"], ["--ram", "--rbac", "--region", "--request-timeout"]),
        (["completion", "bash", ""], []),
        (["status", "--region", ""], []),
        (["status", ""], []),
        (["status", "--problems", ""], []),
        (["unheard-of", ""], []),
    ],
)
def test_values_are_offered_where_they_are_known(
    env: dict[str, str], words: list[str], expected: list[str]
) -> None:
    assert complete(words, env) == Candidates(expected, NO_FILES)


def test_contexts_come_from_the_kubeconfig_that_was_named(tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_text(KUBECONFIG)
    words = ["--kubeconfig", str(path), "status", "--context", ""]
    assert complete(words, {"KUBECONFIG": "/nowhere"}).words == ["practice", "prod"]


@pytest.mark.parametrize(
    "words", [["--kubeconfig", ""], ["status", "--snapshot", ""], ["simulate", "--", "kub"]]
)
def test_files_are_left_to_the_shell(words: list[str]) -> None:
    assert complete(words, {}) == Candidates([], FILES_TOO)


@pytest.mark.parametrize(
    "words",
    [
        ["explain", "RT30"],
        ["explain", "RT101", "RT30"],
        ["--context", "explain", "explain", "RT30"],
    ],
)
def test_finding_codes_come_with_their_titles(words: list[str]) -> None:
    found = complete(words, {})
    assert found.directive == NO_FILES
    assert found.words[0] == "RT301\troutes are missing"
    assert {word[:4] for word in found.words} == {"RT30"}


def test_repair_is_offered_the_codes_that_it_repairs() -> None:
    found = complete(["repair", "RT30"], {})
    assert [word[:5] for word in found.words] == ["RT302", "RT304", "RT305", "RT306", "RT309"]


def test_a_code_that_was_said_is_not_offered_again() -> None:
    assert complete(["explain", "RT101", "RT101"], {}).words == []


def test_of_a_list_the_last_item_is_completed_and_the_others_stay() -> None:
    found = complete(["diagnose", "--skip", "RT101,RT20"], {})
    assert [word.split("\t")[0] for word in found.words][:2] == ["RT101,RT201", "RT101,RT202"]
    assert found.directive == NO_FILES | NO_SPACE


def test_only_codes_that_can_be_skipped_are_offered_for_skipping() -> None:
    found = complete(["enable", "--skip-preflight", ""], {})
    assert {word.split("\t")[0] for word in found.words} == set(SKIPPABLE)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["status", ""], ["n1", "n2", "n3", "n4", "n5", "n6"]),
        (["status", "n1", "n4", "n"], ["n2", "n3", "n5", "n6"]),
        (["trace", "n1", "n2"], ["n2"]),
        (["trace", "n1", "n2", ""], []),
        (["status", "--tables", ""], ["vtb-a", "vtb-b"]),
        (["status", "--tables", "vtb-a,"], ["vtb-a,vtb-b"]),
        (["enable", "--tables", ""], ["auto", "vtb-a", "vtb-b"]),
    ],
)
def test_a_snapshot_knows_nodes_and_tables(
    tmp_path: Path, words: list[str], expected: list[str]
) -> None:
    path = tmp_path / "s.json"
    path.write_bytes(msgspec.json.encode(snapshot(controller("v2.14.0", listing("vtb-a,vtb-b")))))
    found = complete(["--snapshot", str(path), *words], {})
    assert [word.split("\t")[0] for word in found.words] == expected


def test_a_broken_kubeconfig_does_not_spoil_the_prompt(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text("{not: [yaml")
    stdout = io.StringIO()
    answer(["--context", ""], {"KUBECONFIG": str(path)}, stdout)
    assert stdout.getvalue() == ":4\n"


def test_help_among_the_words_is_no_end(env: dict[str, str]) -> None:
    stdout = io.StringIO()
    answer(["status", "-h", "--context", ""], env, stdout)
    assert stdout.getvalue() == ":4\n"
