from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from kubectl_routes_simulator.kube_defaults import defaulted
from kubectl_routes_simulator.kube_resources import resource_of_kind
from kubectl_routes_simulator.kube_status import Refusal
from kubectl_routes_simulator.kube_validation import check_creation
from kubectl_routes_simulator.kube_validation import check_update
from tests.simulator.filling import config_map
from tests.simulator.filling import daemon_set
from tests.simulator.filling import event
from tests.simulator.filling import plain_node
from tests.simulator.filling import pod

Object = dict[str, Any]
SPEC = "spec.template.spec"
CONFIG_KEY = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
    "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    r"for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
QUALIFIED = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  "
    "or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


def causes(check: Callable[[], None]) -> list[tuple[str, str]]:
    """Field and message of every cause; none when the object passes."""
    try:
        check()
    except Refusal as refusal:
        found = (refusal.details or {})["causes"]
        return [(one["field"], one["message"]) for one in found]
    return []


def of_creation(value: Object) -> list[tuple[str, str]]:
    resource = resource_of_kind(value["apiVersion"], value["kind"])
    return causes(lambda: check_creation(resource, value))


def of_update(live: Object, value: Object) -> list[tuple[str, str]]:
    for one in (live, value):
        one["metadata"].setdefault("uid", "uid-1")
    resource = resource_of_kind(value["apiVersion"], value["kind"])
    return causes(lambda: check_update(resource, live, value))


def named(name: str, **meta: Any) -> Object:
    value = config_map(name)
    value["metadata"] |= meta
    return value


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (named("fine.name-1", labels={"example.com/a": "b"}, annotations={"B/c": "?"}), []),
        (named(""), [("metadata.name", "Required value: name or generateName is required")]),
        (named("Upper"), [("metadata.name", f'Invalid value: "Upper": {SUBDOMAIN}')]),
        (
            named("x" * 254),
            [
                (
                    "metadata.name",
                    f'Invalid value: "{"x" * 254}": must be no more than 253 bytes',
                )
            ],
        ),
        (
            named("x", annotations={"a b": ""}),
            [("metadata.annotations", f'Invalid value: "a b": {QUALIFIED}')],
        ),
        (
            named("x", annotations={"a": "x" * 262_144}),
            [("metadata.annotations", "Too long: may not be more than 262144 bytes")],
        ),
        (
            named("x", labels={"a": "b c"}),
            [("metadata.labels", f'Invalid value: "b c": {VALUE}')],
        ),
        (
            named("x", labels={"/a": "", "b/": "", "C_/d": ""}),
            [
                ("metadata.labels", 'Invalid value: "/a": prefix part must be non-empty'),
                ("metadata.labels", 'Invalid value: "b/": name part must be non-empty'),
                ("metadata.labels", f'Invalid value: "b/": {QUALIFIED}'),
                ("metadata.labels", f'Invalid value: "C_/d": prefix part {SUBDOMAIN}'),
            ],
        ),
    ],
)
def test_names_labels_and_annotations(value: Object, found: list[tuple[str, str]]) -> None:
    assert of_creation(value) == found


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"data": {"a.b_c-D": "x"}, "binaryData": {"e": "eA=="}}, []),
        ({"data": {"a b": ""}}, [("data[a b]", f'Invalid value: "a b": {CONFIG_KEY}')]),
        ({"data": {"..": ""}}, [("data[..]", "Invalid value: \"..\": must not be '..'")]),
        (
            {"binaryData": {"..a": ""}},
            [("binaryData[..a]", "Invalid value: \"..a\": must not start with '..'")],
        ),
        (
            {"data": {"a": ""}, "binaryData": {"a": ""}},
            [("data[a]", 'Invalid value: "a": duplicate of key present in binaryData')],
        ),
        (
            {"data": {"a": "x" * 1_048_577}},
            [("[]", "Too long: may not be more than 1048576 bytes")],
        ),
        ({"data": {"a": "x" * 1_048_576}}, []),
    ],
)
def test_config_maps(content: Object, found: list[tuple[str, str]]) -> None:
    assert of_creation(config_map("x") | content) == found


def test_an_immutable_config_map_stays_as_it_is() -> None:
    live = config_map("x", a="1") | {"immutable": True}
    assert of_update(live, live) == []
    because = "Forbidden: field is immutable when `immutable` is set"
    assert of_update(live, config_map("x", a="2")) == [("immutable", because), ("data", because)]
    assert of_update(config_map("x", a="1"), live) == []


def test_an_event_lies_where_its_object_is() -> None:
    def of(namespace: str, about: str) -> list[tuple[str, str]]:
        value = event("told")
        value["metadata"]["namespace"] = namespace
        value["involvedObject"]["namespace"] = about
        return of_creation(value)

    assert [of("a", "a"), of("default", ""), of("kube-system", "")] == [[], [], []]
    field, because = "involvedObject.namespace", "does not match event.namespace"
    assert of("a", "b") == [(field, f'Invalid value: "b": {because}')]
    assert of("a", "") == [(field, f'Invalid value: "": {because}')]


