"""``completion`` in real shells, and what a prompt gets when nothing goes well."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
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
from tests.cli.asking import run
from tests.cli.programs import PATH, ROUTES

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
    command = [program, "-c", script, name, *words]
    done = subprocess.run(
        command, env={**ENV, **env}, capture_output=True, text=True, timeout=30, check=False
    )
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
    assert shell("zsh", script, "tra") == [
        "trace:does a packet get from a pod, node or address to another, and back?"
    ]
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
    done = subprocess.run(
        [ROUTES, "__complete", *words],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout, done.stderr, time.monotonic() - started


def kubeconfig(folder: Path, server: str, user: object) -> str:
    path = folder / "config"
    document = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": user}],
    }
    path.write_text(json.dumps(document))
    return str(path)


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
        env = {**ENV, "KUBECONFIG": kubeconfig(tmp_path, server, {"token": "t"})}
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
    path = kubeconfig(tmp_path, "http://127.0.0.1:9", {"exec": plugin})
    assert completed({**ENV, "KUBECONFIG": path}, "status", "")[:2] == (":4\n", "")


@pytest.mark.parametrize("words", [["\udcff", ""], ["--context"], [], ["--v", "x", "status", ""]])
def test_odd_words_are_no_error(words: list[str]) -> None:
    stdout, stderr, _ = completed(ENV, *words)
    assert stderr == ""
    assert stdout.splitlines()[-1].startswith(":")


def install(folder: Path, *words: str, path: str | None = None) -> tuple[int, list[str]]:
    env = {"COLUMNS": "80", "PATH": str(folder) if path is None else path}
    answer = run(env, "completion", f"--install={folder}", *words)
    assert answer.stdout == ""
    return answer.code, answer.stderr.splitlines()


def test_the_helper_is_written_where_kubectl_finds_it(tmp_path: Path) -> None:
    helper = tmp_path / "kubectl_complete-routes"
    last = "kubectl itself has to complete in your shell: kubectl completion -h"
    for _ in range(2):
        assert install(tmp_path) == (0, [f"wrote {helper}", last])
    assert (helper.read_text(), helper.stat().st_mode & 0o777) == (HELPER, 0o755)
    assert list(tmp_path.iterdir()) == [helper]


def test_a_helper_that_kubectl_does_not_find_is_told(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    for folder in (first, second):
        folder.mkdir()
    assert install(second, path="")[1][1] == (
        f"note: {second} is not in the PATH, where kubectl looks for it"
    )
    install(first)
    assert install(second, path=f"{first}:{second}")[1][1] == (
        f"note: kubectl finds {first}/kubectl_complete-routes first"
    )


def test_a_program_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / "kubectl_complete-routes"
    theirs.write_text("#!/bin/sh\n")
    theirs.chmod(0o755)
    assert install(tmp_path)[1][0] == f"{theirs} is there already, and is left as it is"
    assert theirs.read_text() == "#!/bin/sh\n"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "absent"
    assert install(folder) == (
        3,
        [
            f"error: cannot write {folder}/kubectl_complete-routes: No such file or directory",
            "give a folder of the PATH that is yours: kubectl routes completion --install=FOLDER",
        ],
    )


def test_a_helper_without_the_plugin_says_nothing(tmp_path: Path) -> None:
    install(tmp_path)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(
        [tmp_path / "kubectl_complete-routes", ""], env=env, capture_output=True, check=False
    )
    assert (done.stdout, done.stderr) == (b"", b"")


def krew_root(folder: Path) -> Path:
    """krew's folder with the plugin, as krew lays it out."""
    for name in ("bin", "receipts", "store/routes/v0.1.0/kubectl-routes"):
        (folder / name).mkdir(parents=True)
    program = folder / "store/routes/v0.1.0/kubectl-routes/kubectl-routes"
    program.write_text(f'#!/bin/sh\nexec -a "$0" {ROUTES} "$@"\n')
    (folder / "bin" / "kubectl-routes").symlink_to(program)
    return folder


