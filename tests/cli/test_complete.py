from __future__ import annotations

import io
from pathlib import Path

import pytest

from kubectl_routes.cli import flags
from kubectl_routes.cli.complete import FILES_TOO, NO_FILES, NO_SPACE, answer, complete
from kubectl_routes.plan.preflight import SKIPPABLE
from tests.analyze.cluster import controller, listing, snapshot
from tests.cli.asking import saved

KUBECONFIG = """\
apiVersion: v1
kind: Config
contexts: [{name: prod, context: {}}, {name: practice, context: {}}]
clusters: [{name: hz, cluster: {}}]
users: null
"""


def _items(start: str, codes: str) -> str:
    """What a list that begins so is completed to."""
    return " ".join(start + code for code in codes.split() if code not in start)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "config"
    path.write_text(KUBECONFIG)
    return {"KUBECONFIG": f"{path}:{tmp_path}/absent"}


SOME = NO_FILES | NO_SPACE
COMMANDS = " ".join(sorted(flags.names()))
# Of flags that name checks, none that only preflight makes.
CODES = "RT101 RT102 RT103 RT104 RT105 RT106 RT107 RT108 RT109"


@pytest.mark.parametrize(
    ("words", "expected", "directive"),
    [
        # The first word is a subcommand.
        ([], COMMANDS, NO_FILES),
        ([""], COMMANDS, NO_FILES),
        (["--context", "prod", ""], COMMANDS, NO_FILES),
        (["-v", "3", ""], COMMANDS, NO_FILES),
        (["sta"], "status", NO_FILES),
        (["unheard-of", ""], "", NO_FILES),
        # Flags of the subcommand, and the shared ones.
        (["tables", "--co"], "--color --context", NO_FILES),
        (["status", "--pro"], "--problems --profile", NO_FILES),
        (["tables", "--pro"], "--profile", NO_FILES),
        (["--pro"], "--profile", NO_FILES),
        (["permissions", "--r"], "--ram --rbac --region --request-timeout", NO_FILES),
        # Values, where they are known.
        (["status", "-o", "y"], "yaml", NO_FILES),
        (["status", "--output=y"], "yaml", NO_FILES),
        (["status", "--output", ""], "table wide json yaml name html", NO_FILES),
        (["--color", "a"], "auto always", NO_FILES),
        (["status", "--sort-by", "p"], "podcidr", NO_FILES),
        (["status", "--context", "pr"], "practice prod", NO_FILES),
        (["--cluster", ""], "hz", NO_FILES),
        (["--user", ""], "", NO_FILES),
        (["simulate", "--scenario", "spa"], "space-in-list", NO_FILES),
        (["completion", ""], "bash zsh fish", NO_FILES),
        (["completion", "bash", ""], "", NO_FILES),
        (["help", "en"], "enable", NO_FILES),
        (["permissions", "--for", ""], "read enable repair monitor ccm", NO_FILES),
        (["status", "--region", ""], "", NO_FILES),
        (["status", ""], "", NO_FILES),
        (["status", "--problems", ""], "", NO_FILES),
        # Codes: those that a flag or a command takes, and none twice.
        (["explain", "RT10"], CODES, NO_FILES),
        (["explain", "RT301", "RT10"], CODES, NO_FILES),
        (["--context", "explain", "explain", "RT10"], CODES, NO_FILES),
        (["explain", "RT101", "RT101"], "", NO_FILES),
        (["repair", "RT30"], "RT302 RT304 RT305 RT306 RT309", NO_FILES),
        (["diagnose", "--check", "RT10"], CODES, SOME),
        (["diagnose", "--skip", "RT101,RT107,RT10"], _items("RT101,RT107,", CODES), SOME),
        (["enable", "--skip-preflight", ""], " ".join(sorted(SKIPPABLE)), NO_FILES),
        # Files are left to the shell.
        (["--kubeconfig", ""], "", FILES_TOO),
        (["status", "--snapshot", ""], "", FILES_TOO),
        (["diff", ""], "", FILES_TOO),
        (["diff", "a.json", ""], "", FILES_TOO),
        (["simulate", "--", "kub"], "", FILES_TOO),
    ],
)
def test_words_that_are_offered(
    env: dict[str, str], words: list[str], expected: str, directive: int
) -> None:
    found = complete(words, env)
    assert ([word.split("\t")[0] for word in found.words], found.directive) == (
        expected.split(),
        directive,
    )


def test_commands_and_codes_come_with_what_they_are_about() -> None:
    assert complete(["sta"], {}).words == [f"status\t{flags.load('status').summary}"]
    assert "RT103\trouteTableIDs is malformed" in complete(["explain", "RT10"], {}).words


def test_contexts_come_from_the_kubeconfig_that_was_named(tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_text(KUBECONFIG)
    words = ["--kubeconfig", str(path), "status", "--context", ""]
    assert complete(words, {"KUBECONFIG": "/nowhere"}).words == ["practice", "prod"]


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
    path = saved(tmp_path, snapshot(controller("v2.14.0", listing("vtb-a,vtb-b"))))
    found = complete(["--snapshot", path, *words], {})
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
