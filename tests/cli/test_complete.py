from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_routes.cli.commands import SUMMARIES
from kubectl_routes.cli.complete import FILES_TOO
from kubectl_routes.cli.complete import NO_FILES
from kubectl_routes.cli.complete import Candidates
from kubectl_routes.cli.complete import complete
from kubectl_routes.cli.complete import entry

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
    assert [word.split("\t")[0] for word in found.words] == sorted(SUMMARIES)


def test_a_subcommand_that_was_begun_is_finished() -> None:
    assert complete(["sta"], {}).words == [f"status\t{SUMMARIES['status']}"]


def test_flags_of_the_subcommand_and_the_shared_ones_are_offered() -> None:
    assert complete(["status", "--co"], {}).words == ["--color", "--context"]
    assert complete(["status", "--pro"], {}).words == ["--problems", "--profile"]
    assert complete(["tables", "--pro"], {}).words == ["--profile"]
    assert complete(["--pro"], {}).words == ["--profile"]


@pytest.mark.parametrize(
    "words", [["explain", "RT10"], ["explain", "RT101", "RT10"], ["diagnose", "--check", "RT10"]]
)
def test_finding_codes_are_offered_with_what_they_are_about(words: list[str]) -> None:
    found = complete(words, {}).words
    assert [word.split("\t")[0] for word in found] == [f"RT10{number}" for number in range(1, 10)]
    assert "RT103\tthe list of route tables is malformed" in found


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["status", "-o", "y"], ["yaml"]),
        (["status", "--output", ""], ["table", "wide", "json", "yaml", "name"]),
        (["--color", "a"], ["auto", "always"]),
        (["status", "--sort-by", "p"], ["podcidr"]),
        (["status", "--context", "pr"], ["practice", "prod"]),
        (["--cluster", ""], ["hz"]),
        (["--user", ""], []),
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


def test_a_broken_kubeconfig_does_not_spoil_the_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config"
    path.write_text("{not: [yaml")
    monkeypatch.setenv("KUBECONFIG", str(path))
    monkeypatch.setattr("sys.argv", ["kubectl_complete-routes", "--context", ""])
    entry()
    assert tuple(capsys.readouterr()) == (":4\n", "")
