"""Events as the kubelet and the controllers of the simulated cluster record them."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from kubectl_routes_simulator.kube_store import Object, Store, rfc3339


class Recorder:
    """Writes Events of ``component``; the same one again is counted.

    ``clock`` gives seconds since the epoch.
    """

    def __init__(self, store: Store, clock: Callable[[], float], component: str) -> None:
        self._store = store
        self._clock = clock
        self._component = component

    def record(self, about: Object, type_: str, reason: str, message: str, host: str = "") -> None:
        """An Event about an object; ``type_`` is Normal or Warning, ``host`` the node on which
        the component runs.
        """
        meta = about["metadata"]
        meant = {
            "kind": about["kind"],
            "apiVersion": about["apiVersion"],
            "namespace": meta["namespace"],
            "name": meta["name"],
            "uid": meta["uid"],
        }
        self.tell(meant, type_, reason, message, host)

    def tell(self, about: Object, type_: str, reason: str, message: str, host: str = "") -> None:
        """The same, about an ObjectReference."""
        now = rfc3339(self._clock())
        key = zlib.crc32(f"{about['kind']}/{about.get('uid', '')}/{reason}/{message}".encode())
        name, namespace = f"{about['name']}.{key:016x}", about.get("namespace", "default")
        try:
            known = self._store.get("Event", namespace, name)
        except LookupError:
            known = {"firstTimestamp": now, "count": 0}
        self._store.put(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": name, "namespace": namespace},
                "involvedObject": about,
                "type": type_,
                "reason": reason,
                "message": message,
                "source": {"component": self._component, **({"host": host} if host else {})},
                "reportingComponent": self._component,
                "reportingInstance": host,
                "firstTimestamp": known["firstTimestamp"],
                "lastTimestamp": now,
                "count": known["count"] + 1,
            }
        )
