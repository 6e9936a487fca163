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
from kubectl_routes.collect import yaml_text
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
    redacted = _Masker(text).run()
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


# An unknown key is shown, so that a misspelt one can be seen, if it cannot be a secret
# that slipped into the place of a key: those have digits.
_WORD = re.compile(r"[A-Za-z][A-Za-z_.-]{0,40}")
# Between two tokens: comments, and what follows a directive.
_COMMENT = re.compile(r"(# ?)[^\r\n]*|[^\s\ufeff]+")
_HEADER = re.compile(r"([|>][-+0-9]*[ \t]*)(#[^\r\n]*)?")

_LISTS = (yaml.FlowSequenceStartToken, yaml.BlockSequenceStartToken)
_MAPPINGS = (yaml.FlowMappingStartToken, yaml.BlockMappingStartToken)
_ENDS = (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken, yaml.BlockEndToken)
_NAMES = (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken)


class _Masker:
    """Walks once over the tokens of a text, copying structure and replacing values.

    ``_is_key``: the next value is a key itself, ``_is_entry``: it is one of a list. ``_named`` is
    the key that a colon may follow, ``_value`` the one that the next value belongs to, ``_key`` the
    one whose list may go on in the column of the key, without a start of its own; empty: none.
    ``_open`` holds, for each open list and mapping, whether it is a list, the key that it is the
    value of, and ``_key`` around it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._out: list[str] = []
        self._is_key = self._is_entry = False
        self._named = self._key = self._value = ""
        self._open: list[tuple[bool, str, str]] = []
        self._aliases: dict[str, int] = {}

    def run(self) -> str:
        """The whole text, redacted; from where it cannot be read any more, line by line."""
        try:
            # Between values a tab is a space to Go, and nothing that PyYAML would take.
            for token in yaml_text.tokens(self._text.replace("\t", " ")):
                start, end = token.start_mark.index, token.end_mark.index
                if end > self._at:
                    self._copy_until(start)
                    self._out.append(self._masked(token, self._text[start:end]))
                    self._at = end
                self._follow(token)
            self._copy_until(len(self._text))
        except yaml.YAMLError:
            self._out.append(lines(self._text[self._at :]))
        return "".join(self._out)

    def _copy_until(self, end: int) -> None:
        """Copy the spaces and line ends between two tokens, and replace what else is there."""
        between = self._text[self._at : end]
        self._out.append(_COMMENT.sub(lambda found: f"{found[1] or ''}{REDACTED}", between))
        self._at = end

    def _follow(self, token: yaml.Token) -> None:
        """Keep in mind what the next value is."""
        if isinstance(token, yaml.KeyToken):
            self._is_key, self._named, self._value = True, "", ""
        elif isinstance(token, yaml.ValueToken):
            self._value = self._key = self._named
            self._is_key, self._is_entry, self._named = False, False, ""
        elif isinstance(token, (*_LISTS, *_MAPPINGS)):
            is_list, of = isinstance(token, _LISTS), self._take()
            self._open.append((is_list, of, self._key))
            self._is_key, self._key, self._value = False, "", of if is_list else ""
        elif isinstance(token, _ENDS):
            self._key = self._open.pop()[2] if self._open else ""
            self._value = self._named = ""
        elif isinstance(token, (yaml.FlowEntryToken, yaml.BlockEntryToken)):
            in_list, of, _ = self._open[-1] if self._open else (False, "", "")
            own = self._key if isinstance(token, yaml.BlockEntryToken) else ""
            self._is_key, self._named, self._value = False, "", of if in_list else own
            self._is_entry = True

    def _take(self) -> str:
        """The key of the value that comes, which is the only one of it unless it is an entry."""
        found, self._value = self._value, ""
        if not self._is_entry:
            self._key = ""
        return found

    def _masked(self, token: yaml.Token, raw: str) -> str:
        if isinstance(token, yaml.DirectiveToken):
            return f"# {REDACTED}"
        if isinstance(token, _NAMES):
            return self._name(token, raw)
        if not isinstance(token, yaml.ScalarToken):
            return raw
        if self._is_key:
            self._is_key, self._named = False, token.value.lower()
            if self._named in HARMLESS or _WORD.fullmatch(token.value):
                return raw
            return _value(raw, harmless=False) if raw[0] in "\"'|>" else REDACTED
        return _value(raw, harmless=self._take() in HARMLESS)

    def _name(self, token: yaml.Token, raw: str) -> str:
        """An anchor, alias or tag; its name is kept only if it cannot be a secret."""
        if isinstance(token, yaml.AliasToken):
            self._take()
            self._is_key, self._named = False, ""
        name = raw.lstrip("&*!")
        if not name or _WORD.fullmatch(name):
            return raw
        alias = self._aliases.setdefault(name, len(self._aliases))
        return f"{raw[: len(raw) - len(name)]}{REDACTED}{alias}"


_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_ODD_NUMBER = re.compile(r"[-+]?(?:0x[0-9a-fA-F_]+|0o?[0-7_]+|[0-9_.:]+(?:[eE][-+]?[0-9]+)?)")
_WORDS = frozenset(
    {"true", "false", "null", "yes", "no", "on", "off", "~", ".inf", "-.inf", ".nan"}
)

# A key within what should be one value: the text is broken, and a secret may follow. Names and
# spaces are bounded, since each of a long run of them is a beginning to try.
_INNER_KEY = re.compile(
    r"[\w.-]{0,64}[\"']?\s{0,16}:"
    r"|[\w.-]{0,64}(?:secret|access_?key|token|password)[\w.-]{0,64}[\"']?\s{0,16}=",
    re.IGNORECASE,
)

# Ids of cloud resources are no secrets, wherever they stand.
_RESOURCE_ID = re.compile(r"(?:vtb|vpc|vsw)-[a-z0-9-]{1,40}")


def _value(raw: str, harmless: bool) -> str:
    """A value, replaced so that no parser judges it differently: quotes, header and lines stay."""
    if raw[0] in "\"'":
        content = raw[1:-1]
        harmless = harmless or _RESOURCE_ID.fullmatch(content) is not None
        return raw[0] + (_until_key(content) if harmless else lines(content)) + raw[-1]
    header = _HEADER.match(raw)
    if header:
        shown = f"{header[1]}# {REDACTED}" if header[2] else header[1]
        block = raw[header.end() :]
        return shown + (_until_key(block) if harmless else lines(block))
    return _plain(raw, harmless)


def _plain(text: str, harmless: bool) -> str:
    """A value without quotes. Booleans, null and numbers keep their type."""
    if harmless or _RESOURCE_ID.fullmatch(text):
        return _until_key(text)
    if text.lower() in _WORDS:
        return text
    number = _JSON_NUMBER.fullmatch(text)
    if number:
        return "0.0" if number[1] or number[2] else "0"
    if _ODD_NUMBER.fullmatch(text):
        return re.sub(r"[1-9]", "1", re.sub(r"(?<!0)[a-fA-F]", "a", text))
    return lines(text)


def _until_key(text: str) -> str:
    """A harmless value as it is, but only up to something that looks like a key."""
    found = _INNER_KEY.search(text)
    return text if not found else text[: found.start()] + lines(text[found.start() :])


def lines(text: str) -> str:
    """Each line replaced; line ends, indentation and tabs stay."""
    return re.sub(r"[^\s](?:[^\r\n\t]*[^\s])?", REDACTED, text)
