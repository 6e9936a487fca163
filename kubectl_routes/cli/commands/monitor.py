"""``monitor``: reads again and again, judges, and serves what it finds to Prometheus."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable, Iterable, Iterator
from typing import NoReturn

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from kubectl_routes.analyze.matrix import examine
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose_examined
from kubectl_routes.cli import heap
from kubectl_routes.cli.flags.monitor import DEFAULT_INTERVAL, DEFAULT_LISTEN
from kubectl_routes.cli.metrics_server import Answer, MetricsServer
from kubectl_routes.cli.reading import incomplete, needed_gaps, read, tell_incomplete
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.cli.watching import LONGEST_REST, REST
from kubectl_routes.collect import files
from kubectl_routes.collect.clock import Clock, SystemClock
from kubectl_routes.model.duration import duration
from kubectl_routes.model.errors import RoutesError, UsageError
from kubectl_routes.model.finding import Diagnosis
from kubectl_routes.model.matrix import Matrix
from kubectl_routes.model.message import message
from kubectl_routes.model.moments import epoch_seconds
from kubectl_routes.render import metrics
from kubectl_routes.render.text import plain

# The part that is missing where a reading brings nothing at all.
PART_ALL = "cluster"
# A complete reading makes the monitor ready for so many intervals.
READY_INTERVALS = 3
# node_exporter runs as a user of its own.
_TEXTFILE_MODE = 0o644

Reading = tuple[Matrix, Diagnosis]


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Serve until a signal ends it, or read once; return the exit code."""
    _validate(args)
    if args.once:
        return _once(args, terminal)
    try:
        _serve(args, terminal)
    except KeyboardInterrupt as interrupt:
        # The kubelet and systemd ask a process to end in this way, and it has done nothing wrong.
        if interrupt.args == (signal.SIGTERM,):
            return 0
        raise


def _validate(args: argparse.Namespace) -> None:
    for name in ("listen", "interval"):
        if args.once and getattr(args, name) is not None:
            raise UsageError(
                message("--{name} is for serving, and --once does not serve", name=name),
                message("give one of them"),
            )
    if args.snapshot is not None and not args.once:
        raise UsageError(
            message("a snapshot file does not change, there is nothing to monitor"),
            message("add --once"),
        )


def _once(args: argparse.Namespace, terminal: Terminal) -> int:
    clock = SystemClock()
    began = clock.monotonic()
    matrix, found = _read(args, terminal)
    seconds = clock.monotonic() - began
    missing = needed_gaps(matrix.gaps)
    succeeded = None if missing else epoch_seconds(matrix.time)
    state = metrics.ReadingState(_parts(matrix), succeeded, seconds)
    text = exposition((*metrics.judged(matrix, found), *metrics.of_reading(state)))
    if args.textfile is None:
        terminal.write(text.decode())
    else:
        _write(text, args.textfile)
    return tell_incomplete(missing, False, terminal)


def _serve(args: argparse.Namespace, terminal: Terminal) -> NoReturn:
    interval = DEFAULT_INTERVAL if args.interval is None else args.interval
    clock = SystemClock()
    monitor = Monitor(interval, args.textfile, clock, terminal)
    pages = {"/metrics": monitor.metrics, "/healthz": _alive, "/readyz": monitor.readiness}
    host, port = args.listen or DEFAULT_LISTEN
    server = MetricsServer(host, port, pages)
    try:
        terminal.tell(
            message(
                "serving {url}/metrics, a reading every {interval}",
                url=server.url,
                interval=duration(round(interval)),
            )
        )
        monitor.run(lambda: _read(args, terminal))
    finally:
        server.close()


def _read(args: argparse.Namespace, terminal: Terminal) -> Reading:
    """One answer, of all nodes and tables. Raises RoutesError."""
    # The log is evidence for findings, as in status and diagnose.
    examined = examine(read(args, terminal, logs=True))
    return examined.matrix, diagnose_examined(examined, DiagnoseOptions())


def pause(interval: float, took: float) -> float:
    """How long to rest after a reading that took so long, in seconds."""
    return max(interval - took, min(LONGEST_REST, REST * took))


