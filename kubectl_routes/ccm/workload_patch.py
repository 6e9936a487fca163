"""Changes to CCM's container as a JSON Patch, for a command that a person can copy.

Only what changes is named, and each old word is tested first: a workload that was changed in the
meantime refuses the patch, and no other flag is touched.
"""

from __future__ import annotations

import json
from typing import Any

from kubectl_routes.ccm.flags import BOOLEAN_FLAGS
from kubectl_routes.ccm.needed_flags import FlagChange
from kubectl_routes.ccm.script import script_place, with_flag, with_last_flag
from kubectl_routes.model.controller import REDACTED, Controller, Probe

Operation = dict[str, Any]


def flag_operations(
    controller: Controller, changes: tuple[FlagChange, ...]
) -> tuple[Operation, ...]:
    """What changes the flags; nothing where they stand in a shell's text that cannot be changed
    safely.
    """
    place = script_place(controller.command + controller.args)
    if place is not None:
        return _script_operations(controller, place, changes)
    lists = {"command": controller.command, "args": controller.args}
    written = controller.written or controller.command + controller.args
    end = len(controller.command)
    as_written = {"command": written[:end], "args": written[end:]}
    base = _base(controller)
    tests: list[Operation] = []
    replaced: list[Operation] = []
    removed: list[tuple[str, int]] = []
    added: list[str] = []
    for change in changes:
        places = [place for name, words in lists.items() for place in _places(name, words, change)]
        for name, first, length in places:
            indexes = range(first, first + length)
            tests += [
                {"op": "test", "path": f"{base}/{name}/{index}", "value": as_written[name][index]}
                for index in indexes
            ]
            if change.value is not None:
                path = f"{base}/{name}/{first}"
                replaced.append({"op": "replace", "path": path, "value": change.text})
                indexes = indexes[1:]
            removed += [(name, index) for index in indexes]
        if not places and change.value is not None:
            added.append(change.text)
    removals = [
        {"op": "remove", "path": f"{base}/{name}/{index}"}
        for name, index in sorted(removed, reverse=True)
    ]
    return (*tests, *replaced, *removals, *_additions(base, lists, added))


def image_operations(
    controller: Controller, image: str, probes: tuple[Probe, ...], port: int
) -> tuple[Operation, ...]:
    """What sets the image, where one is given, and lets the probes ask at ``port``."""
    base = _base(controller)
    changed: list[Operation] = []
    if image:
        changed.append({"op": "test", "path": f"{base}/image", "value": controller.image})
        changed.append({"op": "replace", "path": f"{base}/image", "value": image})
    changed += [
        {"op": "replace", "path": f"{base}/{probe.kind}/{probe.action}/port", "value": port}
        for probe in probes
    ]
    return tuple(changed)


def patch_text(operations: tuple[Operation, ...]) -> str:
    """The JSON Patch as text; empty where there is nothing to change."""
    return json.dumps(operations, ensure_ascii=False, separators=(",", ":")) if operations else ""


def _script_operations(
    controller: Controller, place: int, changes: tuple[FlagChange, ...]
) -> tuple[Operation, ...]:
    """What changes the text of a shell: as a whole, so that a text that has changed since, or
    that is shown without its credentials, refuses the patch.
    """
    words = controller.command + controller.args
    was = text = (controller.written or words)[place]
    if REDACTED in was:
        return ()
    for change in changes:
        hidden = words[place].count(f"--{change.name}") != was.count(f"--{change.name}")
        valueless = change.name in BOOLEAN_FLAGS
        changed = (
            with_last_flag(text, change.name, change.value)  # it is set by a variable
            if hidden
            else with_flag(text, change.name, change.value, valueless=valueless)
        )
        if changed is None:
            return ()
        text = changed
    behind = place - len(controller.command)
    where = f"command/{place}" if behind < 0 else f"args/{behind}"
    path = f"{_base(controller)}/{where}"
    return (
        {"op": "test", "path": path, "value": was},
        {"op": "replace", "path": path, "value": text},
    )


def _additions(base: str, lists: dict[str, tuple[str, ...]], texts: list[str]) -> list[Operation]:
    """New flags, at the end of the list that holds the others."""
    flagged = [name for name in ("args", "command") if any(w[:2] == "--" for w in lists[name])]
    name = next(iter(flagged), "args")
    if texts and not lists[name]:
        return [{"op": "add", "path": f"{base}/{name}", "value": texts}]
    return [{"op": "add", "path": f"{base}/{name}/-", "value": text} for text in texts]


def _places(
    list_name: str, words: tuple[str, ...], change: FlagChange
) -> list[tuple[str, int, int]]:
    """Where the flag stands: list, index, and whether its value is a word of its own (2) or not."""
    found = []
    for index, word in enumerate(words):
        if word == f"--{change.name}":
            valued = change.name not in BOOLEAN_FLAGS
            beside = valued and index + 1 < len(words) and not words[index + 1].startswith("-")
            found.append((list_name, index, 2 if beside else 1))
        elif word.startswith(f"--{change.name}="):
            found.append((list_name, index, 1))
    return found


def _base(controller: Controller) -> str:
    return f"/spec/template/spec/containers/{controller.container_index}"
