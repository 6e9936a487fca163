"""Commands that a finding prints, run as a person would run them who copies them."""

from __future__ import annotations

import re
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from aliyunsdkcore.client import AcsClient
from msgspec import Struct

from kubectl_routes_simulator.ccm_setup import find_workload
from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.cli.asking import BASE, ask
from tests.cli.enabling import edit_container
from tests.cli.programs import PATH, ROUTES

# How long a fix may take to show, in seconds.
WAIT = 30.0
# What only shows something: it must succeed, but fixes nothing.
_SHOWS = re.compile(
    r"kubectl (?:-n \S+ )?(?:get|describe|logs|rollout status|auth can-i) "
    r"|kubectl routes (?:status|diagnose|snapshot|trace|tables)\b"
    r"|aliyun (?:configure|\S+ (?:Describe|List|Get))"
)
# Parameters of the APIs of which no SDK is installed, as their public references list them.
_PARAMETERS = {
    "ecs DescribeInstances": {"RegionId", "VpcId", "PrivateIpAddresses", "InstanceIds"},
    "ecs DescribeInstanceStatus": {"RegionId", "InstanceId.1"},
    "ecs DescribeNetworkInterfaceAttribute": {"RegionId", "NetworkInterfaceId", "Attribute"},
    "ram CreatePolicy": {"PolicyName", "PolicyDocument", "Description"},
    "ram AttachPolicyToRole": {"PolicyType", "PolicyName", "RoleName"},
    "quotas CreateQuotaApplication": {
        "ProductCode", "QuotaActionCode", "DesireValue", "Reason", "NoticeType", "Dimensions",
    },
}  # fmt: skip


class Ran(NamedTuple):
    """What came of a command."""

    command: str
    code: int
    output: str


def shows(command: str) -> bool:
    """Whether a command only shows something."""
    return _SHOWS.match(command) is not None


def run_printed(cluster: SimulatedCluster, command: str) -> Ran:
    """Run a command against the cluster. Of a cloud API that is not simulated the form is checked;
    an edit is ended without a change.
    Raises AssertionError for a program that is not known.
    """
    words = shlex.split(command)
    if words[:2] == ["kubectl", "routes"] and "|" not in words:
        return _plugin(cluster, command, words[2:])
    if words[0] == "kubectl":
        return in_shell(cluster, command)
    assert words[0] == "aliyun", command
    return _aliyun(cluster, command, words[1:])


def _plugin(cluster: SimulatedCluster, command: str, words: list[str]) -> Ran:
    """A watch is one look, and enable is agreed to."""
    words = [word for word in words if word != "-w"]
    if words[0] in ("enable", "disable"):
        words += ["--yes", "--timeout", "30s"]
    answer = ask(cluster, *words)
    return Ran(command, answer.code, answer.stdout + answer.stderr)


