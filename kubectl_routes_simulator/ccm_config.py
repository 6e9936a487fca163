"""The cloud-config file as CCM's Go decoders read it, with their own words for what is wrong."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

import yaml
from msgspec import Struct

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# The tag of scalars that are not quoted and have none of their own.
_PLAIN = "!plain"
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("y", "yes", "on", "true"), True),
    **dict.fromkeys(("n", "no", "off", "false"), False),
    **dict.fromkeys(("", "~", "null"), None),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_OLD_OCTAL = re.compile(r"([-+]?)0o?([0-7]+)")
_NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool")
_MERGE = "<<"


class _Loader(_Base):  # type: ignore[misc] # which of the two is known at run time
    yaml_implicit_resolvers = {None: [(_PLAIN, re.compile(""))]}  # noqa: RUF012


def first_document(text: str) -> Any:
    """The first document as JSON would hold it. Raises yaml.YAMLError, ValueError."""
    loader = _Loader(text)
    try:
        if not loader.check_node():
            return None
        return _value(loader.get_node())
    finally:
        loader.dispose()


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.SequenceNode):
        return [_value(one) for one in node.value]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node)
    return _scalar(node.value) if node.tag in (_PLAIN, *_NUMBER_TAGS) else node.value


def _mapping(node: yaml.MappingNode) -> dict[str, Any]:
    """Merged keys give way to the mapping's own."""
    found: dict[str, Any] = {}
    for key, value in node.value:
        if _is_merge(key):
            merged = _value(value)
            for one in reversed(merged) if isinstance(merged, list) else [merged]:
                if not isinstance(one, dict):
                    raise ValueError("map merge requires a map")  # noqa: TRY004 a fault of the text
                found |= one
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or _value(key) is None:
            raise ValueError("unsupported map key")
        if not _is_merge(key):
            found[as_text(_value(key))] = _value(value)
    return found


def _is_merge(key: yaml.Node) -> bool:
    return key.tag == _PLAIN and key.value == _MERGE


def _scalar(text: str) -> Any:
    if text.lower() in _WORDS and text in (text.lower(), text.upper(), text.capitalize()):
        return _WORDS[text.lower()]
    if not text[:1].isdigit() and text[:1] not in "+-.":
        return text
    plain = text.replace("_", "")
    octal = _OLD_OCTAL.fullmatch(plain)
    try:
        return int(f"{octal[1]}0o{octal[2]}" if octal else plain, 0)
    except ValueError:
        return float(plain) if _FLOAT.fullmatch(plain) else text


def as_text(value: Any) -> str:
    """What a number or boolean becomes where text is wanted."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


Pairs = list[tuple[str, Any]]


class GlobalSection(Struct, frozen=True):
    """The keys of ``Global`` that routing depends on, as CCM holds them after reading."""

    route_table_ids: str = ""
    vpc_id: str = ""
    cluster_id: str = ""


def read_json(text: str) -> GlobalSection:
    """As v1 reads it: the first JSON value. Raises ValueError in the words of Go's decoder."""
    decoder = json.JSONDecoder(object_pairs_hook=_Object, parse_constant=_refuse_constant)
    start = len(text) - len(text.lstrip(" \t\r\n"))
    if start == len(text):
        raise ValueError("EOF")
    try:
        value, _ = decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise ValueError(_in_go_words(text, error)) from None
    section = _section(value)
    for name in ("accessKeyID", "accessKeySecret"):
        try:
            base64.b64decode(_text(_global(value), name), validate=True)
        except binascii.Error:
            raise ValueError("illegal base64 data at input byte 0") from None
    return section


