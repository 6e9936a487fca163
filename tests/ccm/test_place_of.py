from __future__ import annotations

import pytest

from kubectl_routes.ccm.cloudconfig import Reading, place_of, refusals

BOTH = Reading(region="cn-hangzhou", vpc_id="vpc-1", listed="vtb-a,vtb-b")
ONE = '{"Global": {"region": "cn-hangzhou", "vpcid": "vpc-1", "routeTableIDs": "vtb-a,vtb-b"}}'


@pytest.mark.parametrize(
    "text",
    [
        ONE,
        f"{ONE}\n{{}}\n",
        f"{ONE} what v2 refuses: {{",
        f"---\n{ONE}\n---\nGlobal: {{vpcid: vpc-2}}\n",
        ONE.replace('"Global"', "GLOBAL").replace('"vpcid"', "VPCID"),
    ],
)
def test_the_first_document_tells_in_any_form_that_some_ccm_reads(text: str) -> None:
    assert place_of(text) == BOTH


@pytest.mark.parametrize(
    "text",
    ["", "[]", "Global: []", "a: b: c", "&g\n<: *g", "Global: {x: !!binary YQ==, y: 2026-01-01}",
     "Global: {1: 2026-01-01}\n2026-01-01: x", "Global: {vpcid: 5}"],
)  # fmt: skip
def test_what_tells_nothing(text: str) -> None:
    assert place_of(text) == Reading()


def test_each_parser_has_its_own_reason_to_refuse() -> None:
    assert refusals(ONE) == {}
    assert refusals("Global: {}") == {"json": "not valid JSON at line 1, column 1: unexpected 'G'"}
    assert set(refusals("Global: [")) == {"json", "yaml"}
