"""All flags that must change, and the patch that changes them and nothing else."""

from __future__ import annotations

import json
from typing import Any

import jsonpatch
import pytest

from kubectl_routes.ccm.cloudconfig import Reading
from kubectl_routes.ccm.flags import parse
from kubectl_routes.ccm.needed_flags import FlagChange, fatal_flags, needed_flags
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.ccm.version import parse_tag
from kubectl_routes.ccm.workload_patch import flag_operations, image_operations, patch_text
from kubectl_routes.model.controller import Controller, ControllerKind, Probe

CIDR = "fd00::/64, 172.20.0.0/16"
V1, V2 = "v1.9.3.105-gfd4e547-aliyun", "v2.11.2"
OFF = "--configure-cloud-routes=false"

ON, RANGE = "--configure-cloud-routes=true", "--cluster-cidr=172.20.0.0/16"


def changes(tag: str, *words: str, cidr: str = CIDR) -> tuple[FlagChange, ...]:
    behavior = behavior_of(parse_tag(tag))
    return needed_flags(parse(words, behavior), behavior, Reading(), cidr)


def texts(tag: str, *words: str, cidr: str = CIDR) -> list[str]:
    return [change.text for change in changes(tag, *words, cidr=cidr)]


def test_every_flag_that_is_missing_is_named_at_once() -> None:
    assert texts(V2, OFF) == ["--configure-cloud-routes=true", "--cluster-cidr=172.20.0.0/16"]
    assert texts(V1) == [
        "--cloud-provider=alicloud",
        "--allow-untagged-cloud=true",
        "--cluster-cidr=172.20.0.0/16",
    ]
    assert texts(V2, "--cluster-cidr=10.0.0.0/8") == []


def test_a_value_that_is_not_known_is_a_placeholder() -> None:
    assert texts(V2, cidr="") == ["--cluster-cidr=<cluster-cidr>"]
    assert texts(V2, cidr="fd00::/64") == ["--cluster-cidr=<cluster-cidr>"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("node,service", "node,service,route"), ("*,-route", "*"), ("-route", "route")],
)
def test_the_list_of_controllers_names_route_again(given: str, wanted: str) -> None:
    words = ("--cluster-cidr=10.0.0.0/8", f"--controllers={given}")
    assert texts(V2, *words) == [f"--controllers={wanted}"]


def test_without_routes_ccm_starts_without_a_pod_cidr() -> None:
    found = changes(V2, OFF, "--master=x")
    assert [one.text for one in fatal_flags(found, routes_on=False)] == ["--master"]
    assert [one.text for one in fatal_flags(found, routes_on=True)] == [
        "--master",
        "--cluster-cidr=172.20.0.0/16",
    ]


def container(command: tuple[str, ...], args: tuple[str, ...]) -> dict[str, Any]:
    lists = {"command": list(command), "args": list(args)}
    return {name: words for name, words in lists.items() if words}


@pytest.mark.parametrize("tag", [V1, V2])
@pytest.mark.parametrize(
    ("command", "args"),
    [
        ((), ()),
        (("/ccm",), ()),
        (("/ccm", OFF), ()),
        (("/ccm",), ("--configure-cloud-routes", "--controllers", "node", "--v=2")),
        (("/ccm",), ("--configure-cloud-routes", "false")),
        (("/ccm", "--master", "x", "--port=1", "--v=2"), ("--controllers=-route", OFF)),
        (("/ccm", "--network", "vpc", "--cluster-cidr", "", "--cluster-cidr="), (OFF, OFF)),
    ],
)
def test_a_patched_container_needs_no_other_flag(
    tag: str, command: tuple[str, ...], args: tuple[str, ...]
) -> None:
    behavior = behavior_of(parse_tag(tag))
    controller = Controller(
        kind=ControllerKind.DAEMON_SET, command=command, args=args, container_index=1
    )
    needed = changes(tag, *command, *args)
    text = patch_text(flag_operations(controller, needed))
    before = {"spec": {"template": {"spec": {"containers": [{}, container(command, args)]}}}}
    after = jsonpatch.apply_patch(before, text)["spec"]["template"]["spec"]["containers"][1]
    words = (*after.get("command", ()), *after.get("args", ()))
    assert changes(tag, *words) == ()
    assert parse(words, behavior).cluster_cidr == "172.20.0.0/16"
    # No other word is touched: the program, and flags that are right.
    assert [word for word in (*command, *args) if word in ("/ccm", "--v=2")] == [
        word for word in words if word in ("/ccm", "--v=2")
    ]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (f"exec /ccm {OFF} --v=2", f"exec /ccm {ON} --v=2 {RANGE}"),
        (
            "exec /cloud-controller-manager $FLAGS >log",
            f"exec /cloud-controller-manager $FLAGS >log {ON} {RANGE}",
        ),
        (f"exec /ccm {OFF} $FLAGS", f"exec /ccm {OFF} $FLAGS {ON} {RANGE}"),
        ("echo; exec /ccm $FLAGS", None),
        (f"/ccm --token=REDACTED {OFF}", None),
    ],
)
def test_the_text_of_a_shell_is_changed_as_a_whole_or_left_alone(was: str, now: str | None) -> None:
    expanded = ("sh", "-c", was.replace("$FLAGS", OFF))
    controller = Controller(
        kind=ControllerKind.DAEMON_SET,
        command=expanded[:1],
        args=expanded[1:],
        written=("sh", "-c", was) if "$" in was else (),
    )
    path = "/spec/template/spec/containers/0/args/1"
    assert flag_operations(controller, changes(V2, *expanded)) == (
        ()
        if now is None
        else (
            {"op": "test", "path": path, "value": was},
            {"op": "replace", "path": path, "value": now},
        )
    )


def test_image_and_probes_change_together_or_the_probes_alone() -> None:
    controller = Controller(kind=ControllerKind.DEPLOYMENT, image="ccm:v1")
    probe = Probe("livenessProbe", "httpGet", 10252)
    place = "/spec/template/spec/containers/0"
    port = {"op": "replace", "path": f"{place}/livenessProbe/httpGet/port", "value": 10258}
    assert json.loads(patch_text(image_operations(controller, "ccm:v2", (probe,), 10258))) == [
        {"op": "test", "path": f"{place}/image", "value": "ccm:v1"},
        {"op": "replace", "path": f"{place}/image", "value": "ccm:v2"},
        port,
    ]
    assert image_operations(controller, "", (probe,), 10258) == (port,)