class Monitor:
    """The values of the last reading that gave any, and how the last one went.

    ``textfile`` is written after each reading, or None.
    """

    def __init__(
        self, interval: float, textfile: str | None, clock: Clock, terminal: Terminal
    ) -> None:
        self._interval = interval
        self._textfile = textfile
        self._clock = clock
        self._terminal = terminal
        self._values: tuple[metrics.Gauge, ...] = ()
        self._succeeded_at: float | None = None
        self._ready_until: float | None = None
        self._text = b""
        self._trouble = ""

    def run(self, ask: Callable[[], Reading]) -> NoReturn:
        """Read until interrupted. Raises UsageError when the first reading shows that the flags or
        the environment are wrong; no other failure ends it.
        """
        heap.run_for_long()
        while True:
            heap.rest(self._clock, self.look(ask))

    def look(self, ask: Callable[[], Reading]) -> float:
        """Read once; the seconds to rest. Raises UsageError in the first reading only."""
        began = self._clock.monotonic()
        missing, trouble = self._asked(ask)
        took = self._clock.monotonic() - began
        rest = pause(self._interval, took)
        if not trouble:
            self._ready_until = began + READY_INTERVALS * max(self._interval, took + rest)
        state = metrics.ReadingState(missing, self._succeeded_at, took)
        self._text = exposition((*self._values, *metrics.of_reading(state)))
        unwritten = self._written()
        self._tell(trouble or unwritten)
        return rest

    def metrics(self) -> Answer:
        """What the last readings gave; nothing before the first has ended."""
        return Answer(200, self._text, CONTENT_TYPE_LATEST)

    def readiness(self) -> Answer:
        """Whether the last complete reading is young enough."""
        if self._ready_until is None:
            return Answer(503, b"no complete reading yet\n")
        if self._clock.monotonic() > self._ready_until:
            return Answer(503, b"the last complete reading is too old\n")
        return Answer(200, b"ok\n")

    def _asked(self, ask: Callable[[], Reading]) -> tuple[tuple[str, ...], str]:
        """The parts that are missing, and in words what the answer lacks."""
        try:
            matrix, found = ask()
        except RoutesError as error:
            if isinstance(error, UsageError) and not self._text:
                raise
            return (PART_ALL,), error.message
        self._values = metrics.judged(matrix, found)
        missing = needed_gaps(matrix.gaps)
        if not missing:
            self._succeeded_at = epoch_seconds(matrix.time)
        return _parts(matrix), incomplete(gap.part for gap in missing) if missing else ""

    def _written(self) -> str:
        """Write the file, where one is wanted; why that failed, or nothing."""
        try:
            if self._textfile is not None:
                _write(self._text, self._textfile)
        except RoutesError as error:
            return error.message
        return ""

    def _tell(self, trouble: str) -> None:
        """Say what is wrong once, and once that it is not any more."""
        if trouble and trouble != self._trouble:
            self._terminal.tell(message("error: {reason}", reason=trouble))
        if self._trouble and not trouble:
            self._terminal.tell(message("note: the result is complete again"))
        self._trouble = trouble


def _alive() -> Answer:
    return Answer(200, b"ok\n")


def _parts(matrix: Matrix) -> tuple[str, ...]:
    return tuple(gap.part for gap in matrix.gaps)


def _write(text: bytes, path: str) -> None:
    try:
        files.write_whole(text, path, _TEXTFILE_MODE)
    except OSError as error:
        raise RoutesError(
            message("{path} cannot be written: {reason}", path=path, reason=str(error.strerror))
        ) from None


class _Once(Collector):
    """Gauges as the library takes them."""

    def __init__(self, gauges: Iterable[metrics.Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Each gauge as a family."""
        for gauge in self._gauges:
            family = GaugeMetricFamily(gauge.name, gauge.meaning, labels=gauge.labels)
            for labels, value in gauge.samples:
                family.add_metric([plain(text) for text in labels], value)
            yield family


def exposition(gauges: Iterable[metrics.Gauge]) -> bytes:
    """The gauges in Prometheus' text format; those without a sample are left out."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once([gauge for gauge in gauges if gauge.samples]))
    return generate_latest(registry)
