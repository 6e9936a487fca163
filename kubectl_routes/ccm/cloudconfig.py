"""How a CCM of a given behavior reads its cloud-config.

v1 hands the text to Go's encoding/json, v2 to sigs.k8s.io/yaml, which turns YAML into JSON first
and, unlike a plain JSON decoder, lets numbers and booleans pass where the field is a string. In
both, what follows the first value or document is ignored, field names match without regard to
case, unknown fields are ignored, and sections that differ only in case are read one over the other.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import NoReturn

from msgspec import Struct

from kubectl_routes.ccm.releases import VersionBehavior
from kubectl_routes.model.message import message

_JSON_SPACE = " \t\r\n"
_SHORT = 1e6  # from here on Go writes an exponent
_NAMED = re.compile(r"(alias|anchor|handle) .*", re.DOTALL)
_LATE_COLON = re.compile(r"\n\s*:")
_INT64 = range(-(2**63), 2**63)  # true and false are in it, as 1 and 0
_MOST_DIGITS = 20
_KEPT = 16  # of the few texts that one command asks about, as v1 and as v2 reads them
_INTEGERS = ("nodemonitorperiod", "nodeaddrsyncperiod", "privatezonerecordttl")
_STRINGS = (
    "uid",
    "accesskeyid",
    "accesskeysecret",
    "clusterid",
    "kubernetesclustertag",
    "region",
    "vpcid",
    "zoneid",
    "vswitchid",
    "resourcegroupid",
    "servicebackendtype",
    "routetableids",
    "privatezoneid",
    "featuregates",
)
# The Go type of every field that some release knows, by lower-case name.
_TYPES: dict[str, type] = {
    **dict.fromkeys(_STRINGS, str),
    **dict.fromkeys(_INTEGERS, int),
    "disablepublicslb": bool,
}


class Reading(Struct, frozen=True):
    """cloud-config as one behavior reads it.

    ``error`` is why CCM refuses the text (it exits), or empty. ``ids`` are the items of
    routeTableIDs as this behavior splits and trims them, in order, spaces and empty items included;
    None when the list is unset. ``listed`` is the very text of routeTableIDs. ``keyed``: it holds
    an AccessKey.
    """

    error: str = ""
    ids: tuple[str, ...] | None = None
    listed: str = ""
    vpc_id: str = ""
    region: str = ""
    cluster_id: str = ""
    keyed: bool = False


class MalformedError(Exception):
    """The text is none that CCM can read: ``str()`` is why and where, and quotes no value."""


def read(text: str, behavior: VersionBehavior) -> Reading:
    """Read cloud-config text as a CCM of that behavior would."""
    try:
        document = parse(text, yaml=behavior.yaml)
        fields = _global_fields(document, behavior)
    except MalformedError as error:
        return Reading(error=error.args[0])
    return Reading(
        ids=split_ids(fields.get("routetableids", ""), behavior),
        listed=fields.get("routetableids", ""),
        vpc_id=fields.get("vpcid", ""),
        region=fields.get("region", ""),
        cluster_id=fields.get("clusterid", ""),
        keyed=bool(fields.get("accesskeyid")),
    )


def parse(text: str, *, yaml: bool) -> object:
    """The first document of the text, which is all that CCM reads: JSON as v1, or YAML as v2. It
    is shared, and must not be changed.

    Raises MalformedError.
    """
    found = _yaml(text) if yaml else _json(text)
    if isinstance(found, MalformedError):
        raise MalformedError(found.args[0])
    return found[0] if isinstance(found, tuple) else found


def refusals(text: str) -> dict[str, str]:
    """Why each of the two parsers refuses the text, by ``json`` and ``yaml``; empty: neither."""
    found = {"json": _json(text), "yaml": _yaml(text)}
    return {name: one.args[0] for name, one in found.items() if isinstance(one, MalformedError)}


def place_of(text: str) -> Reading:
    """What the text says of region and VPC, and its list, for those who look for them: as v2
    reads it, which takes nearly all that v1 takes, else as v1 does.
    """
    try:
        document = parse(text, yaml="yaml" not in refusals(text))
    except MalformedError:
        return Reading()
    known = {
        str(key).lower(): value.strip()
        for name, section in (document.items() if isinstance(document, dict) else ())
        if str(name).lower() == "global" and isinstance(section, dict)
        for key, value in section.items()
        if isinstance(value, str)
    }
    return Reading(
        listed=known.get("routetableids", ""),
        vpc_id=known.get("vpcid", ""),
        region=known.get("region", ""),
    )


def split_ids(text: str, behavior: VersionBehavior) -> tuple[str, ...] | None:
    """The list as that behavior splits it; None when it counts as unset."""
    if behavior.trims_list:
        text = text.strip()
    if not text or not behavior.lists_tables:
        return None
    items = text.split(",")
    return tuple(item.strip() for item in items) if behavior.trims_ids else tuple(items)


def is_rewritable(text: str) -> bool:
    """Whether a text that CCM refuses is at least a mapping in YAML, which JSON is too: then every
    key can be kept when it is written as strict JSON.
    """
    return isinstance(_yaml(text), dict)


def is_whole_json(text: str) -> bool:
    """Whether the text is one JSON value and nothing else."""
    found = _json(text)
    return isinstance(found, tuple) and not text[found[1] :].strip(_JSON_SPACE)


@lru_cache(maxsize=_KEPT)
def _json(text: str) -> tuple[object, int] | MalformedError:
    """The first JSON value of the text, and where it ends."""
    start = len(text) - len(text.lstrip(_JSON_SPACE))
    if start == len(text):
        return MalformedError(message("the file is empty (EOF)"))
    decoder = json.JSONDecoder(parse_constant=_no_constant, parse_int=_whole)
    try:
        return decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        found = repr(text[error.pos]) if error.pos < len(text) else message("the end of the file")
        where = message("line {lineno}, column {colno}", lineno=error.lineno, colno=error.colno)
        return MalformedError(
            message("not valid JSON at {where}: unexpected {found}", where=where, found=found)
        )
    except RecursionError:
        return MalformedError(message("not valid JSON: nested too deeply"))
    except MalformedError as error:
        return error


def _no_constant(name: str) -> NoReturn:
    # Python takes NaN and Infinity for numbers; Go does not.
    raise MalformedError(message("not valid JSON: unexpected {name}", name=name))


def _whole(digits: str) -> int | float:
    # Python refuses to read a number of 4,300 digits; to Go it is one that fits no integer.
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


@lru_cache(maxsize=_KEPT)
def _yaml(text: str) -> object:
    """The first YAML document of the text, or the MalformedError."""
    # Where a tab may stand, and a colon behind the end of a line, is for YAML to say.
    if "\t" not in text and not _LATE_COLON.search(text) and is_whole_json(text):
        return parse(text, yaml=False)  # most are JSON, and it reads the same, and faster
    import yaml  # noqa: PLC0415 - costs 20 ms, needed only for what is not JSON

    from kubectl_routes.ccm import goyaml  # noqa: PLC0415

    try:
        return goyaml.load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = (
            message(" at line {line}, column {column}", line=mark.line + 1, column=mark.column + 1)
            if mark
            else ""
        )
        # It quotes the name of an anchor or of a tag, which may be a value.
        problem = _NAMED.sub(r"\1 (not shown)", str(error.problem))
        return MalformedError(
            message("not valid YAML{where}: {problem}", where=where, problem=problem)
        )
    except yaml.YAMLError as error:
        problem = str(error).splitlines()[0]
        return MalformedError(message("not valid YAML: {problem}", problem=problem))
    except RecursionError:
        return MalformedError(message("not valid YAML: nested too deeply"))
    except (ValueError, TypeError, LookupError, AttributeError):
        # Of a tag that does not fit its value the YAML package complains in any of these ways,
        # quoting a value that may be a credential.
        return MalformedError(message("not valid YAML: a value does not fit its tag"))


def _global_fields(document: object, behavior: VersionBehavior) -> dict[str, str]:
    """The known string fields of Global by lower-case name; raises on a type Go would refuse."""
    fields: dict[str, str] = {}
    for key, section in _items(document, message("the file"), behavior):
        if key.lower() == "global":
            for name, value in _items(section, key, behavior):
                text = _typed(name, value, behavior)
                if text is not None:
                    fields[name.lower()] = text
    return fields


def _items(value: object, what: str, behavior: VersionBehavior) -> list[tuple[str, object]]:
    """Key and value in the order of decoding; YAML passes through a map that sorts its keys."""
    if value is None:
        return []
    if not isinstance(value, dict):
        raise MalformedError(
            message("{what} must be an object, not {value}", what=what, value=_json_type(value))
        )
    pairs = [(str(key), one) for key, one in value.items()]
    return sorted(pairs, key=lambda pair: pair[0]) if behavior.yaml else pairs


def go_text(value: bool | float | str) -> str:
    """What CCM v2 makes of a YAML scalar where it wants text. Very large and very small numbers it
    writes shorter than this.
    """
    if isinstance(value, bool):
        return str(value).lower()
    whole = isinstance(value, float) and value.is_integer() and abs(value) < _SHORT
    return str(int(value)) if whole else str(value)


def is_text_field(key: str) -> bool:
    """Whether CCM takes the value of this key of Global for text."""
    return _TYPES.get(key.lower()) is str


def _typed(key: str, value: object, behavior: VersionBehavior) -> str | None:
    """The value as text for a string field, None for the others; raises what Go would refuse."""
    wanted = _TYPES.get(key.lower())
    if wanted is None or value is None:
        return None
    if wanted is str and isinstance(value, str):
        return value
    if wanted is str and behavior.yaml and isinstance(value, (bool, int, float)):
        return go_text(value)
    if wanted is int and behavior.yaml and isinstance(value, float) and value.is_integer():
        value = int(value)  # on its way through JSON 5.0 becomes 5
    if wanted is not str and type(value) is wanted and value in _INT64:
        return None
    raise MalformedError(
        message(
            "Global.{key} must be {wanted}, not {value}",
            key=key,
            wanted=_GO_NAMES[wanted],
            value=_json_type(value),
        )
    )


_GO_NAMES: dict[type, str] = {
    str: message("a string"),
    int: message("an integer"),
    bool: message("true or false"),
}


def _json_type(value: object) -> str:
    if isinstance(value, bool):
        return message("a boolean")
    if isinstance(value, (int, float)):
        return message("a number")
    if isinstance(value, str):
        return message("a string")
    return message("a list") if isinstance(value, list) else message("an object")
