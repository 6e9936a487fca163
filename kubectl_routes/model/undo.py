"""What is needed to undo what ``enable`` changed. It is kept in annotations and holds no
secret: names, ids, flags and images only.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from msgspec import Struct

from kubectl_routes.model.optional_text import OptionalText

# On the workload and on the ConfigMap: how to undo what was changed there.
UNDO = "kubectl-routes/undo"
# On the workload: what was done, by whom and when, the newest last.
HISTORY = "kubectl-routes/history"
# On either for a moment only, so that its resourceVersion moves on.
FENCE = "kubectl-routes/fence"
# On a managed cluster there is no workload: a ConfigMap of this name carries both.
RECORD = "kubectl-routes"
# On the pod template: stands for the list, so that a new list makes new pods.
CONFIG_HASH = "kubectl-routes/config-hash"
# Behind a ConfigMap's key: the text before it was rewritten as JSON. It may hold credentials, and
# stays in the object that holds them anyway.
BACKUP = ".before-kubectl-routes"


class ListChange(Enum):
    """What was done to a cloud-config text."""

    REPLACED = "replaced"  # the value of routeTableIDs; ``was`` is the old one, as JSON
    INSERTED = "inserted"  # routeTableIDs itself, into Global
    SECTION = "section"  # Global with routeTableIDs in it; ``was`` is "null" where it was null
    WRITTEN = "written"  # all of it, in place of an empty text; ``was`` is that text
    REWRITTEN = "rewritten"  # all of it, YAML as JSON; the old text is kept beside it


class ListUndo(Struct, frozen=True, rename="camel", omit_defaults=True):
    """How to undo a change of a cloud-config text; ``tables`` is the list that stood there,
    None when there was none.
    """

    change: ListChange
    was: str = ""
    tables: str | None = None


class ConfigMapUndo(Struct, frozen=True, rename="camel", omit_defaults=True):
    """How to undo what was done to a ConfigMap; it is written in the same write.

    ``created``: there was no such ConfigMap. ``key_added``: it had no such key. ``backup`` is the
    key under which a text that was rewritten is kept, empty where none was. ``absent`` names the
    mappings (``data``, ``annotations``) that it did not have.
    """

    key: str
    created: bool = False
    key_added: bool = False
    text: ListUndo | None = None
    backup: str = ""
    absent: tuple[str, ...] = ()


class ValueChange(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A value that was replaced: restored only while ``now`` still stands there. None: absent."""

    was: str | None
    now: str | None


class FlagUndo(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A word of ``command`` or ``args`` that was added, or that took the place of ``was``."""

    words: str
    now: str
    was: str | None = None


class MountUndo(Struct, frozen=True, rename="camel", omit_defaults=True):
    """Fields that were taken off the mount at a path (readOnly, recursiveReadOnly)."""

    mount_path: str
    was: dict[str, Any]


class ItemUndo(Struct, frozen=True, rename="camel", omit_defaults=True):
    """An item that was added to a ConfigMap volume."""

    volume: str
    key: str


class ProbeUndo(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The port of a probe that was moved with the image: ``kind`` and ``action`` are the API's
    names (livenessProbe, httpGet), ``was`` a number, or the name of a port.
    """

    kind: str
    action: str
    was: int | str
    now: int


class WorkloadUndo(Struct, frozen=True, rename="camel", omit_defaults=True):
    """How to undo what was done to CCM's workload; it is written in the same write.

    ``tables`` is the list before and after, ``config_map`` is ``name/key``. ``volume`` and
    ``mount`` are the name and the mountPath that were added. ``absent`` names the lists and
    mappings that were not there (``volumes``, ``volumeMounts``, ``command``, ``args``,
    ``annotations`` and ``metadata`` of the pod template).
    """

    container: str
    config_map: str
    tables: ValueChange
    image: ValueChange | None = None
    flag: FlagUndo | None = None
    volume: str = ""
    item: ItemUndo | None = None
    mount: str = ""
    writable: MountUndo | None = None
    hash: ValueChange | None = None
    absent: tuple[str, ...] = ()
    probes: tuple[ProbeUndo, ...] = ()


class HistoryEntry(Struct, frozen=True, rename="camel"):
    """One line of the history: ``action`` is enabled, disabled, repaired or rolled back; ``time``
    is RFC 3339.

    ``was`` and ``now`` are the lists (None: none), ``image`` is set where it changed.
    """

    time: str
    action: str
    by: str
    was: str | None = None
    now: str | None = None
    image: OptionalText = ""
