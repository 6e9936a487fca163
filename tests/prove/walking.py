"""Random walks: everything that may happen to a cluster in any order, and what must stay true."""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Callable
from typing import Any

from kubectl_routes.simulator.faults import Fault
from kubectl_routes.simulator.practice import PracticeCluster
from tests.cli.asking import Answer
from tests.cli.asking import ask
from tests.cli.killing import run_and_kill
from tests.prove.breakages import BREAKAGES
from tests.prove.places import servers
from tests.prove.stages import ENABLE
from tests.prove.stages import PACE
from tests.prove.stages import PERIOD
from tests.prove.truth import CCM
from tests.prove.truth import SPACE
from tests.prove.truth import routed

SCENARIOS = ("unlisted-vswitch", "seed-before", "on-delete", "blocked")
DISABLE = ("disable", "--yes")
HURRIED = ("--request-timeout", "1s", "--timeout", "3s")
PATIENT = ("--timeout", "30s")
# A command makes fewer requests than this; a fault or a kill behind the last one does nothing.
REQUESTS = 70
# No traffic may be interrupted by a walk's own doing: the first nodes always stay.
FEWEST, MOST = 6, 14
# Seconds for CCM to write the route of a node that has just joined.
PATIENCE = 20.0
CODES = (0, 2, 3, 4, 5)


