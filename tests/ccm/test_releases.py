from __future__ import annotations

import pytest

from kubectl_routes.ccm.releases import (
    NEWEST,
    behavior_of,
    failing_probes,
    health_ports,
    known_faults,
)
from kubectl_routes.ccm.version import Version, parse_image, parse_tag
from kubectl_routes.model.controller import Probe


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("v1.9.3.86-g4454991-aliyun", Version(1, 9, 3, 86)),
        ("v1.9.3.105-gfd4e547-aliyun", Version(1, 9, 3, 105)),
        ("v1.9.3-164-g2105d2e-aliyun", Version(1, 9, 3, 164)),
        ("v1.9.3.378-g42eac35", Version(1, 9, 3, 378)),
        ("v1.9.3", Version(1, 9, 3)),
        ("v2.4.0", Version(2, 4, 0)),
        ("v2.11.2-aliyun", Version(2, 11, 2)),
        ("v10.0.1", Version(10, 0, 1)),
        ("latest", None),
        ("", None),
        ("2.4.0", None),
        ("v1.8.0", None),
        ("v2.4", None),
    ],
)
def test_tag_names_a_release_or_nothing(tag: str, version: Version | None) -> None:
    assert parse_tag(tag) == version


def test_commit_distance_orders_v1_as_a_number_not_as_text() -> None:
    tags = [
        "v2.1.0",
        "v1.9.3.105-gfd4e547-aliyun",
        "v1.9.3.86-g4454991-aliyun",
        "v2.10.0",
        "v2.9.1",
    ]
    versions = sorted(version for tag in tags if (version := parse_tag(tag)))
    assert [str(version) for version in versions] == [
        "v1.9.3.86", "v1.9.3.105", "v2.1.0", "v2.9.1", "v2.10.0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("registry.local:5000/acs/cloud-controller-manager:v2.4.0", Version(2, 4, 0)),
        ("registry.local:5000/acs/cloud-controller-manager", None),
        ("acs/cloud-controller-manager:v2.4.0@sha256:" + "0" * 64, Version(2, 4, 0)),
        ("acs/cloud-controller-manager@sha256:" + "0" * 64, None),
        ("", None),
    ],
)
def test_image_reference_with_port_digest_or_no_tag(image: str, version: Version | None) -> None:
    assert parse_image(image) == version


@pytest.mark.parametrize(
    ("tag", "since"),
    [
        ("v1.9.3", "v1.9.3"),
        ("v1.9.3.81-gabcdef0-aliyun", "v1.9.3"),
        ("v1.9.3.86-g4454991-aliyun", "v1.9.3.82"),
        ("v1.9.3.193-gabcdef0-aliyun", "v1.9.3.193"),
        ("v1.9.3.238-gabcdef0-aliyun", "v1.9.3.220"),
        ("v1.9.3.276-gabcdef0-aliyun", "v1.9.3.239"),
        ("v1.9.3.315-gabcdef0-aliyun", "v1.9.3.313"),
        ("v1.9.3.372-gabcdef0-aliyun", "v1.9.3.316"),
        ("v1.9.3.380-gd6d0962-aliyun", "v1.9.3.376"),
        ("v2.1.0", "v2.0.0"),
        ("v2.8.2", "v2.4.0"),
        ("v2.10.3", "v2.9.1"),
        ("v2.11.2", "v2.11.0"),
        ("v2.14.0", "v2.12.0"),
        ("v3.0.0", "v2.12.0"),
    ],
)
def test_every_release_belongs_to_the_family_before_it(tag: str, since: str) -> None:
    family = str(behavior_of(parse_tag(tag)).since)
    assert family == since, "a row of releases.py begins or ends between them"


def test_unknown_release_is_taken_for_the_newest() -> None:
    assert behavior_of(None) is NEWEST


def test_release_before_the_first_known_one_belongs_to_the_first_family() -> None:
    assert behavior_of(Version(1, 8, 0)).since == Version(1, 9, 3)


@pytest.mark.parametrize(
    ("version", "faults"),
    [
        (Version(1, 9, 3, 0), ["token", "condition"]),
        (Version(1, 9, 3, 100), ["token", "condition"]),
        (Version(1, 9, 3, 101), ["condition"]),
        (Version(1, 9, 3, 312), ["condition"]),
        (Version(1, 9, 3, 313), []),
        (Version(2, 0, 0), ["same-cidr", "unmarked"]),
        (Version(2, 3, 9), ["same-cidr", "unmarked"]),
        (Version(2, 4, 0), ["unmarked"]),
        (Version(2, 9, 0), ["unmarked"]),
        (Version(2, 9, 1), []),
    ],
)
def test_a_fault_lasts_from_one_release_to_another(version: Version, faults: list[str]) -> None:
    assert [one.name for one in known_faults(version, keyed=False)] == faults


def test_an_access_key_keeps_the_token_fault_away() -> None:
    assert [one.name for one in known_faults(Version(1, 9, 3, 86), keyed=True)] == ["condition"]


OLD, NEW = Version(1, 9, 3, 105), Version(2, 11, 2)


def test_ports_of_a_release() -> None:
    assert health_ports(OLD, {}) == (10252, 10253)
    assert health_ports(OLD, {"port": "9000"}) == (9000,)
    assert health_ports(NEW, {"port": "9000"}) == (10258,)


@pytest.mark.parametrize(
    ("version", "port", "fails"),
    [
        (OLD, 10252, False),
        (OLD, 10253, False),
        (OLD, 10258, True),
        (NEW, 10258, False),
        (NEW, 10252, True),
        (NEW, 10253, True),
        (NEW, 8081, False),
    ],
)
def test_probe_at_the_port_of_another_release(version: Version, port: int, fails: bool) -> None:
    probe = Probe("livenessProbe", "httpGet", port)
    assert failing_probes(version, {}, (probe,)) == ((probe,) if fails else ())
