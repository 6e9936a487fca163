"""The flags of ``completion``."""

from __future__ import annotations

from kubectl_routes.cli.parser import Parser

GROUP = "others"
SUMMARY = "set up shell completion"
USAGE = ("bash|zsh|fish", "--install[=FOLDER]", "--uninstall[=FOLDER]")
EXAMPLES = {
    "{prog} completion --install": "let kubectl complete kubectl routes",
    "source <(kubectl-routes completion bash)": "let bash complete kubectl-routes",
}
# kubectl looks for this program in the PATH.
COMPLETER = "kubectl_complete-routes"
EPILOG = (
    f"kubectl completes kubectl routes when {COMPLETER} is in the PATH:\n"
    "pip puts it there, krew does not, and --install does. The scripts are for those\n"
    "who call kubectl-routes itself."
)
SHELLS = ("bash", "zsh", "fish")


def declare(parser: Parser) -> None:
    """Add the flags of ``completion``."""
    parser.add_argument("shell", nargs="?", choices=SHELLS, help="print the script for this shell")
    for flag, text in (
        ("--install", f"write {COMPLETER} into this folder of the PATH (default: the plugin's)"),
        ("--uninstall", "remove what --install wrote from this folder, or from the whole PATH"),
    ):
        parser.add_argument(flag, nargs="?", const="", metavar="FOLDER", help=text)
