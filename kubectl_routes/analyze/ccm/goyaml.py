"""YAML as the Go library behind CCM v2 reads it (sigs.k8s.io/yaml over yaml.v2).

PyYAML follows the same YAML 1.1, with differences that decide whether CCM starts:

- only the first document of the text is read, whatever follows it;
- a tab separates tokens inside ``{}`` and ``[]`` and at the end of a line, and words of a value;
- inside ``{}`` and ``[]`` a word without quotes does not end at a colon before a bracket, which is
  what a quote that was forgotten in JSON looks like;
- a date is text, ``y`` and ``n`` are booleans, ``1:30`` is no number, and an unknown tag is
  ignored.

Held against the Go library on the texts of tests/analyze/ccm/test_goyaml.py.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_BOOLEANS = {"y": True, "yes": True, "true": True, "on": True}
_OURS = ("bool", "float", "int", "timestamp")
_AFTER_COLON = ",?[]{}"
_ENDS = "\0\r\n\x85\u2028\u2029"


def _words(*words: str) -> list[str]:
    """In lower case, in upper case, and with a capital: ``tRUE`` is no boolean."""
    return [form for word in words for form in (word, word.upper(), word.capitalize())]


class _GoLoader(yaml.SafeLoader):
    def scan_to_next_token(self) -> None:
        """Skip blanks; a tab is one wherever it cannot be taken for indentation."""
        self._skip_tabs()
        super().scan_to_next_token()
        while self._skip_tabs():
            super().scan_to_next_token()

    def _skip_tabs(self) -> bool:
        tabs = 0
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            tabs += 1
        return tabs > 0

    def scan_plain(self) -> yaml.ScalarToken:
        """A word without quotes."""
        token = super().scan_plain()
        if self.flow_level and self.peek() == ":" and self.peek(1) in _AFTER_COLON:
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
        blanks = self.prefix(length)
        if "\t" not in blanks:
            return super().scan_plain_spaces(indent, start_mark)
        self.forward(length)
        ended = self.peek() in _ENDS
        return super().scan_plain_spaces(indent, start_mark) if ended else [blanks]


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


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    digits = str(loader.construct_scalar(node)).replace("_", "").lower()
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    octal = re.fullmatch(r"0o?([0-7]+)", digits)
    return sign * (int(octal[1], 8) if octal else int(digits, 0))


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
        return loader.construct_sequence(node, deep=True)
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
        return loader.get_data() if loader.check_data() else None  # type: ignore[no-untyped-call]
    finally:
        loader.dispose()
