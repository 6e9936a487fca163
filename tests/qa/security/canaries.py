"""Credentials of no account, one for each place that can hold one, and the search for them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from urllib.parse import quote


def key_id(place: str) -> str:
    """An AccessKey id, as Alibaba Cloud makes them."""
    return "LTAI5t" + _noise(place)[:18]


def temporary_id(place: str) -> str:
    """The id of a temporary key."""
    return "STS.N" + _noise(place)[:22]


def secret(place: str) -> str:
    """An AccessKey secret, or a password: letters and digits."""
    return _noise(place)[:30]


def token(place: str) -> str:
    """A token with the characters that URLs and JSON write otherwise."""
    noise = _noise(place)
    return f"CAIS{noise[:20]}+{noise[20:30]}/{noise[30:36]}=="


def _noise(place: str) -> str:
    """Letters and digits that depend on the place, beginning with a letter."""
    text = base64.b64encode(hashlib.sha256(place.encode()).digest()).decode()
    return "C4n" + "".join(each for each in text if each.isalnum())


@cache
def forms(canary: str) -> frozenset[str]:
    """The canary as it may be written: as it is, for URLs, once and twice, in JSON, in JSON within
    JSON, and in base64 wherever it begins in the text that was encoded.
    """
    in_url, in_json = quote(canary, safe=""), json.dumps(canary)[1:-1]
    packed = set()
    for before in range(3):
        text = base64.b64encode(
            b"x" * before + canary.encode() + b"x" * (-len(canary) - before % 3)
        )
        # Without the characters at both ends that depend on the neighbours.
        packed.add(text.decode()[(0, 2, 3)[before] :][: (len(canary) - 2) * 4 // 3 - 3])
    return frozenset(
        {canary, in_url, quote(in_url, safe=""), in_json, json.dumps(in_json)[1:-1], *packed}
    )


def leaks(text: str, planted: Mapping[str, str]) -> list[str]:
    """The places whose canaries can be read in a text, in any form; ``planted`` is by place."""
    return sorted(
        place for place, canary in planted.items() if any(form in text for form in forms(canary))
    )