def read_yaml(text: str) -> GlobalSection:
    """As v2 reads it: YAML turned into JSON. Raises ValueError in the words of sigs.k8s.io/yaml."""
    try:
        value = first_document(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ValueError(
            f"error converting YAML to JSON: yaml: line {line}: {error.problem}"
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(f"error converting YAML to JSON: yaml: {error}") from None
    except RecursionError:
        raise ValueError(
            "error converting YAML to JSON: yaml: an anchor's value contains itself"
        ) from None
    try:
        return _section(value, lenient=True)
    except ValueError as error:
        raise ValueError(f"error unmarshaling JSON: {error}") from None


class _Object(list[tuple[str, Any]]):
    """A JSON object in the order of its text: a later key of the same name wins."""


# The fields of Global that are not text, in lower case.
_NUMBERS = ("nodemonitorperiod", "nodeaddrsyncperiod", "privatezonerecordttl")
_SWITCHES = ("disablepublicslb",)
_TEXTS = (
    *("uid", "accesskeyid", "accesskeysecret", "clusterid", "kubernetesclustertag", "region"),
    *("vpcid", "zoneid", "vswitchid", "resourcegroupid", "servicebackendtype", "routetableids"),
    *("privatezoneid", "featuregates"),
)
_INT64 = range(-(2**63), 2**63)


def _section(value: Any, *, lenient: bool = False) -> GlobalSection:
    """``lenient``: numbers become text where text is wanted, as on the way from YAML."""
    pairs = _global(value)
    _check_types(pairs, lenient=lenient)
    return GlobalSection(*(_text(pairs, name) for name in ("routeTableIDs", "vpcid", "clusterID")))


def _global(value: Any) -> Pairs:
    """All sections of that name, whatever their case: each is read into the same struct."""
    sections = [one for key, one in _pairs(value, "config.CloudConfig") if key.lower() == "global"]
    return [pair for one in sections for pair in _pairs(one, ".Global")]


def _pairs(value: Any, field: str) -> Pairs:
    if value is None:
        return []
    if isinstance(value, _Object):
        return value
    if isinstance(value, dict):
        return sorted((str(key), item) for key, item in value.items())
    raise ValueError(f"json: cannot unmarshal {_kind(value)} into Go value of type {field}")


def _check_types(pairs: Pairs, *, lenient: bool) -> None:
    for key, value in pairs:
        wanted = key.lower()
        whole = lenient and isinstance(value, float) and value.is_integer()
        number = int(value) if whole else value
        text = isinstance(value, str) or (lenient and isinstance(value, bool | int | float))
        wrong = (
            (wanted in _TEXTS and not text)
            or (wanted in _NUMBERS and (type(number) is not int or number not in _INT64))
            or (wanted in _SWITCHES and not isinstance(value, bool))
        )
        if wrong and value is not None:
            type_ = "string" if wanted in _TEXTS else "int64" if wanted in _NUMBERS else "bool"
            raise ValueError(
                f"json: cannot unmarshal {_kind(value)} into Go struct field .{key} of type {type_}"
            )


def _text(pairs: Pairs, name: str) -> str:
    """Go's decoder does not care about letter case, and the last that is not null wins."""
    found = [value for key, value in pairs if key.lower() == name.lower() and value is not None]
    return as_text(found[-1]) if found else ""


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, str):
        return "string"
    if isinstance(value, int | float):
        return "number"
    return "object" if isinstance(value, _Object | dict) else "array"


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"invalid character '{name[0]}' looking for beginning of value")


def _in_go_words(text: str, error: json.JSONDecodeError) -> str:
    """As far as a cloud-config without lists goes."""
    position = error.pos
    if error.msg.startswith("Illegal trailing comma"):
        # Newer Pythons point at the comma, older ones and Go at what follows it.
        position = len(text) - len(text[position + 1 :].lstrip(" \t\r\n"))
    if position >= len(text) or error.msg.startswith("Unterminated"):
        return "unexpected EOF"
    where = next((there for words, there in _PLACES if words in error.msg), _BEFORE_KEY)
    character = repr(text[position]) if text[position] != "'" else r"'\''"
    return f"invalid character {character} {where}"


_BEFORE_KEY = "looking for beginning of object key string"
_PLACES = (
    ("control character", "in string literal"),
    ("':' delimiter", "after object key"),
    ("delimiter", "after object key:value pair"),
    ("Expecting value", "looking for beginning of value"),
)
