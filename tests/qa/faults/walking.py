"""Random walks: everything that may happen to a cluster in any order, and what must stay true."""

from __future__ import annotations

import base64
import json
import sys
import time
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec import structs

from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.cli.asking import Answer, ask
from tests.cli.enabling import CCM, PACE, PERIOD, SPACE
from tests.cli.killing import run_and_kill
from tests.cli.meddling import lose, once, stripping, writes_to
from tests.qa.faults.breakages import BREAKAGES, Breakage
from tests.qa.faults.places import servers
from tests.qa.faults.stages import ENABLE
from tests.qa.faults.truth import routed

SCENARIOS = ("unlisted-vswitch", "seed-before", "on-delete", "blocked")
DISABLE = ("disable", "--yes")
HURRIED = ("--request-timeout", "1s", "--timeout", "3s")
PATIENT = ("--timeout", "30s")
# A command makes fewer requests than this; a fault or a kill behind the last one does nothing.
REQUESTS = 70
# The same of the VPC API.
CALLS = 10
# No traffic may be interrupted by a walk's own doing: the first nodes always stay.
FEWEST, MOST = 6, 14
# Seconds for CCM to write the route of a node that has just joined.
MAX_WAIT = 20.0
CODES = (0, 2, 3, 4, 5)

commands = st.sampled_from(("enable", "disable"))
of_kube, of_vpc = (
    st.sampled_from([one for one in BREAKAGES if name in one.servers and not one.tls])
    for name in ("kube", "vpc")
)
often = st.sampled_from((1, 2, None))