def in_shell(cluster: SimulatedCluster, line: str, folder: Path | None = None, **env: str) -> Ran:
    """A line as it is copied into a shell; an edit is ended without a change."""
    around = cluster.environment({**BASE, "PATH": PATH})
    done = subprocess.run(
        ["/bin/sh", "-c", line.replace("kubectl routes", ROUTES)],
        env={**around, "KUBE_EDITOR": "true", **env},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(line, done.returncode, done.stdout + done.stderr)


def run_line(cluster: SimulatedCluster, line: str, folder: Path, **env: str) -> None:
    """A line for a shell that must succeed."""
    ran = in_shell(cluster, line, folder, **env)
    assert ran.code == 0, ran


def editor(folder: Path, *scripts: str) -> str:
    """An editor that carries out these lines of sed."""
    path = folder / "editor"
    path.write_text("#!/bin/sh\nexec sed -i '" + "; ".join(scripts) + '\' "$1"\n')
    path.chmod(0o755)
    return str(path)


def _aliyun(cluster: SimulatedCluster, command: str, words: list[str]) -> Ran:
    if words in (["configure"], ["configure", "list"]):
        return Ran(command, 0, "")
    product, action, *rest = words
    flags = dict(zip(rest[::2], rest[1::2], strict=True))
    assert all(name.startswith("--") for name in flags), command
    parameters = {name[2:]: value for name, value in flags.items()}
    if product != "vpc":
        assert set(parameters) <= _PARAMETERS[f"{product} {action}"], command
        return Ran(command, 0, "")
    request = _request(action, parameters)
    where = urlsplit(cluster.vpc.url)
    request.set_endpoint(where.netloc)
    request.set_protocol_type(where.scheme)
    client = AcsClient(SIMULATED_KEY.id, SIMULATED_KEY.secret, parameters["RegionId"])
    with closing(client.session):
        return Ran(command, 0, client.do_action_with_exception(request).decode())


def well_formed(command: str) -> bool:
    """Whether a command of ``aliyun`` names parameters that its API has. Raises AttributeError for
    one that the SDK lacks.
    """
    _, product, action, *rest = shlex.split(command)
    parameters = {name.removeprefix("--"): "x" for name in rest if name.startswith("--")}
    if product == "vpc":
        return _request(action, parameters) is not None
    return set(parameters) <= _PARAMETERS[f"{product} {action}"]


def _request(action: str, parameters: Mapping[str, str]) -> Any:
    """The SDK's request with these parameters. Raises AttributeError for one that it lacks."""
    module = import_module(f"aliyunsdkvpc.request.v20160428.{action}Request")
    request = getattr(module, f"{action}Request")()
    for name, value in parameters.items():
        if name != "RegionId":
            getattr(request, f"set_{name}")(value)
    return request


class Finding(Struct, frozen=True):
    """What matters here of a finding of diagnose."""

    code: str
    severity: str
    commands: tuple[str, ...]


def all_findings(cluster: SimulatedCluster) -> list[Finding]:
    """What diagnose finds, the gravest first."""
    document = ask(cluster, "diagnose", "-o", "json").document
    return [
        Finding(one["code"], one["severity"], tuple(one["commands"]))
        for one in document["findings"]
    ]


def findings(cluster: SimulatedCluster) -> list[Finding]:
    """Errors and warnings, the gravest first."""
    return [one for one in all_findings(cluster) if one.severity != "info"]


def by_person(cluster: SimulatedCluster, command: str) -> str:
    """The command as a person completes it: with the instance that has the node's address, or,
    where there is none, the label that the text names instead.
    """
    if "<instance-id>" not in command:
        return command
    name = command.split()[3]
    node = cluster.kube.store.get("Node", "", name)
    address = node["status"]["addresses"][0]["address"]
    found = [one for one, known in cluster.infra.vpc.addresses.items() if known == address]
    if not found:
        return f"kubectl label node {name} service.alibabacloud.com/exclude-node=true"
    return command.replace("<instance-id>", found[0])


def is_running(cluster: SimulatedCluster) -> bool:
    """Whether all pods of CCM are of the present template and ready; a managed one is not seen."""
    workload: Any = find_workload(cluster.kube.store)
    if workload is None:
        return True
    status = workload["status"]
    wanted = status.get("desiredNumberScheduled", workload["spec"].get("replicas"))
    ready = status.get("numberReady", status.get("readyReplicas"))
    return bool(wanted == ready)


def wait(cluster: SimulatedCluster, expected: set[str]) -> set[str]:
    """The codes that are left once they are no others than expected, or time is up."""
    end = time.monotonic() + WAIT
    while True:
        left = {one.code for one in findings(cluster)}
        if (left <= expected and is_running(cluster)) or time.monotonic() > end:
            return left
        time.sleep(0.2)


def flags(cluster: SimulatedCluster, change: Callable[[list[str]], list[str]], **more: Any) -> None:
    """Change the flags of CCM's container, and ``more`` of its fields."""

    edit_container(cluster, lambda one: one.update({"command": change(one["command"]), **more}))


def repaired(
    cluster: SimulatedCluster, code: str, change: Callable[[], object] | None = None
) -> list[str]:
    """Run what the finding prints, and return the codes of what is left. ``change`` is what a
    person changes who edits, or who has seen what is shown.
    """
    found = [one for one in all_findings(cluster) if one.code == code]
    assert found
    commands = found[0].commands
    for command in commands:
        ran = run_printed(cluster, by_person(cluster, command))
        assert ran.code == 0, ran
        if change is not None and (" edit " in command or command == commands[-1]):
            change()
            change = None
    left = wait(cluster, set())
    assert is_running(cluster)
    return sorted(left)
