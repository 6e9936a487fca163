"""What README and docs show is what the tool prints, and what they link to is there.

``pytest tests/test_docs.py --update-golden`` writes again: shown output, docs/status.svg,
docs/commands.md.
"""

from __future__ import annotations

import io
import os
import pkgutil
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_routes.cli import flags
from kubectl_routes.cli.main import main
from tests import screenshot

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
COMMANDS = ROOT / "docs" / "commands.md"
GENERATED = ("codes.md", "codes.zh-CN.md", "commands.md")
# A block of output, behind the name of the scenario that it was made in.
BLOCK = re.compile(r"<!-- on ([a-z-]+) -->\n```console\n\$ (.*)\n((?:.*\n)*?)```\n")
# Commands in a shell, behind the name of the scenario to run them in, the exit code and the finding
# codes that they show; and those in the configuration of a CI system.
SHELL = re.compile(
    r"<!-- run on ([a-z-]+), exit (\d)(?:, shows ([RT\d ]+))? -->\n *```sh\n((?:.*\n)*?) *```\n"
)
PIPELINE = re.compile(r"<!-- run lines on ([a-z-]+) -->\n```yaml\n((?:.*\n)*?)```\n")
# What other tests run: make itself, those of the packages, and the demo.
ELSEWHERE = re.compile(
    r"(make|pipx|pip|kubectl krew|kubectl routes completion|tar|ln|\.venv/bin/python) "
)
WRITE_AGAIN = "pytest tests/test_docs.py --update-golden writes it again"
HEAD = """\
# Commands
Made from the program's own help by `pytest tests/test_docs.py --update-golden`.
"""


def blocks() -> Iterator[tuple[Path, str, str, str]]:
    """Page, scenario, command and shown output of every block."""
    for page in PAGES:
        for scenario, command, shown in BLOCK.findall(page.read_text(encoding="utf-8")):
            yield page, scenario, command, shown


