from __future__ import annotations

import pytest

from kubectl_routes.collect.settings import settings_of


def test_the_texts_of_global_in_any_letter_case() -> None:
    text = "GLOBAL: {Region: ' cn-hangzhou ', VPCID: vpc-1, period: 5}\nOther: {vpcid: x}"
    assert settings_of(text) == {"region": "cn-hangzhou", "vpcid": "vpc-1"}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "Global: []", "a: b: c", "&g\n<: *g", "Global: {x: !!binary YQ==, y: 2026-01-01}",
     "Global: {1: 2026-01-01}\n2026-01-01: x"],
)  # fmt: skip
def test_what_tells_nothing(text: str) -> None:
    assert settings_of(text) == {}
