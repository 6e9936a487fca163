"""Credentials out of what others say: messages, Events, logs, flags. The one place that masks them.

Two ways, used together: what is known to be secret is taken out in every form in which a server may
repeat it, and what is named or shaped like a credential is taken out whosever it is.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from collections.abc import Sequence
from urllib.parse import quote

from kubectl_routes.collect.scalars import REDACTED

# How a credential is called, as the end of a name: StsToken, X-Acs-Security-Token, access_key_id.
_NAME = (
    r"(?:access[_-]?key(?:[_-]?(?:id|secret))?|secret(?:[_-]?key)?|signature|passw(?:or)?d"
    r"|token)"
)
# The same for flags, which often name a file of such a kind, or how long one holds.
_FLAG = (
    r"--?(?:[\w-]*[-_])?(?:secret|token|password|passwd|access[-_]?key)(?:[-_]?(?:id|key|secret))?"
)
_AWAITS = re.compile(_FLAG, re.IGNORECASE)


def _named(equals: str, end: str) -> str:
    """A name, ``equals`` and a value that goes on until a blank or ``end``, or its quote."""
    return (
        rf"({_NAME}\\*[\"']?\s*{equals}\s*)"
        rf"(?:(\\*)([\"'])(?:(?!\2\3).)*|(?:(?!{end})[^\s\"'\\,;}}<>])+)"
    )


# In the order in which they are taken out. Each keeps its first group.
_CREDENTIALS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?=-----END|\Z)",
        r"((?:proxy-)?authorization\\*[\"']?\s*[:=]\s*\\*[\"']?)(?:[\w-]+\s+)?[^\s\"'\\]+",
        r"((?:set-)?cookie\\*[\"']?\s*[:=]\s*\\*[\"']?)[^\r\n\"'\\]+",
        # In a URL, and in the string to sign, where the URL's own signs are encoded once or twice.
        _named("(?:[:=]|=>)", "&"),
        _named("%3[AD]", "%26"),
        _named("%253[AD]", "%2526"),
        rf"((?<![\w-]){_FLAG}\s+)[^\s=-]\S*",
        r"(\b(?:bearer|basic|acs)\s+)(?=\S*[0-9=+/])[\w.~+/=:-]{8,}",
        r"(://)[^\s/?#\"'<>@]+(?:@[^\s/?#\"'<>@]+)*(?=@)",
    )
) + tuple(
    re.compile(pattern)
    for pattern in (
        # Ids of AccessKeys, permanent and temporary; security tokens; signed JSON (JWT).
        r"()\bLTAI[0-9A-Za-z]{12,}",
        r"()\b(?:STS|TMP)\.[0-9A-Za-z]{10,}",
        r"()\bCA[EI]S[0-9A-Za-z+/%]{20,}={0,2}",
        r"()\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?",
    )
)

# One of these is in every text that any of them fits: most lines of a log have none, and the search
# for them takes a fiftieth of the time.
_SIGNS = (
    *("access", "secret", "signature", "passw", "token", "private key", "auth"),
    *("cookie", "bearer", "basic", "acs", "://", "ltai", "sts.", "tmp.", "caes", "cais", "eyj"),
)


def scrub(text: str) -> str:
    """A text of someone else's making, without the credentials that are named in it, or that show
    by their shape: AccessKey ids, security tokens, bearer tokens, passwords in URLs.
    """
    lowered = text.lower()
    if not any(sign in lowered for sign in _SIGNS):
        return text
    for pattern in _CREDENTIALS:
        text = pattern.sub(_masked, text)
    return text


def _masked(found: re.Match[str]) -> str:
    # A quote that opens the value stays, as the one that closes it does.
    opening = "".join(filter(None, found.groups()[1:3]))
    return f"{found[1]}{opening}{REDACTED}"


def scrub_words(words: Sequence[str]) -> list[str]:
    """The words of a command, without credentials: in a word, and in one behind its flag."""
    shown: list[str] = []
    before = ""
    for word in words:
        awaited = _AWAITS.fullmatch(before) and not word.startswith("-")
        shown.append(REDACTED if awaited else scrub(word))
        before = word
    return shown


def without(text: str, secrets: Iterable[str]) -> str:
    """A text without the ``secrets`` in any form that a server may repeat, and scrubbed."""
    for secret in filter(None, secrets):
        in_url, in_json = quote(secret, safe=""), json.dumps(secret)[1:-1]
        twice = (quote(in_url, safe=""), json.dumps(in_json)[1:-1])
        packed = b64encode(secret.encode()).decode().rstrip("=")
        for form in (*twice, in_url, in_json, packed, secret):
            text = text.replace(form, REDACTED)
    return scrub(text)


def harmless(words: object, secrets: Iterable[str]) -> str:
    """What an API says, ``without`` the secrets, on one line of 256 characters at most."""
    return " ".join(without(str(words), secrets).split())[:256]
