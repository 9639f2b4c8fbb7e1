"""The commands of tutorial.py."""

# ruff: noqa: S603, S607 - starting other programs by their names is what this module is for

import argparse
import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tools.benchmarks import run_benchmarks
from tools.checks import run_checks, run_live_contract
from tools.environment import ROOT, RUNTIME, TESTING, ensure_environment
from tools.problem import Problem
from tools.programs import ignore_interruptions, run
from tools.servers import PRACTICE_PORT, free_port, practice_command, start_jupyterlab, start_practice, watch

HOOKS = "tools/hooks"
Command = Callable[[argparse.Namespace], int]

EXAMPLES = """\
examples:
  python3 tutorial.py                      open the tutorial in JupyterLab
  python3 tutorial.py --no-browser         print the address, do not open a browser
  python3 tutorial.py --port 9999          JupyterLab on another port
  python3 tutorial.py test                 run all tests
  python3 tutorial.py practice             only the practice platform
  python3 tutorial.py bench                measure the login, the notebooks and the practice platform
  python3 tutorial.py outputs              run the notebooks again and store what they show (maintainers)
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = command_line().parse_args(arguments)
    stop_like_ctrl_c()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal may lack a character
    try:
        return int(options.run(options))
    except Problem as problem:
        print(f"\n{problem}", file=sys.stderr)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        print(
            f"\n{error.filename} could not be written: it belongs to another user or is protected.\n"
            "What to do: copy the tutorial to a folder of your own and run this command there.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again to go on.", file=sys.stderr)
        return 130
    return 1


def command_line() -> argparse.ArgumentParser:
    """Describe the commands and their options."""
    parser = argparse.ArgumentParser(
        prog="tutorial.py",
        description="The tutorial: log in to RingCentral from a Jupyter notebook. Without a command it\n"
        "starts the practice platform and JupyterLab and opens the first notebook; Ctrl-C stops both.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=port, default=8888, metavar="N", help="JupyterLab's port (8888)")
    parser.add_argument("--host", default="localhost", metavar="H", help="its address to listen on (localhost)")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.set_defaults(run=start)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def add(name: str, run: Command, summary: str, *examples: str) -> argparse.ArgumentParser:
        """Add a command whose help shows examples."""
        lines = "\n".join(f"  python3 tutorial.py {example}" for example in (name, *examples))
        command: argparse.ArgumentParser = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"examples:\n{lines}\n",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.set_defaults(run=run)
        return command

    test = add("test", run_tests, "run all tests", "test --fast", "test -k login", "test --live production")
    test.add_argument("--fast", action="store_true", help="only what takes a minute: for the time before a commit")
    test.add_argument("-k", metavar="EXPR", help="only the tests whose names match, as in pytest")
    test.add_argument(
        "--live",
        choices=("production", "sandbox"),
        help="only log in there, with its .env file, and compare its answers with practice's",
    )

    alone = add("practice", practice, "run only the practice platform", "practice --host 0.0.0.0 --learners 20")
    alone.add_argument("--port", type=port, default=PRACTICE_PORT, metavar="N", help="its port (8440)")
    alone.add_argument("--learners", type=int, default=0, metavar="N", help="an account and an app for each of N")
    alone.add_argument("--host", default="127.0.0.1", metavar="H", help="where it listens (127.0.0.1)")
    alone.add_argument("--public-url", metavar="URL", help="the address that a class uses to reach it (found out)")
    alone.add_argument("--instructor", action="store_true", help="the instructor's board, also without --learners")
    alone.add_argument("--strict-limits", action="store_true", help="RingCentral's real rate limits")

    add("bench", bench, "measure the login, the notebooks and the practice platform, beside others")
    add("outputs", outputs, "run the notebooks again and store what they show (maintainers)")
    return parser


def port(text: str) -> int:
    """Read a port number from the command line."""
    number = int(text) if text.isdigit() else 0
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port: use a number from 1 to 65535")
    return number


# --- The commands ---------------------------------------------------------------------------------


def start(options: argparse.Namespace) -> int:
    """Start the practice platform and JupyterLab; stop both on Ctrl-C, or when one of them ends."""
    python = ensure_environment(RUNTIME)
    set_up_secrets_guard()
    print("Starting the practice platform and JupyterLab …", flush=True)
    with ExitStack() as running:
        try:
            servers = []
            practice_url = os.environ.get("RC_PRACTICE_URL")
            if practice_url:
                print("RC_PRACTICE_URL is set: using that practice platform, starting none.")
            else:
                servers.append(start_practice(python))
                running.callback(servers[0].stop)
                practice_url = servers[0].url
            lab = start_jupyterlab(python, options.host, options.port, not options.no_browser, practice_url)
            running.callback(lab.stop)
            servers.append(lab)
            show_addresses(lab.url, practice_url)
            ended = watch(servers)
            if ended is lab and lab.process.returncode == 0:
                print("JupyterLab was shut down.")
                return 0
            raise ended.failure("ended by itself")
        except KeyboardInterrupt:
            print("\nStopping JupyterLab, its kernels and the practice platform …", flush=True)
            return 0
        finally:
            ignore_interruptions()


def show_addresses(lab_url: str, practice_url: str) -> None:
    """Tell where everything is and how to end it."""
    print(
        f"\n  Open this     {lab_url}\n"
        f"  Practice      {practice_url}   (a stand-in for RingCentral on this machine)\n"
        f"  Its console   {practice_url}/practice/console   (where apps are made)\n"
        "  Stop          Ctrl-C here\n",
        flush=True,
    )


def practice(options: argparse.Namespace) -> int:
    """Run the practice platform alone until Ctrl-C; it tells its addresses itself."""
    python = ensure_environment(RUNTIME)
    port = free_port(options.host, options.port, "the practice platform")
    command = practice_command(python, options.host, port, options.learners)
    command += ["--public-url", options.public_url] if options.public_url else []
    command += [f"--{name}" for name in ("instructor", "strict-limits") if getattr(options, name.replace("-", "_"))]
    platform = subprocess.Popen(command, cwd=ROOT)
    try:
        return platform.wait()
    except KeyboardInterrupt:
        ignore_interruptions()
        platform.terminate()
        platform.wait()
        return 0


def run_tests(options: argparse.Namespace) -> int:
    """Run every check, or only the comparison with the real RingCentral, and return 1 if something is wrong."""
    if options.live:
        return run_live_contract(ensure_environment(RUNTIME, TESTING), options.live)
    return run_checks(ensure_environment(RUNTIME, TESTING), options.k, fast=options.fast)


def bench(options: argparse.Namespace) -> int:
    """Run the benchmarks and return 1 if one missed its goal."""
    return run_benchmarks(ensure_environment(RUNTIME, TESTING))


def outputs(options: argparse.Namespace) -> int:
    """Run every notebook from a fresh kernel and store its outputs."""
    python = ensure_environment(RUNTIME)
    return run([python, "-m", "tools.store_outputs"])


# --- Small things ---------------------------------------------------------------------------------


def stop_like_ctrl_c() -> None:
    """Let a polite request to end (kill, a closed terminal) do the same as Ctrl-C."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), interrupt)


def set_up_secrets_guard() -> None:
    """Let git ask the secrets guard before each commit of this clone, unless it has hooks already."""
    top = git("rev-parse", "--show-toplevel")
    if not top or Path(top).resolve() != ROOT or git("config", "core.hooksPath"):
        return
    hooks = git("rev-parse", "--git-path", "hooks")
    if hooks and (ROOT / hooks / "pre-commit").exists():
        return
    if git("config", "core.hooksPath", HOOKS) is not None:
        print("git now looks for secrets before each commit here. To undo: git config --unset core.hooksPath")


def git(*arguments: str) -> str | None:
    """Return what git answers, None if it is missing, too old, or says no."""
    try:
        answer = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
