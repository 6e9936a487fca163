"""``completion`` in real shells, and what a prompt gets when nothing goes well."""

from __future__ import annotations

import io
import os
import shutil
import socket
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from kubectl_routes.cli import flags, names
from kubectl_routes.cli.commands.completion import SCRIPTS as SHELLS
from kubectl_routes.cli.complete import complete
from kubectl_routes.cli.completion_helper import HELPER
from kubectl_routes.cli.main import main
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.cli.asking import kubeconfig, run
from tests.cli.programs import PATH, ROUTES, finished

ENV: Mapping[str, str] = {"PATH": PATH, "LANG": "C.UTF-8", "HOME": "/nonexistent"}
# Where Debian's package, Homebrew's and others have it.
BASH_COMPLETION = Path("/usr/share/bash-completion/bash_completion")

# What bash does at a TAB, with the words as readline would split them.
TAB = """
compopt() { :; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
"$FUNCTION" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def shell(name: str, script: str, *words: str, **env: str) -> list[str]:
    """The lines that a script prints in that shell; on stderr nothing may appear."""
    program = shutil.which(name)
    if program is None:
        pytest.skip(f"{name} is not installed")
    done = finished({**ENV, **env}, program, "-c", script, name, *words)
    assert done.stderr == ""
    return [line for line in done.stdout.splitlines() if line]


def in_bash(*words: str, **env: str) -> list[str]:
    source = f'source <("{ROUTES}" completion bash)'
    script = f"FUNCTION=_kubectl_routes; {source}; {TAB}"
    return shell("bash", script, "kubectl-routes", *words, **env)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["stat"], ["status"]),
        (["status", "--output", "=", "y"], ["yaml"]),
        (["status", "--output", "="], ["table", "wide", "json", "yaml", "name"]),
        (["status", "--outpu"], ["--output"]),
        (["simulate", "--scenario", "spa"], ["space-in-list"]),
        (["explain", "RT303"], ["RT303"]),
        (["unheard-of", ""], []),
    ],
)
def test_bash_completes_the_program_itself(words: list[str], expected: list[str]) -> None:
    found = in_bash(*words)
    assert found[: len(expected)] == expected
    assert len(found) == len(expected) or words[-1] == "="


def test_bash_is_left_to_offer_files(tmp_path: Path) -> None:
    (tmp_path / "a snapshot.json").touch()
    assert in_bash("status", "--snapshot", f"{tmp_path}/a") == [f"{tmp_path}/a snapshot.json"]


def test_bash_completes_kubectl_routes() -> None:
    if not BASH_COMPLETION.exists():
        pytest.skip(f"no {BASH_COMPLETION}: kubectl's own script for bash needs it")
    source = f"source {BASH_COMPLETION}; source <(kubectl completion bash)"
    script = f"FUNCTION=__start_kubectl; {source}; {TAB}"
    assert shell("bash", script, "kubectl", "routes", "snaps") == ["snapshot"]
    assert shell("bash", script, "kubectl", "routes", "status", "-o", "js") == ["json"]


def test_zsh_takes_the_script() -> None:
    # Without a line editor zsh completes nothing: its part is that the script can be read, and
    # that what it hands to _describe is right.
    script = f"""
