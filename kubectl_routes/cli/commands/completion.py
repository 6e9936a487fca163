"""``completion``: what a shell, or kubectl, needs to complete our words."""

from __future__ import annotations

import argparse

from kubectl_routes.cli.complete import COMMAND
from kubectl_routes.cli.completion_helper import PROGRAM, install, uninstall
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message

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

# By the shells of flags/completion.py.
SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Print a script, or install or remove the helper, and return 0."""
    if sum(each is not None for each in (args.shell, args.install, args.uninstall)) != 1:
        raise UsageError(
            message("give a shell, --install or --uninstall"),
            message("kubectl routes completion -h shows which one to use"),
        )
    if args.install is not None:
        install(args.install, args.scripts, terminal)
    elif args.uninstall is not None:
        uninstall(args.uninstall, args.scripts, terminal)
    else:
        terminal.write(SCRIPTS[args.shell])
    return 0