def test_a_uid_does_not_change() -> None:
    assert of_update(named("x", uid="a"), named("x", uid="b")) == [
        ("metadata.uid", 'Invalid value: "b": field is immutable')
    ]


def workload(**pod_spec: Any) -> Object:
    value = daemon_set()
    value["spec"]["template"]["spec"] |= pod_spec
    return defaulted(value)


def container(**fields: Any) -> Object:
    return {"name": "ccm", "image": "x:v1", **fields}


CONF = {"name": "conf", "configMap": {"name": "c"}}


@pytest.mark.parametrize(
    ("pod_spec", "found"),
    [
        ({}, []),
        ({"containers": []}, [("containers", "Required value")]),
        ({"containers": [{"image": "x"}]}, [("containers[0].name", "Required value")]),
        ({"containers": [{"name": "x"}]}, [("containers[0].image", "Required value")]),
        ({"containers": [container(image=" x")]}, []),
        (
            {"containers": [container(), container()]},
            [("containers[1].name", 'Duplicate value: "ccm"')],
        ),
        (
            {"initContainers": [container(name="A")]},
            [("initContainers[0].name", f'Invalid value: "A": {LABEL}')],
        ),
        (
            {"containers": [container(imagePullPolicy="Often")]},
            [
                (
                    "containers[0].imagePullPolicy",
                    'Unsupported value: "Often": supported values: '
                    '"Always", "IfNotPresent", "Never"',
                )
            ],
        ),
        (
            {
                "containers": [
                    container(
                        env=[
                            {"value": "x", "valueFrom": {}},
                            {"name": "A", "value": "x", "valueFrom": {"fieldRef": {}}},
                        ]
                    )
                ]
            },
            [
                ("containers[0].env[0].name", "Required value"),
                (
                    "containers[0].env[0].valueFrom",
                    'Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`,'
                    " `configMapKeyRef` or `secretKeyRef`",
                ),
                (
                    "containers[0].env[1].valueFrom",
                    'Invalid value: "": may not be specified when `value` is not empty',
                ),
            ],
        ),
        (
            {"containers": [container(ports=[{}])]},
            [("containers[0].ports[0].containerPort", "Required value")],
        ),
        (
            {
                "hostNetwork": True,
                "containers": [container(ports=[{"containerPort": 80, "hostPort": 81}])],
            },
            [
                (
                    "containers[0].ports[0].hostPort",
                    "Invalid value: 81: must match `containerPort`",
                )
            ],
        ),
        (
            {"containers": [container(volumeMounts=[{}])]},
            [
                ("containers[0].volumeMounts[0].name", "Required value"),
                ("containers[0].volumeMounts[0].name", 'Not found: ""'),
                ("containers[0].volumeMounts[0].mountPath", "Required value"),
            ],
        ),
        (
            {"containers": [container(volumeMounts=[{"name": "no", "mountPath": "/a"}])]},
            [("containers[0].volumeMounts[0].name", 'Not found: "no"')],
        ),
        (
            {
                "volumes": [CONF],
                "containers": [
                    container(
                        volumeMounts=[
                            {"name": "conf", "mountPath": "/a", "subPath": "/b"},
                            {"name": "conf", "mountPath": "/a", "subPath": "b/../c"},
                        ]
                    )
                ],
            },
            [
                (
                    "containers[0].volumeMounts.subPath",
                    'Invalid value: "/b": must be a relative path',
                ),
                (
                    "containers[0].volumeMounts[1].mountPath",
                    'Invalid value: "/a": must be unique',
                ),
                (
                    "containers[0].volumeMounts.subPath",
                    "Invalid value: \"b/../c\": must not contain '..'",
                ),
            ],
        ),
        ({"volumes": [CONF, CONF]}, [("volumes[1].name", 'Duplicate value: "conf"')]),
        (
            {"volumes": [CONF | {"hostPath": {"path": "/x"}}]},
            [("volumes[0].configMap", "Forbidden: may not specify more than 1 volume type")],
        ),
        ({"volumes": [{"name": "nothing-said"}]}, []),
        (
            {"volumes": [{"name": "c", "configMap": {"defaultMode": 512}}]},
            [
                ("volumes[0].configMap.name", "Required value"),
                (
                    "volumes[0].configMap.defaultMode",
                    "Invalid value: 512: must be a number between 0 and 0777 (octal), "
                    "both inclusive",
                ),
            ],
        ),
        (
            {
                "volumes": [
                    {
                        "name": "c",
                        "secret": {
                            "secretName": "s",
                            "items": [{}, {"key": "k", "path": "..k"}, {"key": "k", "path": "/k"}],
                        },
                    }
                ]
            },
            [
                ("volumes[0].secret.items[0].key", "Required value"),
                ("volumes[0].secret.items[0].path", "Required value"),
                (
                    "volumes[0].secret.items[1].path",
                    "Invalid value: \"..k\": must not start with '..'",
                ),
                (
                    "volumes[0].secret.items[2].path",
                    'Invalid value: "/k": must be a relative path',
                ),
            ],
        ),
        (
            {
                "volumes": [
                    {"name": "a", "hostPath": {"type": "Socket"}},
                    {"name": "b", "hostPath": {"path": "/a/../b", "type": "Link"}},
                ]
            },
            [
                ("volumes[0].hostPath.path", "Required value"),
                (
                    "volumes[1].hostPath.path",
                    "Invalid value: \"/a/../b\": must not contain '..'",
                ),
                (
                    "volumes[1].hostPath.type",
                    'Unsupported value: "Link": supported values: "", "BlockDevice", '
                    '"CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", '
                    '"Socket"',
                ),
            ],
        ),
        (
            {"restartPolicy": "Never"},
            [("restartPolicy", 'Unsupported value: "Never": supported values: "Always"')],
        ),
    ],
)
def test_pod_templates(pod_spec: Object, found: list[tuple[str, str]]) -> None:
    assert of_creation(workload(**pod_spec)) == [
        (f"{SPEC}.{field}", message) for field, message in found
    ]


