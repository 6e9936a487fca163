"""The commands in the texts of the program: in strings of its sources, and in its catalogs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from kubectl_routes.cli import flags

ROOT = Path(__file__).parents[2] / "kubectl_routes"
_VERBS = (
    "annotate apply auth cluster-info completion delete describe drain edit get label logs patch"
    " replace rollout set taint top wait"
)
_ROUTES = "|".join(flags.names())
# A command up to the first word that is none of it: what follows is the sentence around it.
_COMMAND = re.compile(
    rf"\b(?:kubectl routes (?:{_ROUTES})|kubectl (?:-n \S+ )?(?:{'|'.join(_VERBS.split())})"
    r"|aliyun (?:configure|[a-z]+ [A-Z]\w+))(?![\w-])"
    r"(?: (?:--?[\w-]+(?:=\S+)?(?: (?:[A-Z]+\b|read|enable|yaml|wide|json|\{\w+\}))?|\{[\w-]+\}-?"
    r"|(?:nodes|pods|leases|endpointslices|configmaps?|daemonsets,deployments)(?![\w-])))*"
)
# Modules that name commands of other programs, or the words of a shell, and print none.
_NOT_PRINTED = ("completion.py", "completion_helper.py", "complete.py", "manual.py", "words.py")


def printed() -> dict[str, set[str]]:
    """Every command by the files that hold it."""
    found: dict[str, set[str]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        if path.name in _NOT_PRINTED or path.parent.name == "flags":
            continue
        for text in _strings(path.read_text(encoding="utf-8")):
            _add(found, text, path)
    path = ROOT / "catalog" / "en.yaml"
    for text in _texts(yaml.safe_load(path.read_text(encoding="utf-8"))):
        _add(found, text, path)
    return found


def _add(found: dict[str, set[str]], text: str, path: Path) -> None:
    for command in _COMMAND.findall(" ".join(text.split())):
        found.setdefault(command.strip(), set()).add(str(path.relative_to(ROOT)))


def _strings(source: str) -> Iterator[str]:
    """The strings of a module but for those that say what it, a class or a function is for."""
    tree = ast.parse(source)
    whole = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in whole:
            yield node.value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from _texts(one)
