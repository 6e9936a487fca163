"""The program by which kubectl completes the words of this plugin: installed and removed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping

from kubectl_routes.cli.complete import COMMAND
from kubectl_routes.cli.flags.completion import COMPLETER
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect import files
from kubectl_routes.model.errors import RoutesError, UsageError
from kubectl_routes.model.message import message

PROGRAM = "kubectl-routes"

# Without the plugin, after an uninstall, there is nothing to complete and nothing to complain of.
HELPER = f"""\
#!/bin/sh
# Written by "kubectl routes completion --install", for the completion of kubectl.
exec {PROGRAM} {COMMAND} "$@" 2>/dev/null
"""
# They belong to the package manager of the machine.
_SYSTEM = ("/bin", "/sbin", "/usr/bin", "/usr/sbin")
_CHOOSE = message(
    "give a folder of the PATH that is yours: kubectl routes completion --install=FOLDER"
)


def install(folder: str, scripts: str, terminal: Terminal) -> None:
    """Write the helper into ``folder``, or without one beside the plugin, which is in ``scripts``;
    where that is krew's, into the first folder of the PATH that can be written to.

    Raises UsageError for a folder of krew's, RoutesError where nothing can be written.
    """
    if folder and is_krews(folder):
        raise UsageError(
            message(
                "{folder} belongs to krew, which stops working when a file of others stays there",
                folder=folder,
            ),
            _CHOOSE,
        )
    folder = folder or _folder(scripts, terminal.env)
    path = os.path.join(folder, COMPLETER)
    if os.path.lexists(path) and not _is_helper(path):
        terminal.tell(message("{path} is there already, and is left as it is", path=path))
    else:
        _write(path)
        terminal.tell(message("wrote {path}", path=path))
    found = shutil.which(COMPLETER, path=terminal.env.get("PATH", ""))
    if found is None:
        terminal.tell(
            message("note: {folder} is not in the PATH, where kubectl looks for it", folder=folder)
        )
    elif not os.path.samefile(found, path):
        terminal.tell(message("note: kubectl finds {found} first", found=found))
    terminal.tell(message("kubectl itself has to complete in your shell: kubectl completion -h"))


def uninstall(folder: str, scripts: str, terminal: Terminal) -> None:
    """Remove the helper from ``folder``, or without one from beside the plugin and from the PATH.

    What others have written there stays. Raises RoutesError where it cannot be removed.
    """
    folders = [folder] if folder else [scripts, *_path(terminal.env)]
    paths = [os.path.join(each, COMPLETER) for each in dict.fromkeys(folders)]
    helpers = [path for path in paths if _is_helper(path)]
    for path in helpers:
        try:
            os.remove(path)
        except OSError as error:
            raise RoutesError(
                message("cannot remove {path}: {reason}", path=path, reason=str(error.strerror))
            ) from None
        terminal.tell(message("removed {path}", path=path))
    if not helpers:
        where = (
            message("{folder} has no", folder=folder)
            if folder
            else message("no folder of the PATH has a")
        )
        terminal.tell(
            message(
                "nothing to remove: {where} {completer} that --install wrote",
                where=where,
                completer=COMPLETER,
            )
        )


def is_krews(folder: str) -> bool:
    """Whether a folder is in the one that krew keeps: its bin, or a plugin in its store.

    krew looks into its bin for what it has linked there itself. A file of others, left when the
    last plugin is uninstalled, lets every command of krew fail.
    """
    parent = os.path.realpath(folder)
    while (above := os.path.dirname(parent)) != parent:
        parent = above
        if all(os.path.isdir(os.path.join(parent, name)) for name in ("store", "receipts")):
            return True
    return False


def _folder(scripts: str, env: Mapping[str, str]) -> str:
    if not is_krews(scripts):
        return scripts
    for folder in _path(env):
        if _is_mine(folder) and not is_krews(folder):
            return folder
    raise RoutesError(
        message(
            "no folder of the PATH is there to take {completer}: {scripts} belongs to krew",
            completer=COMPLETER,
            scripts=scripts,
        ),
        _CHOOSE,
    )


def _path(env: Mapping[str, str]) -> list[str]:
    return [folder for folder in env.get("PATH", "").split(os.pathsep) if os.path.isabs(folder)]


def _is_mine(folder: str) -> bool:
    """Whether this user may write to a folder, and neither everybody nor a package manager does."""
    try:
        mode = os.stat(folder).st_mode
    except OSError:
        return False
    if os.path.realpath(folder) in _SYSTEM:
        return False
    return os.access(folder, os.W_OK | os.X_OK) and not mode & 0o002


def _is_helper(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return b"completion --install" in file.read(len(HELPER))
    except OSError:
        return False


def _write(path: str) -> None:
    try:
        files.write_whole(HELPER.encode(), path, 0o755)
    except OSError as error:
        raise RoutesError(
            message("cannot write {path}: {reason}", path=path, reason=str(error.strerror)), _CHOOSE
        ) from None
