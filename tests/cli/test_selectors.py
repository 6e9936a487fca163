from __future__ import annotations

import pytest

from kubectl_routes.cli.selectors import parse
from kubectl_routes.model.errors import UsageError

LABELS = {"type": "worker", "pool/zone": "b", "empty": ""}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("type=worker", True),
        ("type==worker", True),
        ("type = worker", True),
        ("type=other", False),
        ("type!=other", True),
        ("type!=worker", False),
        ("absent!=x", True),
        ("absent=x", False),
        ("type in (master, worker)", True),
        ("type in (master)", False),
        ("type notin (master)", True),
        ("type notin (worker,master)", False),
        ("absent notin (x)", True),
        ("type", True),
        ("absent", False),
        ("!absent", True),
        ("! type", False),
        ("empty=", True),
        ("empty", True),
        ("pool/zone=b,type in (worker,master),!absent", True),
        ("pool/zone=b,type in (master)", False),
    ],
)
def test_selectors_mean_what_they_mean_to_the_api(selector: str, matches: bool) -> None:
    assert all(requirement.holds(LABELS) for requirement in parse(selector)) is matches


@pytest.mark.parametrize(
    "selector",
    ["", ",", "a,", ",a", "a b", "a=b=c", "a in b", "a in (b", "a in ()x", "a>1 2", "=", "a,b c"],
)
def test_a_malformed_selector_is_named(selector: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(selector)
    assert f"selector {selector!r} is malformed" in caught.value.message