class Walk:
    """One walk on one cluster. ``steps`` tells the way, for whoever wants to go it again."""

    def __init__(self, scenario: str, seed: int) -> None:
        self._dice = random.Random(f"{scenario} {seed}")
        self.steps: list[str] = [f"{scenario}, seed {seed}"]
        self.cluster = PracticeCluster(scenario, period=PERIOD, pace=PACE)
        self.cluster.__enter__()
        # What others have put into the objects, and must find there for ever.
        self._words: list[str] = []
        self._labels: dict[str, str] = {}
        self._data: dict[str, str] = {}
        self._settings: dict[str, str] = {}
        self._secrets = ["canary-of-the-practice-cluster"]

    def close(self) -> None:
        self.cluster.__exit__(None, None, None)

    def go(self, steps: int) -> None:
        """So many steps, each followed by a look at everything that must be true; then on to the
        end and back.
        """
        actions: list[tuple[Callable[[], None], int]] = [
            (self._enable, 3),
            (self._disable, 2),
            (self._break, 4),
            (self._kill, 2),
            (self._edit_workload, 2),
            (self._edit_config_map, 2),
            (self._restart, 1),
            (self._join, 2),
            (self._leave, 1),
        ]
        for _ in range(steps):
            (act,) = self._dice.choices([one for one, _ in actions], [two for _, two in actions])
            act()
            self._check()
        self._end()

    def _enable(self) -> None:
        self._command("enable", *PATIENT)

    def _disable(self) -> None:
        self._command("disable", *PATIENT)

    def _break(self) -> None:
        """One of the two commands, with something broken from some request on."""
        breakage = self._dice.choice([one for one in BREAKAGES if not one.tls])
        name = self._dice.choice([one for one in breakage.servers if one != "ack"] or ["kube"])
        times = self._dice.choice((1, 1, 2, None))
        skip = self._dice.randrange(REQUESTS if name == "kube" else 10)
        fault = breakage.fault
        armed = Fault(fault.kind, "", times, skip, fault.status, fault.body, fault.headers,
                      fault.seconds)  # fmt: skip
        servers(self.cluster)[name].faults.add(armed)
        self.steps.append(f"{breakage.name} at {name} after {skip}, times {times}")
        try:
            self._command(self._dice.choice(("enable", "disable")), *HURRIED)
        finally:
            for server in servers(self.cluster).values():
                server.faults.clear()

    def _kill(self) -> None:
        name, place = self._dice.choice(("enable", "disable")), self._dice.randrange(REQUESTS)
        answered = self._dice.random() < 0.5
        self.steps.append(f"{name} killed at {place}, answered {answered}")
        words = [*(ENABLE if name == "enable" else DISABLE), *PATIENT]
        run_and_kill(self.cluster, words, place, answered=answered)

    def _edit_workload(self) -> None:
        """Somebody else adds a flag or a label."""
        number = len(self.steps)
        if self._dice.random() < 0.5:
            self._words.append(f"--v={number}")
        else:
            self._labels[f"foreign-{number}"] = "x"
        self.steps.append(f"workload edited: {self._words} {self._labels}")

        def edit(workload: dict[str, Any]) -> None:
            container = workload["spec"]["template"]["spec"]["containers"][0]
            words = container["command"]
            words += [one for one in self._words if one not in words]
            workload["metadata"].setdefault("labels", {}).update(self._labels)

        self.cluster.edit_workload(edit)

    def _edit_config_map(self) -> None:
        """Somebody else adds a key, changes a setting, or renews the credential."""
        number = len(self.steps)
        kind = self._dice.choice(("key", "setting", "secret"))
        if not self._has_config_map():
            return
        if kind == "key":
            self._data[f"foreign-{number}"] = f"value {number}"
        elif kind == "setting":
            self._settings["vswitchid"] = f"vsw-foreign{number}"
        elif self._secret_now():
            self._secrets.append(f"canary-number-{number}")
            self._settings["accessKeySecret"] = _encoded(self._secrets[-1])
        self.steps.append(f"ConfigMap edited: {self._data} {sorted(self._settings)}")

        def edit(config_map: dict[str, Any]) -> None:
            config_map["data"].update(self._data)
            tree = json.loads(config_map["data"]["cloud-config.conf"])
            tree["Global"].update(self._settings)
            config_map["data"]["cloud-config.conf"] = json.dumps(tree)

        self.cluster.edit_config_map(edit)

    def _restart(self) -> None:
        self.steps.append("CCM restarted")
        self.cluster.restart_ccm()

    def _join(self) -> None:
        if len(self.cluster.ground.nodes) < MOST:
            self.steps.append(f"{self.cluster.node_joins()} joined")

    def _leave(self) -> None:
        if len(self.cluster.ground.nodes) > FEWEST:
            self.steps.append(f"{self.cluster.node_leaves()} left")

    def _command(self, name: str, *limits: str) -> Answer:
        answer = ask(self.cluster, *(ENABLE if name == "enable" else DISABLE), *limits)
        self.steps.append(f"{name}: {answer.code}")
        assert answer.code in CODES, answer
        self._is_silent(answer.stdout + answer.stderr)
        return answer

    def _check(self) -> None:
        """What must be true after every step."""
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

    def _has_config_map(self) -> bool:
        """Whether there is one that is not ours alone: what we have made we take away again."""
        found = [
            one
            for one in self.cluster.kube.store.list("ConfigMap")
            if one["metadata"]["name"] == "cloud-config"
        ]
        return any('"created"' not in json.dumps(one["metadata"]) for one in found)

    def _secret_now(self) -> bool:
        data = self.cluster.kube.store.get("ConfigMap", SPACE, "cloud-config")["data"]
        return "accessKeySecret" in data["cloud-config.conf"]

    def _end(self) -> None:
        """On to the end, where every route is there, and back, where ours is gone and all that
        others have done is not.
        """
        on = self._command("enable", *PATIENT)
        assert on.code == 0, on
        # Of a node that joined when all was enabled already nobody has waited for the route.
        end = time.monotonic() + PATIENCE
        while not all(routed(self.cluster).values()) and time.monotonic() < end:
            time.sleep(PACE)
        assert all(routed(self.cluster).values()), routed(self.cluster)
        back = self._command("disable", *PATIENT)
        assert back.code == 0, back
        self._check()
        text = json.dumps(self.cluster.kube.store.get("DaemonSet", SPACE, CCM))
        assert "kubectl-routes/undo" not in text


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def walk(scenario: str, seed: int, steps: int) -> list[str]:
    """Go, and tell the way. Raises AssertionError with the way in it."""
    gone = Walk(scenario, seed)
    try:
        gone.go(steps)
    except AssertionError as error:
        way = "\n  ".join(gone.steps)
        raise AssertionError(f"{error}\non the way:\n  {way}") from error
    finally:
        gone.close()
    return gone.steps
