"""From the command line to one subcommand to an exit code; the one place where errors are told."""

from __future__ import annotations

import argparse
import errno
import gc
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn, TextIO

from kubectl_routes import __version__
from kubectl_routes.cli import complete
from kubectl_routes.cli.commands import SUMMARIES, load
from kubectl_routes.cli.ending import OUTPUT_CLOSED, end, silence
from kubectl_routes.cli.interrupts import Interrupts
from kubectl_routes.cli.options import add_shared
from kubectl_routes.cli.parser import WIDEST, Parser
from kubectl_routes.cli.terminal import OutputClosed, Terminal
from kubectl_routes.model.errors import RoutesError
from kubectl_routes.render.text import wrapped

INTERRUPTED = 130
# From this -v on an error comes with its traceback.
TRACEBACK = 8

# krew, pip and others replace the files of a program while it runs.
_REPLACED = (
    "if kubectl-routes was upgraded or removed while it ran, run it again; else reinstall it"
)

# Environment variables whose values no output may hold, and how long a value is worth hiding.
_CREDENTIAL = re.compile("KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL", re.IGNORECASE)
SHORTEST_SECRET = 6

_EXIT_CODES = {
    "  0": "healthy, or done",
    "  1": "not every route is ok (status --check), findings at or above --fail-on (diagnose),"
    " the way is broken (trace), or a dry run that shows changes",
    "  2": "usage",
    "  3": "could not complete, or what the answer depends on could not be read",
    "  4": "written, but not every route has arrived in time",
    "  5": "failed, and taken back",
    "130": "interrupted",
}


def main(
    argv: Sequence[str],
    env: Mapping[str, str],
    stdout: TextIO,
    stderr: TextIO,
    stdin: TextIO | None = None,
) -> int:
    """Run the command line ``argv`` (its first item is the program) and return the exit code.

    Without ``stdin`` nobody can be asked anything.
    """
    with Interrupts() as interrupts:
        return _main(argv, Terminal(env, stdout, stderr, stdin, interrupts))


def _main(argv: Sequence[str], terminal: Terminal) -> int:
    args = argparse.Namespace(verbosity=0)
    try:
        return _run(argv, args, terminal)
    except SystemExit as left:
        return _left(left, terminal)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ImportError as error:
        return _told(_incomplete(error), args, terminal)
    except OutputClosed:
        return OUTPUT_CLOSED
    except RoutesError as error:
        return _told(error, args, terminal)
    except Exception as error:  # noqa: BLE001 - whatever else it is, it is told in one line
        return _internal(error, args, terminal)
    finally:
        terminal.erase()


def entry() -> NoReturn:
    """The console script: real streams and environment, and an end that suits a shell."""
    import warnings  # noqa: PLC0415

    if not sys.warnoptions:
        # Libraries warn the developer; nobody who runs a command can do anything about it.
        warnings.simplefilter("ignore")
    if sys.argv[1:2] == [complete.COMMAND]:
        complete.silently(sys.argv[2:])
    silence()
    # Loading modules makes many objects and no garbage; to look for some takes a tenth of a small
    # status. What runs for long switches it on again.
    gc.disable()
    stdout, stderr = _usable(sys.stdout), _usable(sys.stderr)
    with Interrupts() as interrupts:
        code = _main(sys.argv, Terminal(os.environ, stdout, stderr, sys.stdin, interrupts))
        with interrupts.held():
            end(code, stdout, stderr)


def _usable(stream: TextIO | None) -> TextIO:
    """The stream, made to show a name that its encoding does not have as an escape; one that the
    shell has closed leads nowhere.
    """
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]
    return stream


def program(argv: Sequence[str]) -> str:
    """How the operator calls us: kubectl starts plugins by names that begin with ``kubectl-``."""
    name = os.path.basename(argv[0])
    return "kubectl routes" if name.startswith("kubectl-") else name


def _run(argv: Sequence[str], args: argparse.Namespace, terminal: Terminal) -> int:
    prog = program(argv)
    words, after = _split(list(argv[1:]))
    _top(prog, terminal).parse_args(words, args)
    if args.version:
        terminal.write(f"kubectl-routes {__version__}\n")
        return 0
    if args.command is None:
        terminal.write(_first_steps(prog, min(terminal.width, WIDEST)))
        return 0
    command = load(args.command)
    parser = Parser(
        f"{prog} {args.command}", terminal.stdout, terminal.width, SUMMARIES[args.command]
    )
    command.declare(parser)
    add_shared(parser)
    # Into the same namespace: what was said before the subcommand's name still counts.
    parser.parse_intermixed_args(args.rest, args)
    if after and not command.passes_on:
        parser.error(f"unexpected after --: {' '.join(after)}")
    args.after = after
    args.scripts = os.path.dirname(os.path.abspath(argv[0]))
    return command.run(args, terminal)


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """What stands before the first ``--``, and what stands after it."""
    if "--" not in words:
        return words, []
    place = words.index("--")
    return words[:place], words[place + 1 :]


