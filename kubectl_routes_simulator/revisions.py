"""The ControllerRevisions of DaemonSets: which pod templates there have been, and in what order."""

from __future__ import annotations

import json
from contextlib import suppress

from kubectl_routes_simulator.kube_store import Object
from kubectl_routes_simulator.kube_store import Store
from kubectl_routes_simulator.pods import HASH_LABELS
from kubectl_routes_simulator.pods import hash_of

_LABEL = HASH_LABELS["DaemonSet"]
_DEFAULT_LIMIT = 10


class Revisions:
    """Keeps the history of every DaemonSet in ``store``."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def record(self, daemon_set: Object, created: str = "") -> str:
        """The hash of the DaemonSet's template, whose revision is the newest from now on.

        A template that was there before gets its old revision back, with a new number.
        """
        template_hash = hash_of(daemon_set["spec"]["template"])
        known = self._of(daemon_set)
        newest = max((one["revision"] for one in known), default=0)
        own = next((one for one in known if _hash(one) == template_hash), None)
        if own is None:
            self._store.put(_revision(daemon_set, template_hash, newest + 1, created))
        elif own["revision"] < newest:
            self._store.put({**own, "revision": newest + 1})
        return template_hash

    def prune(self, daemon_set: Object, in_use: set[str]) -> None:
        """Drop the oldest ones beyond the history limit that no pod is of."""
        limit = daemon_set["spec"].get("revisionHistoryLimit", _DEFAULT_LIMIT)
        live = {*in_use, hash_of(daemon_set["spec"]["template"])}
        old = [one for one in self._of(daemon_set) if _hash(one) not in live]
        old.sort(key=lambda one: one["revision"])
        for one in old[: max(0, len(old) - limit)]:
            meta = one["metadata"]
            with suppress(LookupError):
                self._store.delete("ControllerRevision", meta["namespace"], meta["name"])

    def _of(self, daemon_set: Object) -> list[Object]:
        meta = daemon_set["metadata"]
        return [
            one
            for one in self._store.list("ControllerRevision", meta["namespace"])
            if any(owner["uid"] == meta["uid"] for owner in one["metadata"]["ownerReferences"])
        ]


def _hash(revision: Object) -> str:
    return str(revision["metadata"]["labels"][_LABEL])


def _revision(daemon_set: Object, template_hash: str, number: int, created: str) -> Object:
    meta, template = daemon_set["metadata"], daemon_set["spec"]["template"]
    owner = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "name": meta["name"],
        "uid": meta["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    revision: Object = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": f"{meta['name']}-{template_hash}",
            "namespace": meta["namespace"],
            "labels": {**template["metadata"].get("labels", {}), _LABEL: template_hash},
            "annotations": {"deprecated.daemonset.template.generation": str(meta["generation"])},
            "ownerReferences": [owner],
        },
        # A copy: what is in the store belongs to the DaemonSet.
        "data": {"spec": {"template": {**json.loads(json.dumps(template)), "$patch": "replace"}}},
        "revision": number,
    }
    if created:
        revision["metadata"]["creationTimestamp"] = created
    return revision
