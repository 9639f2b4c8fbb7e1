"""Runs a Python program that ends when the program that started it is gone, however that ended.

Usage: python lifeline.py SIGTERM jupyterlab --port 8888 (a module), or … SIGINT tool.py (a file).

Standard input is the lifeline: a pipe that nobody writes to. It closes when the other end's process ends, also after
kill -9. Then this program gets the signal that asks it to end in order, and a little later ends in any case.
"""

import os
import runpy
import signal
import sys
import threading
import time

PATIENCE = 15.0  # seconds to end in order


def main() -> None:
    """Tie this process to its parent and become the program."""
    request, program, *_ = sys.argv[1:]
    sys.argv = sys.argv[2:]
    sys.path[0] = os.getcwd()  # as python -m has it
    lifeline = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    # Where the tutorial was started in the background, this is ignored; a kernel would be deaf to its stop button.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=end_with, args=(lifeline, getattr(signal, request)), daemon=True).start()
    if program.endswith(".py"):
        runpy.run_path(program, run_name="__main__")
    else:
        runpy.run_module(program, run_name="__main__", alter_sys=True)


def end_with(lifeline: int, request: signal.Signals) -> None:
    """Wait until the lifeline closes, then end this process."""
    while os.read(lifeline, 1024):
        pass
    if os.name == "nt":
        signal.raise_signal(request)  # os.kill would end it at once there
    else:
        os.kill(os.getpid(), request)
    time.sleep(PATIENCE)
    os._exit(1)


if __name__ == "__main__":
    main()
