"""``completion``: what a shell, or kubectl, needs to complete our words."""

from __future__ import annotations

import argparse
import os
import shutil

from kubectl_routes.cli.complete import COMMAND
from kubectl_routes.cli.parser import Parser
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.errors import RoutesError
from kubectl_routes.model.errors import UsageError

PROGRAM = "kubectl-routes"
# kubectl looks for this program in the PATH.
COMPLETER = "kubectl_complete-routes"

# Without the plugin, after an uninstall, there is nothing to complete and nothing to complain of.
HELPER = f"""\
#!/bin/sh
# Written by "kubectl routes completion --install", for the completion of kubectl.
exec {PROGRAM} {COMMAND} "$@" 2>/dev/null
"""

_BASH = f"""\
# bash: source <({PROGRAM} completion bash)
_kubectl_routes() {{
    local line word= directive=0 words=() current
    COMPREPLY=()
    # bash takes --flag=value apart at the equals sign; it is put together again.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        if [[ ${{COMP_WORDS[i]}} == = || $word == *= ]]; then
            word+=${{COMP_WORDS[i]}}
            words[${{#words[@]}} - 1]=$word
        else
            word=${{COMP_WORDS[i]}}
            words+=("$word")
        fi
    done
    current=${{COMP_WORDS[COMP_CWORD]}}
    while IFS= read -r line; do
        case $line in
            :*) directive=${{line#:}} ;;
            *) COMPREPLY+=("${{line%%$'\\t'*}}") ;;
        esac
    done < <("${{COMP_WORDS[0]}}" {COMMAND} "${{words[@]}}" 2>/dev/null)
    if ((directive & 2)); then compopt -o nospace 2>/dev/null; fi
    if ((directive & 4)); then return; fi
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "${{current#=}}")
}}
complete -F _kubectl_routes {PROGRAM}
"""

_ZSH = f"""\
#compdef {PROGRAM}
# zsh: source <({PROGRAM} completion zsh), after compinit
_kubectl_routes() {{
    local line
    local directive=0
    local -a found plain spaced
    while IFS= read -r line; do
        case $line in
            :*) directive=${{line#:}} ;;
            *) found+=("${{${{line//:/\\\\:}}/$'\\t'/:}}") ;;
        esac
    done < <("${{words[1]}}" {COMMAND} "${{(@)words[2,CURRENT]}}" 2>/dev/null)
    (( directive & 2 )) && spaced=(-S '')
    compset -P '--*='
    (( $#found )) && _describe -V 'kubectl routes' found "${{spaced[@]}}"
    (( directive & 4 )) || _files
}}
compdef _kubectl_routes {PROGRAM}
"""

_FISH = f"""\
# fish: {PROGRAM} completion fish | source
function __kubectl_routes_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    set -l found ($program {COMMAND} $words "$current" 2>/dev/null)
    if test "$found[-1]" = :0
        __fish_complete_path "$current"
        return
    end
    for line in $found[1..-2]
        echo $line
    end
end
complete -c {PROGRAM} -f -a '(__kubectl_routes_complete)'
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def declare(parser: Parser) -> None:
    """Add the flags of ``completion``."""
    parser.usage = "%(prog)s bash|zsh|fish\n       %(prog)s --install[=FOLDER]"
    parser.epilog = (
        f"kubectl completes kubectl routes when {COMPLETER} is in the PATH:\n"
        "pip puts it there, krew does not, and --install does. The scripts are for those\n"
        "who call kubectl-routes itself."
    )
    parser.add_argument(
        "shell", nargs="?", choices=list(SCRIPTS), help="print the script for this shell"
    )
    parser.add_argument(
        "--install",
        nargs="?",
        const="",
        metavar="FOLDER",
        help=f"write {COMPLETER} beside the plugin, or into this folder of the PATH",
    )


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Print a script or install the helper, and return 0."""
    if (args.install is None) == (args.shell is None):
        raise UsageError(
            "give a shell, or --install", "kubectl routes completion -h tells which is for whom"
        )
    if args.shell is not None:
        terminal.write(SCRIPTS[args.shell])
        return 0
    _install(args.install or args.scripts, terminal)
    return 0


def _install(folder: str, terminal: Terminal) -> None:
    path = os.path.join(folder, COMPLETER)
    if os.path.lexists(path) and not _is_helper(path):
        terminal.tell(f"{path} is there already, and is left as it is")
    else:
        _write(path)
        terminal.tell(f"wrote {path}")
    found = shutil.which(COMPLETER, path=terminal.env.get("PATH", ""))
    if found is None:
        terminal.tell(f"note: {folder} is not in the PATH, where kubectl looks for it")
    elif not os.path.samefile(found, path):
        terminal.tell(f"note: kubectl finds {found} first")
    terminal.tell("kubectl itself has to complete in your shell: kubectl completion -h")


def _is_helper(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return b"completion --install" in file.read(len(HELPER))
    except OSError:
        return False


def _write(path: str) -> None:
    """Write the helper so that it is whole or not there. Raises RoutesError."""
    temporary = f"{path}.{os.getpid()}"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(HELPER)
            os.fchmod(file.fileno(), 0o755)
        os.replace(temporary, path)
    except OSError as error:
        raise RoutesError(
            f"cannot write {path}: {error.strerror}",
            "give a folder of the PATH that is yours: kubectl routes completion --install=FOLDER",
        ) from None
