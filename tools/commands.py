"""The commands of tutorial.py."""

# ruff: noqa: S603 - starting other programs by their names is what this module is for

import argparse
import os
import signal
import subprocess
import sys
import webbrowser
from collections.abc import Callable
from contextlib import ExitStack, suppress

from tools.benchmarks import run_benchmarks
from tools.causes import explain
from tools.checks import run_checks, run_hub, run_live_contract, run_machines, run_site
from tools.course_site import build_site
from tools.environment import ensure_environment
from tools.git_hook import set_up_secrets_guard
from tools.my_notebooks import COPIES, COURSE, bring_back, make_copies, move_work
from tools.places import HUB, ROOT, RUNTIME, SITE, SITE_TESTING, TESTING
from tools.ports import free_port, is_free
from tools.problem import Problem
from tools.programs import endings, ignore_interruptions, run
from tools.servers import (
    CLASS_FILE,
    PRACTICE_PORT,
    in_browsers,
    practice_command,
    practice_elsewhere,
    start_jupyterlab,
    start_practice,
    watch,
)
from tools.variables import for_programs, is_unusable_proxy, names_set_aside, say_what_is_set_aside

Command = Callable[[argparse.Namespace], int]

EXAMPLES = """\
examples:
  python3 tutorial.py                      open the tutorial in JupyterLab
  python3 tutorial.py --no-browser         print the address, do not open a browser
  python3 tutorial.py --port 9999          JupyterLab on another port
  python3 tutorial.py notebooks --bring-back 03   the original of a notebook; yours is kept
  python3 tutorial.py test                 run all tests
  python3 tutorial.py join                 take your seat in a class, with the link from your instructor
  python3 tutorial.py practice             only the practice platform
  python3 tutorial.py workshop             rehearse a class on a JupyterHub of this machine
  python3 tutorial.py site                 the course as pages to read, without a kernel
  python3 tutorial.py bench                measure the login, the notebooks and the practice platform
  python3 tutorial.py outputs              run the notebooks again and store what they show (maintainers)
"""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = command_line().parse_args(arguments)
    stop_like_ctrl_c()
    prepare_output()
    try:
        return int(options.run(options))
    except Problem as problem:
        tell(str(problem))
    except BrokenPipeError:  # whoever read what we say has gone; what was started is stopped by now
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - or Python would complain while it ends
        return 1
    except OSError as error:
        tell(explain(error))
    except KeyboardInterrupt:
        tell("Stopped. Run the same command again to go on.")
        return 130
    return 1


