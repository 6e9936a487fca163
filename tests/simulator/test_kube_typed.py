from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes_simulator.kube_fields_table import FIELDS
from kubectl_routes_simulator.kube_schema import Shape
from kubectl_routes_simulator.kube_schema import schema_of
from kubectl_routes_simulator.kube_typed import Mistyped
from kubectl_routes_simulator.kube_typed import parsed
from kubectl_routes_simulator.kube_typed import typed

Object = dict[str, Any]
DAEMON_SET = schema_of("DaemonSet")


def daemon_set(**pod_spec: Any) -> Object:
    return {"spec": {"template": {"spec": pod_spec}}}


def read(**pod_spec: Any) -> Object:
    value, problems = typed(daemon_set(**pod_spec), DAEMON_SET)
    assert problems == ()
    found: Object = value["spec"]["template"]["spec"]
    return found


def test_every_line_of_the_table_reads() -> None:
    assert all(schema_of(name).shape is Shape.STRUCT for name in FIELDS)


def test_what_is_empty_is_left_out_but_for_pointers() -> None:
    assert read(hostNetwork=False, nodeSelector={}, containers=[], nodeName="") == {}
    assert read(priority=None, hostUsers=False, securityContext={}) == {
        "hostUsers": False,
        "securityContext": {},
    }
    volume = {"name": "a", "hostPath": {"path": "/a", "type": ""}}
    assert read(volumes=[volume])["volumes"] == [volume]
    affinity = {"nodeAffinity": {"x": [1, None], "y": None}}
    assert read(affinity=affinity)["affinity"] == {"nodeAffinity": {"x": [1, None]}}


def test_empty_values_of_maps_and_lists_are_kept() -> None:
    assert read(nodeSelector={"master": "", "x": None})["nodeSelector"] == {"master": "", "x": ""}
    assert read(containers=[{"name": "a", "args": [""]}])["containers"][0]["args"] == [""]


def test_quantities_are_text() -> None:
    container = {"name": "a", "resources": {"limits": {"cpu": 1, "memory": "1Gi"}}}
    (found,) = read(containers=[container])["containers"]
    assert found["resources"] == {"limits": {"cpu": "1", "memory": "1Gi"}}


def test_a_null_in_a_list_is_nothing_said() -> None:
    value, problems = typed(daemon_set(tolerations=[None], hostAliases=[]), DAEMON_SET)
    assert (value["spec"]["template"]["spec"]["tolerations"], problems) == ([{}], ())


def test_unknown_and_repeated_fields_are_told_by_their_path() -> None:
    body = b"""{"spec": {"template": {"spec": {
        "containers": [{"name": "a"}, {"name": "b", "imagge": "x"}],
        "nodeSelector": {"a": "1", "a": "2"}, "affinity": {"y": 1, "y": 2}}}}, "foo": 1, "foo": 2}
    """
    value, problems = typed(parsed(body), DAEMON_SET)
    assert problems == (
        'duplicate field "foo"',
        'unknown field "spec.template.spec.containers[1].imagge"',
        'duplicate field "spec.template.spec.nodeSelector.a"',
        'duplicate field "spec.template.spec.affinity.y"',
        'unknown field "foo"',
    )
    assert value["spec"]["template"]["spec"]["nodeSelector"] == {"a": "2"}


@pytest.mark.parametrize(
    ("pod_spec", "message"),
    [
        (
            {"containers": {}},
            "cannot unmarshal object into Go struct field "
            "PodSpec.spec.template.spec.containers of type []v1.Container",
        ),
        (
            {"containers": ["x"]},
            "cannot unmarshal string into Go struct field "
            "PodSpec.spec.template.spec.containers of type v1.Container",
        ),
        (
            {"containers": [{"image": 1.5}]},
            "cannot unmarshal number into Go struct field "
            "Container.spec.template.spec.containers.image of type string",
        ),
        (
            {"hostNetwork": "yes"},
            "cannot unmarshal string into Go struct field "
            "PodSpec.spec.template.spec.hostNetwork of type bool",
        ),
        (
            {"priority": True},
            "cannot unmarshal bool into Go struct field "
            "PodSpec.spec.template.spec.priority of type int32",
        ),
        (
            {"nodeSelector": []},
            "cannot unmarshal array into Go struct field "
            "PodSpec.spec.template.spec.nodeSelector of type map[string]string",
        ),
        (
            {"volumes": [{"name": "a", "emptyDir": {"sizeLimit": []}}]},
            "cannot unmarshal array into Go struct field "
            "EmptyDirVolumeSource.spec.template.spec.volumes.emptyDir.sizeLimit "
            "of type resource.Quantity",
        ),
    ],
)
def test_wrong_types(pod_spec: Object, message: str) -> None:
    with pytest.raises(Mistyped) as caught:
        typed(daemon_set(**pod_spec), DAEMON_SET)
    assert str(caught.value) == f"json: {message}"