def in_krew(root: Path, flag: str, *path: Path) -> tuple[int, list[str]]:
    """Code and lines of the plugin that krew has linked; its folder is the first of the PATH."""
    env = {"COLUMNS": "80", "PATH": os.pathsep.join(map(str, (root / "bin", *path)))}
    stderr = io.StringIO()
    argv = [str(root / "bin" / "kubectl-routes"), "completion", flag]
    return main(argv, env, io.StringIO(), stderr), stderr.getvalue().splitlines()


def test_with_krew_the_helper_goes_into_another_folder_of_the_path(tmp_path: Path) -> None:
    root, shared, mine = krew_root(tmp_path / "krew"), tmp_path / "shared", tmp_path / "mine"
    for folder in (shared, mine):
        folder.mkdir()
    shared.chmod(0o777)
    helper = mine / "kubectl_complete-routes"
    linked = tmp_path / "link to krew"
    linked.symlink_to(root / "bin")
    code, lines = in_krew(
        root, "--install", tmp_path / "absent", linked, shared, Path("/usr/bin"), mine
    )
    assert (code, lines[0]) == (0, f"wrote {helper}")
    assert in_krew(root, "--uninstall", mine) == (0, [f"removed {helper}"])
    assert not helper.exists()
    assert [path.name for path in (root / "bin").iterdir()] == ["kubectl-routes"]


@pytest.mark.parametrize("part", ["bin", "store/routes/v0.1.0/kubectl-routes"])
def test_no_file_is_written_into_a_folder_of_krew(tmp_path: Path, part: str) -> None:
    root = krew_root(tmp_path / "krew")
    give = "give a folder of the PATH that is yours: kubectl routes completion --install=FOLDER"
    assert in_krew(root, "--install") == (
        3,
        [
            "error: no folder of the PATH is there to take kubectl_complete-routes:"
            f" {root}/bin belongs to krew",
            give,
        ],
    )
    assert in_krew(root, f"--install={root / part}") == (
        2,
        [
            f"error: {root / part} belongs to krew,"
            " which stops working when a file of others stays there",
            give,
        ],
    )
    assert len(list((root / part).iterdir())) == 1


def test_what_an_older_release_wrote_into_the_bin_of_krew_is_removed(tmp_path: Path) -> None:
    root = krew_root(tmp_path / "krew")
    helper = root / "bin" / "kubectl_complete-routes"
    helper.write_text(HELPER)
    assert in_krew(root, "--uninstall") == (0, [f"removed {helper}"])
    assert in_krew(root, "--uninstall") == (
        0,
        [
            "nothing to remove: no folder of the PATH has a kubectl_complete-routes"
            " that --install wrote"
        ],
    )


def test_what_others_wrote_is_not_removed(tmp_path: Path) -> None:
    theirs = tmp_path / "kubectl_complete-routes"
    theirs.write_text("#!/bin/sh\n")
    answer = run({"COLUMNS": "80", "PATH": ""}, "completion", f"--uninstall={tmp_path}")
    assert (answer.code, answer.stderr) == (
        0,
        f"nothing to remove: {tmp_path} has no kubectl_complete-routes that --install wrote\n",
    )
    assert theirs.exists()


@pytest.mark.parametrize("words", [[], ["bash", "--install"], ["--install", "--uninstall"]])
def test_either_a_shell_or_an_install(words: list[str]) -> None:
    answer = run({"COLUMNS": "80"}, "completion", *words)
    assert (answer.code, answer.stderr) == (
        2,
        "error: give a shell, --install or --uninstall\n"
        "kubectl routes completion -h shows which one to use\n",
    )


@pytest.mark.parametrize("name", SHELLS)
def test_every_script_asks_the_program(name: str) -> None:
    answer = run({"COLUMNS": "80"}, "completion", name)
    assert (answer.code, answer.stderr) == (0, "")
    assert "__complete" in answer.stdout
