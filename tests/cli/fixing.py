"""Commands that a finding prints, run as a person would run them who copies them."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from aliyunsdkcore.client import AcsClient

from kubectl_routes_simulator.cloud_server import SIMULATED_KEY
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.cli.asking import BASE, ask
from tests.cli.programs import PATH

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
    """Run a command against the cluster. Of a cloud API that is not simulated the form is checked.
    Raises AssertionError for a program that is not known.
    """
    words = shlex.split(command)
    if words[:2] == ["kubectl", "routes"]:
        return _plugin(cluster, command, words[2:])
    if words[0] == "kubectl":
        return _kubectl(cluster, command, words)
    assert words[0] == "aliyun", command
    return _aliyun(cluster, command, words[1:])


def _plugin(cluster: SimulatedCluster, command: str, words: list[str]) -> Ran:
    """A watch is one look, and enable is agreed to."""
    words = [word for word in words if word != "-w"]
    if words[0] in ("enable", "disable"):
        words += ["--yes", "--timeout", "30s"]
    answer = ask(cluster, *words)
    return Ran(command, answer.code, answer.stdout + answer.stderr)


def _kubectl(cluster: SimulatedCluster, command: str, words: list[str]) -> Ran:
    env = cluster.environment({**BASE, "PATH": PATH})
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=60, check=False)
    return Ran(command, done.returncode, done.stdout + done.stderr)


def _aliyun(cluster: SimulatedCluster, command: str, words: list[str]) -> Ran:
    if words == ["configure"]:
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
    return Ran(command, 0, client.do_action_with_exception(request).decode())


def _request(action: str, parameters: Mapping[str, str]) -> Any:
    """The SDK's request with these parameters. Raises AttributeError for one that it lacks."""
    module = import_module(f"aliyunsdkvpc.request.v20160428.{action}Request")
    request = getattr(module, f"{action}Request")()
    for name, value in parameters.items():
        if name != "RegionId":
            getattr(request, f"set_{name}")(value)
    return request
