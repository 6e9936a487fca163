"""Credentials out of what others say: messages, Events, logs, flags. The one place that masks them.

Two ways, used together: what is known to be secret is taken out in every form in which a server may
repeat it, and what is named or shaped like a credential is taken out whosever it is.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from kubectl_routes.model.controller import REDACTED

# The patterns here are texts: compiling all of them takes as long as a tenth of a small status, and
# few are ever needed. re keeps those that were.

# How a credential is called, as the end of a name: StsToken, X-Acs-Security-Token, access_key_id,
# client-key-data. Short names must be whole words, so that "task" and "bypass" are none.
_KEY_OF = (
    "access|api|app|auth|account|client|encryption|master|private|rsa|secret|service|session"
    "|shared|signing|ssh|storage|tls"
)
_NAME = (
    rf"(?:(?:{_KEY_OF})[ _-]?key(?:[ _-]?(?:id|secret|data|pem|pair))?|secret(?:[_-]?data)?"
    r"|signature|passw(?:or)?d|pass[ _-]?phrase|(?<![a-z])pass|pwd|credentials?|token(?:[_-]?data)?"
    r"|(?<![a-z])ak/sk|(?<![a-z])[as]k(?:[_-]?(?:id|secret))?|(?-i:(?<=[a-z])[AS][kK])"
    r"|docker(?:config(?:json)?|cfg))"
)
# The same for flags, which often name a file of such a kind, or how long one holds.
_FLAG = (
    r"--?(?:[\w-]*[-_])?(?:secret|token|password|passwd|pwd|passphrase|credentials?|[as]k"
    rf"|(?:{_KEY_OF})[-_]?key)(?:[-_]?(?:id|key|secret|data))?"
)
_AWAITS = rf"(?i){_FLAG}"
_SECRET_NAME = rf"(?i){_NAME}|authorization|cookie|kubeconfig|key$"
# What follows such a name and says how something is done, not what opens it.
_OPENS_NOTHING = r"(?!(?:true|false|null|nil|none|<nil>|REDACTED)(?![\w.+/=-]))"


def _named(equals: str, end: str) -> str:
    """A name, ``equals`` and a value that continues until a space or ``end``, or its quote."""
    return (
        rf"({_NAME}\\*[\"']?{equals}){_OPENS_NOTHING}"
        rf"(?:(\\*)([\"'])(?:(?!\2\3).)*|(?:(?!{end})[^\s\"'\\,;}}<>])+)"
    )


# What a line of a log begins with where timestamps are asked for.
_STAMP = r"(?:\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d) )"
# What goes over several lines, whatever line it begins on: private keys to their end, or to that of
# the text; what is left of one whose beginning is cut off; texts in quotes and in YAML's blocks.
# Each with what is in every text that it fits.
_BLOCKS = (
    (
        "-----BEGIN ",
        r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)[\s\S]*?(?=-----END|\Z)",
    ),
    ("\n", rf"(?m)(^{_STAMP}?)[A-Za-z0-9+/]{{60,}}={{0,2}}\r?$"),
    (
        "-----END ",
        rf"(?m)(^{_STAMP}?)[A-Za-z0-9+/]{{1,60}}={{0,2}}\s*?\n(?={_STAMP}?-----END )",
    ),
)
_NAMED_BLOCKS = (
    rf"(?i)({_NAME}[\"']?\s*[:=]\s*)()([\"'])[^\"'\n]*\n[^\"']{{0,16384}}(?=\3)",
    rf"(?i)({_NAME}[\"']?[ \t]*:[ \t]*[|>][-+0-9]*[ \t]*\r?\n{_STAMP}?[ \t]+)\S.*"
    rf"(?:\n{_STAMP}?[ \t]+\S.*)*",
)

# In the order in which they are taken out. Each keeps its first group.
_CREDENTIALS = (
    *(
        f"(?i){pattern}"
        for pattern in (
            r"((?:proxy-)?authorization\\*[\"']?\s*[:=]\s*\\*[\"']?)(?:[\w-]+\s+)?[^\s\"'\\]+",
            r"((?:set-)?cookie\\*[\"']?\s*[:=]\s*\\*[\"']?)[^\r\n\"'\\]+",
            # In a URL, and in the string to sign, where the URL's signs are encoded once or twice.
            _named(r"\s*(?:[:=]|=>)\s*", "&"),
            _named(r"\s*%3[AD]\s*", "%26"),
            _named(r"\s*%253[AD]\s*", "%2526"),
            # In columns, and in a sentence where the word can be no other than a credential.
            _named(r"(?:\t+| {2,})", "&"),
            rf"({_NAME}\s+(?:is|was)\s+)(?=\S*\d)[^\s\"'\\,;}}<>]{{6,}}",
            rf"((?<![\w-]){_FLAG}\s+)[^\s=-]\S*",
            r"((?<![\w-])(?:-u|--user)[\s=]+[^\s:]+:)[^\s\"'\\]+",
            r"(\b(?:bearer|basic|acs)\s+)(?=\S*[0-9=+/])[\w.~+/=:-]{8,}",
            r"(://)[^\s/?#\"'<>@]+(?:@[^\s/?#\"'<>@]+)*(?=@)",
        )
    ),
    # Ids of AccessKeys, permanent and temporary; security tokens; signed JSON (JWT).
    r"()\bLTAI[0-9A-Za-z]{12,}",
    r"()\b(?:STS|TMP)\.[0-9A-Za-z]{10,}",
    r"()\bCA[EI]S[0-9A-Za-z+/%]{20,}={0,2}",
    r"()\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?",
)

# One of these is in every line that any of them fits: most lines of a log have none, and the search
# for them takes a fiftieth of the time.
_SIGNS = (
    *("key", "secret", "signature", "pass", "pwd", "token", "auth", "credential", "docker"),
    *(
        "cookie",
        "bearer",
        "basic",
        "acs ",
        "acs\t",
        "://",
        "ltai",
        "sts.",
        "tmp.",
        "caes",
        "cais",
        "eyj",
    ),
    *("ak/", "ak=", "ak:", 'ak"', "ak'", "ak\t", "ak ", "akid", "aksecret", "ak_", "ak-"),
    *("sk=", "sk:", 'sk"', "sk'", "sk\t", "sk ", "ak\\", "sk\\", "ak%", "sk%", "-u", "--user"),
)
# The same for what goes over several lines.
_NAME_SIGNS = (*_SIGNS, "ak", "sk")


def names_secret(name: str) -> bool:
    """Whether a variable, header, option, annotation or label of this name holds a credential."""
    return bool(re.search(_SECRET_NAME, name))


def may_show(name: str, value: str) -> bool:
    """Whether the value of a variable that CCM's command line refers to may be shown: neither is it
    named like a credential nor has it the shape of one.
    """
    return not names_secret(name) and scrub(value) == value


def scrub(text: str) -> str:
    """A text of someone else's making, without the credentials that are named in it, or that show
    by their shape: AccessKey ids, security tokens, bearer tokens, passwords in URLs.
    """
    for sign, pattern in _BLOCKS:
        if sign in text:
            text = re.sub(pattern, _masked, text)
    if "\n" in text and any(map(text.lower().__contains__, _NAME_SIGNS)):
        for pattern in _NAMED_BLOCKS:
            text = re.sub(pattern, _masked, text)
    return "".join(map(_scrubbed, text.splitlines(keepends=True)))


def _scrubbed(line: str) -> str:
    lowered = line.lower()
    if not any(sign in lowered for sign in _SIGNS):
        return line
    for pattern in _CREDENTIALS:
        line = re.sub(pattern, _masked, line)
    return line


def _masked(found: re.Match[str]) -> str:
    # A quote that opens the value stays, as the one that closes it does.
    opening = "".join(filter(None, found.groups()[1:3]))
    return f"{found[1]}{opening}{REDACTED}"


def scrub_words(words: Sequence[str]) -> list[str]:
    """The words of a command, without credentials: in a word, and in one behind its flag."""
    shown: list[str] = []
    before = ""
    for word in words:
        awaited = re.fullmatch(_AWAITS, before) and not word.startswith("-")
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
