"""Help, the examples in it, and what a command and a format take."""

from __future__ import annotations

import pkgutil
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kubectl_routes.analyze.order import SortBy
from kubectl_routes.cli import commands, flags
from kubectl_routes.cli.commands.completion import SCRIPTS
from kubectl_routes.cli.flags.completion import SHELLS
from kubectl_routes.cli.flags.status import SORTS
from kubectl_routes.cli.options import LANGUAGES
from kubectl_routes.model.message import Language
from tests.cli.asking import BASE, run
from tests.cli.programs import PATH, ROUTES, typed
from tests.sampling import sampled

ROOT = Path(__file__).parents[2]
COMMANDS = flags.names()
EXAMPLES = [line for name in COMMANDS for line in flags.load(name).examples]
# Those of make test.
FIRST = {next(iter(flags.load(name).examples), "") for name in COMMANDS}
# What the examples name, and what is there in the simulated cluster.
THERE = {
    "default/web": "default/web-5d8f7c6b9d-0",
    "web db": "web-5d8f7c6b9d-0 web-5d8f7c6b9d-1",
    "--context prod": "--context practice",
    "--contexts prod,test": "--contexts practice",
    "after.json": "snapshot.json",
    "/var/lib/node_exporter/": "",
}
# What does not end in a cluster where routes are missing.
IN_HEALTHY = ("{prog} status --wait-until-ok",)
# What runs until a signal ends it, and what it shows once it runs.
ENDLESS = {line: b"/metrics" for line in EXAMPLES if "monitor" in line and "--once" not in line}
# What is typed in the terminal.
ANSWERS = {
    "{prog} enable --tables auto": "y\n",
    "{prog} repair": "y\n",
    "{prog} simulate --scenario blocked": "exit\n",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples_and_without_the_shared_flags(command: str) -> None:
    said = run(BASE, command, "-h")
    assert (said.code, said.stderr) == (0, "")
    assert said.stdout.startswith(f"usage: kubectl routes {command}")
    assert "\nexamples:\n  # " in said.stdout
    assert "--request-timeout" not in said.stdout
    assert said.stdout.endswith("\nUse kubectl routes options for flags that all commands share.\n")
    assert run(BASE, "help", command) == said


def test_every_command_has_a_group_and_something_to_run() -> None:
    shown = [name for group in flags.grouped().values() for name in group]
    assert sorted(shown) == sorted(COMMANDS), f"GROUP is one of {flags.GROUPS}"
    modules = pkgutil.iter_modules(commands.__path__)
    twins = sorted(module.name for module in modules)
    assert twins == sorted(COMMANDS), "a command is a module of cli/flags and one of cli/commands"


def test_help_without_a_command_is_the_help_of_the_program() -> None:
    said = run(BASE, "help")
    assert said.code == 0
    assert said == run(BASE, "-h")
    assert "--request-timeout" not in said.stdout
    assert all(f"\n  {name} " in said.stdout for name in COMMANDS)


def test_options_lists_the_flags_that_all_commands_take() -> None:
    said = run(BASE, "options")
    named = re.findall(r"(?m)^  (?:-\w \w+, )?(--[a-z-]+)", said.stdout)
    assert said.code == 0
    assert len(named) > 12
    for flag in named:
        value = {"--color": "auto", "--lang": "en"}.get(flag, "1")
        assert run(BASE, flag, value, "version").code == 0
        assert run(BASE, "version", flag, value).code == 0


def test_values_that_help_lists_are_those_that_the_program_knows() -> None:
    assert list(SORTS) == [by.value for by in SortBy]
    assert list(LANGUAGES) == [language.value for language in Language]
    assert list(SHELLS) == list(SCRIPTS)


@pytest.mark.parametrize("line", sampled(EXAMPLES, FIRST))
def test_every_example_runs_in_a_terminal(line: str, tmp_path: Path) -> None:
    words = line.format(prog="kubectl-routes")
    scenario = "healthy" if line in IN_HEALTHY else "blocked"
    for name, there in THERE.items():
        words = words.replace(name, there)
    taken = "kubectl-routes snapshot -o snapshot.json"
    before = f"{taken} && " if " snapshot.json" in words and words != taken else ""
    if line in ENDLESS:
        words += " --listen 127.0.0.1:0"  # another test may have the usual port
    env = {"PATH": PATH, "HOME": str(tmp_path), "SHELL": "/bin/sh", "LANG": "C.UTF-8"}
    program = (ROUTES, "simulate", "--scenario", scenario, "--", "bash", "-c", before + words)
    until = ENDLESS.get(line, b"")
    code, shown = typed(env, ANSWERS.get(line, ""), *program, folder=tmp_path, until=until)
    # diagnose and a dry run have something to say about this cluster.
    assert code in (0, 1), shown


def test_a_command_takes_two_modules_and_a_format_a_renderer_and_a_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "kubectl_routes", tmp_path / "kubectl_routes")
    cli = tmp_path / "kubectl_routes" / "cli"
    (cli / "flags" / "greet.py").write_text(
        "from kubectl_routes.cli.options import DOCUMENTS, add_output\n"
        'GROUP, SUMMARY, USAGE = "others", "greet", ("",)\nEXAMPLES = {"{prog} greet": "say it"}\n'
        'OUTPUTS = {"loud": "render.loud.loud", **DOCUMENTS}\n'
        "def declare(parser):\n    add_output(parser, OUTPUTS)\n"
    )
    (cli / "commands" / "greet.py").write_text(
        "from kubectl_routes.cli.formats import text_of\n"
        "def run(args, terminal):\n"
        '    terminal.write(text_of(args, terminal, "hello"))\n    return 0\n'
    )
    (tmp_path / "kubectl_routes" / "render" / "loud.py").write_text(
        'def loud(answer, page):\n    return f"{answer.upper()}\\n"\n'
    )
    program = "import sys; from kubectl_routes.cli.main import entry; entry()"
    said = [
        subprocess.run(
            [sys.executable, "-c", program, *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for words in (["greet"], ["help"], ["greet", "-h"], ["__complete", "gre"])
    ]
    assert said[0] == "HELLO\n"
    assert re.search(r"\n  greet +greet\n", said[1])
    assert "output format: loud, json, yaml\n" in said[2]
    assert said[3] == "greet\tgreet\n:4\n"
