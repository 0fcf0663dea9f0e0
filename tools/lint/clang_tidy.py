#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs clang-tidy over the core: each source file (and with it the headers it
includes), and each header that has no source file, through the one-line file
with which CMake compiles it alone.

Most of its time goes into the standard library's headers, so files of one folder
are first looked at together, by a file that includes them; only those of a
folder with a finding, or that cannot be compiled together, one by one.

In: a build folder with compile_commands.json. Out: clang-tidy's findings of
our own files, once each; exit 1 if there are any."""

import argparse
import concurrent.futures
import itertools
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
CORE = TOP / "libhorde_caf"
FINDING = re.compile(r"^((/[^:]+):\d+:\d+: )?(warning|error): ", re.M)


def files_of_the_core(build):
    commands = json.loads((build / "compile_commands.json").read_text())
    ours = (CORE, build.resolve() / "libhorde_caf")
    found = {pathlib.Path(c["directory"], c["file"]) for c in commands}
    found = {f for f in found if any(o in f.parents for o in ours)}
    # registry.hpp.cxx is not needed where there is a registry.cpp beside it.
    sources = {own_path(f) for f in found}
    return sorted(f for f in found
                  if not f.name.endswith(".hpp.cxx")
                  or own_path(f).replace(".hpp.cxx", ".cpp") not in sources)


def own_path(file):
    """The path below horde/, the same for a file and its one-line file."""
    return file.as_posix().rpartition("/horde/")[2]


def batches(files, size=30):
    """Sources of one folder; all headers without one."""
    folders = {}
    for file in files:
        folder = "headers" if file.name.endswith(".hpp.cxx") else file.parent
        folders.setdefault(folder, []).append(file)
    for group in folders.values():
        for i in range(0, len(group), size):
            yield group[i:i + size]


def tidy(file, *more):
    return subprocess.run(
        ["clang-tidy", "--quiet", f"--config-file={TOP / '.clang-tidy'}",
         f"--header-filter={re.escape(str(CORE))}/.*",
         "--extra-arg=-Wno-unknown-warning-option",  # flags that only GCC has
         str(file), *more],
        capture_output=True, text=True)


def flags_of(build):
    """How each file is compiled, without its name and that of what comes out."""
    result = {}
    for c in json.loads((build / "compile_commands.json").read_text()):
        words = shlex.split(c["command"])
        first = next(i for i, w in enumerate(words) if w.startswith("-"))
        keep = [w for w in words[first:] if re.match(r"-[IDfOWs]|-isystem", w)]
        result[pathlib.Path(c["directory"], c["file"])] = keep
    return result


def is_clean_together(build, flags, number, group):
    unit = build / "clang_tidy" / f"{number}.cpp"
    unit.parent.mkdir(exist_ok=True)
    unit.write_text("".join(f'#include "{f}"\n' for f in group))
    done = tidy(unit, "--checks=-bugprone-suspicious-include", "--", *flags[group[0]])
    return done.returncode == 0 and not FINDING.search(done.stdout)


def check(build, flags, number, group):
    if len(group) > 1 and is_clean_together(build, flags, number, group):
        return [(file, 0, "", "") for file in group]
    result = []
    for file in group:
        done = tidy(file, "-p", str(build))
        result.append((file, done.returncode, done.stdout, done.stderr))
    return result


def main():
    parser = argparse.ArgumentParser(description="clang-tidy on the core")
    parser.add_argument("-j", type=int, default=os.cpu_count(), dest="jobs")
    parser.add_argument("build", type=pathlib.Path)
    args = parser.parse_args()

    files = files_of_the_core(args.build)
    if not files:
        sys.exit(f"{args.build}: no file of the core in compile_commands.json")
    flags = flags_of(args.build)
    failed = []
    seen = set()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        done = pool.map(lambda x: check(args.build, flags, *x),
                        enumerate(batches(files)))
        for file, code, out, err in itertools.chain.from_iterable(done):
            if code != 0:
                failed.append(file)
                if not out.strip():
                    print(err)
            show = False
            for line in out.splitlines():
                if FINDING.match(line):
                    show = line not in seen
                    seen.add(line)
                if show:
                    print(line)
    print(f"clang-tidy: {len(files)} files of the core, {len(seen)} findings")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
