"""``diagnose`` and ``explain``: flags, outputs, languages, exit codes; no server is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
import yaml

from kubectl_routes.catalog.loader import all_codes
from kubectl_routes.checks.registry import CHECKS
from kubectl_routes.cli.flags.diagnose import OUTPUTS
from kubectl_routes.model.snapshot import Gap, Snapshot
from tests.analyze.cluster import entry, listing
from tests.checks.asking import managed, running, taken, with_entries, without
from tests.cli.asking import BASE, Answer, replay, run

HEALTHY = taken()
WARNED = taken(entries=with_entries("vtb-a", entry("172.16.99.0/24", "i-gone")))
BROKEN = taken(running(text=listing("vtb-a, vtb-b")), entries=without(3, "vtb-b"))
GAPPED = taken(gaps=(Gap("cloud-config", "forbidden", "allow it"),))
# How a short answer ends that was made of a snapshot.
OF_SNAPSHOT = " (snapshot taken at 2026-11-23T08:00:00Z)\n"


def asked(folder: Path, whole: Snapshot, *words: str) -> Answer:
    return replay(folder, whole, "diagnose", *words)


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize(
    ("whole", "words", "code"),
    [
        (HEALTHY, (), 0),
        (HEALTHY, ("--fail-on", "info"), 0),
        (WARNED, (), 0),
        (WARNED, ("--fail-on", "warning"), 1),
        (BROKEN, (), 1),
        (BROKEN, ("--fail-on", "none"), 0),
        (BROKEN, ("--min-severity", "error"), 1),
        (GAPPED, (), 3),
        (taken(managed()), (), 0),
        (taken(managed()), ("--fail-on", "info"), 1),
    ],
)
def test_the_exit_code_is_the_same_for_every_output(
    tmp_path: Path, output: str, whole: Snapshot, words: tuple[str, ...], code: int
) -> None:
    answer = asked(tmp_path, whole, *words, "-o", output)
    assert answer.code == code
    assert answer.stdout
    assert ("error: incomplete result" in answer.stderr) == (code == 3)


def test_what_is_below_the_severity_is_not_told_and_still_counts(tmp_path: Path) -> None:
    answer = asked(
        tmp_path, WARNED, "--min-severity", "error", "--fail-on", "warning", "-o", "json"
    )
    assert (answer.code, answer.document["findings"]) == (1, [])


def test_the_first_lines_are_the_verdict_and_the_last_the_checks(tmp_path: Path) -> None:
    lines = asked(tmp_path, BROKEN).stdout.splitlines()
    assert lines[0] == "Result: 1 error"
    head = lines.index("✗ RT103 routeTableIDs is malformed")
    assert any(line.startswith("  Impact:   causes ") for line in lines[head:])
    assert "            $ kubectl routes enable --tables vtb-a,vtb-b" in lines
    assert lines[-1].startswith("✓ no problems in the other ")


def test_short_is_for_pasting(tmp_path: Path) -> None:
    assert asked(tmp_path, BROKEN, "-o", "short").stdout == (
        "✗ RT103 routeTableIDs is malformed: ConfigMap kube-system/cloud-config\n"
        f"1 error{OF_SNAPSHOT}"
    )
    assert (
        asked(tmp_path, HEALTHY, "-o", "short").stdout
        == f"no problems found, {len(CHECKS)} checks run{OF_SNAPSHOT}"
    )


def test_documents_can_be_read_by_machines(tmp_path: Path) -> None:
    document = json.loads(asked(tmp_path, BROKEN, "-o", "json").stdout)
    counts = {"error": 1, "warning": 0, "info": 0, "unknown": 0, "checks": len(CHECKS)}
    assert document["summary"] == counts
    assert yaml.safe_load(asked(tmp_path, BROKEN, "-o", "yaml").stdout) == document
    suite = Xml.fromstring(asked(tmp_path, BROKEN, "-o", "junit").stdout)
    assert suite.attrib["failures"] == "1"
    sarif = json.loads(asked(tmp_path, BROKEN, "-o", "sarif").stdout)
    assert [one["ruleId"] for one in sarif["runs"][0]["results"]] == ["RT103"]


def test_the_gap_itself_is_told_where_the_output_has_no_room_for_it(tmp_path: Path) -> None:
    answer = asked(tmp_path, GAPPED, "-o", "junit")
    assert answer.told[-1] == "cloud-config: forbidden (allow it)"


def test_nodes_narrow_the_answer_and_one_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "RT103" in asked(tmp_path, BROKEN, "n2", "n3", "-o", "short").stdout
    assert asked(tmp_path, BROKEN, "n2", "-o", "short").stdout == (
        f"no problems found with these nodes, {len(CHECKS)} checks run{OF_SNAPSHOT}"
    )
    assert asked(tmp_path, WARNED, "n99") == Answer(
        2, "", "error: node n99 not found\nkubectl get nodes lists them\n"
    )


def test_checks_are_chosen_by_their_codes(tmp_path: Path) -> None:
    answer = asked(tmp_path, BROKEN, "--check", "rt104, RT301", "-o", "json")
    assert (answer.code, answer.document["summary"]["checks"]) == (1, 3)
    assert [one["code"] for one in answer.document["findings"]] == ["RT103"]
    answer = asked(tmp_path, BROKEN, "--skip", "RT103", "--skip", "RT306", "-o", "json")
    assert (answer.code, answer.document["summary"]["checks"]) == (0, len(CHECKS) - 2)


def test_checks_are_listed_without_any_cluster() -> None:
    answer = run(BASE, "diagnose", "--list-checks")
    assert answer.code == 0
    assert [line.split()[0] for line in answer.stdout.splitlines()] == list(CHECKS)
    for form in ("json", "yaml"):
        found = yaml.safe_load(run(BASE, "diagnose", "--list-checks", "-o", form).stdout)
        assert (found["apiVersion"], found["kind"]) == ("kubectl-routes/v1", "CheckList")
        assert found["checks"][0] == {
            "code": "RT101",
            "severity": "error",
            "title": "the VPC has multiple route tables but routeTableIDs is not set",
        }
        assert [check["code"] for check in found["checks"]] == list(CHECKS)


SUPPRESSIONS = """
- code: RT306
  object: RouteEntry/vtb-a/*
  reason: they are the test cluster's
  expires: 2999-12-31
"""


def test_a_suppressed_finding_is_told_as_such_and_fails_nothing(tmp_path: Path) -> None:
    path = tmp_path / "known.yaml"
    path.write_text(SUPPRESSIONS)
    answer = asked(tmp_path, WARNED, "--suppress", str(path), "--fail-on", "warning")
    assert answer.code == 0
    assert "suppressed: RT306 orphaned entries: they are the test cluster's" in answer.stdout
    answer = asked(tmp_path, WARNED, "--suppress", str(path), "-o", "json")
    assert answer.document["suppressed"][0]["expires"] == "2999-12-31"


def test_a_suppression_that_has_expired_is_told_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    known = [{"code": "RT306", "reason": "was due", "expires": "2020-01-01"}]
    path.write_text(json.dumps({"suppressions": known}))
    told = "suppression of RT306 has expired on 2020-01-01: was due"
    assert told in asked(tmp_path, WARNED, "--suppress", str(path)).stdout
    answer = asked(tmp_path, WARNED, "--suppress", str(path), "-o", "json")
    assert answer.told == [f"note: {told}"]
    assert [one["code"] for one in answer.document["findings"]] == ["RT306"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "cannot be read: No such file"),
        ("{", "is neither YAML nor JSON"),
        ("code: RT306", "holds no list of suppressions"),
        ("- RT306", "item 1 has other keys than code, object, reason, expires"),
        ("- {code: RT306, reason: x, until: 2030}", "item 1 has other keys than"),
        ("- {code: RT999, reason: x}", "item 1: there is no code 'RT999'"),
        ("- {code: RT306}", "item 1: a suppression needs a reason"),
        ("- {code: [RT306]}", "item 1: there is no code ['RT306']"),
        ("[" * 5000, "is neither YAML nor JSON"),
        ("- " + "x" * 300_000, "is larger than 256 KiB"),
        ("- {code: RT306, reason: ' '}", "item 1: a suppression needs a reason"),
        ("- {code: RT306, reason: x, object: [1]}", "item 1: object is a pattern"),
        ("- {code: RT306, reason: x, expires: soon}", "item 1: expires is not "),
    ],
)
def test_a_file_of_suppressions_that_is_wrong(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "known.yaml"
    if text:
        path.write_text(text)
    answer = asked(tmp_path, WARNED, "--suppress", str(path))
    assert (answer.code, answer.stdout) == (2, "")
    assert f"error: --suppress {path}" in answer.stderr
    assert complaint in answer.stderr


def test_explain_tells_one_code_or_several() -> None:
    answer = run(BASE, "explain", "rt103", "RT306")
    assert answer.code == 0
    assert answer.stdout.startswith("RT103 routeTableIDs is malformed\nerror, tables\n")
    assert "\nRT306 orphaned entries\n" in answer.stdout
    assert "专有网络" in run(BASE, "explain", "RT401", "--lang", "zh").stdout


def test_explain_without_a_code_lists_all_and_what_is_not_checked() -> None:
    answer = run(BASE, "explain")
    codes, unchecked = answer.stdout.split("\n\n")
    assert [line.split()[0] for line in codes.splitlines()] == list(all_codes())
    assert unchecked.startswith("What is not checked\n")
    assert "security groups" in unchecked


SLOW_LIBRARIES = {"kubernetes", "aliyunsdkcore", "urllib3", "tabulate", "requests"}


@pytest.mark.parametrize(
    ("words", "slow"),
    [
        (["explain", "RT103"], SLOW_LIBRARIES),
        (["--help"], {*SLOW_LIBRARIES, "msgspec", "yaml"}),
    ],
)
def test_a_command_that_reads_no_cluster_imports_nothing_that_takes_time(
    words: list[str], slow: set[str]
) -> None:
    program = (
        "import sys; from kubectl_routes.cli.main import main;"
        f"main(['kubectl-routes', *{words}], {{}}, sys.stderr, sys.stderr);"
        f"print(*sorted({{name.split('.')[0] for name in sys.modules}} & {slow}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n"