def _top(prog: str, terminal: Terminal) -> Parser:
    """The parser of what stands before the subcommand's name."""
    width = min(terminal.width, WIDEST)
    top = Parser(
        prog,
        terminal.stdout,
        terminal.width,
        "The VPC routes of Kubernetes nodes on Alibaba Cloud: intended against actual.\n\n"
        f"commands ({prog} COMMAND -h tells more):\n{_two_columns(SUMMARIES, width)}",
        f"exit codes, the same for every output format:\n{_two_columns(_EXIT_CODES, width)}",
    )
    top.usage = "%(prog)s [flags] COMMAND [flags]"
    top.add_argument("--version", action="store_true", help="print the version and exit")
    top.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    top.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    add_shared(top)
    return top


def _first_steps(prog: str, width: int) -> str:
    steps = {
        f"{prog} status": "every node by every route table",
        f"{prog} diagnose": "why a route is missing, and what mends it",
        f"{prog} enable --tables auto": "let CCM serve every table in use",
    }
    return (
        "Which node has its route in which VPC route table, intended against actual?\n\n"
        f"{_two_columns(steps, width)}\n\n"
        f"Without a cluster: {prog} simulate -- {prog} status\n"
        f"All commands and flags: {prog} -h\n"
    )


def _two_columns(rows: Mapping[str, str], width: int) -> str:
    """Each key with its text beside it, within ``width`` columns."""
    first = max(map(len, rows)) + 4
    return "\n".join(
        wrapped(text, width, " " * first, f"  {key}".ljust(first)) for key, text in rows.items()
    )


def _told(error: RoutesError, args: argparse.Namespace, terminal: Terminal) -> int:
    if args.verbosity >= TRACEBACK:
        _trace(error, terminal)
    terminal.tell(f"error: {error.message}")
    for line in filter(None, error.hint.split("\n")):
        terminal.tell(line)
    return error.exit_code


def _left(left: SystemExit, terminal: Terminal) -> int:
    """The exit code of argparse after the help, and of the loader of a frozen program, which leaves
    with a text when the files of the program are replaced or removed.
    """
    if left.code is None or isinstance(left.code, int):
        return left.code or 0
    text = " ".join(str(left.code).split())
    return _told(
        RoutesError(text.removeprefix("ERROR: "), _REPLACED),
        argparse.Namespace(verbosity=0),
        terminal,
    )


def _incomplete(error: ImportError) -> RoutesError:
    fault = RoutesError(f"a part of kubectl-routes cannot be loaded: {error.msg}", _REPLACED)
    fault.__cause__ = error
    return fault


def _internal(error: Exception, args: argparse.Namespace, terminal: Terminal) -> int:
    """A fault of ours, or of the machine. Its message is not shown below -v 8: it may hold
    anything.
    """
    ordinary = _of_the_machine(error)
    if ordinary is not None:
        ordinary.__cause__ = error
        return _told(ordinary, args, terminal)
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = "" if frame is None else f" in {frame.tb_frame.f_globals.get('__name__')}"
    line = "" if frame is None else f", line {frame.tb_lineno}"
    fault = RoutesError(
        f"internal: {type(error).__name__}{where}{line}",
        "this is a fault of kubectl-routes; please report it with the output of -v 8",
    )
    fault.__cause__ = error
    return _told(fault, args, terminal)


def _of_the_machine(error: Exception) -> RoutesError | None:
    """What it means where the machine has run out of something, else None."""
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return RoutesError("too many open files", "raise the limit: ulimit -n 1024")
    if isinstance(error, MemoryError) or getattr(error, "errno", 0) == errno.ENOMEM:
        return RoutesError("out of memory", "the process needs more memory than it may have")
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return RoutesError("cannot start a thread", "raise the limit of processes: ulimit -u")
    return None


def _trace(error: RoutesError, terminal: Terminal) -> None:
    """The traceback line by line, without the values of variables that carry credentials, and
    without whatever else is named or shaped like one.
    """
    import traceback  # noqa: PLC0415

    from kubectl_routes.collect.scrub import without  # noqa: PLC0415

    secrets = [
        value
        for name, value in terminal.env.items()
        if len(value) >= SHORTEST_SECRET and _CREDENTIAL.search(name)
    ]
    for block in traceback.format_exception(error):
        for line in without(block, secrets).splitlines():
            terminal.tell(line)
