"""Looks at the Python it runs in, and prints what is there as JSON. Not imported: `packages.look` starts it.

Arguments: the wanted packages, as lines of a requirement file. The whole tree below them is looked at, for a
package that another one brings along may be missing or broken too. Standard library, and whichever `packaging`
there is: a Python that has neither it nor pip lacks everything.
"""

import sys

del sys.path[0]  # this folder: what is importable here says nothing about the Python

import json  # noqa: E402
import os  # noqa: E402
import platform  # noqa: E402
import sysconfig  # noqa: E402
from importlib import metadata, util  # noqa: E402

try:
    from packaging.requirements import Requirement
except ImportError:
    try:
        from pip._vendor.packaging.requirements import Requirement
    except ImportError:
        Requirement = None


def main(wanted):
    """Print version, packages that are missing (with the reason), damaged ones, and where the helpers come from."""
    missing, damaged, seen = {}, set(), set()
    for line in wanted:
        if Requirement is None:
            missing[line] = "not installed"
            continue
        for reason in lacking(Requirement(line), seen, damaged):
            missing.setdefault(line, reason)
    helpers = util.find_spec("rc_nb_helpers")
    print(
        json.dumps(
            {
                "version": platform.python_version(),
                "site_packages": exact(sysconfig.get_path("purelib")),
                "missing": missing,
                "damaged": sorted(damaged),
                "helpers": exact(helpers.origin) if helpers and helpers.origin else None,
            }
        )
    )


def exact(path):
    """Return a path's bytes as text: the Python that asks may read names in another encoding than this one."""
    return os.fsencode(path).decode("latin-1")


def lacking(requirement, seen, damaged, extras=("",)):
    """Yield a reason for each package, from this one down, that is not here or not in a version that fits."""
    if requirement.marker and not any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
        return
    try:
        found = metadata.distribution(requirement.name)
    except metadata.PackageNotFoundError:
        yield f"{requirement.name} is not installed"
        return
    if not found.version or not requirement.specifier.contains(found.version, prereleases=True):
        yield f"{requirement.name} {found.version} is installed, {requirement.specifier} is needed"
    key = (requirement.name, tuple(sorted(requirement.extras)))
    if key in seen:
        return
    seen.add(key)
    if not is_whole(found):
        damaged.add(requirement.name)
    for line in found.requires or ():
        yield from lacking(Requirement(line), seen, damaged, requirement.extras or ("",))


def is_whole(distribution):
    """Tell whether the first module that a package says it has is really there (RECORD lists its files)."""
    for line in (distribution.read_text("RECORD") or "").splitlines():
        name = line.split(",")[0]
        if name.endswith("/__init__.py"):
            return distribution.locate_file(name).is_file()
    return True


main(sys.argv[1:])
