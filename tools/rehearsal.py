"""The rehearsal of a class on a hub: N learners do the whole course on this machine. Prints what it takes, and a plan.

Every learner has a browser, a server and kernels. All start their server at the same moment, which is the worst that a
class can do; then each goes through the notebooks 00 to 07, as fast as the machine lets them.
"""

import argparse
import math
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tools.hub import Hub, running_hub, why_one_user
from tools.hub_learner import SHOWN, Learner
from tools.places import OURS
from tools.problem import Problem

MOST_LEARNERS = 100
"""Kernels and servers of more would not fit on one machine, and their plan is what this is for."""
CLASS = 300
"""The class of the plan."""
LESSON_SECONDS = 90 * 60
START_MINUTES = 3
"""How long a class may wait for its servers, in the plan."""
LOG = OURS / "rehearsal.log"
NODE_CORES, NODE_GB = 8, 32
SPARE = 1.25
GB = 1024**3
MEMORY_SECONDS = 5.0


@dataclass
class Findings:
    """What the rehearsal has measured.

    Attributes:
        seconds: How long things took, by their names.
        failures: What went wrong, for whom.
        peak: The bytes of each kind of process when all together had most.
        each: The most bytes that a process of a kind had on average.
        start: Seconds until the last server was ready.
        whole: Seconds until the last learner was done.
        start_work: The seconds of a core that this took.
        whole_work: The same for all of it.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)
    peak: dict[str, int] = field(default_factory=dict)
    each: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    start: float = 0.0
    whole: float = 0.0
    start_work: float = 0.0
    whole_work: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def mark(self, what: str, seconds: float) -> None:
        """Note how long something took. From any thread."""
        with self._lock:
            self.seconds[what].append(seconds)

    def weigh(self, hub: Hub) -> None:
        """Look at the memory now."""
        memory = hub.memory()
        if sum(memory.values()) > sum(self.peak.values()):
            self.peak = memory
        for kind in ("servers", "kernels"):
            if count := len(hub.running(kind)):
                self.each[kind] = max(self.each[kind], memory[kind] / count)


def rehearse(learners: int) -> int:
    """Let a class do the course on a hub of this machine, and print what came of it; return 1 if anything failed.

    Args:
        learners: How many.

    Raises:
        Problem: Something that a hub needs is missing, or it does not start.
    """
    if not 1 <= learners <= MOST_LEARNERS:
        raise Problem(
            f"A rehearsal has from 1 to {MOST_LEARNERS} learners.\nWhat to do: rehearse with 20. What a larger class "
            "needs follows from that, and stands at the end."
        )
    names = [f"rctest{number:02d}" for number in range(1, learners + 1)]
    findings = Findings()
    print(f"Starting a JupyterHub with its proxy, for {learners} learners, on {cores()} cores …", flush=True)
    with running_hub(names) as hub:
        print("Each learner is a system user of their own." if hub.own_users else why_one_user(), flush=True)
        try:
            play(hub, names, findings)
        finally:
            OURS.mkdir(exist_ok=True)
            LOG.touch(mode=0o600)
            LOG.write_text(hub.log, "utf-8")
        show(findings, learners)
        print("Putting everything away …", flush=True)
    return 1 if findings.failures else 0


def play(hub: Hub, names: list[str], findings: Findings) -> None:
    """Let everybody do the course at once, and look at the memory meanwhile."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(MEMORY_SECONDS):
            findings.weigh(hub)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    began, work = time.monotonic(), hub.seconds()
    try:
        with ThreadPoolExecutor(len(names)) as pool:
            try:
                class_ = [Learner(hub, name, findings.mark) for name in names]
                here = list(pool.map(lambda learner: tried(findings, learner, come), class_))
                findings.start, findings.start_work = time.monotonic() - began, hub.seconds() - work
                print(f"All servers run after {findings.start:.0f} s. The course begins …", flush=True)
                ready = [learner for learner, came in zip(class_, here, strict=True) if came]
                list(pool.map(lambda learner: tried(findings, learner, do_the_course), ready))
                findings.whole, findings.whole_work = time.monotonic() - began, hub.seconds() - work
            except KeyboardInterrupt:
                hub.process.terminate()  # or the pool would wait for everybody to be done
                raise
    finally:
        done.set()
        watcher.join()


def tried(findings: Findings, learner: Learner, what: Callable[[Learner, Findings], None]) -> bool:
    """Let a learner do something; note it where it fails."""
    try:
        what(learner, findings)
    except Exception as error:  # noqa: BLE001 - it is a line of the table
        findings.failures.append(f"{learner.name}: {type(error).__name__}: {error}")
        return False
    return True


