"""Secrets out of a cloud-config, at the moment it is read.

The text keeps everything that decides how CCM parses it: structure, quotes, commas,
spaces, tabs, keys, comments' places, the type of each value, and what is broken in it. Only what
stands in the place of a value is replaced, unless its key is on a list of harmless ones.
"""

from __future__ import annotations

import json
import re
from itertools import chain

import yaml

from kubectl_routes.ccm.cloudconfig import MalformedError, is_whole_json, parse, refusals
from kubectl_routes.collect.scalars import lines, plain, quoted, until_key
from kubectl_routes.model.controller import REDACTED

# Keys whose values describe the cluster and open nothing, in lower case: CCM ignores case too.
HARMLESS = frozenset(
    {
        "clusterid",
        "featuregates",
        "kubernetesclustertag",
        "nodemaxconcurrentreconciles",
        "region",
        "resourcegroupid",
        "routemaxconcurrentreconciles",
        "routetableids",
        "servicebackendtype",
        "servicemaxconcurrentreconciles",
        "uid",
        "vpcid",
        "vswitchid",
        "zoneid",
    }
)


# The form of other clouds' providers, which no CCM reads: what is quoted of it is to be in it.
_INI = re.compile(r"\s*\[global\][ \t]*(?=\r?\n|\Z)", re.IGNORECASE)
_INI_VALUE = re.compile(r"[\w.,\s-]*")
_INI_PAIR = re.compile(r"\s*(?P<key>[A-Za-z][\w-]{0,40})\s*=")


def redact(text: str) -> str:
    """A cloud-config with every value replaced whose key is not known to be harmless.

    Works on text that is JSON, YAML or neither: what cannot be understood is replaced.
    """
    if _INI.match(text):
        return "".join(_ini_line(line) for line in text.splitlines(keepends=True))
    redacted = _Reader(text).run()
    wanted = _verdicts(text)
    # What was broken may have hidden in a part that has been replaced. A character that no
    # syntax allows keeps it broken: behind the first JSON value when that was whole, which is
    # all that some CCM releases read, else in front.
    candidates = (redacted, f"{redacted}\n@", f"@{redacted}")
    exact = (each for each in candidates if _verdicts(each) == wanted)
    alike = (each for each in candidates if _verdicts(each)[1:] == wanted[1:])
    found = next(chain(exact, alike), None)
    return _rebuilt(text, *wanted[1:]) if found is None else found


def _ini_line(line: str) -> str:
    """A line of an INI text: its section or key stays, and the value of a harmless key."""
    bare = line.rstrip("\r\n")
    if not bare.strip() or _INI.match(bare):
        return line
    match = _INI_PAIR.match(bare)
    if match is None:
        return line.replace(bare, REDACTED)
    plain_value = _INI_VALUE.fullmatch(bare, match.end()) is not None
    harmless = plain_value and match["key"].lower() in HARMLESS
    return line if harmless else line.replace(bare, f"{match['key']} = {REDACTED}")


def _rebuilt(text: str, is_json: bool, is_yaml: bool) -> str:
    """The last resort for a layout that defeats the reader: the same content in a plain one."""
    if not is_yaml and not is_json:
        return f"@{REDACTED}"
    try:
        tree = _stripped(parse(text, yaml=is_yaml), harmless=False)
        return json.dumps(tree) if is_json else yaml.safe_dump(tree)
    except (MalformedError, yaml.YAMLError, ValueError, TypeError, RecursionError):
        return f"@{REDACTED}"


def _stripped(value: object, harmless: bool) -> object:
    if isinstance(value, dict):
        return {
            (key if _WORD.fullmatch(str(key)) else REDACTED): _stripped(
                item, str(key).lower() in HARMLESS
            )
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_stripped(item, harmless) for item in value]
    return value if harmless or value is None or isinstance(value, bool) else REDACTED


def _verdicts(text: str) -> tuple[bool, bool, bool]:
    """Whether the text begins with a JSON value, as v1 reads it; is JSON; begins with a YAML
    document, as v2 reads it.
    """
    refused = refusals(text)
    return "json" not in refused, is_whole_json(text), "yaml" not in refused


