"""The command line: what is wrong with it is one line and a hint, and so is every failure."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Mapping

import pytest

from kubectl_routes import __version__
from kubectl_routes.cli.main import main
from tests.cli.asking import BASE, Answer, run, run_into
from tests.cli.streams import ClosedPipe


def test_without_arguments_the_three_things_are_shown_that_one_does_first() -> None:
    assert run({"COLUMNS": "80"}) == (
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
    assert run(BASE, "--version") == (0, f"kubectl-routes {__version__}\n", "")


def test_help_speaks_as_the_plugin_was_started() -> None:
    out = io.StringIO()
    assert main(["routes.pyz", "status", "-h"], BASE, out, io.StringIO()) == 0
    assert out.getvalue().startswith("usage: routes.pyz status [NODE ...] [flags]\n")


# What is typed, the error, and the hint; one that ends in … is longer. There is no kubeconfig: that
# it is missing would be said of what is refused only after a cluster has been asked.
WRONG = """
statsu | unknown command 'statsu' | Did you mean 'status'?
help statsu | unknown command 'statsu' | Did you mean 'status'?
Status | unknown command 'Status' | Did you mean 'status'?
unheard-of | unknown command 'unheard-of' | kubectl routes -h lists all commands
status --bogus | unknown flag --bogus | see kubectl routes status -h
--bogus status | unknown flag --bogus | see kubectl routes -h
status --tabels vtb-a | unknown flag --tabels | Did you mean '--tables'?
status --problem | unknown flag --problem | Did you mean '--problems'?
status --contxt=a | unknown flag --contxt | Did you mean '--context'?
--contxt a status | unknown flag --contxt | Did you mean '--context'?
--tables a status | unknown flag --tables | give it after the command: enable --tables
status --context | --context: expected one argument | see kubectl routes status -h
--request-timeout soon status | --request-timeout: 'soon' is not a duration like 30s, 1m30s or 0
    | see kubectl routes -h
status --v=x | -v/--v: 'x' is not a number from 0 to 9 | see kubectl routes status -h
status --tables vtb-a,,vtb-b | --tables: empty item in the list 'vtb-a,,vtb-b'
    | see kubectl routes status -h
version now | unexpected argument 'now' | see kubectl routes version -h
version -- x | unexpected after --: x | see kubectl routes version -h
status -o jsn | -o/--output: 'jsn' is not one of table, wide, json, yaml, name, html
    | Did you mean 'json'?
status -l a=b=c | selector 'a=b=c' is malformed
    | selectors read like a=b,c!=d,e in (f,g),h notin (i),j,!k
status -w --check | --check cannot be combined with --watch, which never ends | give one of them
status -w --wait-until-ok | --wait-until-ok cannot be combined with --watch, which never ends
    | give one of them
status --timeout 1m | --timeout is for --wait-until-ok | add it, or leave --timeout out
status -w -o html | -o html is one document, it cannot be watched | leave out -w
status -w --snapshot x | a snapshot file does not change, there is nothing to watch
status --wait-until-ok --snapshot x | a snapshot file does not change, there is nothing to wait for
status --contexts a,,b | --contexts: empty item in the list 'a,,b' | see kubectl routes status -h
status --contexts a --all-contexts | --contexts and --all-contexts are both given
    | give one of them
status n1 --all-contexts -w --sort-by name --context a
    | --all-contexts cannot be combined with NODE, --sort-by, --watch, --context
    | leave it out, or name one cluster with --context
diagnose --contexts a --list-checks --region cn-a
    | --contexts cannot be combined with --list-checks, --region
    | leave it out, or name one cluster with --context
diagnose --all-contexts -o sarif | --all-contexts does not support -o sarif
    | it supports table, wide, json, yaml
simulate --scenario blokced | there is no scenario 'blokced' | Did you mean 'blocked'?
simulate --scenario x | there is no scenario 'x' | kubectl routes simulate --list shows all
explain RT1O1 | there is no finding code RT1O1 | kubectl routes explain lists all
explain RT103 --all | --all has the pages of all codes | leave the codes out
diagnose --check RT999 | --check: there is no check 'RT999'
    | kubectl routes diagnose --list-checks lists all
diagnose --check RT904 | --check: there is no check 'RT904'
    | kubectl routes diagnose --list-checks lists all
diagnose --skip= | --skip: there is no check '' | kubectl routes diagnose --list-checks lists all
diagnose --list-checks -o sarif | --list-checks does not support -o sarif
    | it supports table, json and yaml
enable --yes | --tables is required: --tables ID,ID or --tables auto
    | kubectl routes tables lists them, and marks those that auto would take
enable --yes --tables vtb-a,vtb-a | --tables: vtb-a is duplicated in the list 'vtb-a,vtb-a'
    | see kubectl routes enable -h
