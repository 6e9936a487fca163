"""What README and docs show is what the tool prints, and what they link to is there.

``pytest tests/test_docs.py --update-golden`` writes the shown output and docs/commands.md anew.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_routes.cli.commands import SUMMARIES
from kubectl_routes.cli.main import main

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = ROOT / "docs" / "commands.md"
# A block of output, behind the name of the scenario that it was made in.
BLOCK = re.compile(r"<!-- on ([a-z-]+) -->\n```console\n\$ (.*)\n((?:.*\n)*?)```\n")
HEAD = """\
# Commands
Made from the program's own help by `pytest tests/test_docs.py --update-golden`.
"""


def blocks() -> Iterator[tuple[Path, str, str, str]]:
    """Page, scenario, command and shown output of every block."""
    for page in PAGES:
        for scenario, command, shown in BLOCK.findall(page.read_text(encoding="utf-8")):
            yield page, scenario, command, shown


def printed(scenario: str, command: str) -> str:
    """What a command prints on a simulated cluster, at the width of the documentation."""
    env = {**os.environ, "COLUMNS": "100", "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    words = ["kubectl-routes", "simulate", "--scenario", scenario, "--", *command.split()]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:6443", done.stdout)


@pytest.mark.parametrize(
    ("page", "scenario", "command", "shown"),
    [*blocks()],
    ids=[f"{page.name}: {command}" for page, _, command, _ in blocks()],
)
def test_output_that_is_shown_is_the_output(
    page: Path, scenario: str, command: str, shown: str, request: pytest.FixtureRequest
) -> None:
    text = printed(scenario, command)
    if request.config.getoption("--update-golden"):
        old, new = (f"$ {command}\n{output}```" for output in (shown, text))
        page.write_text(page.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        shown = text
    assert text == shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_every_output_that_is_shown_says_where_it_was_made(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) == text.count("```console\n")


def test_links_lead_to_files() -> None:
    targets = [
        (page.parent / link).resolve()
        for page in PAGES
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert len(targets) > 5
    assert [str(target) for target in targets if not target.exists()] == []


def test_the_files_that_contributing_names_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:kubectl_routes|release|tests|docs|bench)\w*/[\w./-]*)`", text)
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []


def outline(text: str) -> tuple[list[int], list[str], list[str]]:
    """Levels of the headings, commands of the blocks without their remarks, and links."""
    levels = [len(marks) for marks in re.findall(r"^(#+) ", text, flags=re.MULTILINE)]
    blocks = re.findall(r"^```.*?^```", text, flags=re.MULTILINE | re.DOTALL)
    commands = [re.sub(r" +#.*", "", block) for block in blocks]
    links = re.findall(r"\]\(([^)]+)\)", text)
    return levels, commands, [link for link in links if not link.startswith("README")]


def spans(text: str) -> set[str]:
    """What stands in the running text as code."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```", "", text)))


def test_both_readmes_say_the_same() -> None:
    english, chinese = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")
    )
    assert outline(english) == outline(chinese)
    assert spans(english) == spans(chinese)


def helps() -> str:
    """The help of the program and of every command."""
    parts = [HEAD]
    for words in ([], *([name] for name in SUMMARIES)):
        stdout = io.StringIO()
        assert main(["kubectl-routes", *words, "-h"], {"COLUMNS": "100"}, stdout, stdout) == 0
        title = " ".join(["kubectl routes", *words])
        parts.append(f"\n## {title}\n```text\n{stdout.getvalue().rstrip()}\n```\n")
    return "".join(parts)


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="argparse words its help anew in every release"
)
def test_page_of_commands_is_the_help_of_the_program(request: pytest.FixtureRequest) -> None:
    text = helps()
    if request.config.getoption("--update-golden"):
        COMMANDS.write_text(text, encoding="utf-8")
    assert COMMANDS.read_text(encoding="utf-8") == text
