"""One value of a cloud-config, replaced so that no parser judges it differently."""

from __future__ import annotations

import json
import re

from kubectl_routes.model.controller import REDACTED

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

_SIMPLE_ESCAPES = frozenset('"\\/bfnrt')


def plain(text: str, harmless: bool) -> str:
    """A value without quotes. Booleans, null and numbers keep their type."""
    if harmless or _RESOURCE_ID.fullmatch(text):
        return until_key(text)
    if text.lower() in _WORDS:
        return text
    number = _JSON_NUMBER.fullmatch(text)
    if number:
        return "0.0" if number[1] or number[2] else "0"
    if _ODD_NUMBER.fullmatch(text):
        return re.sub(r"[1-9]", "1", re.sub(r"(?<!0)[a-fA-F]", "a", text))
    # A colon and a space inside a plain value, or a first character that may not begin one, are
    # what breaks the text; they stay.
    first = text[0] if text[:1] in ("@", "`", "%") else ""
    parts = re.split(r"(:[ \t]+|:$)", text)
    return first + "".join(
        part if position % 2 else (REDACTED if part else "") for position, part in enumerate(parts)
    )


def quoted(token: str, closed: bool, harmless: bool) -> str:
    """A value with its quotes; ``closed`` is False when the closing one is missing."""
    quote = token[0]
    content = token[1:-1] if closed else token[1:]
    end = quote if closed else ""
    if harmless or (closed and _RESOURCE_ID.fullmatch(content)):
        kept, newline, rest = content.partition("\n") if not closed else (content, "", "")
        return quote + until_key(kept) + newline + lines(rest) + end
    return quote + lines(content) + _faults(quote, content) + end


def until_key(text: str) -> str:
    """A harmless value as it is, but only up to something that looks like a key."""
    found = _INNER_KEY.search(text)
    return text if not found else text[: found.start()] + lines(text[found.start() :])


def lines(text: str) -> str:
    """Each line replaced; line ends, indentation and tabs stay."""
    return re.sub(r"[^\s](?:[^\r\n\t]*[^\s])?", REDACTED, text)


def _faults(quote: str, content: str) -> str:
    """Escapes of a double-quoted text that JSON does not know, which may make it invalid."""
    if quote != '"':
        return ""
    odd = []
    for escape in re.findall(r"\\(?:u[0-9a-fA-F]{0,4}|.)", content):
        if escape[1] == "u":
            odd += [] if len(escape) == 6 else ["\\u"]
        elif escape[1] not in _SIMPLE_ESCAPES:
            odd.append(escape)
    return "".join(dict.fromkeys(odd)) if odd and not _valid(content) else ""


def _valid(content: str) -> bool:
    try:
        json.loads(f'"{content}"')
    except ValueError:
        return False
    return True
