"""Which nodes are named: by their names, or by a label selector in the grammar of the API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import message
from kubectl_routes.model.nodes import LABELS_THAT_MATTER
from kubectl_routes.model.snapshot import PART_NODES, Snapshot

_KEY = r"(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_VALUE = r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?"
_EQUALITY = re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})")
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s*\(\s*({_VALUE}(?:\s*,\s*{_VALUE})*)\s*\)")
_EXISTENCE = re.compile(rf"(!?)\s*({_KEY})")
# Commas inside parentheses do not end a requirement.
_REQUIREMENT = re.compile(r"(?:[^,(]|\([^)]*\))+")


class Requirement(NamedTuple):
    """One condition on a label: its value is (or is not) among ``values``; without values, the
    label is (or is not) there.
    """

    key: str
    values: frozenset[str] | None
    negated: bool

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels fulfil it. As in the API, a label that is not there is not in any set."""
        value = labels.get(self.key)
        found = value is not None and (self.values is None or value in self.values)
        return found is not self.negated


def parse(selector: str) -> tuple[Requirement, ...]:
    """The requirements of a selector, all of which have to hold. Raises UsageError."""
    parts = _REQUIREMENT.findall(selector)
    if ",".join(parts) != selector or not parts:
        raise _malformed(selector, selector)
    return tuple(_requirement(part.strip(), selector) for part in parts)


def matching(selector: str, snapshot: Snapshot) -> frozenset[str]:
    """Names of the nodes that match by the labels that a snapshot file holds. Raises UsageError."""
    requirements = parse(selector)
    for requirement in requirements:
        if requirement.key not in LABELS_THAT_MATTER:
            raise UsageError(
                message("a snapshot file does not hold the label {key}", key=requirement.key),
                message("it holds {labels}", labels=", ".join(LABELS_THAT_MATTER)),
            )
    return frozenset(
        node.name
        for node in snapshot.nodes
        if all(requirement.holds(node.labels) for requirement in requirements)
    )


def check_nodes(names: Iterable[str], snapshot: Snapshot) -> None:
    """Raise UsageError for a node that does not exist: it would look like one without a problem."""
    known = {node.name for node in snapshot.nodes}
    for name in names:
        if name not in known and snapshot.gap(PART_NODES) is None:
            raise UsageError(
                message("node {name} not found", name=name), message("kubectl get nodes lists them")
            )


def _requirement(text: str, selector: str) -> Requirement:
    if match := _SET.fullmatch(text):
        values = frozenset(value.strip() for value in match[3].split(","))
        return Requirement(match[1], values, match[2] == "notin")
    if match := _EQUALITY.fullmatch(text):
        return Requirement(match[1], frozenset({match[3]}), match[2] == "!=")
    if match := _EXISTENCE.fullmatch(text):
        return Requirement(match[2], None, match[1] == "!")
    raise _malformed(text, selector)


def _malformed(text: str, selector: str) -> UsageError:
    what = message("selector {selector}", selector=repr(selector))
    if text != selector:
        what = message("{text} in the {selector}", text=repr(text), selector=what)
    return UsageError(
        message("{what} is malformed", what=what),
        message("selectors read like a=b,c!=d,e in (f,g),h notin (i),j,!k"),
    )