# A key in the open: words up to a colon that a space or the end of the line follows; between
# brackets another bracket or a comma may follow as well.
_BLOCK_KEY = re.compile(
    r"[^\s\"'{}\[\],#&*!|>@`%](?:[^\r\n#]|(?<![ \t])#)*?(?=[ \t]*:(?:[ \t\r\n]|\Z))"
)
_FLOW_KEY = re.compile(
    r"[^\s\"'{}\[\],#:&*!](?:[^\r\n{}\[\],#]|(?<![ \t])#)*?(?=[ \t]*:(?:[\s,{}\[\]]|\Z))"
)
_BLOCK_PLAIN = re.compile(r"[^\r\n]+?(?=[ \t]+#|[ \t]*(?:[\r\n]|\Z))")
_FLOW_PLAIN = re.compile(
    r"[^\r\n{}\[\],]+?(?=[ \t]+#|[ \t]*(?:[{}\[\],\r\n]|\Z|:(?:[\s,{}\[\]]|\Z)))"
)
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SINGLE = re.compile(r"'(?:[^']|'')*'")
_BLOCK_SCALAR = re.compile(r"[|>][-+0-9]{0,2}(?=[ \t]*(?:[ \t]#[^\r\n]*)?(?:[\r\n]|\Z))")
_MARKER = re.compile(r"(?:---|\.\.\.)(?=\s|\Z)")
_DASH = re.compile(r"[-?](?=\s|\Z)")
_PROPERTY = re.compile(r"[&*][A-Za-z0-9_-]*|![^\s,{}\[\]]*")
_BLANKS = re.compile(r"[ \t]+")
_LINE_END = re.compile(r"\r?\n|\r")
_LINE = re.compile(r"[^\r\n]*(?:\r?\n|\r)?")
_COMMENT = re.compile(r"#[^\r\n]*")
_COLON = re.compile(r"[ \t]*:")

# An unknown key is shown, so that a misspelt one can be seen, if it cannot be a secret
# that slipped into the place of a key: those have digits.
_WORD = re.compile(r"[A-Za-z][A-Za-z_.-]{0,40}")


