"""The search itself: whatever it is to find, it finds, and nothing else."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote_plus, urlencode

import pytest

from tests.qa.security import canaries
from tests.qa.security.canaries import leaks

pytestmark = pytest.mark.smoke

PLANTED = {
    "a key's id": canaries.key_id("a key's id"),
    "a temporary id": canaries.temporary_id("a temporary id"),
    "a secret": canaries.secret("a secret"),
    "a token": canaries.token("a token"),
}


@pytest.mark.parametrize("place", PLANTED)
@pytest.mark.parametrize(
    "shown",
    [
        lambda text: text,
        lambda text: f"Authorization: Bearer {text}\r\n",
        lambda text: urlencode({"SecurityToken": text}),
        lambda text: quote_plus(urlencode({"SecurityToken": text})),
        lambda text: json.dumps({"body": json.dumps({"token": text})}),
        *(
            lambda text, before=before: base64.b64encode(f"{before}{text}!".encode()).decode()
            for before in ("", "u", "me", "me:")
        ),
    ],
)  # fmt: skip
def test_a_canary_in_the_open_is_found_in_every_form(place: str, shown: object) -> None:
    assert leaks(f"before {shown(PLANTED[place])} after", PLANTED) == [place]  # type: ignore[operator]


def test_what_is_masked_is_not_found() -> None:
    assert leaks("AccessKeyId=REDACTED&Signature=REDACTED", PLANTED) == []


def test_no_two_places_have_the_same_canary() -> None:
    assert len({*PLANTED.values()}) == len(PLANTED)
