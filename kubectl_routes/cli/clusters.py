"""Several clusters at once: which, with which credentials, and what is shown of each.

They are read in parallel, each with a timeout of its own: one that does not answer neither holds up
the others nor spoils their answers.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial

import msgspec
from msgspec import Struct, structs

from kubectl_routes.catalog.pages import part_message
from kubectl_routes.catalog.translation import translated
from kubectl_routes.cli.formats import DOCUMENTS, page_for
from kubectl_routes.cli.heap import run_for_long
from kubectl_routes.cli.parser import nearest_hint
from kubectl_routes.cli.progress import Progress
from kubectl_routes.cli.reading import INCOMPLETE, collect_options, incomplete
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.collect import background, snapshot
from kubectl_routes.collect.clock import SystemClock
from kubectl_routes.collect.kubeconfig import Kubeconfig, load
from kubectl_routes.model.clusters import (
    ClusterAnswer,
    ContextError,
    DiagnosisList,
    Health,
    RouteStatusList,
    worst_first,
)
from kubectl_routes.model.command import command
from kubectl_routes.model.errors import RoutesError, UsageError
from kubectl_routes.model.message import Language, joined, message
from kubectl_routes.model.snapshot import Gap, Snapshot
from kubectl_routes.render import documents
from kubectl_routes.render.clusters import clusters_page

# A reading has some twenty threads and connections, and a snapshot in memory until it is judged.
AT_ONCE = 8
# A cluster that has not answered for so long makes room for another, up to so many in all.
SILENT_SECONDS = 5.0
MOST_SILENT = 32
# How long to wait before what is silent is counted again, in seconds.
MOMENT = 0.5
# So many of the clusters that have not answered yet are named.
WAITING_SHOWN = 2
OUTPUTS = ("table", "wide", *DOCUMENTS)
# What is of one cluster, or of one moment, and what it is where it was not given.
_OF_ONE = (
    *("NODE", "--tables", "--selector", "--all", "--sort-by", "--watch", "--wait-until-ok"),
    *("--timeout", "--list-checks", "--snapshot", "--context", "--cluster", "--user", "--region"),
    *("--vpc-id", "--vpc-endpoint"),
)
_ABSENT: tuple[object, ...] = (None, False, [], "state")


class View(Struct, frozen=True):
    """What a command, by its name, makes of a snapshot: its answer, the headers of the columns, and
    the kind of its list.
    """

    command: str
    answer: Callable[[str, Snapshot], ClusterAnswer]
    headers: tuple[str, ...]
    kind: type[RouteStatusList | DiagnosisList]


def several(args: argparse.Namespace) -> bool:
    """Whether several clusters were asked for."""
    return bool(args.contexts or args.all_contexts)


def show(args: argparse.Namespace, terminal: Terminal, view: View) -> int:
    """Read and show the clusters, and return the worst exit code. Raises UsageError."""
    _validate(args)
    run_for_long()
    kubeconfig = load(collect_options(args), terminal.env)
    names = _names(args, kubeconfig)
    profiles = _profiles(args, names, kubeconfig.contexts)
    answers = worst_first(_read(args, terminal, kubeconfig, profiles, view))
    counts = Counter(answer.health for answer in answers)
    left_out = (Health.HEALTHY,) if getattr(args, "problems", False) else ()
    shown = [answer for answer in answers if answer.health not in left_out]
    if args.output in DOCUMENTS:
        items = tuple(msgspec.Raw(answer.document or b"null") for answer in shown)
        summary = {health: counts[health] for health in Health}
        terminal.write(DOCUMENTS[args.output](view.kind(items, summary)))
    else:
        page = page_for(args, terminal)
        details = _details(args, view.command, shown, profiles)
        terminal.write(clusters_page(shown, counts, view.headers, details, page))
    unread = (Health.UNREADABLE, Health.INCOMPLETE)
    if names := [answer.context for answer in answers if answer.health in unread]:
        terminal.tell(message("error: {reason}", reason=incomplete(names)))
    return max(answer.code for answer in answers)


def _validate(args: argparse.Namespace) -> None:
    """Raise UsageError for what has no meaning for several clusters."""
    flag = "--all-contexts" if args.all_contexts else "--contexts"
    if args.contexts and args.all_contexts:
        raise UsageError(
            message("--contexts and --all-contexts are both given"), message("give one of them")
        )
    given = [name for name in _OF_ONE if _value(args, name) not in _ABSENT]
    if given:
        raise UsageError(
            message(
                "{flag} cannot be combined with {others}", flag=flag, others=joined(", ", given)
            ),
            message("leave it out, or name one cluster with --context"),
        )
    if args.output not in OUTPUTS:
        raise UsageError(
            message("{flag} does not support -o {output}", flag=flag, output=args.output),
            message("it supports {formats}", formats=", ".join(OUTPUTS)),
        )


def _value(args: argparse.Namespace, name: str) -> object:
    """The value of a flag, if the command has it; argparse keeps it by another name."""
    return getattr(args, "nodes" if name == "NODE" else name[2:].replace("-", "_"), None)


def _names(args: argparse.Namespace, kubeconfig: Kubeconfig) -> list[str]:
    """The contexts to read, each once. Raises UsageError for one that does not exist."""
    known = kubeconfig.contexts
    where = message(
        "contexts in {files}: {names}",
        files=kubeconfig.where,
        names=", ".join(known) or message("none"),
    )
    if args.all_contexts:
        if not known:
            raise UsageError(message("the kubeconfig has no context"), where)
        return list(known)
    names = list(dict.fromkeys(args.contexts))
    for name in names:
        if name not in known:
            raise UsageError(
                message("context {name} does not exist", name=repr(name)),
                nearest_hint(name, known, where),
            )
    return names


def _profiles(
    args: argparse.Namespace, names: Sequence[str], known: Sequence[str]
) -> dict[str, str | None]:
    """The credentials profile of every context: its own, else the one for all, else none."""
    common: str | None = None
    own: dict[str, str] = {}
    for value in args.profiles:
        context, equals, profile = value.rpartition("=")
        if not equals:
            common = value
        elif context in known:
            own[context] = profile
        else:
            raise UsageError(
                message("--profile: context {name} does not exist", name=repr(context)),
                nearest_hint(context, known, message("write CONTEXT=NAME, or NAME for all")),
            )
    return {name: own.get(name, common) for name in names}


class _Reading(Struct):
    """One cluster that is being read: since when, and whether anything has come of it yet."""

    name: str
    began: float
    answered: bool = False


def _read(
    args: argparse.Namespace,
    terminal: Terminal,
    kubeconfig: Kubeconfig,
    profiles: dict[str, str | None],
    view: View,
) -> list[ClusterAnswer]:
    """The answers about all clusters, a few at once; those that are silent do not count."""
    clock = SystemClock()
    waiting = list(profiles)
    running: dict[Future[ClusterAnswer], _Reading] = {}
    answers: list[ClusterAnswer] = []
    options = structs.replace(collect_options(args), logs=True, interactive=False)

    def work(reading: _Reading) -> ClusterAnswer:
        def heard(_: str) -> None:
            reading.answered = True

        own = structs.replace(options, context=reading.name, profile=profiles[reading.name])
        try:
            taken = snapshot.take(own, terminal.env, clock, heard, kubeconfig)
            return view.answer(reading.name, taken)
        except RoutesError as error:
            return _failed(reading.name, error, terminal.language)

    reads = message("reading {count:cluster|clusters}", count=len(profiles))
    with Progress(terminal, reads) as sign:
        while waiting or running:
            for _ in range(_room(running.values(), clock.monotonic())):
                if waiting:
                    reading = _Reading(waiting.pop(0), clock.monotonic())
                    running[background.start(partial(work, reading))] = reading
            done = wait(running, MOMENT, FIRST_COMPLETED).done
            answers += [future.result() for future in done]
            running = {future: reading for future, reading in running.items() if future not in done}
            if done and running:
                sign.tell(_waiting([*(reading.name for reading in running.values()), *waiting]))
    return answers


def _room(running: Collection[_Reading], now: float) -> int:
    """How many more clusters may be read: a server that never answers takes a thread and no
    memory, and must not hold up the others.
    """
    busy = sum(each.answered or now - each.began < SILENT_SECONDS for each in running)
    return max(0, min(AT_ONCE - busy, MOST_SILENT - len(running)))


def _waiting(names: Sequence[str]) -> str:
    """Which clusters have not answered yet."""
    shown, more = ", ".join(names[:WAITING_SHOWN]), len(names) - WAITING_SHOWN
    if more > 0:
        return message("waiting for {names} and {count} more", names=shown, count=more)
    return message("waiting for {names}", names=shown)


def _failed(name: str, error: RoutesError, language: Language) -> ClusterAnswer:
    """The answer about a cluster that cannot be read, whatever the reason."""
    return ClusterAnswer(
        context=name,
        health=Health.UNREADABLE,
        weight=(),
        columns=(),
        text=error.message,
        code=INCOMPLETE,
        document=documents.encoded(
            translated(ContextError(name, error.message, error.hint), language)
        ),
        hint=error.hint,
    )


def _details(
    args: argparse.Namespace,
    name: str,
    shown: Sequence[ClusterAnswer],
    profiles: dict[str, str | None],
) -> str:
    """The command that shows the worst cluster in full; empty where all are well, or where its name
    cannot be printed in a command.
    """
    if not shown or shown[0].health is Health.HEALTHY:
        return ""
    values = {
        "context": shown[0].context,
        "kubeconfig": args.kubeconfig,
        "profile": profiles[shown[0].context],
    }
    given = {flag: value for flag, value in values.items() if value}
    flags = (f"--{flag}={{{flag}}}" for flag in given)
    return command(" ".join(("kubectl routes", name, *flags)), given) or ""


def answer_of(
    context: str,
    gaps: Sequence[Gap],
    *,
    healthy: bool,
    failed: bool,
    weight: tuple[int, ...],
    columns: tuple[str, ...],
    text: str,
    document: bytes | None,
) -> ClusterAnswer:
    """The answer about a cluster that was read, but for the ``gaps``, which outweigh all else;
    ``failed``: the exit code is to say so.
    """
    health = Health.HEALTHY if healthy else Health.UNHEALTHY
    code = 1 if failed else 0
    if gaps:
        parts = joined(", ", (part_message(gap.part) for gap in gaps))
        text = joined("; ", (message("could not read {parts}", parts=parts), text))
        health, code = Health.INCOMPLETE, INCOMPLETE
    return ClusterAnswer(context, health, weight, columns, text, code, document)