class _Reader:
    """Walks once over the text, copying structure and replacing values.

    ``_key`` is the key that the next value belongs to, ``_column`` where that key began,
    ``_fresh`` whether a key may stand here, ``_value`` whether the value is still to come,
    ``_listed`` whether it is an item of a list, ``_plain`` whether it has begun without quotes.
    ``_nesting`` holds, for each open bracket, the key that the bracket's items belong to.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line_start = 0
        self._out: list[str] = []
        self._key = ""
        self._column = -1
        self._fresh = True
        self._value = False
        self._listed = False
        self._plain = False
        self._nesting: list[tuple[str, str]] = []
        self._names: dict[str, int] = {}

    def run(self) -> str:
        """The whole text, redacted."""
        while self._at < len(self._text):
            self._step()
        return "".join(self._out)

    def _step(self) -> None:
        character = self._text[self._at]
        if self._copied(_BLANKS) or self._ended_line():
            return
        if self._at == self._line_start and self._copied(_MARKER):
            self._forget()
        elif character == "#":
            self._replace(_COMMENT, f"# {REDACTED}")
        elif character in "\"'":
            self._quoted(character)
        elif character in "{}[]," and not self._goes_on(character):
            self._punctuation(character)
        elif character == ":":
            self._copy(1)
            self._value = False
        elif self._copied(_DASH):
            self._fresh = self._listed = True
            self._plain = False
            self._value = bool(self._key)
        elif character in "&*!":
            self._property()
        elif not self._block_scalar():
            self._bare()

    def _goes_on(self, character: str) -> bool:
        """Whether a comma at the start of a line belongs to a plain value that began above."""
        return character == "," and self._plain and not self._nesting

    def _bare(self) -> None:
        flow = bool(self._nesting)
        key = (_FLOW_KEY if flow else _BLOCK_KEY).match(self._text, self._at)
        if self._fresh and key:
            self._take_key(key.group(), key.group(), key.end())
            return
        found = (_FLOW_PLAIN if flow else _BLOCK_PLAIN).match(self._text, self._at)
        text = found.group() if found else self._text[self._at]
        self._out.append(plain(text, self._harmless()))
        self._at += len(text)
        # A plain value may go on in the next line.
        self._fresh, self._plain = False, True

    def _quoted(self, quote: str) -> None:
        found = (_DOUBLE if quote == '"' else _SINGLE).match(self._text, self._at)
        token = found.group() if found else self._text[self._at :]
        after = self._at + len(token)
        if found and self._fresh and _COLON.match(self._text, after):
            self._take_key(token, _content(token), after)
            return
        self._out.append(quoted(token, bool(found), self._harmless() and not self._plain))
        self._advance(after)
        self._fresh = self._value = False
        if not self._listed:
            self._key = ""

    def _harmless(self) -> bool:
        return self._value and self._key in HARMLESS

    def _take_key(self, token: str, name: str, end: int) -> None:
        self._column = self._at - self._line_start
        if name.lower() in HARMLESS or _WORD.fullmatch(name):
            self._out.append(token)
        else:
            self._out.append(quoted(token, True, False) if token != name else REDACTED)
        self._advance(end)
        self._copied(_COLON)
        self._key = name.lower()
        self._value = True
        self._fresh = self._listed = self._plain = False

    def _punctuation(self, character: str) -> None:
        self._copy(1)
        self._plain = False
        if character in "{[":
            self._nesting.append((character, self._key if self._value else ""))
        elif character in "}]" and self._nesting:
            self._nesting.pop()
        in_list = bool(self._nesting) and self._nesting[-1][0] == "["
        if in_list and character in "[,":
            self._key, self._value, self._fresh = self._nesting[-1][1], True, True
        else:
            self._forget()

    def _forget(self) -> None:
        self._key, self._value, self._fresh, self._listed = "", False, True, False
        self._plain = False

    def _ended_line(self) -> bool:
        if not self._copied(_LINE_END):
            return False
        self._line_start = self._at
        if self._nesting:
            return True
        self._fresh = True
        line = _line(self._text, self._at)
        width = len(line) - len(line.lstrip(" \t"))
        listed = bool(_DASH.match(line, width)) and width >= self._column
        if line.strip() and line[width] != "#" and width <= self._column and not listed:
            self._forget()
        return True

    def _property(self) -> None:
        """An anchor, alias or tag; its name is kept only if it cannot be a secret."""
        found = _PROPERTY.match(self._text, self._at)
        token = found.group() if found else self._text[self._at]
        name = token.lstrip("&*!")
        if name and not _WORD.fullmatch(name):
            alias = f"{REDACTED}{self._names.setdefault(name, len(self._names))}"
            self._out.append(token[: len(token) - len(name)] + alias)
        else:
            self._out.append(token)
        self._at += len(token)

    def _block_scalar(self) -> bool:
        """A literal or folded text: every line that is indented deeper than its key."""
        if self._nesting or not self._copied(_BLOCK_SCALAR):
            return False
        raw = self._harmless()
        self._copied(_BLANKS)
        if self._text[self._at : self._at + 1] == "#":
            self._replace(_COMMENT, f"# {REDACTED}")
        self._copied(_LINE_END)
        start = self._at
        while self._at < len(self._text):
            line = _line(self._text, self._at)
            if line.strip() and len(line) - len(line.lstrip(" \t")) <= self._column:
                break
            self._at += len(line)
        block = self._text[start : self._at]
        self._out.append(until_key(block) if raw else lines(block))
        self._line_start = self._at
        self._forget()
        return True

    def _copied(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self._text, self._at)
        if not found:
            return False
        self._copy(len(found.group()))
        return True

    def _replace(self, pattern: re.Pattern[str], replacement: str) -> None:
        found = pattern.match(self._text, self._at)
        self._out.append(replacement)
        self._at = found.end() if found else self._at + 1

    def _copy(self, length: int) -> None:
        self._out.append(self._text[self._at : self._at + length])
        self._at += length

    def _advance(self, at: int) -> None:
        newline = self._text.rfind("\n", self._at, at)
        if newline >= 0:
            self._line_start = newline + 1
        self._at = at


def _line(text: str, at: int) -> str:
    found = _LINE.match(text, at)
    return found.group() if found else ""


def _content(token: str) -> str:
    """What a quoted key says, escapes resolved as far as JSON knows them."""
    if token[0] == '"':
        try:
            return str(json.loads(token))
        except ValueError:
            return token[1:-1]
    return token[1:-1].replace("''", "'")