compdef() {{ :; }}
compset() {{ :; }}
_files() {{ print files; }}
_describe() {{ print -l -- "${{found[@]}}"; }}
source <("{ROUTES}" completion zsh)
words=("{ROUTES}" "$@"); CURRENT=${{#words}}
_kubectl_routes
"""
    assert shell("zsh", script, "tra") == [f"trace:{flags.load('trace').summary}"]
    assert shell("zsh", script, "explain", "RT302") == ["RT302:routes lead to the wrong instance"]
    assert shell("zsh", script, "status", "--snapshot", "") == ["files"]


def test_fish_completes_the_program_itself() -> None:
    script = f'"{ROUTES}" completion fish | source; complete -C "kubectl-routes $argv[2]"'
    env = {"HOME": os.environ.get("HOME", "/root")}
    found = shell("fish", script, "explain RT302", **env)
    assert found == ["RT302\troutes lead to the wrong instance"]
    assert len(shell("fish", script, "", **env)) == len(flags.names())


def completed(env: Mapping[str, str], *words: str) -> tuple[str, str, float]:
    """Both streams of the completer, and the seconds it took."""
    started = time.monotonic()
    done = finished(env, ROUTES, "__complete", *words)
    assert done.code == 0
    return done.stdout, done.stderr, time.monotonic() - started


def test_names_come_from_a_cluster_that_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    # On a busy machine no second would be long enough.
    monkeypatch.setattr(names, "TIMEOUT_SECONDS", 30.0)
    with SimulatedCluster("healthy") as cluster:
        env = cluster.environment(ENV)
        found = complete(["status", "cn-hangzhou.192.168.0.1"], env)
        tables = complete(["enable", "--tables", "vtb-"], env)
        elsewhere = complete(["--region", "?", "enable", "--tables", ""], env)
        nowhere = complete(["--context", "x", "status", ""], env)
    assert found.words == [f"cn-hangzhou.192.168.0.1{n}" for n in range(3)]
    assert [word[:4] for word in tables.words] == ["vtb-", "vtb-"]
    assert (elsewhere.words, nowhere.words) == (["auto"], [])


def test_a_cluster_that_never_answers_holds_up_no_prompt(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = f"http://127.0.0.1:{silent.getsockname()[1]}"
        env = {**ENV, "KUBECONFIG": kubeconfig(tmp_path, server, token="t")}
        stdout, stderr, seconds = completed(env, "status", "")
    assert (stdout, stderr) == (":4\n", "")
    # 0.7 s of deadline, the start of the program, and a machine that does other things too.
    assert seconds < 5


def test_a_credential_plugin_that_asks_and_complains_is_not_heard(tmp_path: Path) -> None:
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "sh",
        "args": ["-c", "echo log in please >&2; read answer; exit 1"],
        "interactiveMode": "IfAvailable",
    }
    path = kubeconfig(tmp_path, exec=plugin)
    assert completed({**ENV, "KUBECONFIG": path}, "status", "")[:2] == (":4\n", "")


@pytest.mark.parametrize("words", [["\udcff", ""], ["--context"], [], ["--v", "x", "status", ""]])
def test_odd_words_are_no_error(words: list[str]) -> None:
    stdout, stderr, _ = completed(ENV, *words)
    assert stderr == ""
    assert stdout.splitlines()[-1].startswith(":")


GIVE = "give a folder of the PATH that is yours: kubectl routes completion --install=FOLDER"
LAST = "kubectl itself has to complete in your shell: kubectl completion -h"
NAME = "kubectl_complete-routes"
THEIRS = "#!/bin/sh\n"


def completion(flag: str, *path: Path, scripts: Path = Path("/usr/bin")) -> tuple[int, list[str]]:
    """Code and lines of the plugin in ``scripts``, with these folders in the PATH."""
    stdout, stderr = io.StringIO(), io.StringIO()
    env = {"COLUMNS": "80", "PATH": os.pathsep.join(map(str, path))}
    code = main([str(scripts / "kubectl-routes"), "completion", flag], env, stdout, stderr)
    assert stdout.getvalue() == ""
    return code, stderr.getvalue().splitlines()


def test_the_helper_is_written_where_kubectl_finds_it(tmp_path: Path) -> None:
    helper = tmp_path / NAME
    for _ in range(2):
        assert completion(f"--install={tmp_path}", tmp_path) == (0, [f"wrote {helper}", LAST])
    assert (helper.read_text(), helper.stat().st_mode & 0o777) == (HELPER, 0o755)
    assert list(tmp_path.iterdir()) == [helper]
    # Without the plugin it is silent.
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = finished(env, str(helper), "")
    assert (done.stdout, done.stderr) == ("", "")


def test_a_helper_that_kubectl_does_not_find_is_told(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
    _, lines = completion(f"--install={second}")
    assert lines[1] == f"note: {second} is not in the PATH, where kubectl looks for it"
    completion(f"--install={first}", first)
    _, lines = completion(f"--install={second}", first, second)
    assert lines[1] == f"note: kubectl finds {first}/{NAME} first"
    absent = tmp_path / "absent"
    reason = f"error: cannot write {absent}/{NAME}: No such file or directory"
    assert completion(f"--install={absent}", absent) == (3, [reason, GIVE])


def test_a_program_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / NAME
    theirs.write_text(THEIRS)
    theirs.chmod(0o755)
    _, lines = completion(f"--install={tmp_path}", tmp_path)
    assert lines[0] == f"{theirs} is there already, and is left as it is"
    assert completion(f"--uninstall={tmp_path}") == (
        0,
        [f"nothing to remove: {tmp_path} has no {NAME} that --install wrote"],
    )
    assert theirs.read_text() == THEIRS


@pytest.fixture
def krew(tmp_path: Path) -> Path:
    """The bin of krew, with the plugin as krew lays it out."""
    store = "store/routes/v0.1.0/kubectl-routes"
    for name in ("bin", "receipts", store):
        (tmp_path / "krew" / name).mkdir(parents=True)
    program = tmp_path / "krew" / store / "kubectl-routes"
    program.write_text(f'#!/bin/sh\nexec -a "$0" {ROUTES} "$@"\n')
    (tmp_path / "krew" / "bin" / "kubectl-routes").symlink_to(program)
    return tmp_path / "krew" / "bin"


def test_with_krew_the_helper_goes_into_another_folder_of_the_path(
    krew: Path, tmp_path: Path
) -> None:
    shared, mine, linked = (tmp_path / name for name in ("shared", "mine", "link to krew"))
    for folder in (shared, mine):
        folder.mkdir()
    shared.chmod(0o777)
    linked.symlink_to(krew)
    path = (krew, tmp_path / "absent", linked, shared, Path("/usr/bin"), mine)
    code, lines = completion("--install", *path, scripts=krew)
    assert (code, lines[0]) == (0, f"wrote {mine / NAME}")
    removed = completion("--uninstall", krew, mine, scripts=krew)
    assert removed == (0, [f"removed {mine / NAME}"])
    assert not (mine / NAME).exists()
    assert [path.name for path in krew.iterdir()] == ["kubectl-routes"]


@pytest.mark.parametrize("part", ["bin", "store/routes/v0.1.0/kubectl-routes"])
def test_no_file_is_written_into_a_folder_of_krew(krew: Path, part: str) -> None:
    folder = krew.parent / part
    none = f"error: no folder of the PATH is there to take {NAME}: {krew} belongs to krew"
    assert completion("--install", krew, scripts=krew) == (3, [none, GIVE])
    stops = "which stops working when a file of others stays there"
    refused = f"error: {folder} belongs to krew, {stops}"
    assert completion(f"--install={folder}", krew, scripts=krew) == (2, [refused, GIVE])
    assert len(list(folder.iterdir())) == 1


def test_what_an_older_release_wrote_into_the_bin_of_krew_is_removed(krew: Path) -> None:
    (krew / NAME).write_text(HELPER)
    removed = completion("--uninstall", krew, scripts=krew)
    assert removed == (0, [f"removed {krew / NAME}"])
    nothing = f"nothing to remove: no folder of the PATH has a {NAME} that --install wrote"
    assert completion("--uninstall", krew, scripts=krew) == (0, [nothing])


@pytest.mark.parametrize("name", SHELLS)
def test_every_script_asks_the_program(name: str) -> None:
    answer = run({"COLUMNS": "80"}, "completion", name)
    assert (answer.code, answer.stderr) == (0, "")
    assert "__complete" in answer.stdout