enable --yes --tables vtb-a,,vtb-b | --tables: empty item in the list 'vtb-a,,vtb-b'
    | see kubectl routes enable -h
enable --yes --tables rubbish
    | --tables: 'rubbish' is not the id of a route table (vtb- and letters, digits, hyphens)
    | see kubectl routes enable -h
enable --yes --tables auto --skip-preflight RT104
    | --skip-preflight RT104: that check cannot be skipped | those that can be are …
enable --tables auto --skip-preflight RT17 | --skip-preflight RT17: that check cannot be skipped
    | those that can be are …
completion bsh | shell: 'bsh' is not one of bash, zsh, fish | Did you mean 'bash'?
completion | give a shell, --install or --uninstall
    | kubectl routes completion -h shows which one to use
completion bash --install | give a shell, --install or --uninstall
    | kubectl routes completion -h shows which one to use
permissions --rbac --for ccm | there is no Kubernetes role for ccm
    | leave --rbac out to print what there is
permissions --rbac --ram | --ram: not allowed with argument --rbac
    | see kubectl routes permissions -h
trace n1 | the following arguments are required: TO | see kubectl routes trace -h
trace n1 n2 n3 | unexpected argument 'n3' | see kubectl routes trace -h
monitor --listen 9876 | --listen: '9876' is not HOST:PORT | see kubectl routes monitor -h
monitor --listen a:65536 | --listen: 'a:65536' is not HOST:PORT | see kubectl routes monitor -h
monitor --listen http://a:1 | --listen: 'http://a:1' is not HOST:PORT
    | see kubectl routes monitor -h
monitor --interval 0 | --interval: '0' is shorter than 1s | see kubectl routes monitor -h
monitor --interval often | --interval: 'often' is not a duration like 30s, 1m30s or 0
    | see kubectl routes monitor -h
monitor --once --listen :1 | --listen is for serving, and --once does not serve | give one of them
monitor --once --interval 1m | --interval is for serving, and --once does not serve
    | give one of them
monitor --snapshot x | a snapshot file does not change, there is nothing to monitor | add --once
"""


@pytest.mark.parametrize("case", re.split(r"\n(?=\S)", WRONG.strip()))
def test_a_wrong_command_line_is_one_line_and_a_hint(case: str) -> None:
    words, *lines = (part.strip() for part in case.split("|"))
    said = run(BASE, *words.split())
    assert (said.code, said.stdout) == (2, "")
    first, *hint = said.stderr.splitlines()
    assert first == f"error: {lines[0]}"
    if lines[-1].endswith("…"):
        hint = [f"{line[: len(lines[-1]) - 1]}…" for line in hint]
    assert hint == lines[1:]


def test_what_was_typed_cannot_command_the_terminal() -> None:
    said = run(BASE, "status", "\x1b]0;x\x07", "--\x1b")
    assert said.stderr.splitlines()[0] == r"error: unknown flag --\x1b"


class Raising(io.StringIO):
    """A stdout at which something happens."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        raise self.error


@pytest.mark.parametrize(
    ("stdout", "code"), [(Raising(KeyboardInterrupt()), 130), (ClosedPipe(), 141)]
)
def test_an_interrupt_and_a_reader_that_has_gone_end_it_quietly(
    stdout: io.StringIO, code: int
) -> None:
    assert run_into(stdout, BASE, "--version") == Answer(code, "", "")


def fault(env: Mapping[str, str], *words: str) -> str:
    secret = env["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]
    said = run_into(Raising(ValueError(f"with {secret} inside")), env, *words)
    assert said.code == 3
    return said.stderr


def test_a_fault_of_ours_is_one_line_and_its_traceback_holds_no_credential() -> None:
    env = {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "canary-secret"}
    first, *rest = fault(env, "version").splitlines()
    assert first.startswith("error: internal: ValueError in tests.cli.test_main, line ")
    assert rest == ["this is a fault of kubectl-routes; please report it with the output of -v 8"]
    text = fault(env, "version", "-v", "8")
    assert "Traceback (most recent call last):" in text
    assert "ValueError: with REDACTED inside" in text
    assert "canary" not in text


def test_a_closed_stderr_does_not_change_the_exit_code() -> None:
    assert main(["kubectl-routes", "unheard-of"], BASE, io.StringIO(), ClosedPipe()) == 2


def test_version_lists_the_libraries_in_every_format() -> None:
    said = run(BASE, "version")
    assert (said.code, said.stdout.splitlines()[0].split()) == (0, ["kubectl-routes", __version__])
    document = json.loads(run(BASE, "version", "-o", "json").stdout)
    assert (document["kind"], document["version"]) == ("Version", __version__)
    assert document["python"] == ".".join(map(str, sys.version_info[:3]))
    yaml = run(BASE, "version", "-o", "yaml").stdout
    assert yaml.startswith("apiVersion: kubectl-routes/v1\n")
