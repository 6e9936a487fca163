"""From the command line to one subcommand to an exit code; errors are printed here alone."""

from __future__ import annotations

import argparse
import errno
import gc
import os
import re
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import NoReturn, TextIO

from kubectl_routes import __version__
from kubectl_routes.cli import complete, flags
from kubectl_routes.cli.ending import OUTPUT_CLOSED, end, silence
from kubectl_routes.cli.interrupts import Interrupts
from kubectl_routes.cli.manual import TopParser, command_parser, first_steps
from kubectl_routes.cli.parser import WIDEST
from kubectl_routes.cli.terminal import OutputClosed, Terminal
from kubectl_routes.model.errors import RoutesError
from kubectl_routes.model.message import message

INTERRUPTED = 130
# From this -v on an error comes with its traceback.
TRACEBACK = 8

# krew, pip and others replace the files of a program while it runs.
_REPLACED = message(
    "if kubectl-routes was upgraded or removed while it ran, run it again; else reinstall it"
)

# Environment variables whose values no output may hold, and how long a value is worth hiding.
_CREDENTIAL = re.compile("KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL", re.IGNORECASE)
SHORTEST_SECRET = 6


def main(
    argv: Sequence[str],
    env: Mapping[str, str],
    stdout: TextIO,
    stderr: TextIO,
    stdin: TextIO | None = None,
) -> int:
    """Run the command line ``argv`` (its first item is the program) and return the exit code.

    Without ``stdin`` no question can be asked.
    """
    with Interrupts() as interrupts:
        return _main(argv, Terminal(env, stdout, stderr, stdin, interrupts))


def _main(argv: Sequence[str], terminal: Terminal) -> int:
    args = argparse.Namespace(verbosity=0, lang=None)
    try:
        return _run(argv, args, terminal)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OutputClosed:
        return OUTPUT_CLOSED
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it is, it becomes one line
        if isinstance(error, SystemExit) and not isinstance(error.code, str):
            return int(error.code or 0)  # of argparse, after the help
        return _failed(error, args, terminal)
    finally:
        terminal.erase()


def entry() -> NoReturn:
    """The console script: real streams and environment, and an end that suits a shell."""
    import warnings  # noqa: PLC0415

    if not sys.warnoptions:
        # Libraries warn the developer; users can do nothing about it.
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
            interrupts.unwatch()  # else the end waits for its thread
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
    TopParser(prog, terminal).parse(words, args, intermixed=False)
    args.prog = prog
    if args.version:
        terminal.write(f"kubectl-routes {__version__}\n")
        return 0
    if args.command is None:
        terminal.write(first_steps(prog, min(terminal.width, WIDEST)))
        return 0
    parser = command_parser(args.command, prog, terminal)
    # Into the same namespace: what was said before the command's name still counts.
    parser.parse(args.rest, args)
    terminal.speak(args.lang)
    if after and not flags.load(args.command).passes_on:
        parser.error(message("unexpected after --: {after}", after=" ".join(after)))
    args.after = after
    args.scripts = os.path.dirname(os.path.abspath(argv[0]))
    code: int = import_module(f"kubectl_routes.cli.commands.{args.command}").run(args, terminal)
    return code


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """What stands before the first ``--``, and what stands after it."""
    if "--" not in words:
        return words, []
    place = words.index("--")
    return words[:place], words[place + 1 :]


def _failed(error: BaseException, args: argparse.Namespace, terminal: Terminal) -> int:
    fault = _fault(error)
    if fault is not error:
        fault.__cause__ = error
    if args.verbosity >= TRACEBACK:
        _trace(fault, terminal)
    terminal.speak(args.lang)
    terminal.tell_error(fault)
    return fault.exit_code


def _fault(error: BaseException) -> RoutesError:
    """What is said of an error, whatever it is."""
    if isinstance(error, RoutesError):
        return error
    if isinstance(error, SystemExit):
        # The loader of a frozen program, when the files of the program are replaced or removed.
        text = " ".join(str(error.code).split())
        return RoutesError(text.removeprefix("ERROR: "), _REPLACED)
    if isinstance(error, ImportError) or _lacks_own_file(error):
        reason = error.msg if isinstance(error, ImportError) else message("a file of it is gone")
        return RoutesError(
            message("a part of kubectl-routes cannot be loaded: {reason}", reason=reason), _REPLACED
        )
    return _of_the_machine(error) or _internal(error)


def _lacks_own_file(error: BaseException) -> bool:
    """Whether a file of the frozen program, such as a library's data, is not there any more."""
    own = getattr(sys, "_MEIPASS", "")
    return (
        bool(own) and isinstance(error, FileNotFoundError) and str(error.filename).startswith(own)
    )


def _internal(error: BaseException) -> RoutesError:
    """A fault of ours. Its message is not shown below -v 8: it may hold anything."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = "" if frame is None else f" in {frame.tb_frame.f_globals.get('__name__')}"
    line = "" if frame is None else f", line {frame.tb_lineno}"
    return RoutesError(
        f"internal: {type(error).__name__}{where}{line}",
        message("this is a fault of kubectl-routes; please report it with the output of -v 8"),
    )


def _of_the_machine(error: BaseException) -> RoutesError | None:
    """What it means where the machine has run out of something, else None."""
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return RoutesError(
            message("too many open files"), message("raise the limit: ulimit -n 1024")
        )
    if isinstance(error, MemoryError) or getattr(error, "errno", 0) == errno.ENOMEM:
        return RoutesError(
            message("out of memory"), message("the process needs more memory than it may have")
        )
    if isinstance(error, RuntimeError) and "start new thread" in str(error):
        return RoutesError(
            message("cannot start a thread"), message("raise the limit of processes: ulimit -u")
        )
    return None


def _trace(error: RoutesError, terminal: Terminal) -> None:
    """The traceback line by line, without the values of variables that carry credentials, and
    without whatever else is named or shaped like one.
    """
    import traceback  # noqa: PLC0415

    from kubectl_routes.collect.redact_text import without  # noqa: PLC0415

    secrets = [
        value
        for name, value in terminal.env.items()
        if len(value) >= SHORTEST_SECRET and _CREDENTIAL.search(name)
    ]
    for block in traceback.format_exception(error):
        for line in without(block, secrets).splitlines():
            terminal.tell(line)