def come(learner: Learner, findings: Findings) -> None:
    """Sign in at the hub, and wait for the server."""
    began = time.monotonic()
    learner.sign_in()
    findings.mark("hub login", time.monotonic() - began)
    learner.start_server()


def do_the_course(learner: Learner, findings: Findings) -> None:
    """Run the notebooks, one after the other."""
    began = time.monotonic()
    findings.failures += [f"{learner.name}: {what}" for what in learner.do_the_course()]
    findings.mark("whole course", time.monotonic() - began)


# --- What came of it ------------------------------------------------------------------------------------


def show(findings: Findings, learners: int) -> None:
    """Print the tables and the plan."""
    print(f"\n{'stage':<24}{'times':>6}{'p50':>9}{'p95':>9}{'max':>9}   (seconds)")
    for stage, seconds in sorted(findings.seconds.items(), key=lambda each: order(each[0])):
        values = (percentile(seconds, 50), percentile(seconds, 95), max(seconds))
        print(f"{stage:<24}{len(seconds):>6}" + "".join(f"{value:>9.2f}" for value in values))
    print(f"\n{learners} learners: all servers after {findings.start:.0f} s, all done after {findings.whole:.0f} s")
    peak = ", ".join(f"{kind} {size / GB:.2f}" for kind, size in findings.peak.items())
    print(f"memory at its peak: {sum(findings.peak.values()) / GB:.2f} GB ({peak})")
    for kind, size in findings.each.items():
        print(f"one of the {kind}: {size / 1024**2:.0f} MB")
    print(f"failures: {len(findings.failures)}" + (f"; what the hub said is in {LOG}" if findings.failures else ""))
    for failure in findings.failures:
        print(f"  {failure}")
    print("\n".join(["", *plan(findings, learners)]), flush=True)


def plan(findings: Findings, learners: int, wanted: int = CLASS) -> list[str]:
    """Say what a larger class needs, and what of that was measured.

    Args:
        findings: What the rehearsal has measured.
        learners: How many took part in it.
        wanted: How many the class has.
    """
    server, kernel = findings.each["servers"], findings.each["kernels"]
    base = sum(findings.peak.get(kind, 0) for kind in ("hub", "proxy", "practice"))
    if not (server and kernel and learners):
        return ["No plan: too little was measured."]
    start = findings.start_work / learners
    start_cores = start * wanted / (START_MINUTES * 60)
    course = (findings.whole_work - findings.start_work) / learners
    course_cores = course * wanted / LESSON_SECONDS
    with_culling = base + wanted * (server + 2 * kernel)
    without = base + wanted * (server + len(SHOWN) * kernel)
    needed_cores = max(2, math.ceil(SPARE * max(start_cores, course_cores)))
    nodes = math.ceil(max(needed_cores / NODE_CORES, SPARE * with_culling / GB / NODE_GB))
    return [
        f"The plan for {wanted} learners",
        f"  measured        to sign in and have a server takes {start:.1f} seconds of a core, the course {course:.0f}",
        f"  measured        a server has {server / 1024**2:.0f} MB, a kernel {kernel / 1024**2:.0f}, hub, proxy and "
        f"practice {base / 1024**2:.0f}",
        f"  extrapolated    cores: {start_cores:.1f}, if all servers are to run within {START_MINUTES} minutes; "
        f"{course_cores:.1f} on average, if the course takes 90",
        f"  extrapolated    memory: {with_culling / GB:.0f} GB with idle kernels ended (two for each learner), "
        f"{without / GB:.0f} GB without (one for each notebook)",
        f"  so              one machine with {needed_cores} cores and {SPARE * with_culling / GB:.0f} GB, a quarter to "
        f"spare; or {nodes} nodes of {NODE_CORES} cores and {NODE_GB} GB, with JupyterHub on Kubernetes",
        f"  not measured    more than {learners} at once, a network between browser and hub, a home folder on NFS",
    ]


def order(stage: str) -> tuple[int, str]:
    """Where a stage stands in the table."""
    first = ("hub login", "server ready", "kernel restarted", "kernel ready", "begin login", "allow to callback page")
    return (first.index(stage) if stage in first else len(first), stage)


def percentile(values: list[float], percent: int) -> float:
    """The smallest value that so many per cent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main() -> int:
    """Rehearse; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--learners", type=int, required=True, metavar="N", help="how many do the course at once")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is ended then, too
    try:
        return rehearse(parser.parse_args().learners)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
