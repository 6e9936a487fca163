from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import quote

import pytest

from kubectl_routes.collect.redact_text import harmless, scrub, scrub_words
from kubectl_routes.model.controller import REDACTED
from tests.qa.security import canaries
from tests.qa.security.planted import SENTENCES, sentence

PLANTED = {
    "id": canaries.key_id("id"),
    "secret": canaries.secret("s"),
    "token": canaries.token("t"),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'Post "https://vpc/?AccessKeyId=LTAI5t&Signature=a%2Bb&Action=X": EOF',
            'Post "https://vpc/?AccessKeyId=REDACTED&Signature=REDACTED&Action=X": EOF',
        ),
        ("--access-key-secret=abc", "--access-key-secret=REDACTED"),
        ("SecurityToken: abc, next", "SecurityToken: REDACTED, next"),
        ("--cluster-cidr=172.20.0.0/16", "--cluster-cidr=172.20.0.0/16"),
    ],
)
def test_credentials_in_messages_and_flags(text: str, expected: str) -> None:
    assert scrub(text) == expected


@pytest.mark.parametrize("way", SENTENCES)
def test_a_credential_in_a_sentence_is_taken_out_and_the_sentence_stays(way: str) -> None:
    text = sentence(way, *PLANTED.values())
    shown = scrub(text)
    assert canaries.leaks(text, PLANTED) != []
    assert canaries.leaks(shown, PLANTED) == []
    assert shown.split(" ")[0][:6] == text.split(" ")[0][:6]
    # Of a private key the whole inside is one.
    assert shown.count(REDACTED) >= (1 if "private key" in way else 2)


@pytest.mark.parametrize(
    "text",
    [
        'MountVolume.SetUp failed for volume "x" : secret "ccm" not found',
        "--use-service-account-credentials=true --token-ttl=10s",
        "Basic authentication failed: InvalidVRouterId.NotFound",
        'Get "https://10.0.0.1/api?limit=500": EOF',
        "ABCLTAI is no id, and STS.x is none",
        "",
    ],
)
def test_what_is_no_credential_is_left(text: str) -> None:
    assert scrub(text) == text


def test_a_private_key_is_taken_out_to_its_end_or_to_that_of_the_text() -> None:
    begin, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    assert scrub(f"a {begin} MIIC {end} b") == f"a {begin}{REDACTED}{end} b"
    assert scrub(f"a {begin} MIIC") == f"a {begin}{REDACTED}"


def test_a_word_behind_a_flag_of_a_credential_is_taken_out() -> None:
    words = ("/ccm", "--access-key-secret", "x", "--token", "--v=5", "--password=y")
    assert scrub_words(words) == [
        "/ccm",
        "--access-key-secret",
        REDACTED,
        "--token",
        "--v=5",
        f"--password={REDACTED}",
    ]


def test_what_is_known_to_be_secret_is_taken_out_in_every_form() -> None:
    secret = 'Tr0ub4dor+/"&3=='
    once, within = quote(secret, safe=""), json.dumps(secret)[1:-1]
    for form in (
        secret,
        once,
        quote(once, safe=""),
        within,
        json.dumps(within)[1:-1],
        b64encode(secret.encode()).decode(),
    ):
        assert harmless(f"no\n {form}", ("", secret)).rstrip("=") == f"no {REDACTED}"


def test_a_text_that_fits_no_pattern_costs_no_time() -> None:
    # Each of these would take minutes if a pattern went over it again and again.
    many = 20_000
    for text in ("token" + " " * many, "--a-" * many, "://" + "a@" * many, "token\\" * many):
        scrub(text)
