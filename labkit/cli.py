"""
``labkit serve | keys | token | ask | progress | doctor``: what can be done without a notebook.

Bad input gets one line and the exit code 2, what fails otherwise one line and 1. A command imports
what it needs when it runs: ``labkit doctor`` has to work where the rest of labkit can't even be
imported, and on a Python that is too old for it.

Floor 6: knows everything; nothing knows it.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, NoReturn

from labkit import __version__
from labkit.errors import LabkitError, UsageError

if TYPE_CHECKING:
    from labkit.settings import Settings

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130  # 130 is 128 + SIGINT, as shells count.
DEFAULT_PORT = 8001


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, instead of below the whole usage."""

    def parse_known_args(  # type: ignore[override]  # Of its overloads, the one that's used.
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Refuse here what the command doesn't know: its own help is the one to look at."""
        known, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return known, unknown

    def error(self, message: str) -> NoReturn:
        """Print *message* and leave with the exit code of bad input."""
        self.exit(MISUSED, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. *arguments* default to the command line's."""
    chosen = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = chosen.command
    try:
        return command(chosen)
    except LabkitError as error:
        return _fail(str(error), MISUSED if isinstance(error, UsageError) else FAILED)
    except (ImportError, SyntaxError) as error:  # A package or the Python is missing or too old.
        return _fail(f"not here: {error}. `labkit doctor` says what is missing", FAILED)
    except BrokenPipeError:  # The reader of our output left, as `| head` does.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _fail(text: str, code: int) -> int:
    print(f"labkit: {' '.join(text.split())}", file=sys.stderr)
    return code


def _parser() -> _Parser:
    parser = _Parser(prog="labkit", description="A backend for learners.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"labkit {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    serve = commands.add_parser("serve", help="run services until Ctrl-C")
    serve.add_argument("service", choices=["issuer", "inspections", "search", "model", "all"])
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve.add_argument("--port", type=_port, default=DEFAULT_PORT, help="0: any that is free")
    serve.add_argument("--profile", choices=["local", "exposed"], help="default: LABKIT_PROFILE")
    serve.add_argument("--issuer", metavar="URL", help="whom to trust; default: LABKIT_ISSUER_URL")
    serve.add_argument(
        "--database-url",
        metavar="URL",
        help="default: DATABASE_URL; for the issuer, where its keys are kept, "
        "LABKIT_ISSUER_DATABASE_URL, without which they're gone with the process",
    )
    serve.add_argument(
        "--workers", type=_workers, default=1, help="processes; the issuer's share a database"
    )
    serve.set_defaults(command=_serve)

    keys = commands.add_parser("keys", help="list, rotate or remove an issuer's keys, as it runs")
    steps = keys.add_subparsers(required=True, metavar="STEP", parser_class=_Parser)
    for name, help_text in (
        ("list", "which key signs, which comes next, which only verify"),
        ("rotate", "let the next key sign, and publish the one after it; no token is refused"),
        ("remove", "take a stolen key out at once; its tokens are refused from then on"),
    ):
        step = steps.add_parser(name, help=help_text, description=help_text)
        step.add_argument("--issuer", metavar="URL", help="its URL; default: LABKIT_ISSUER_URL")
        step.add_argument(
            "--database-url", metavar="URL", help="default: LABKIT_ISSUER_DATABASE_URL"
        )
        if name == "remove":
            step.add_argument("kid", help="the key's name, as list prints it")
        step.set_defaults(command=_keys, step=name, service="issuer")

    token = commands.add_parser("token", help="print an access token from a running issuer")
    token.add_argument("--user", default="quality-lead")
    token.add_argument("--audience", default="inspections")
    token.add_argument("--scope", default="inspections:read", help="words in one argument")
    token.add_argument("--issuer", metavar="URL", help="default: LABKIT_ISSUER_URL")
    token.set_defaults(command=_token)

    ask = commands.add_parser("ask", help="ask the agent of a lab that is started for it")
    ask.add_argument("question", nargs="+", help="- reads it from standard input")
    ask.add_argument("--user", default="quality-lead", help="for whom it acts")
    ask.add_argument("--model", help="default: LABKIT_MODEL, or the lab's own")
    ask.add_argument("--yes", action="store_true", help="approve every call that writes")
    ask.add_argument("--json", action="store_true", help="print the events, a line of JSON each")
    ask.set_defaults(command=_ask)

    progress = commands.add_parser("progress", help="how far you are in the course")
    progress.set_defaults(command=_progress)
    doctor = commands.add_parser("doctor", help="what is missing on this machine")
    doctor.set_defaults(command=_doctor)
    return parser


def _port(text: str) -> int:
    return _number(text, 0, 65535)


def _workers(text: str) -> int:
    return _number(text, 1, 64)  # Our choice: more than a machine of the course has cores.


def _number(text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(f"{text!r:.40} is no number from {least} to {most}")
    return int(text)


_DATABASE = {"issuer": "issuer_database_url"}  # Nobody but the issuer may read its keys.


def _settings(chosen: argparse.Namespace) -> "Settings":
    """Return the environment's settings, with what the command line says in their place."""
    from dataclasses import replace

    from labkit.settings import Settings

    settings = Settings.from_environment()
    given = {
        "profile": getattr(chosen, "profile", None),
        "issuer_url": chosen.issuer and chosen.issuer.rstrip("/"),
        _DATABASE.get(getattr(chosen, "service", ""), "database_url"): getattr(
            chosen, "database_url", None
        ),
    }
    return replace(settings, **{name: value for name, value in given.items() if value is not None})


def _serve(chosen: argparse.Namespace) -> int:
    from labkit import serving

    serving.serve(
        chosen.service,
        _settings(chosen),
        host=chosen.host,
        port=chosen.port,
        workers=chosen.workers,
    )
    return DONE


def _keys(chosen: argparse.Namespace) -> int:
    from labkit import issuer_keys

    settings = _settings(chosen)
    if settings.issuer_url is None or settings.issuer_database_url is None:
        raise UsageError(
            "say whose keys and where they are: --issuer http://127.0.0.1:8001 --database-url "
            "sqlite:///issuer.sqlite, or LABKIT_ISSUER_URL and LABKIT_ISSUER_DATABASE_URL"
        )
    where = settings.issuer_database_url, settings.issuer_url
    if chosen.step == "rotate":
        issuer_keys.rotate_keys(*where)
    elif chosen.step == "remove":
        issuer_keys.remove_key(*where, chosen.kid)
    for line in issuer_keys.list_keys(*where):
        print(line)
    return DONE


def _token(chosen: argparse.Namespace) -> int:
    from labkit.client import ServiceClient
    from labkit.signin import sign_in

    url = _settings(chosen).issuer_url
    if url is None:
        raise UsageError("say which issuer: --issuer http://127.0.0.1:8001, or LABKIT_ISSUER_URL")
    with closing(ServiceClient("issuer", url)) as issuer:
        print(sign_in(issuer, chosen.user, audience=chosen.audience, scope=chosen.scope))
    return DONE


def _ask(chosen: argparse.Namespace) -> int:
    from labkit.agent.terminal import Terminal
    from labkit.lab import Lab

    question = " ".join(chosen.question)
    if question == "-":
        question = sys.stdin.read()
    terminal = Terminal(as_json=chosen.json, approve_all=chosen.yes)
    with Lab() as lab:
        result = terminal.play(lab.agent(chosen.user, model=chosen.model), question)
    denied = any(call.outcome == "denied" for call in result.tool_calls)  # It was asked for.
    return FAILED if denied or result.stopped != "answered" else DONE


def _progress(_: argparse.Namespace) -> int:
    from labkit import course

    print(course.progress().text)
    return DONE


def _doctor(_: argparse.Namespace) -> int:
    from labkit.doctor import examine

    missing = False
    for verdict in examine():
        print(verdict, flush=True)  # Each as soon as it is known: some checks take a second.
        missing = missing or verdict.state == "missing"
    return FAILED if missing else DONE
