#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs clang-tidy over the core: each source file (and with it the headers it
includes), and each header that has no source file, through the one-line file
with which CMake compiles it alone.

In: a build folder with compile_commands.json. Out: clang-tidy's findings of
our own files, once each; exit 1 if there are any."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
CORE = TOP / "libhorde_caf"
FINDING = re.compile(r"^((/[^:]+):\d+:\d+: )?(warning|error): ")


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


def check(build, file):
    done = subprocess.run(
        ["clang-tidy", "--quiet", "-p", str(build), f"--config-file={TOP / '.clang-tidy'}",
         f"--header-filter={re.escape(str(CORE))}/.*",
         "--extra-arg=-Wno-unknown-warning-option",  # flags that only GCC has
         str(file)],
        capture_output=True, text=True)
    return file, done.returncode, done.stdout, done.stderr


def main():
    parser = argparse.ArgumentParser(description="clang-tidy on the core")
    parser.add_argument("-j", type=int, default=os.cpu_count(), dest="jobs")
    parser.add_argument("build", type=pathlib.Path)
    args = parser.parse_args()

    files = files_of_the_core(args.build)
    if not files:
        sys.exit(f"{args.build}: no file of the core in compile_commands.json")
    failed = []
    seen = set()
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for file, code, out, err in pool.map(lambda f: check(args.build, f), files):
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