def simulated(
    scenario: str, *command: str, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command on a simulated cluster, at the width of the documentation."""
    return run("kubectl-routes", "simulate", "--scenario", scenario, "--", *command, cwd=cwd)


def run(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "COLUMNS": "100", "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    return subprocess.run(words, env=env, cwd=cwd, capture_output=True, text=True, check=False)


def printed(scenario: str, command: str) -> str:
    """What a command prints on a simulated cluster, with the usual port of an API server."""
    return re.sub(
        r"127\.0\.0\.1:\d+", "127.0.0.1:6443", simulated(scenario, *command.split()).stdout
    )


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
    assert text == shown, WRITE_AGAIN


def shells() -> Iterator[Any]:
    """Scenario, exit code, finding codes and commands of every block in a shell."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for scenario, code, shows, script in SHELL.findall(text):
            yield pytest.param(
                scenario,
                int(code),
                shows.split(),
                script,
                id=f"{page.name}: {script.strip()[:50]}",
                # One page in make test, all in make qa.
                marks=() if page.name == "README.md" else pytest.mark.qa,
            )


@pytest.mark.parametrize(("scenario", "code", "shows", "script"), [*shells()])
def test_commands_in_a_shell_do_what_the_page_says(
    scenario: str, code: int, shows: list[str], script: str, tmp_path: Path
) -> None:
    script = re.sub(r"(?m)^ *(sleep \d+)$", "", textwrap.dedent(script))
    if scenario == "none":
        script = script.replace("kubectl routes simulate", "kubectl-routes simulate")
        done = run("sh", "-ec", script, cwd=tmp_path)
    else:
        done = simulated(scenario, "sh", "-ec", script, cwd=tmp_path)
    assert (done.returncode, done.stderr if done.returncode != code else "") == (code, "")
    assert [each for each in shows if each not in done.stdout] == []


def test_every_command_in_a_shell_is_run_by_a_test() -> None:
    written = [page for page in PAGES if page.name not in GENERATED]
    text = re.sub(SHELL, "", "".join(page.read_text(encoding="utf-8") for page in written))
    lines = "".join(re.findall(r"(?m)^ *```sh\n((?:.*\n)*?) *```\n", text)).splitlines()
    assert len(lines) > 10
    assert [line for line in lines if not ELSEWHERE.match(line)] == []


def commands_in(value: Any) -> Iterator[str]:
    """The commands of a pipeline's configuration that run this plugin."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from commands_in(each)
    elif isinstance(value, str):
        yield from re.findall(r"(?m)^kubectl[ -]routes .*$", value)


@pytest.mark.parametrize(
    ("scenario", "text"),
    [found for page in PAGES for found in PIPELINE.findall(page.read_text(encoding="utf-8"))],
    ids=lambda value: value.split("\n")[0],
)
def test_commands_of_a_pipeline_run(scenario: str, text: str, tmp_path: Path) -> None:
    for command in commands_in(yaml.safe_load(text)):
        done = simulated(scenario, "sh", "-ec", command, cwd=tmp_path)
        assert done.returncode == (0 if "--fail-on none" in command else 1), command


def test_the_picture_of_the_terminal_shows_the_output(request: pytest.FixtureRequest) -> None:
    colored = printed(screenshot.SCENARIO, f"{screenshot.COMMAND} --color always")
    if request.config.getoption("--update-golden"):
        screenshot.FILE.write_text(screenshot.picture(colored), encoding="utf-8")
    plain = re.sub(r"\x1b\[[\d;]*m", "", colored)
    shown = [f"$ {screenshot.COMMAND}", *plain.splitlines()]
    svg = screenshot.FILE.read_text(encoding="utf-8")
    assert screenshot.lines(svg) == [line.rstrip() for line in shown], WRITE_AGAIN
    assert "\x1b[31m" in colored
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "").replace("http://127.", "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.name))
def test_every_output_that_is_shown_says_where_it_was_made(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) == text.count("```console\n")


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if page.parent.name == "docs" and page.name not in GENERATED],
    ids=lambda page: str(page.name),
)
def test_every_page_says_first_for_whom_it_is(page: Path) -> None:
    title, text = page.read_text(encoding="utf-8").split("\n", 1)
    assert title.startswith("# ")
    assert re.match(r"\n?For (?!example)", text)


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


def test_the_functions_that_architecture_walks_through_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    walks = text[text.index("## The way of one node") : text.index("## Reading")]
    named = re.findall(r"`([a-z_]+(?:\.\w+)+)`", walks)
    assert len(named) > 30
    assert [name for name in named if not is_defined(f"kubectl_routes.{name}")] == []
    files = re.findall(r"`((?:[a-z_]+/)*\w+\.(?:py|yaml|json))`", text)
    known = [str(path) for path in ROOT.glob("kubectl_routes*/**/*.*")]
    assert [file for file in files if not any(path.endswith(f"/{file}") for path in known)] == []


def is_defined(name: str) -> bool:
    """Whether a dotted name is a module, or a name in the module or class before it."""
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


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
    for words in ([], *([name] for name in flags.names())):
        stdout = io.StringIO()
        assert main(["kubectl-routes", "help", *words], {"COLUMNS": "100"}, stdout, stdout) == 0
        title = " ".join(["kubectl routes", *words])
        if words == ["options"]:
            stdout.truncate(0)
            stdout.seek(0)
            assert main(["kubectl-routes", "options"], {"COLUMNS": "100"}, stdout, stdout) == 0
        parts.append(f"\n## {title}\n```text\n{stdout.getvalue().rstrip()}\n```\n")
    return "".join(parts)


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="argparse words its help differently in every release"
)
def test_page_of_commands_is_the_help_of_the_program(request: pytest.FixtureRequest) -> None:
    text = helps()
    if request.config.getoption("--update-golden"):
        COMMANDS.write_text(text, encoding="utf-8")
    assert COMMANDS.read_text(encoding="utf-8") == text, WRITE_AGAIN
