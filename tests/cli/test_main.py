from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping, Sequence

import pytest

from kubectl_routes import __version__
from kubectl_routes.analyze.order import SortBy
from kubectl_routes.cli import flags
from kubectl_routes.cli.flags.status import SORTS
from kubectl_routes.cli.main import main
from tests.cli.streams import ClosedPipe

ENV: Mapping[str, str] = {"COLUMNS": "80"}


def run(
    *words: str, env: Mapping[str, str] = ENV, stdout: io.StringIO | None = None
) -> tuple[int, str, str]:
    out = io.StringIO() if stdout is None else stdout
    stderr = io.StringIO()
    code = main(["/usr/bin/kubectl-routes", *words], env, out, stderr)
    return code, "" if stdout is not None else out.getvalue(), stderr.getvalue()


def test_without_arguments_the_three_things_are_shown_that_one_does_first() -> None:
    assert run() == (
        0,
        """\
Check and fix the VPC routes of Kubernetes nodes on Alibaba Cloud.

  kubectl routes status                show each node's route in each table
  kubectl routes diagnose              explain missing routes, and fix them
  kubectl routes enable --tables auto  make CCM manage all tables in use

Without a cluster: kubectl routes simulate -- kubectl routes status
All commands: kubectl routes -h
""",
        "",
    )


def test_the_version_is_one_line() -> None:
    assert run("--version") == (0, f"kubectl-routes {__version__}\n", "")


def test_help_speaks_as_the_plugin_was_started() -> None:
    code, stdout, stderr = run("-h")
    assert (code, stderr) == (0, "")
    assert stdout.startswith("usage: kubectl routes [flags] COMMAND [flags]\n")
    assert all(f"\n  {name} " in stdout for name in flags.names())
    out = io.StringIO()
    assert main(["routes.pyz", "status", "-h"], ENV, out, io.StringIO()) == 0
    assert out.getvalue().startswith("usage: routes.pyz status [NODE ...] [flags]\n")


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (
            ["unheard-of"],
            "unknown command 'unheard-of'",
            "kubectl routes -h lists all commands",
        ),
        (
            ["status", "--bogus"],
            "unknown flag --bogus",
            "see kubectl routes status -h",
        ),
        (
            ["--bogus", "status"],
            "unknown flag --bogus",
            "see kubectl routes -h",
        ),
        (
            ["status", "--prob"],
            "unknown flag --prob",
            "Did you mean '--problems'?",
        ),
        (
            ["status", "--context"],
            "--context: expected one argument",
            "see kubectl routes status -h",
        ),
        (
            ["--request-timeout", "soon", "status"],
            "--request-timeout: 'soon' is not a duration like 30s, 1m30s or 0",
            "see kubectl routes -h",
        ),
        (
            ["status", "--tables", "vtb-a,,vtb-b"],
            "--tables: empty item in the list 'vtb-a,,vtb-b'",
            "see kubectl routes status -h",
        ),
        (
            ["version", "--", "x"],
            "unexpected after --: x",
            "see kubectl routes version -h",
        ),
        (
            ["status", "-l", "a b"],
            "selector 'a b' is malformed",
            "selectors read like a=b,c!=d,e in (f,g),h notin (i),j,!k",
        ),
        (
            ["status", "-w", "--check"],
            "--check cannot be combined with --watch, which never ends",
            "give one of them",
        ),
        (
            ["status", "-w", "--wait-until-ok"],
            "--wait-until-ok cannot be combined with --watch, which never ends",
            "give one of them",
        ),
        (
            ["status", "--timeout", "1m"],
            "--timeout is for --wait-until-ok",
            "add it, or leave --timeout out",
        ),
        (
            ["status", "\x1b]0;title\x07", "--\x1b"],
            r"unknown flag --\x1b",
            "see kubectl routes status -h",
        ),
    ],
)
def test_a_wrong_command_line_is_one_line_and_a_hint(
    words: list[str], message: str, hint: str
) -> None:
    assert run(*words) == (2, "", f"error: {message}\n{hint}\n")


def test_a_snapshot_file_cannot_be_watched() -> None:
    code, stdout, stderr = run("status", "-w", "--snapshot", "x.json")
    assert (code, stdout) == (2, "")
    assert stderr == "error: a snapshot file does not change, there is nothing to watch\n"
    code, stdout, stderr = run("status", "--wait-until-ok", "--snapshot", "x.json")
    assert (code, stdout) == (2, "")
    assert stderr == "error: a snapshot file does not change, there is nothing to wait for\n"


def test_an_interrupt_ends_quietly() -> None:
    class Interrupted(io.StringIO):
        def write(self, text: str) -> int:
            raise KeyboardInterrupt

    assert run("--version", stdout=Interrupted()) == (130, "", "")


def test_a_reader_that_has_gone_ends_it_quietly() -> None:
    assert run("--version", stdout=ClosedPipe()) == (141, "", "")


def fault(words: Sequence[str], env: Mapping[str, str]) -> str:
    class Faulty(io.StringIO):
        def write(self, text: str) -> int:
            raise ValueError(f"with {env.get('ALIBABA_CLOUD_ACCESS_KEY_SECRET')} inside")

    code, _, stderr = run(*words, env=env, stdout=Faulty())
    assert code == 3
    return stderr


def test_a_fault_of_ours_is_one_line_that_shows_no_values() -> None:
    lines = fault(["version"], {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "canary-secret"}).splitlines()
    assert lines[0].startswith("error: internal: ValueError in tests.cli.test_main, line ")
    assert lines[1:] == [
        "this is a fault of kubectl-routes; please report it with the output of -v 8"
    ]


def test_its_traceback_is_shown_when_asked_for_and_holds_no_credential() -> None:
    env = {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "canary-secret"}
    text = fault(["version", "-v", "8"], env)
    assert "Traceback (most recent call last):" in text
    assert "ValueError: with REDACTED inside" in text
    assert "canary" not in text


def test_a_closed_stderr_does_not_change_the_exit_code() -> None:
    assert main(["kubectl-routes", "unheard-of"], ENV, io.StringIO(), ClosedPipe()) == 2


def test_version_lists_the_libraries_in_every_format() -> None:
    code, text, _ = run("version")
    assert code == 0
    assert text.splitlines()[0].split() == ["kubectl-routes", __version__]
    code, text, _ = run("version", "-o", "json")
    assert code == 0
    document = json.loads(text)
    assert (document["kind"], document["version"]) == ("Version", __version__)
    assert document["python"] == ".".join(map(str, sys.version_info[:3]))
    assert run("version", "-o", "yaml")[1].startswith("apiVersion: kubectl-routes/v1\n")


def test_the_sort_flags_are_those_that_the_renderer_knows() -> None:
    assert list(SORTS) == [by.value for by in SortBy]