class Walk(RuleBasedStateMachine):
    """A cluster of one scenario, and what may happen to it: each rule is a step."""

    scenario: str

    def __init__(self) -> None:
        super().__init__()
        self.cluster = SimulatedCluster(self.scenario, period=PERIOD, pace=PACE)
        self.cluster.__enter__()
        # What others have put into the objects, and must always find there.
        self._words: list[str] = []
        self._labels: dict[str, str] = {}
        self._data: dict[str, str] = {}
        self._settings: dict[str, str] = {}
        self._secrets = ["canary-of-the-simulated-cluster"]
        self._edits = 0

    def teardown(self) -> None:
        """A walk on which all was well continues to the end and back."""
        try:
            if sys.exc_info()[0] is None:
                self._end()
        finally:
            self.cluster.__exit__(None, None, None)

    @rule()
    def enable(self) -> None:
        """A user enables, and nothing goes wrong."""
        self._command("enable", *PATIENT)

    @rule()
    def disable(self) -> None:
        """A user disables, and nothing goes wrong."""
        self._command("disable", *PATIENT)

    @rule(name=commands, breakage=of_kube, skip=st.integers(0, REQUESTS - 1), times=often)
    def break_kube(self, name: str, breakage: Breakage, skip: int, times: int | None) -> None:
        """One of the two, with something broken from some request on."""
        self._break("kube", name, breakage, skip, times)

    @rule(name=commands, breakage=of_vpc, skip=st.integers(0, CALLS - 1), times=often)
    def break_vpc(self, name: str, breakage: Breakage, skip: int, times: int | None) -> None:
        """The same at the VPC API."""
        self._break("vpc", name, breakage, skip, times)

    def _break(
        self, server: str, name: str, breakage: Breakage, skip: int, times: int | None
    ) -> None:
        armed = structs.replace(breakage.fault, match="", times=times, skip=skip)
        servers(self.cluster)[server].faults.add(armed)
        try:
            self._command(name, *HURRIED)
        finally:
            for one in servers(self.cluster).values():
                one.faults.clear()

    @rule(name=commands, place=st.integers(0, REQUESTS - 1), answered=st.booleans())
    def kill(self, name: str, place: int, *, answered: bool) -> None:
        """One of the two, killed at some request, before or behind its answer."""
        words = [*(ENABLE if name == "enable" else DISABLE), *PATIENT]
        run_and_kill(self.cluster, words, place, answered=answered)

    @rule(lost=st.sampled_from((("ConfigMap",), ("DaemonSet",), ("ConfigMap", "DaemonSet"))))
    def lose_records(self, lost: tuple[str, ...]) -> None:
        """Another client replaces objects, and with them our annotations are gone."""
        if "DaemonSet" in lost:
            self.cluster.edit_workload(lose)
        if "ConfigMap" in lost and self._config_maps():
            self.cluster.edit_config_map(lose)

    @rule(name=commands)
    def strip(self, name: str) -> None:
        """One of the two, while an admission policy lets no annotation of ours through."""
        server = self.cluster.kube.server
        handle = server.handle
        server.handle = stripping(handle)
        try:
            self._command(name, *HURRIED)
        finally:
            server.handle = handle

    @precondition(lambda self: bool(self._config_maps()))
    @rule(name=commands)
    def freeze(self, name: str) -> None:
        """One of the two, while the ConfigMap is immutable."""
        self.cluster.edit_config_map(lambda value: value.update(immutable=True))
        self._command(name, *HURRIED)
        if self._config_maps():
            self.cluster.edit_config_map(thaw)

    @rule(name=commands)
    def race(self, name: str) -> None:
        """One of the two, and the other comes in between its writes."""
        server, other = self.cluster.kube.server, "disable" if name == "enable" else "enable"
        handle = server.handle
        once(server, writes_to(), lambda: self._command(other, "--no-wait", *HURRIED), after=True)
        try:
            self._command(name, *HURRIED)
        finally:
            server.handle = handle

    def _config_maps(self) -> list[dict[str, Any]]:
        return [
            one
            for one in self.cluster.kube.store.list("ConfigMap")
            if one["metadata"]["name"] == "cloud-config"
        ]

    @rule(what=st.sampled_from(("flag", "label")))
    def edit_workload(self, what: str) -> None:
        """Another client adds a flag, or a label."""
        number = self._next()
        if what == "flag":
            self._words.append(f"--v={number}")
        else:
            self._labels[f"foreign-{number}"] = "x"

        def edit(workload: dict[str, Any]) -> None:
            words = workload["spec"]["template"]["spec"]["containers"][0]["command"]
            words += [one for one in self._words if one not in words]
            workload["metadata"].setdefault("labels", {}).update(self._labels)

        self.cluster.edit_workload(edit)

    @precondition(lambda self: self.has_config_map())
    @rule(what=st.sampled_from(("key", "setting", "secret")))
    def edit_config_map(self, what: str) -> None:
        """Another client adds a key, changes a setting, or renews a credential that is there."""
        number = self._next()
        if what == "secret" and self.has_secret():
            self._secrets.append(f"canary-number-{number}")
            self._settings["accessKeySecret"] = _encoded(self._secrets[-1])
        elif what == "key":
            self._data[f"foreign-{number}"] = f"value {number}"
        else:
            self._settings["vswitchid"] = f"vsw-foreign{number}"

        def edit(config_map: dict[str, Any]) -> None:
            config_map["data"].update(self._data)
            tree = json.loads(config_map["data"]["cloud-config.conf"])
            tree["Global"].update(self._settings)
            config_map["data"]["cloud-config.conf"] = json.dumps(tree)

        self.cluster.edit_config_map(edit)

    def _next(self) -> int:
        self._edits += 1
        return self._edits

    @rule()
    def restart(self) -> None:
        """CCM restarts."""
        self.cluster.restart_ccm()

    @precondition(lambda self: len(self.cluster.infra.nodes) < MOST)
    @rule()
    def join(self) -> None:
        """A node joins."""
        self.cluster.node_joins()

    @precondition(lambda self: len(self.cluster.infra.nodes) > FEWEST)
    @rule()
    def leave(self) -> None:
        """The newest node leaves."""
        self.cluster.node_leaves()

    def _command(self, name: str, *limits: str) -> Answer:
        answer = ask(self.cluster, *(ENABLE if name == "enable" else DISABLE), *limits)
        assert answer.code in CODES, answer
        self._is_silent(answer.stdout + answer.stderr)
        # A list that was there before enable stays, and the last line says so.
        kept = "as before enable" in answer.stdout
        if name == "disable" and answer.code == 0 and not kept and "--no-wait" not in limits:
            ours = ",".join(self.cluster.infra.table_ids)
            texts = [one["data"].get("cloud-config.conf", "") for one in self._config_maps()]
            assert not any(ours in text for text in texts), answer
        return answer

    @invariant()
    def check(self) -> None:
        """Nothing is lost or shown, and ``status`` agrees with the stores."""
        self.cluster.settle()
        self._nothing_is_lost()
        before = routed(self.cluster)
        answer = ask(self.cluster, "status", "-o", "json")
        after = routed(self.cluster)
        assert answer.code in (0, 3), answer
        self._is_silent(answer.stdout + answer.stderr)
        shown = {
            (row["name"], table): cell["state"] == "ok"
            for row in answer.document["nodes"]
            for table, cell in row["routes"].items()
        }
        steady = {one for one in before if before[one] == after.get(one)}
        assert {one: shown[one] for one in steady} == {one: before[one] for one in steady}

    def _nothing_is_lost(self) -> None:
        workload = self.cluster.kube.store.get("DaemonSet", SPACE, CCM)
        command = workload["spec"]["template"]["spec"]["containers"][0]["command"]
        assert set(self._words) <= set(command)
        assert self._labels.items() <= workload["metadata"].get("labels", {}).items()
        if self._data or self._settings:
            data = self.cluster.kube.store.get("ConfigMap", SPACE, "cloud-config")["data"]
            assert self._data.items() <= data.items()
            found = json.loads(data["cloud-config.conf"])["Global"]
            assert self._settings.items() <= found.items()
        store = self.cluster.kube.store
        told = [one["metadata"].get("annotations") for one in store.list("ConfigMap")]
        self._is_silent(json.dumps([told, store.list("DaemonSet"), store.list("Event")]))

    def _is_silent(self, text: str) -> None:
        for secret in self._secrets:
            assert secret not in text
            assert _encoded(secret) not in text

    def has_config_map(self) -> bool:
        """Whether there is one that is not ours alone: what we have made we take away again."""
        found = self._config_maps()
        return any('"created"' not in json.dumps(one["metadata"]) for one in found)

    def has_secret(self) -> bool:
        """Whether the cloud-config holds a credential."""
        data = self.cluster.kube.store.get("ConfigMap", SPACE, "cloud-config")["data"]
        return "accessKeySecret" in data["cloud-config.conf"]

    def _end(self) -> None:
        """On to the end, where all routes verified, and back, where ours is gone and all that
        others have done is not.
        """
        on = self._command("enable", *PATIENT)
        assert on.code == 0, on
        # The route of a node that joined after enable was not waited for.
        end = time.monotonic() + MAX_WAIT
        while not all(routed(self.cluster).values()) and time.monotonic() < end:
            time.sleep(PACE)
        assert all(routed(self.cluster).values()), routed(self.cluster)
        back = self._command("disable", *PATIENT)
        assert back.code == 0, back
        self.check()
        text = json.dumps(self.cluster.kube.store.get("DaemonSet", SPACE, CCM))
        assert "kubectl-routes/undo" not in text


def thaw(value: dict[str, Any]) -> None:
    """Let an object be changed again."""
    value.pop("immutable", None)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
