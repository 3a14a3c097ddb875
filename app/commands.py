"""The command line: `curlyd serve`, `render`, `derive` and `operations`."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import anyio

from app import __version__, logs, service
from app.draw.svg import Theme
from app.engine.views import Detail
from app.errors import CurlydError
from app.explain.derivation import Notation, Order
from app.service import Given, Request
from app.settings import Settings

MOST_MESSAGE = 1024 * 1024
"""Bytes of one message over a WebSocket; what is larger, the page posts."""
log = logging.getLogger("curlyd")
SWITCH = 0.0005
"""Seconds after which one thread lets another go on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit status: 0, or 1 after an error that is said on standard error."""
    parser = argparse.ArgumentParser(prog="curlyd", description="Backpropagation as it happens.")
    parser.add_argument("--version", action="version", version=f"curlyd {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve the web app")
    serve.add_argument("--host", help="address to listen on (HOST, 127.0.0.1)")
    serve.add_argument("--port", type=int, help="port to listen on (PORT, 8000)")
    render = commands.add_parser("render", help="draw a program, or print its numbers", parents=[_asking()])
    render.add_argument("--format", choices=["svg", "dot", "json"], help="what to write (by the name of --output, else svg)")
    render.add_argument("--theme", type=Theme, choices=list(Theme), default=Theme.AUTO, help="colours of an SVG")
    derive = commands.add_parser("derive", help="tell how a gradient comes about, step by step", parents=[_asking()])
    derive.add_argument("--target", required=True, help="the value whose gradient is derived, such as w1")
    derive.add_argument(
        "--notation", type=Notation, choices=list(Notation), default=Notation.MATRIX, help="for the batch, or for one sample"
    )
    derive.add_argument("--order", type=Order, choices=list(Order), help="of factors: along the chain, or as the shapes have it")
    derive.add_argument("--format", choices=["text", "md", "tex", "json"], help="what to write (by the name of --output, else text)")
    commands.add_parser("operations", help="print the table of operations as a page of Markdown")
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_environment()
        if options.command == "operations":
            sys.stdout.write(service.operations_page())
            return 0
        if options.command == "serve":
            return _serve(settings, options)
        _write(options, _rendered(settings, options) if options.command == "render" else _derived(settings, options))
        return 0
    except CurlydError as error:
        for fault in error.faults:
            place = f"line {fault.line}, column {fault.column}: " if fault.line else ""
            print(f"curlyd: {place}{fault.message}{' ' + fault.hint if fault.hint else ''}", file=sys.stderr)
    except (OSError, ValueError) as error:
        print(f"curlyd: {error}", file=sys.stderr)
    return 1


def _serve(settings: Settings, options: argparse.Namespace) -> int:
    import uvicorn

    logs.start()
    host, port = options.host or settings.host, options.port or settings.port
    log.info("Curly d serves on http://%s:%s", host, port)
    # A long answer in one thread shall not hold up a short one in another: while a number is dragged, both are asked for.
    sys.setswitchinterval(SWITCH)
    # uvicorn drains, then raises the signal again: being asked to stop is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=host,
        port=port,
        server_header=False,
        access_log=False,
        log_config=None,
        ws_max_size=MOST_MESSAGE,
        ws_per_message_deflate=False,
        timeout_keep_alive=25,
        timeout_graceful_shutdown=15,
    )
    return 0


def _asking() -> argparse.ArgumentParser:
    """What is asked of a program, and where the answer goes: the same for every command."""
    asking = argparse.ArgumentParser(add_help=False)
    asking.add_argument("program", nargs="?", help="file with the program, - for standard input")
    asking.add_argument("--example", help="an example of the gallery instead of a file")
    asking.add_argument("--inputs", type=Path, help="JSON file with the value of each input")
    asking.add_argument("--loss", help="the statement to differentiate (the last)")
    asking.add_argument("--detail", type=Detail, choices=list(Detail), default=Detail.STATEMENTS)
    asking.add_argument("--open", action="append", default=[], metavar="GROUP", help="a call or pass to open, by its id, such as mse")
    asking.add_argument("--output", type=Path, help="file to write (standard output)")
    return asking


def _rendered(settings: Settings, options: argparse.Namespace) -> str:
    analysis = service.analyse(_request(options), settings.limits)
    form = _form(options, ("svg", "dot", "json"))
    if form == "json":
        return json.dumps(service.answer(analysis), allow_nan=False) + "\n"
    if form == "dot":
        return service.to_dot(service.picture(analysis))
    return anyio.run(service.to_svg, service.picture(analysis), settings.limits, options.theme)


def _derived(settings: Settings, options: argparse.Namespace) -> str:
    analysis = service.analyse(_request(options), settings.limits)
    found = service.derived(analysis, options.target, options.notation, options.order)
    match _form(options, ("text", "md", "tex", "json")):
        case "json":
            return json.dumps(service.derivation_answer(analysis, found), allow_nan=False) + "\n"
        case "md":
            return service.derivation_markdown(analysis, found)
        case "tex":
            return service.derivation_latex(analysis, found)
    return service.derivation_text(found)


def _form(options: argparse.Namespace, forms: Sequence[str]) -> str:
    """The format that is asked for, or that the name of the file says; else the first."""
    suffix = options.output.suffix.lstrip(".") if options.output else ""
    return str(options.format or (suffix if suffix in forms else forms[0]))


def _write(options: argparse.Namespace, text: str) -> None:
    if options.output:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


def _request(options: argparse.Namespace) -> Request:
    if options.example:
        found = service.example(options.example)
        program, values = found["program"], found["inputs"]
    elif options.program:
        program = sys.stdin.read() if options.program == "-" else Path(options.program).read_text(encoding="utf-8")
        values = {}
    else:
        raise ValueError("name a file with a program, or an example: --example seed-network")
    if options.inputs:
        values = values | json.loads(options.inputs.read_text(encoding="utf-8"))
    return Request(
        program,
        {name: Given.of(value) for name, value in values.items()},
        options.loss,
        options.detail,
        getattr(options, "theme", Theme.AUTO),
        frozenset(options.open),
    )