def test_selectors() -> None:
    without, empty, other = workload(), workload(), workload()
    del without["spec"]["selector"]
    empty["spec"]["selector"] = {}
    other["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    nothing = 'Invalid value: {"app":"ccm"}: `selector` does not match template `labels`'
    assert of_creation(without) == [("spec.template.metadata.labels", nothing)]
    deployment = without | {"kind": "Deployment"}
    assert of_creation(deployment) == [("spec.selector", "Required value")]
    assert of_creation(empty) == [
        ("spec.selector", "Invalid value: {}: empty selector is invalid for daemonset")
    ]
    mismatch = (
        "spec.template.metadata.labels",
        nothing,
    )
    assert of_creation(other) == [mismatch]
    assert of_update(workload(), other) == [
        mismatch,
        ("spec.selector", 'Invalid value: {"matchLabels":{"app":"other"}}: field is immutable'),
    ]


def test_numbers_of_a_workload() -> None:
    value = workload()
    value["spec"]["minReadySeconds"] = -1
    assert of_creation(value) == [
        ("spec.minReadySeconds", "Invalid value: -1: must be greater than or equal to 0")
    ]
    value["spec"]["minReadySeconds"] = 0
    rolling = value["spec"]["updateStrategy"]["rollingUpdate"]
    rolling["maxUnavailable"] = 0
    field = "spec.updateStrategy.rollingUpdate"
    assert of_creation(value) == [
        (f"{field}.maxUnavailable", "Required value: cannot be 0 when maxSurge is 0")
    ]
    rolling |= {"maxUnavailable": 1, "maxSurge": "10%"}
    assert of_creation(value) == [
        (
            f"{field}.maxSurge",
            'Invalid value: "10%": may not be set when maxUnavailable is non-zero',
        )
    ]
    value["spec"]["updateStrategy"] = {"type": "OnDelete"}
    assert of_creation(defaulted(value)) == []


def test_several_problems_are_told_at_once() -> None:
    value = workload(containers=[{}])
    with pytest.raises(Refusal) as caught:
        check_creation(resource_of_kind("apps/v1", "DaemonSet"), value)
    assert (caught.value.code, caught.value.reason) == (422, "Invalid")
    assert caught.value.message == (
        'DaemonSet.apps "ccm" is invalid: [spec.template.spec.containers[0].name: Required value, '
        "spec.template.spec.containers[0].image: Required value]"
    )
    assert (caught.value.details or {})["causes"][0] == {
        "reason": "FieldValueRequired",
        "message": "Required value",
        "field": "spec.template.spec.containers[0].name",
    }


def test_a_node_keeps_its_network_and_its_instance() -> None:
    live, other = plain_node(1), plain_node(2)
    assert of_update(live, other) == [
        (
            "spec.podCIDRs",
            'Forbidden: node updates may not change podCIDR except from "" to valid',
        ),
        (
            "spec.providerID",
            'Forbidden: node updates may not change providerID except from "" to valid',
        ),
    ]
    bare = plain_node(1) | {"spec": {}}
    assert of_update(bare, live) == []


def test_a_pod_keeps_its_spec_but_for_the_image() -> None:
    live, image, node = pod("x"), pod("x"), pod("x", at_node="node-9")
    image["spec"]["containers"][0]["image"] = "registry/ccm:v2"
    assert of_update(live, image) == []
    ((field, message),) = of_update(live, node)
    assert field == "spec"
    assert message.startswith("Forbidden: pod updates may not change fields other than `spec.con")
