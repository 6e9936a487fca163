"""An add-on of a managed cluster: its schema, its configuration, and changes, which take time."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from kubectl_routes_simulator.ccm_setup import NAME
from kubectl_routes_simulator.vpc_call import refusal

# The schema of the simulated cluster's CCM. Its list is spelled in another letter case than in
# cloud-config, and beside it is more that must survive a change.
_SCHEMA = Path(__file__).with_name("data") / "addon_schema.json"


def addon_config(listed: str | None, token: str) -> dict[str, Any]:
    """A configuration with this list of tables, None for none, among settings of other kinds."""
    return {
        "ServiceMaxConcurrentReconciles": 5,
        **({} if listed is None else {"RouteTableIDs": listed}),
        "WebhookToken": token,
        "EnableEndpointSlice": True,
    }


_TYPES: dict[str, type] = {"boolean": bool, "integer": int, "object": dict, "string": str}


def _violations(value: Any, schema: dict[str, Any], where: str = "config") -> Iterator[str]:
    """What is wrong with a value, in words."""
    wanted = schema.get("type")
    if wanted is not None and type(value) is not _TYPES[wanted]:
        yield f"{where} is not of type {wanted}"
    elif isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield f"{where} does not match {schema['pattern']}"
    elif isinstance(value, dict):
        properties = schema.get("properties", {})
        for name, item in value.items():
            if name in properties:
                yield from _violations(item, properties[name], f"{where}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{where}.{name} is not a property of the component"


class TaskRecord(Struct):
    """A change under way or over. ``due`` is in seconds of the store's clock."""

    due: float
    before: str
    state: str = "running"


class AddonStore:
    """CCM as an add-on, with one version and one schema; safe between threads.

    What may be set at any time: ``config`` (JSON text), ``schema``, ``version``, ``state``,
    ``seconds`` that a change takes, ``failure`` (why changes fail; empty: they succeed), and
    ``on_change``, which gets each new configuration when it takes effect, without the lock.
    """

    name = NAME

    def __init__(
        self,
        clock: Callable[[], float],
        config: dict[str, Any] | None = None,
        version: str = "v2.11.2",
    ) -> None:
        self.config = json.dumps(config or {})
        self.schema: Any = json.loads(_SCHEMA.read_text(encoding="utf-8"))
        self.version = version
        self.state = "active"
        self.seconds = 0.0
        self.failure = ""
        self.on_change: Callable[[dict[str, Any]], None] = lambda _: None
        self.tasks: dict[str, TaskRecord] = {}
        self._clock = clock
        self._lock = threading.RLock()

    @property
    def busy(self) -> bool:
        """Whether a change is under way."""
        with self._lock:
            return any(one.state == "running" for one in self.tasks.values())

    def instance(self) -> dict[str, Any]:
        """The answer of GetClusterAddonInstance."""
        with self._lock:
            found = {"name": self.name, "version": self.version, "state": self.state}
            return {**found, "config": self.config, "logging": {"capable": False}}

    def described(self, version: str) -> dict[str, Any]:
        """The answer of DescribeAddon; no version is the latest one. Raises CloudError."""
        with self._lock:
            if version not in ("", self.version):
                raise refusal("AddonVersionNotFound", f"addon {self.name} has no {version}")
            found = {"name": self.name, "version": self.version, "managed": True}
            return {**found, "config_schema": json.dumps(self.schema), "newer_versions": []}

    def modify(self, text: object) -> str:
        """Begin to change the configuration; returns the task's id. Raises CloudError."""
        config = self._checked(text)
        with self._lock:
            if self.state != "active":
                raise refusal("AddonStateConflict", f"addon {self.name} is {self.state}")
            task_id = f"T-{len(self.tasks) + 1:024x}"
            due = self._clock() + self.seconds
            self.tasks[task_id] = TaskRecord(due, before=self.config)
            self.config = json.dumps(config)
            self.state = "updating"
        self.settle()
        return task_id

    def task(self, task_id: str) -> dict[str, Any]:
        """The answer of DescribeTaskInfo. Raises CloudError."""
        with self._lock:
            record = self.tasks.get(task_id)
            if record is None:
                raise refusal("ErrorTaskNotFound", f"task {task_id} does not exist")
            failed = record.state == "fail"
            return {
                "task_id": task_id,
                "task_type": "addon_modify",
                "state": record.state,
                "current_stage": "UpdateConfig" if record.state == "running" else "",
                "error": {"code": "400", "message": self.failure} if failed else None,
            }

    def settle(self) -> None:
        """Finish the changes whose time has come, and tell ``on_change``."""
        taken = []
        with self._lock:
            for record in self.tasks.values():
                if record.state != "running" or self._clock() < record.due:
                    continue
                if self.failure:
                    record.state, self.state, self.config = "fail", "unhealthy", record.before
                else:
                    record.state, self.state = "success", "active"
                    taken.append(json.loads(self.config))
        for config in taken:
            self.on_change(config)

    def _checked(self, text: object) -> dict[str, Any]:
        if not isinstance(text, str):
            raise refusal("InvalidParameter", "config must be a JSON string")
        try:
            config = json.loads(text)
        except ValueError:
            raise refusal("ErrorJsonDecode", "config is not valid JSON") from None
        problem = next(_violations(config, self.schema), "")
        if problem:
            # As a careless service would, the message repeats what it got.
            raise refusal("AddonConfigInvalid", f"{problem}: {text}")
        return dict(config)
