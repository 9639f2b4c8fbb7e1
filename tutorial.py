#!/usr/bin/env python3
"""The one command of this tutorial: python3 tutorial.py [test | practice | bench | outputs].

This file only finds a Python that fits and hands over to tools/commands.py. It is written so that even
Python 2.7 can read it: an old Python then says what is needed, instead of failing with a SyntaxError.
"""

# ruff: noqa: E402, RUF005, S603, S606, SIM105 - in the syntax of old Pythons, and it starts another one

import os
import sys

# Another project's modules on PYTHONPATH (an old enum.py, a typing.py) must not stand before Python's own.
# They stand there as whole paths, however they were written; an empty one is the folder that we are called from.
for folder in os.environ.get("PYTHONPATH", os.devnull).split(os.pathsep):
    while os.path.abspath(folder) in sys.path[1:]:
        del sys.path[sys.path.index(os.path.abspath(folder), 1)]

import subprocess

OLDEST = (3, 10)
NEWEST = (3, 13)
HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    """Run the tutorial with this Python, or with a better one of this machine."""
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        better = find_python()
        if better:
            say("This is Python " + dotted(version) + "; going on with " + " ".join(better) + ".")
            hand_over(better)
        if version < OLDEST:
            sys.exit(
                "This tutorial needs Python 3.10 to 3.13 and this is Python " + dotted(version) + ": "
                "install one of them from https://www.python.org/downloads/ and run the same command with it."
            )
        say("Python " + dotted(version) + " is newer than what this tutorial was tested with (3.10 to 3.13).")
    sys.path.insert(0, HERE)
    from tools.commands import main as run_command

    sys.exit(run_command())


def find_python():
    """Return the command of the newest Python here that fits, as a list; None if there is none."""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        name = "3." + str(minor)
        command = ["py", "-" + name] if os.name == "nt" else ["python" + name]
        if answers(command, minor):
            return command
    return None


def answers(command, minor):
    """Tell whether a command starts Python 3.minor: a name on the PATH may be a stub that only complains."""
    check = "import sys; sys.exit(sys.version_info[:2] != (3, " + str(minor) + "))"
    with open(os.devnull, "w") as nowhere:
        try:
            return subprocess.call(command + ["-c", check], stdout=nowhere, stderr=nowhere) == 0
        except OSError:
            return False


def hand_over(command):
    """Run this file again with another Python, and end as that one ends."""
    command = command + [os.path.join(HERE, "tutorial.py")] + sys.argv[1:]
    if os.name != "nt":
        os.execvp(command[0], command)
    process = subprocess.Popen(command)
    while True:
        try:
            sys.exit(process.wait())
        except KeyboardInterrupt:
            pass  # Ctrl-C reached the other Python too; it stops what it started, then we end.


def dotted(version):
    """Write a version such as (3, 8) as people do: 3.8."""
    return ".".join(str(number) for number in version)


def say(line):
    """Show one line now, before another process writes its own."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
