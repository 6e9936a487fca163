"""``permissions``: the roles and policies that hints name. Asks no server."""

from __future__ import annotations

import argparse
from importlib.resources import files

from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message

# What the name of a file begins with, by the flag that asks for it. What follows is the purpose,
# and for a policy of managed clusters only "-managed".
_KINDS = {"rbac": "clusterrole-", "ram": "ram-policy-"}
_MANAGED = "-managed"
# A purpose that has the files of another.
SAME_AS = {"monitor": "read"}
_NAMES = {"rbac": message("Kubernetes role"), "ram": message("RAM policy")}


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Print the files and return 0. Raises UsageError where there is none of that kind."""
    wanted = [kind for kind in _KINDS if getattr(args, kind)] or list(_KINDS)
    purpose = SAME_AS.get(args.purpose, args.purpose)
    texts = {
        name: text
        for kind in wanted
        for name, text in permission_files().items()
        if name.startswith(_KINDS[kind]) and purpose in (None, purpose_of(name))
    }
    if not texts:
        raise UsageError(
            message(
                "there is no {kind} for {purpose}", kind=_NAMES[wanted[0]], purpose=args.purpose
            ),
            message("leave --{wanted} out to print what there is", wanted=wanted[0]),
        )
    if len(texts) == 1:
        terminal.write(next(iter(texts.values())))
    else:
        # JSON is YAML too, so that all is one stream.
        terminal.write("---\n".join(f"# {name}\n{text}" for name, text in texts.items()))
    return 0


def permission_files() -> dict[str, str]:
    """The text of every role and policy by the name of its file, in order."""
    folder = files("kubectl_routes").joinpath("permissions")
    found = sorted(folder.iterdir(), key=lambda path: path.name)
    return {path.name: path.read_text(encoding="utf-8") for path in found}


def purpose_of(name: str) -> str:
    """What a file is for: the value of ``--for``."""
    stem = name.partition(".")[0].removesuffix(_MANAGED)
    return stem.removeprefix(_KINDS["rbac"]).removeprefix(_KINDS["ram"])
