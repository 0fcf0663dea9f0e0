#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes mutants (mutants.py) and judges their runs.

    mutate.py list                    a line `name file simulation [seeds]` a mutant
    mutate.py make NAME SOURCE OUT    SOURCE with the text replaced
    mutate.py fails COMMAND...        0 if the command ends with exit code 1
"""

import pathlib
import subprocess
import sys

from mutants import MUTANTS_OF


def make(name, source, out):
    mutant = next(x for xs in MUTANTS_OF.values() for x in xs if x.name == name)
    text = pathlib.Path(source).read_text(encoding="utf-8")
    count = text.count(mutant.find)
    if count != 1:
        return f"mutant {name}: its text is {count} times in {source}, not once"
    made = text.replace(mutant.find, mutant.replacement)
    pathlib.Path(out).write_text(made, encoding="utf-8")
    return None


def fails(command):
    code = subprocess.run(command, check=False).returncode
    return None if code == 1 else f"exit code {code}: the mutant was not noticed"


def main(args):
    if args == ["list"]:
        for sim, mutants in MUTANTS_OF.items():
            for x in mutants:
                print(x.name, x.file, sim, x.seeds)
        return None
    if args[:1] == ["make"] and len(args) == 4:
        return make(*args[1:])
    if args[:1] == ["fails"] and len(args) > 1:
        return fails(args[1:])
    return __doc__


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