def prepare_output() -> None:
    """Make sure that something can be said, wherever it goes: to a terminal that lacks a character, or to nowhere."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - closed (>&-), or pythonw on Windows
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]


def tell(text: str) -> None:
    """Show a person what went wrong, if anybody is still there to read it."""
    with suppress(OSError):
        print(f"\n{text}", file=sys.stderr, flush=True)


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
    parser.add_argument(
        "--originals", action="store_true", help="open the course itself, not your copies (maintainers)"
    )
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

    test = add(
        *("test", run_tests, "run all tests"),
        *("test --fast", "test -k login", "test --machines", "test --class", "test --hub", "test --site"),
        "test --live production",
    )
    test.add_argument("--fast", action="store_true", help="only what takes a minute: for the time before a commit")
    test.add_argument("-k", metavar="EXPR", help="only the tests whose names match, as in pytest")
    test.add_argument(
        "--machines", action="store_true", help="only whole installations and awkward machines (some minutes)"
    )
    test.add_argument(
        "--class", dest="whole_class", action="store_true", help="only a class of thirty, as a table (some minutes)"
    )
    test.add_argument(
        "--hub",
        action="store_true",
        help="only a real JupyterHub of this machine, as a table; and pages below a path (some minutes)",
    )
    test.add_argument("--site", action="store_true", help="only the course as static HTML, in a browser (two minutes)")
    test.add_argument(
        "--live",
        choices=("production", "sandbox"),
        help="only log in there, with its .env file, and compare its answers with practice's",
    )

    alone = add(
        "practice",
        practice,
        "run only the practice platform",
        "practice --host 0.0.0.0 --learners 20",
        "practice --check http://192.168.0.5:8440",
    )
    alone.add_argument("--port", type=port, default=PRACTICE_PORT, metavar="N", help="its port (8440)")
    alone.add_argument("--learners", type=int, default=0, metavar="N", help="an account and an app for each of N")
    alone.add_argument("--host", default="127.0.0.1", metavar="H", help="where it listens (127.0.0.1)")
    alone.add_argument("--public-url", metavar="URL", help="the address that a class uses to reach it (found out)")
    alone.add_argument(
        "--redirect-uri", action="append", default=[], metavar="URI",
        help="where logins may end, instead of localhost:5000 to 5002; may be given several times",
    )  # fmt: skip
    alone.add_argument("--instructor", action="store_true", help="the instructor's board, also without --learners")
    alone.add_argument("--new-password", action="store_true", help="a new password for the instructor")
    alone.add_argument("--strict-limits", action="store_true", help="RingCentral's real rate limits")

    alone.add_argument(
        "--check", metavar="URL", help="look from a learner's machine whether a class will work; runs nothing"
    )

    seat = add("join", join, "take your seat in a class, with the link from your instructor", "join LINK --replace")
    seat.add_argument("link", nargs="?", metavar="LINK", help="the link of your seat (you are asked for it)")
    seat.add_argument("--replace", action="store_true", help="also where another .env-practice is, which is kept")

    hub = add("workshop", workshop, "rehearse a class on a JupyterHub of this machine", "workshop --learners 5")
    hub.add_argument("--learners", type=int, default=20, metavar="N", help="how many do the course at once (20)")

    mine = add("notebooks", notebooks, "bring your copies of the notebooks up to date", "notebooks --bring-back 03")
    what = mine.add_mutually_exclusive_group()
    what.add_argument("--bring-back", metavar="NOTEBOOK", help="put the original in the place of yours, which is kept")
    what.add_argument("--move", action="store_true", help=f"move what you have done in {COURSE} into {COPIES}")

    pages = add("site", site, "build the course as static HTML, and open it", "site --no-browser")
    # Without a default of its own, for --no-browser may stand before the command as well.
    pages.add_argument("--no-browser", action="store_true", default=argparse.SUPPRESS, help="do not open a browser")

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
    folder = COURSE if options.originals else COPIES
    for change in [] if options.originals else make_copies():
        print(f"{COPIES}: {change}")
    proxies = [name for name, value in os.environ.items() if is_unusable_proxy(name, value)]
    say_what_is_set_aside(proxies + [name for name in names_set_aside(os.environ) if name != "JUPYTER_TOKEN"])
    print("Starting the practice platform and JupyterLab …", flush=True)
    with ExitStack() as running:
        try:
            servers = []
            elsewhere = practice_elsewhere()
            if elsewhere:
                practice_url, why = elsewhere
                print(f"{why}: using that practice platform, starting none.")
            else:
                servers.append(start_practice(python))
                running.callback(servers[0].stop)
                practice_url = servers[0].url
            lab = start_jupyterlab(python, options.host, options.port, not options.no_browser, practice_url, folder)
            running.callback(lab.stop)
            servers.append(lab)
            seen_at = practice_url if elsewhere else in_browsers(practice_url, os.environ)
            show_addresses(lab.url, seen_at, "a class's" if elsewhere else "on this machine")
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


def show_addresses(lab_url: str, practice_url: str, whose: str) -> None:
    """Tell where everything is and how to end it."""
    print(
        f"\n  Open this     {lab_url}\n"
        f"  Practice      {practice_url}   (a stand-in for RingCentral, {whose})\n"
        f"  Its console   {practice_url}/practice/console   (where apps are made)\n"
        "  Stop          Ctrl-C here\n",
        flush=True,
    )


def practice(options: argparse.Namespace) -> int:
    """Run the practice platform alone until Ctrl-C; it tells its addresses itself. Or look at one from elsewhere."""
    if options.check:
        from tools import class_check  # here, because to set up a tutorial takes less of the helpers

        return class_check.run(options.check)
    python = ensure_environment(RUNTIME)
    # Only a class is kept: without one, nobody asks for a board, and a class of last week must not come back by itself.
    is_class = bool(options.learners or options.instructor)
    if is_class and CLASS_FILE.is_file() and not is_free(options.host, options.port):
        raise Problem(
            f"Port {options.port} is in use, and the class of this folder goes on: its slips may hold that port.\n"
            "What to do: if the class runs already, in another terminal, go on there, or stop it there first. If "
            "another program has the port, stop that one. Or choose a port with --port, and hand out new slips."
        )
    port = free_port(options.host, options.port, "the practice platform")
    command = practice_command(python, options.host, port, options.learners)
    command += ["--public-url", options.public_url] if options.public_url else []
    command += [part for uri in options.redirect_uri for part in ("--redirect-uri", uri)]
    flags = ("instructor", "new-password", "strict-limits")
    command += [f"--{name}" for name in flags if getattr(options, name.replace("-", "_"))]
    command += ["--class-file", str(CLASS_FILE)] if is_class else []
    command.append("--exit-with-parent")
    platform = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, env=for_programs(os.environ))
    try:
        return platform.wait()
    except KeyboardInterrupt:
        ignore_interruptions()
        platform.terminate()
        platform.wait()
        return 0


def join(options: argparse.Namespace) -> int:
    """Take a seat in a class: write its lines into `.env-practice`."""
    from tools.joining import take_seat_with  # here, because to set up a tutorial takes less of the helpers

    return take_seat_with(options.link, replace=options.replace)


def workshop(options: argparse.Namespace) -> int:
    """Let a class do the course on a hub of this machine, and tell what a larger one needs."""
    python = ensure_environment(RUNTIME, HUB)
    return run(python, ["tools.rehearsal", "--learners", str(options.learners)], for_programs(os.environ))


def run_tests(options: argparse.Namespace) -> int:
    """Run every check, or only the comparison with the real RingCentral, and return 1 if something is wrong."""
    if options.hub:
        return run_hub(ensure_environment(RUNTIME, TESTING, HUB))
    if options.site:
        return run_site(ensure_environment(RUNTIME, TESTING, SITE, SITE_TESTING))
    python = ensure_environment(RUNTIME, TESTING)
    if options.machines:
        return run_machines(python)
    if options.whole_class:
        return run(python, ["tests.tables.whole_class"], for_programs(os.environ))
    if options.live:
        return run_live_contract(python, options.live)
    return run_checks(python, options.k, fast=options.fast)


def notebooks(options: argparse.Namespace) -> int:
    """Make the learner's copies, bring an original back, or move work out of the course's own folder."""
    changes = bring_back(options.bring_back) if options.bring_back else move_work() if options.move else []
    changes += [] if options.bring_back else make_copies()
    print("\n".join(map(str, changes)) or f"Your notebooks are in {COPIES}, and up to date.")
    return 0


def site(options: argparse.Namespace) -> int:
    """Build the course as static HTML, say where it is, and open it."""
    page = build_site(ensure_environment(RUNTIME, SITE))
    print(f"\n  The course    {page}\n")
    if not options.no_browser:
        webbrowser.open(page.as_uri())
    return 0


def bench(options: argparse.Namespace) -> int:
    """Run the benchmarks and return 1 if one missed its goal."""
    return run_benchmarks(ensure_environment(RUNTIME, TESTING))


def outputs(options: argparse.Namespace) -> int:
    """Run every notebook from a fresh kernel and store its outputs."""
    python = ensure_environment(RUNTIME)
    return run(python, ["tools.store_outputs"], for_programs(os.environ))


# --- Small things ---------------------------------------------------------------------------------


def stop_like_ctrl_c() -> None:
    """Let a polite request to end (kill, a closed terminal) do the same as Ctrl-C."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for number in endings():
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, or a shell's background: not ours to take
            signal.signal(number, interrupt)
