"""``$(NAME)`` in the command and the args of a container, expanded as the kubelet does, and
``$NAME`` in the text of a shell among them, as the shell does.

https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from kubectl_routes.ccm.script import script_place, variables, with_variables
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.redact_text import may_show

_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")
# What the kubelet sets for each Service of the namespace.
_OF_SERVICE = re.compile(r"[A-Z0-9_]+_(?:SERVICE_HOST|SERVICE_PORT\w*|PORT(?:_\w+)?)")


class Expanded(Struct, frozen=True):
    """The words, and the names of the variables whose value cannot be read here: ``$(NAME)`` of
    these stays in the words. So does that of a variable that there is not, as in the container.
    """

    words: tuple[str, ...]
    unknown: tuple[str, ...]


def expand(words: Iterable[str], container: Document) -> Expanded:
    """Expand the words with the container's ``env``.

    A value that comes from elsewhere (``valueFrom``, ``envFrom``, a Service) is unknown; so is one
    that is named, or shaped, like a credential: words are shown and stored.
    """
    environment = _Environment(container)
    found = [environment.expanded(word) for word in words]
    place = script_place(found)
    if place is not None:
        found[place] = with_variables(found[place], environment.known)
    return Expanded(tuple(found), tuple(sorted(environment.unknown)))


def referred(words: Iterable[str]) -> frozenset[str]:
    """The names of the variables that the words refer to."""
    given = list(words)
    place = script_place(given)
    inside = variables(given[place]) if place is not None else ()
    found = (match[1] for each in given for match in _REFERENCE.finditer(each))
    return frozenset(filter(None, (*inside, *found)))


class _Environment:
    """The variables that are set so far. ``unknown`` are those that were not found."""

    def __init__(self, container: Document) -> None:
        self.unknown: set[str] = set()
        self._open = bool(container.items("envFrom"))
        self._values: dict[str, str | None] = {}
        for variable in container.items("env"):
            name = variable.text("name")
            self._values[name] = self._value(variable, name)
        self.unknown.clear()

    @property
    def known(self) -> dict[str, str]:
        """The variables whose value is known and may be shown."""
        return {name: value for name, value in self._values.items() if value is not None}

    def expanded(self, text: str) -> str:
        """The text with its references resolved, as far as that can be done."""
        return _REFERENCE.sub(self._resolved, text)

    def _value(self, variable: Document, name: str) -> str | None:
        if variable.under("valueFrom").value is not None:
            return None
        self.unknown.clear()
        value = self.expanded(variable.text("value"))
        return None if self.unknown or not may_show(name, value) else value

    def _resolved(self, found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return "$"
        value = self._values.get(name)
        if value is not None:
            return value
        if name in self._values or self._open or _OF_SERVICE.fullmatch(name):
            self.unknown.add(name)
        return found[0]
