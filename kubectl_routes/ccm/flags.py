"""The command line of the CCM container, as far as routes depend on it."""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_routes.ccm.releases import VersionBehavior
from kubectl_routes.ccm.script import program_words, script_place

_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}
# Flags that take no separate value: the next word is a flag of its own.
BOOLEAN_FLAGS = (
    "configure-cloud-routes",
    "allow-untagged-cloud",
    "leader-elect",
    "allocate-node-cidrs",
    "use-service-account-credentials",
    "profiling",
    "skip-disable-source-dest-check",
    "enable-imdsv2",
    "dry-run",
)
# Flags that take the next word whatever it is, and are not given without one.
_TEXT_FLAGS = ("cloud-config",)
# What stands before the name of a program, which is no flag even where it is a variable.
_BEFORE_PROGRAM = ("", "exec", "env", "--", "&&")
_REFERENCE = re.compile(r"\$\(([^)]*)\)")
_DURATION_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|µs|ns)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


class Settings(Struct, frozen=True):
    """What the flags say. ``values`` holds the last value of every flag by name, without dashes.

    ``period`` is the effective reconcile period in whole seconds (at least 1). ``unknown`` are the
    flags whose value depends on a variable that cannot be read; they are not in ``values``.
    ``complete`` is False when a whole word does, which may be any flag.
    """

    values: dict[str, str]
    routes_on: bool
    cluster_cidr: str
    period: int
    untagged_allowed: bool
    unknown: frozenset[str] = frozenset()
    complete: bool = True

    def lacks(self, name: str) -> bool:
        """Whether it is certain that the flag is not given, or has another value than it should."""
        return self.complete and name not in self.unknown

    @property
    def routes_known(self) -> bool:
        """Whether ``routes_on`` is certain."""
        return self.complete and self.unknown.isdisjoint(("configure-cloud-routes", "controllers"))


def parse(
    command: tuple[str, ...], behavior: VersionBehavior, unexpanded: tuple[str, ...] | None = None
) -> Settings:
    """Read the flags as CCM does: ``--flag=value`` or ``--flag value``, the last one counts.

    ``unexpanded`` are the variables that cannot be read; None: it is not known of which that is so.
    """
    values: dict[str, str] = {}
    unknown: set[str] = set()
    complete = True
    shell = script_place(command) is not None
    words = program_words(command)
    before = ""
    while words:
        word = words.pop(0)
        if not word.startswith("--") or word == "--":
            is_program = before in _BEFORE_PROGRAM
            complete &= is_program or not _is_open(word, unexpanded, shell=shell)
            before = word
            continue
        before = word
        name, equals, value = word[2:].partition("=")
        if not equals:
            switch = "" if name in _TEXT_FLAGS else "true"
            follows = bool(words) and (name in _TEXT_FLAGS or words[0][:1] != "-")
            value = words.pop(0) if follows and name not in BOOLEAN_FLAGS else switch
        values[name] = value
        unknown.discard(name)
        if _is_open(value, unexpanded, shell=shell):
            del values[name]
            unknown.add(name)
    return Settings(
        values=values,
        routes_on=_boolean(values, "configure-cloud-routes", default=True)
        and _has_route_controller(values.get("controllers", "*")),
        cluster_cidr=values.get("cluster-cidr", "").strip(),
        period=_period(values.get("route-reconciliation-period", ""), behavior),
        untagged_allowed=_boolean(values, "allow-untagged-cloud", default=False),
        unknown=frozenset(unknown),
        complete=complete,
    )


def _is_open(text: str, unexpanded: tuple[str, ...] | None, *, shell: bool) -> bool:
    """Whether the text holds a reference to a variable that cannot be read."""
    if shell and "$" in text:
        return True
    names = _REFERENCE.findall(text)
    return bool(names) if unexpanded is None else any(name in unexpanded for name in names)


def seconds(text: str) -> float | None:
    """A Go duration such as ``3m`` or ``1h30m`` in seconds; None when it is not one."""
    if text == "0":
        return 0.0
    parts = _DURATION_PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _boolean(values: dict[str, str], name: str, *, default: bool) -> bool:
    return _BOOLEANS.get(values.get(name, ""), default)


def _has_route_controller(controllers: str) -> bool:
    names = [name.strip() for name in controllers.split(",")]
    return "-route" not in names and ("route" in names or "*" in names)


def _period(text: str, behavior: VersionBehavior) -> int:
    given = seconds(text)
    period = behavior.period if given is None else given
    return max(int(period), behavior.min_period, 1)
