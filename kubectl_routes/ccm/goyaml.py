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
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._sizes: dict[str | None, int] = {}  # of complete values by their anchor
        self._decoded = 0
        self._aliased = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """A value. It counts what yaml.v2 decodes, each alias again, and refuses what that refuses:
        decode.go of https://github.com/go-yaml/yaml, from v2.2.4 on.
        """
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        before = self._decoded
        node = super().compose_node(parent, index)
        self._decoded += node is None or node.tag != "tag:yaml.org,2002:merge"
        if not isinstance(event, yaml.AliasEvent):
            self._sizes[event.anchor] = self._decoded - before
            return node
        if event.anchor not in self._sizes:
            raise ConstructorError(None, None, "an anchor's value contains itself", None)
        self._decoded += self._sizes[event.anchor]
        self._aliased += self._sizes[event.anchor]
        # From 400,000 values on, where 99 % may be aliased, down to 10 % of 4,000,000.
        beyond = min(max(self._decoded - 400_000, 0) / 3_600_000, 1.0)
        most = (0.99 - 0.89 * beyond) * self._decoded
        if self._aliased > max(100, most) and self._decoded > 1000:
            raise ConstructorError(None, None, "document contains excessive aliasing", None)
        return node

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
        return loader.get_data()
    finally:
        loader.dispose()
