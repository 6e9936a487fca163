"""YAML as the Go library behind CCM v2 reads it (sigs.k8s.io/yaml over yaml.v2).

PyYAML follows the same YAML 1.1, with differences that decide whether CCM starts:

- only the first document of the text is read, whatever follows it;
- a tab separates tokens inside ``{}`` and ``[]`` and at the end of a line, and words of a value;
- inside ``{}`` and ``[]`` a word without quotes may end in a colon, but not before a bracket that
  opens, which is what a quote that was forgotten in JSON looks like;
- a date is text, ``y`` and ``n`` are booleans, ``1:30`` is no number, a number beyond 64 bits is a
  float or text, and an unknown tag is ignored;
- aliases that blow the text up, or lead back to themselves, are refused.

Held against the Go library on the texts of tests/ccm/test_goyaml.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.constructor import ConstructorError

# More than the binary digits of 64 bits, with sign and prefix.
_MOST_DIGITS = 67
# Go admits 10,000, which no cloud-config has.
_DEEPEST = 200
_BOOLEANS = {"y": True, "yes": True, "true": True, "on": True}
_OURS = ("bool", "float", "int", "timestamp")
# What follows a colon at the end of a word: the colon is refused, or belongs to the word.
_REFUSED, _BELONGS = "?[{", ",]}"
_ENDS = "\0\r\n\x85\u2028\u2029"


def _words(*words: str) -> list[str]:
    """In lower case, in upper case, and with a capital: ``tRUE`` is no boolean."""
    return [form for word in words for form in (word, word.upper(), word.capitalize())]


class _GoLoader(yaml.SafeLoader):
    def scan_to_next_token(self) -> None:
        """Skip spaces; a tab is one wherever it cannot be taken for indentation."""
        self._skip_tabs()
        super().scan_to_next_token()
        while self._skip_tabs():
            super().scan_to_next_token()

    def fetch_flow_collection_start(self, TokenClass: Any) -> None:  # noqa: N803  PyYAML's name
        """Open a bracket; PyYAML would take seconds to find out that there are too many."""
        if self.flow_level >= _DEEPEST:
            raise RecursionError
        super().fetch_flow_collection_start(TokenClass)

    def _skip_tabs(self) -> bool:
        skipped = False
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            skipped = True
        return skipped

    def scan_plain(self) -> yaml.ScalarToken:
        """A word without quotes."""
        token = super().scan_plain()
        behind = self.peek(1) if self.flow_level and self.peek() == ":" else ""
        if behind and behind in _BELONGS:
            self.forward()
            return yaml.ScalarToken(
                f"{token.value}:",
                True,
                token.start_mark,
                self.get_mark(),
            )
        if behind and behind in _REFUSED:
            raise yaml.scanner.ScannerError(
                "while scanning a plain scalar",
                token.start_mark,
                "found unexpected ':'",
                self.get_mark(),
            )
        return token

    def scan_plain_spaces(self, indent: int, start_mark: yaml.Mark) -> list[str] | None:
        """What separates two words of one value."""
        length = 0
        while self.peek(length) in " \t":
            length += 1
        spaces = self.prefix(length)
        if "\t" not in spaces:
            return super().scan_plain_spaces(indent, start_mark)
        self.forward(length)
        ended = self.peek() in _ENDS
        return super().scan_plain_spaces(indent, start_mark) if ended else [spaces]


_GoLoader.yaml_implicit_resolvers = {
    first: [(tag, words) for tag, words in resolvers if tag.rpartition(":")[2] not in _OURS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_GoLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool",
    re.compile(rf"(?:{'|'.join(_words('y', 'yes', 'n', 'no', 'true', 'false', 'on', 'off'))})$"),
    list("yYnNtTfFoO"),
)
_GoLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int",
    re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|0|[1-9][0-9_]*)$"),
    list("-+0123456789"),
)
_GoLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


def _boolean(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> bool:
    return _BOOLEANS.get(str(loader.construct_scalar(node)).lower(), False)


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int | float | str:
    text = str(loader.construct_scalar(node))
    digits = text.replace("_", "")
    if len(digits) > _MOST_DIGITS:
        return _large(text, digits)
    octal = re.fullmatch(r"[-+]?0[0-7]+", digits)
    number = int(digits, 8 if octal else 0)
    return number if -(2**63) <= number < 2**64 else _large(text, digits)


def _large(text: str, digits: str) -> float | str:
    """A number beyond 64 bits as yaml.v2 resolves it: a float if it is a decimal one within the
    range of those, else the text that it is.
    """
    number = float(digits) if re.fullmatch(r"[-+]?[0-9]+", digits) else math.inf
    return text if math.isinf(number) else number


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[object, object]:
    """A mapping; Raises ValueError for what cannot become JSON: null for a key."""
    found = loader.construct_mapping(node, deep=True)
    if None in found:
        raise ValueError("unsupported key")
    return found


def _untagged(loader: yaml.SafeLoader, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return _mapping(loader, node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node)
    return loader.construct_scalar(node)  # type: ignore[arg-type]


_GoLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
_GoLoader.add_constructor("tag:yaml.org,2002:bool", _boolean)
_GoLoader.add_constructor("tag:yaml.org,2002:int", _integer)
_GoLoader.add_constructor(None, _untagged)


def load(text: str) -> Any:
    """The first document of the text; None when there is none.

    Raises yaml.YAMLError or ValueError on text that is not YAML, RecursionError on hostile depth.
    """
    loader = _GoLoader(text)
    try:
        if not loader.check_node():
            return None
        node = loader.get_node()
        if node is not None and "*" in text:
            _Unfolding().visit(node, inside=False)
        return loader.construct_document(node)
    finally:
        loader.dispose()


class _Unfolding:
    """Walks through the values in the order in which yaml.v2 decodes them, each alias again, and
    refuses what it refuses: decode.go of https://github.com/go-yaml/yaml, from v2.2.4 on.
    """

    def __init__(self) -> None:
        self._decoded = 0
        self._aliased = 0
        self._known: set[int] = set()
        self._aliases: dict[int, list[bool]] = {}
        self._open: set[int] = set()

    def visit(self, node: yaml.Node, *, inside: bool) -> None:
        """A value and what is in it; ``inside`` an alias or not. Raises yaml.YAMLError."""
        self._count(inside)
        self._known.add(id(node))
        parts = list(_parts(node))
        # PyYAML puts the very node of an anchor wherever an alias of it stands: what is known
        # already when it is first come to is an alias, and stays one.
        if id(node) not in self._aliases:
            self._aliases[id(node)] = aliases = []
            for part in parts:
                aliases.append(id(part) in self._known)
                self._part(part, inside, alias=aliases[-1])
        else:
            for part, alias in zip(parts, self._aliases[id(node)], strict=False):
                self._part(part, inside, alias=alias)

    def _part(self, node: yaml.Node, inside: bool, *, alias: bool) -> None:
        if not alias:
            self.visit(node, inside=inside)
            return
        if id(node) in self._open:
            raise ConstructorError(None, None, "an anchor's value contains itself", None)
        self._open.add(id(node))
        self._count(inside)
        self.visit(node, inside=True)
        self._open.discard(id(node))

    def _count(self, inside: bool) -> None:
        self._decoded += 1
        self._aliased += inside
        if self._aliased <= 100 or self._decoded <= 1000:
            return
        # From 400,000 values on, where 99 % may be aliased, down to 10 % of 4,000,000.
        beyond = min(max(self._decoded - 400_000, 0) / 3_600_000, 1.0)
        if self._aliased / self._decoded > 0.99 - 0.89 * beyond:
            raise ConstructorError(None, None, "document contains excessive aliasing", None)


def _parts(node: yaml.Node) -> Iterator[yaml.Node]:
    """Keys and values, or items; of a merge key only what it merges, the last first."""
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            merged = key.tag == "tag:yaml.org,2002:merge"
            if not merged:
                yield key
            several = merged and isinstance(value, yaml.SequenceNode)
            yield from reversed(value.value) if several else (value,)
