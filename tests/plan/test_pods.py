from __future__ import annotations

import pytest

from kubectl_routes.plan import pods
from tests.plan.world import daemon_set


@pytest.mark.parametrize(
    ("place", "path", "holds"),
    [
        ("/etc/kubernetes", "/etc/kubernetes/config", True),
        ("/etc/kubernetes/", "/etc/kubernetes", True),
        ("/etc/kube", "/etc/kubernetes", False),
        ("/", "/etc", True),
        ("/etc//x/../kubernetes", "/etc/kubernetes/config", True),
    ],
)
def test_a_place_holds_what_lies_below_it(place: str, path: str, holds: bool) -> None:
    assert pods.holds(place, path) is holds


def test_a_container_that_is_not_there_is_a_lookup_error() -> None:
    with pytest.raises(LookupError):
        pods.container_of(daemon_set(), "other")


@pytest.mark.parametrize(
    ("source", "provides"),
    [
        (None, False),
        ({"name": "other"}, False),
        ({"name": "cm"}, False),
        ({"name": "cm", "items": [{"key": "k", "path": "./sub/p"}]}, True),
        ({"name": "cm", "items": [{"key": "k"}, {"path": "sub/p"}]}, False),
    ],
)
def test_a_volume_provides_a_key_at_the_path_of_its_item(
    source: dict[str, object] | None, provides: bool
) -> None:
    volume = {"name": "v"} if source is None else {"name": "v", "configMap": source}
    assert pods.provides(volume, "cm", "k", "sub/p") is provides


def test_without_items_every_key_stands_under_its_name() -> None:
    volume = {"name": "v", "configMap": {"name": "cm"}}
    assert pods.provides(volume, "cm", "k", "k")
