from __future__ import annotations

import pytest

from kubectl_routes_simulator.ccm_release import Release, release_of_image
from tests.simulator.ccm_stage import V0, Stage

LATE_V1 = "v1.9.3.316-g8daafad-aliyun"
FATAL = 'Cloud provider could not be initialized: could not init cloud provider "alicloud": '


@pytest.mark.parametrize(
    ("image", "release"),
    [
        ("r/acs/ccm-amd64:v1.9.3.86-g4454991-aliyun", Release(1, 9, 3, 86)),
        ("r/acs/ccm-amd64:v1.9.3-164-g2105d2e-aliyun", Release(1, 9, 3, 164)),
        ("r:5000/acs/ccm:v2.11.2", Release(2, 11, 2)),
        ("r/acs/ccm:v2.9.1-rc.1", Release(2, 9, 1)),
        ("r/acs/ccm:v2.4.0@sha256:abc", Release(2, 4)),
        ("r/acs/ccm@sha256:abc", Release(2, 14)),
        ("r/acs/ccm:latest", Release(2, 14)),
    ],
)
def test_release_is_read_from_the_tag(image: str, release: Release) -> None:
    assert release_of_image(image) == release


def test_build_numbers_order_as_numbers() -> None:
    assert Release(1, 9, 3, 86) < Release(1, 9, 3, 105) < Release(2, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '{ Global: { "routeTableIDs": "a,b" } }',
            "invalid character 'G' looking for beginning of object key string",
        ),
        (
            '{"Global": {"routeTableIDs": "a,b",}}',
            "invalid character '}' looking for beginning of object key string",
        ),
        ("", "EOF"),
        ('{"Global": ', "unexpected EOF"),
        ('{"Global": {"a": 1 "b": 2}}', "invalid character '\"' after object key:value pair"),
        ('{"Global": {"a" 1}}', "invalid character '1' after object key"),
        ("Global:", "invalid character 'G' looking for beginning of value"),
        ('{"Global": {"a": "x\ny"}}', "invalid character '\\n' in string literal"),
        (
            '{"Global": {"routeTableIDs": ["a"]}}',
            "json: cannot unmarshal array into Go struct field .routeTableIDs of type string",
        ),
        ('{"Global": {"accessKeyID": "%"}}', "illegal base64 data at input byte 0"),
    ],
)
def test_v1_dies_of_text_that_is_not_json(text: str, words: str) -> None:
    stage = Stage(V0, text=text)
    assert stage.start() == FATAL + words
    assert (stage.ccm.running, stage.log) == (False, [FATAL + words])


def test_late_v1_says_the_same_with_another_beginning() -> None:
    stage = Stage(LATE_V1, text="{ Global: 1 }")
    assert stage.start() == (
        "Run CCM error: verify ccm config: cloud provider could not be initialized: "
        'could not init cloud provider "alicloud": '
        "invalid character 'G' looking for beginning of object key string"
    )


@pytest.mark.parametrize(
    "text",
    [
        '{ Global: { "routeTableIDs": "a,b" } }',
        '{"Global": {"routeTableIDs": "a,b",}}',
        "Global:\n  routeTableIDs: a,b\n",
        '{"global": {"ROUTETABLEIDS": "a,b", "unknown": {"key": 1}}}',
    ],
)
def test_v2_reads_yaml_in_any_letter_case(text: str) -> None:
    assert Stage("v2.14.0", text=text).run("e").counts() == 12


@pytest.mark.parametrize("tag", [V0, "v2.14.0"])
def test_later_key_wins_in_text_order_for_v1_and_in_sorted_order_for_v2(tag: str) -> None:
    stage = Stage(tag, text='{"Global": {"routetableids": "a", "routeTableIDs": "nope"}}').run()
    assert len(stage.routes("a")) == (0 if tag == V0 else 6)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            '{"Global": {"routeTableIDs": ["a"]}}',
            "error unmarshaling JSON: json: cannot unmarshal array into Go struct field "
            ".routeTableIDs of type string",
        ),
        ("[1]", "error unmarshaling JSON: json: cannot unmarshal array into Go value of type"),
        ("Global:\n\ta: b", "error converting YAML to JSON: yaml: line 2: found character"),
    ],
)
def test_v2_dies_of_text_that_is_not_yaml(text: str, words: str) -> None:
    stage = Stage("v2.14.0", text=text)
    assert stage.start().startswith(f"load cloud config error: {words}")


@pytest.mark.parametrize("text", ["", "null", '{"Global": null}', "{}", '{"Global": {}} more'])
def test_v2_takes_an_empty_config_for_an_unset_list(text: str) -> None:
    assert len(Stage("v2.14.0", text=text, tables="a").run("e").routes("a")) == 6


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        (
            V0,
            "Couldn't open cloud provider configuration /etc/kubernetes/config/cloud-config.conf: ",
        ),
        (
            "v2.14.0",
            "load cloud config error: read cloud config error: "
            "open /etc/kubernetes/config/cloud-config.conf: no such file or directory",
        ),
    ],
)
def test_file_that_is_not_mounted(tag: str, words: str) -> None:
    stage = Stage(tag)
    stage.store.delete("ConfigMap", "kube-system", "cloud-config")
    assert stage.start().startswith(words)


@pytest.mark.parametrize(
    ("tag", "flag", "words"),
    [
        (V0, "--cloud-provider=aliyun", 'initialized: unknown cloud provider "aliyun"'),
        (V0, "--allow-untagged-cloud=false", "no ClusterID found"),
        (V0, "--cluster-cidr=", "ivalid cluster CIDR"),
        (V0, "--controllers=route", "unknown flag: --controllers"),
        ("v2.14.0", "--address=127.0.0.1", "unknown flag: --address"),
        ("v2.1.0", "--allow-untagged-cloud=true", "unknown flag: --allow-untagged-cloud"),
        ("v2.10.3", "--route-reconcile-batch-size=9", "unknown flag: --route-reconcile-batch-size"),
        ("v2.14.0", "--cloud-config=", "unable to load controller config"),
        ("v2.14.0", "--cluster-cidr=", "--cluster-cidr must be set when"),
    ],
)
def test_flags_that_end_the_start(tag: str, flag: str, words: str) -> None:
    assert words in Stage(tag, flags=(flag,)).start()


def test_v1_needs_its_vpc() -> None:
    stage = Stage(V0, text='{"Global": {"vpcid": "vpc-nope"}}')
    assert "multiple vpc found by id[vpc-nope], length(vpcs)=0" in stage.start()
    assert not stage.ccm.running
