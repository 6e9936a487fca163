"""What every writer may expect of an API server, held against the simulated cluster and, where
there is one, a real server. What it writes lies in the namespace of the run.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.servers import UNKNOWN_USER, Answer, Object, Server
from tests.contract.test_reading import AS_UNKNOWN, config_map, daemon_set, unique

JSON_PATCH = "application/json-patch+json"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
MODIFIED = (
    "the object has been modified; please apply your changes to the latest version and try again"
)


# The release, v1.x, that began with maxSurge.
SURGES = 22


def configs(server: Server, name: str = "") -> str:
    path = f"/api/v1/namespaces/{server.run}/configmaps"
    return f"{path}/{name}" if name else path


def daemon_sets(server: Server, name: str = "") -> str:
    path = f"/apis/apps/v1/namespaces/{server.run}/daemonsets"
    return f"{path}/{name}" if name else path


def made(server: Server) -> Object:
    """A ConfigMap as the server has stored it."""
    return created(server, configs(server), config_map(server, unique("written")))


def made_daemon_set(server: Server) -> Object:
    return created(server, daemon_sets(server), daemon_set(server, unique("written")))


def created(server: Server, path: str, value: Object) -> Object:
    answer = server.send("POST", path, value)
    assert answer.status == 201
    found: Object = answer.json()
    return found


def name_of(value: Object) -> str:
    return str(value["metadata"]["name"])


def version_of(value: Object) -> str:
    return str(value["metadata"]["resourceVersion"])


def refusal(answer: Answer) -> tuple[int, str, str]:
    status = answer.json()
    assert (status["kind"], status["code"]) == ("Status", answer.status)
    return answer.status, status["reason"], status["message"]


def causes(answer: Answer) -> list[tuple[str, str, str]]:
    assert (answer.status, answer.json()["reason"]) == (422, "Invalid")
    found = answer.json()["details"]["causes"]
    return [(one["field"], one["reason"], one["message"]) for one in found]


def managers(value: Object) -> set[str]:
    return {entry["manager"] for entry in value["metadata"]["managedFields"]}


def test_a_new_object(server: Server) -> None:
    value = made(server)
    meta = value["metadata"]
    assert {"uid", "resourceVersion", "creationTimestamp"} <= set(meta)
    assert "generation" not in meta
    assert value["data"] == {"key": "value"}
    assert server.get(configs(server, name_of(value))).json() == value


def test_a_generated_name(server: Server) -> None:
    value = config_map(server, "") | {"metadata": {"generateName": "generated-"}}
    first, second = (server.send("POST", configs(server), value).json() for _ in range(2))
    assert name_of(first).startswith("generated-")
    assert name_of(first) != name_of(second)


def test_what_exists_is_not_created_again(server: Server) -> None:
    value = made(server)
    name = name_of(value)
    answer = server.send("POST", configs(server), config_map(server, name))
    message = f'configmaps "{name}" already exists'
    assert refusal(answer) == (409, "AlreadyExists", message)
    assert answer.json()["details"] == {"name": name, "kind": "configmaps"}


def test_a_namespace_that_there_is_not(server: Server) -> None:
    missing = unique("missing")
    value = config_map(server, "x") | {"metadata": {"name": "x"}}
    answer = server.send("POST", f"/api/v1/namespaces/{missing}/configmaps", value)
    assert refusal(answer) == (404, "NotFound", f'namespaces "{missing}" not found')


def test_what_is_not_there(server: Server) -> None:
    path = daemon_sets(server, "none")
    message = 'daemonsets.apps "none" not found'
    for answer in (
        server.send("PUT", path, daemon_set(server, "none")),
        server.send("PATCH", path, {"metadata": {"labels": {"a": "b"}}}, MERGE),
        server.send("DELETE", path),
    ):
        assert refusal(answer) == (404, "NotFound", message)


def test_names_that_do_not_match_the_path(server: Server) -> None:
    value = made(server)
    path = configs(server, name_of(value))
    answer = server.send("PUT", path, config_map(server, "other"))
    assert refusal(answer) == (
        400,
        "BadRequest",
        f"the name of the object (other) does not match the name on the URL ({name_of(value)})",
    )
    elsewhere = config_map(server, "other")
    elsewhere["metadata"]["namespace"] = "elsewhere"
    answer = server.send("POST", configs(server), elsewhere)
    assert (answer.status, answer.json()["reason"]) == (400, "BadRequest")


def test_an_update_from_an_old_version_is_a_conflict(server: Server) -> None:
    value = made(server)
    path = configs(server, name_of(value))
    server.send("PATCH", path, {"data": {"key": "newer"}}, MERGE)
    answer = server.send("PUT", path, value | {"data": {"key": "older"}})
    assert refusal(answer) == (
        409,
        "Conflict",
        f'Operation cannot be fulfilled on configmaps "{name_of(value)}": {MODIFIED}',
    )
    assert answer.json()["details"] == {"name": name_of(value), "kind": "configmaps"}
    workload = made_daemon_set(server)
    workload["metadata"]["resourceVersion"] = "1"
    answer = server.send("PUT", daemon_sets(server, name_of(workload)), workload)
    message = f'Operation cannot be fulfilled on daemonsets.apps "{name_of(workload)}": {MODIFIED}'
    assert refusal(answer) == (409, "Conflict", message)


def test_an_update_of_another_uid_is_a_conflict(server: Server) -> None:
    value = made(server)
    value["metadata"]["uid"] = "00000000-0000-0000-0000-000000000000"
    del value["metadata"]["resourceVersion"]
    answer = server.send("PUT", configs(server, name_of(value)), value)
    assert (answer.status, answer.json()["reason"]) == (409, "Conflict")
    assert "Precondition failed: UID in precondition" in answer.json()["message"]


def test_a_json_patch_that_tests_the_version(server: Server) -> None:
    value = made(server)
    path = configs(server, name_of(value))
    test = {"op": "test", "path": "/metadata/resourceVersion", "value": version_of(value)}
    patch = [test, {"op": "add", "path": "/data/more", "value": "x"}]
    patched = server.send("PATCH", path, patch, JSON_PATCH)
    assert (patched.status, patched.json()["data"]) == (200, {"key": "value", "more": "x"})
    assert version_of(patched.json()) != version_of(value)
    again = server.send("PATCH", path, patch, JSON_PATCH)
    assert refusal(again) == (
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
    )
    assert again.json()["details"] == {}
    assert server.get(path).json() == patched.json()


def test_a_patch_that_does_not_apply_and_one_that_is_none(server: Server) -> None:
    path = configs(server, name_of(made(server)))
    remove = [{"op": "remove", "path": "/data/none"}]
    assert refusal(server.send("PATCH", path, remove, JSON_PATCH))[:2] == (422, "Invalid")
    assert refusal(server.send("PATCH", path, {}, JSON_PATCH))[:2] == (400, "BadRequest")
    unknown = server.send("PATCH", path, {}, "application/json")
    assert refusal(unknown)[:2] == (415, "UnsupportedMediaType")


def test_a_patch_for_an_old_version_or_another_uid(server: Server) -> None:
    value = made(server)
    path = configs(server, name_of(value))
    stale = {"metadata": {"resourceVersion": "1"}, "data": {"a": "b"}}
    message = f'Operation cannot be fulfilled on configmaps "{name_of(value)}": {MODIFIED}'
    assert refusal(server.send("PATCH", path, stale, MERGE)) == (409, "Conflict", message)
    other = {"metadata": {"uid": "other"}, "data": {"a": "b"}}
    found = causes(server.send("PATCH", path, other, MERGE))
    # A real server may say it twice, once for every object and once for this kind.
    assert set(found) == {
        ("metadata.uid", "FieldValueInvalid", 'Invalid value: "other": field is immutable')
    }


def test_a_write_of_what_is_there_already_is_none(server: Server) -> None:
    value = made(server)
    path = configs(server, name_of(value))
    assert server.send("PUT", path, value).json() == value
    assert server.send("PATCH", path, {"data": {"key": "value"}}, MERGE).json() == value
    assert server.get(path).json() == value


def test_generation_rises_with_the_spec_only(server: Server) -> None:
    path = daemon_sets(server, name_of(made_daemon_set(server)))

    def generation(patch: Object) -> int:
        return int(server.send("PATCH", path, patch, STRATEGIC).json()["metadata"]["generation"])

    assert generation({"metadata": {"annotations": {"a": "b"}}}) == 1
    assert generation({"spec": {"minReadySeconds": 5}}) == 2
    assert generation({"status": {"numberReady": 5}}) == 2


def test_a_strategic_merge_patch_finds_a_container_by_its_name(server: Server) -> None:
    path = daemon_sets(server, name_of(made_daemon_set(server)))
    container = {"name": "main", "env": [{"name": "A", "value": "b"}]}
    patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
    (patched,) = server.send("PATCH", path, patch, STRATEGIC).json()["spec"]["template"]["spec"][
        "containers"
    ]
    assert (patched["image"], patched["env"]) == (
        "registry.example.com/none:v1",
        [{"name": "A", "value": "b"}],
    )


def test_defaults_show(server: Server) -> None:
    spec = made_daemon_set(server)["spec"]
    surge = {"maxSurge": 0} if server.minor >= SURGES else {}
    assert spec["updateStrategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 1, **surge},
    }
    assert spec["revisionHistoryLimit"] == 10
    (container,) = spec["template"]["spec"]["containers"]
    assert container == {
        "name": "main",
        "image": "registry.example.com/none:v1",
        "imagePullPolicy": "IfNotPresent",
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 30


def test_a_dry_run_stores_nothing(server: Server) -> None:
    value = made(server)
    path, fresh = configs(server, name_of(value)), config_map(server, unique("dry"))
    answer = server.send("POST", configs(server), fresh, dryRun="All")
    assert answer.status == 201
    assert "uid" in answer.json()["metadata"]
    assert server.get(configs(server, name_of(fresh))).status == 404
    patch = {"data": {"dry": "run"}}
    tried = server.send("PATCH", path, patch, MERGE, dryRun="All")
    assert (tried.status, tried.json()["data"]["dry"]) == (200, "run")
    assert version_of(tried.json()) == version_of(value)
    assert server.send("DELETE", path, dryRun="All").status == 200
    assert server.get(path).json() == value
    again = server.send("POST", configs(server), config_map(server, name_of(value)), dryRun="All")
    assert refusal(again)[:2] == (409, "AlreadyExists")
    invalid = server.send("PATCH", path, {"data": {"a b": ""}}, MERGE, dryRun="All")
    assert causes(invalid)[0][:2] == ("data[a b]", "FieldValueInvalid")
    unknown = server.send("PATCH", path, patch, MERGE, dryRun="Some")
    assert refusal(unknown)[:2] == (422, "Invalid")


def test_managed_fields_name_the_manager(server: Server) -> None:
    value = made(server)
    assert managers(value) == {"contract"}
    path = configs(server, name_of(value))
    patch = {"data": {"key": "other", "more": "x"}}
    patched = server.send("PATCH", path, patch, MERGE, fieldManager="other-client").json()
    assert managers(patched) == {"contract", "other-client"}
    (entry,) = (
        one for one in patched["metadata"]["managedFields"] if one["manager"] == "other-client"
    )
    assert (entry["apiVersion"], entry["fieldsType"]) == ("v1", "FieldsV1")
    assert entry["time"].endswith("Z")


def test_a_wrong_type(server: Server) -> None:
    value = config_map(server, unique("typed")) | {"data": {"port": 80}}
    code, reason, message = refusal(server.send("POST", configs(server), value))
    assert (code, reason) == (400, "BadRequest")
    assert message.startswith('ConfigMap in version "v1" cannot be handled as a ConfigMap: ')


def test_config_maps_that_are_invalid(server: Server) -> None:
    def of(**content: Any) -> list[tuple[str, str]]:
        value = config_map(server, unique("invalid")) | content
        answer = server.send("POST", configs(server), value, dryRun="All")
        return [cause[:2] for cause in causes(answer)]

    assert of(data={"a b": ""}) == [("data[a b]", "FieldValueInvalid")]
    assert of(data={"a": "x" * 1_048_577}) == [("[]", "FieldValueTooLong")]
    assert of(metadata={"name": "Upper"}) == [("metadata.name", "FieldValueInvalid")]
    assert of(metadata={}) == [("metadata.name", "FieldValueRequired")]


def test_an_immutable_config_map(server: Server) -> None:
    path = configs(server, name_of(made(server)))
    assert server.send("PATCH", path, {"immutable": True}, MERGE).status == 200
    answer = server.send("PATCH", path, {"data": {"key": "other"}}, MERGE)
    because = "Forbidden: field is immutable when `immutable` is set"
    assert causes(answer) == [("data", "FieldValueForbidden", because)]


POD = "spec.template.spec"


def volume(**item: str) -> Object:
    return {"name": "c", "configMap": {"name": "c", "items": [item]}}


REQUIRED = ("FieldValueRequired", "Required value")


@pytest.mark.parametrize(
    ("pod", "found"),
    [
        (
            {"volumes": [volume()]},
            [
                ("volumes[0].configMap.items[0].key", *REQUIRED),
                ("volumes[0].configMap.items[0].path", *REQUIRED),
            ],
        ),
        (
            {"volumes": [volume(key="k", path="/k")]},
            [
                (
                    "volumes[0].configMap.items[0].path",
                    "FieldValueInvalid",
                    'Invalid value: "/k": must be a relative path',
                )
            ],
        ),
        (
            {"volumes": [{"name": "c", "emptyDir": {}}, {"name": "c", "emptyDir": {}}]},
            [("volumes[1].name", "FieldValueDuplicate", 'Duplicate value: "c"')],
        ),
        ({"containers": []}, [("containers", *REQUIRED)]),
        (
            {
                "volumes": [{"name": "c", "emptyDir": {}}],
                "containers": [
                    {
                        "name": "main",
                        "image": "registry.example.com/none:v1",
                        "volumeMounts": [
                            {"name": "c", "mountPath": "/a"},
                            {"name": "c", "mountPath": "/a"},
                            {"name": "none", "mountPath": "/b"},
                        ],
                    }
                ],
            },
            [
                (
                    "containers[0].volumeMounts[1].mountPath",
                    "FieldValueInvalid",
                    'Invalid value: "/a": must be unique',
                ),
                ("containers[0].volumeMounts[2].name", "FieldValueNotFound", 'Not found: "none"'),
            ],
        ),
    ],
)
def test_pod_templates_that_are_invalid(
    server: Server, pod: Object, found: list[tuple[str, str, str]]
) -> None:
    value = daemon_set(server, unique("invalid"))
    value["spec"]["template"]["spec"] |= pod
    answer = server.send("POST", daemon_sets(server), value, dryRun="All")
    assert causes(answer) == [(f"{POD}.{field}", *rest) for field, *rest in found]


def test_a_selector_that_changes(server: Server) -> None:
    value = made_daemon_set(server)
    labels = {"app": "other"}
    patch = [
        {"op": "replace", "path": "/spec/selector/matchLabels", "value": labels},
        {"op": "replace", "path": "/spec/template/metadata/labels", "value": labels},
    ]
    path = daemon_sets(server, name_of(value))
    answer = server.send("PATCH", path, patch, JSON_PATCH, dryRun="All")
    ((field, reason, message),) = causes(answer)
    assert (field, reason) == ("spec.selector", "FieldValueInvalid")
    assert message.endswith(": field is immutable")


def test_a_deletion_for_one_version_and_uid_only(server: Server) -> None:
    value = made(server)
    path, name = configs(server, name_of(value)), name_of(value)

    def delete(**preconditions: str) -> Answer:
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "preconditions": preconditions}
        return server.send("DELETE", path, options)

    stale, other = delete(resourceVersion="1"), delete(uid="other")
    assert [refusal(answer)[:2] for answer in (stale, other)] == [(409, "Conflict")] * 2
    assert "the ResourceVersion in the precondition (1) does not match" in stale.json()["message"]
    assert "the UID in the precondition (other) does not match" in other.json()["message"]
    gone = delete(uid=value["metadata"]["uid"], resourceVersion=version_of(value))
    assert (gone.status, gone.json()["status"]) == (200, "Success")
    assert gone.json()["details"] == {
        "name": name,
        "kind": "configmaps",
        "uid": value["metadata"]["uid"],
    }
    assert server.get(path).status == 404


@pytest.mark.parametrize("verb", ["list", "create", "update", "patch", "delete"])
def test_access_reviews(server: Server, verb: str) -> None:
    attributes = {
        "verb": verb,
        "group": "apps",
        "resource": "daemonsets",
        "namespace": server.run,
        "name": "cloud-controller-manager",
    }
    asked = {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "spec": {"resourceAttributes": attributes},
    }
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    answers = [server.post(path, asked), server.post(path, asked, AS_UNKNOWN)]
    assert [answer.status for answer in answers] == [201, 201]
    assert [answer.json()["status"]["allowed"] for answer in answers] == [True, False]
    assert answers[0].json()["spec"] == {"resourceAttributes": attributes}


def test_a_writer_without_rights(server: Server) -> None:
    answer = server.post(configs(server), config_map(server, "x"), AS_UNKNOWN)
    assert refusal(answer) == (
        403,
        "Forbidden",
        f'configmaps is forbidden: User "{UNKNOWN_USER}" cannot create resource "configmaps" '
        f'in API group "" in the namespace "{server.run}"',
    )
