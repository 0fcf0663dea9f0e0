#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks of form that no compiler and no clang-tidy makes.

In: the source tree (the argument; default: the tree this file is in).
Out: one line `file:line: what` a finding; exit 1 if there are any.
Each rule is a function from the tree to findings; RULES lists them. The rules
are described in CONTRIBUTING.md and tested by tests/lint/test_tidy.py."""

import os
import pathlib
import re
import sys
from typing import NamedTuple

MAX_LINES = 400
MAX_TEST_LINES = 600
SPDX = "// SPDX-License-Identifier: MIT"
CORE = "libhorde_caf/"

# A module of the core may include itself and these; `base` is what lies
# directly in libhorde_caf/horde.
MAY_INCLUDE = {
    "base": {"base"},
    "crdt": {"base"},
    "membership": {"base", "crdt", "sync"},
    "supervision": {"base"},
    "formation": {"base"},
    "sync": {"base", "crdt"},
    "storage": {"base", "sync"},
    "placement": {"base", "membership"},
    "naming": {"base", "crdt", "sync", "membership"},
    "scheduling": {"base", "crdt", "sync", "membership", "placement", "supervision"},
}

# What the core does not know, each with the reason that is printed.
CORE_BANNED_INCLUDES = {
    r"caf/": "the core knows no CAF",
    r"spdlog/|fmt/": "the core does not log: return an effect",
    r"horde/actors/|horde/horde\.hpp": "the core does not know its shells",
    r"(thread|mutex|shared_mutex|condition_variable|future|atomic|semaphore)$":
        "the core has no threads",
}
CORE_BANNED_WORDS = {
    r"::now\s*\(": "time is an argument",
    r"\brandom_device\b": "randomness is handed in and seeded",
    r"\bstd::hash<(?!horde::)": "std::hash differs between machines: use horde/hash.hpp",
    r"\b\w*mutex\b": "the core has no locks",
    r"\b(this_|j)?thread\b": "the core has no threads",
    r"\bsleep\w*\b": "the core never waits",
}
HASH_SPECIALISATION = re.compile(r"^\s*(template\s*<>\s*)?struct\s+std::hash<[\w:]+>\s*\{?")

# The only files that may ask which CAF they are compiled with.
CAF_LINE_FILES = {
    "actors/horde/actors/caf_compat.hpp",
    "actors/horde/actors/caf_compat.cpp",
    "actors/horde/actors/caf_compat_values_017.cpp",
    "actors/horde/actors/caf_compat_values_1x.cpp",
    "tests/support/caf_cluster.cpp",
    "actors/horde/actors/door/basp.hpp",
}
CAF_LINE_WORDS = re.compile(r"\b(CAF_VERSION\w*|HORDE_CAF1)\b")
# What CAF 1.x deprecates and `caf_compat.hpp` wraps.
CAF_017_CALLS = re.compile(
    r"\b((?:self_?->(?:delayed_)?send|caf::(?:delayed_)?anon_send"
    r"|self_?->(?:request|delegate|monitor|set_\w+_handler))(?=\s*\())")

SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![\w.])sleep\s*\(")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
FENCE = re.compile(r"^\s*```")
SNIPPET_BEGIN = re.compile(r"^\s*// snippet: (\S+)\s*$")
SNIPPET_END = re.compile(r"^\s*// end snippet\s*$")
SNIPPET_USE = re.compile(r"^\s*<!-- snippet: (\S+) -->\s*$")
LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
STRING_OR_COMMENT = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)


class Finding(NamedTuple):
    path: str
    line: int
    what: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what}"


class Tree:
    """The text files of a source tree, by path relative to its top."""

    SUFFIXES = (".hpp", ".cpp", ".py", ".sh", ".cmake", ".in", ".txt", ".md",
                ".json", ".yml", ".conf", ".html", ".js", ".css")
    SCRIPTS = ("tools/check", "tools/demo", ".ci/run")

    def __init__(self, top):
        self.top = pathlib.Path(top).resolve()
        self.files = {}
        for folder, folders, names in os.walk(self.top):
            base = pathlib.Path(folder).relative_to(self.top)
            folders[:] = sorted(d for d in folders if self.is_ours(base / d))
            for name in sorted(names):
                path = (base / name).as_posix()
                if name.endswith(self.SUFFIXES) or path in self.SCRIPTS:
                    self.files[path] = self.read(path)

    @staticmethod
    def is_ours(folder):
        name = folder.name
        if len(folder.parts) == 1 and (name == "build" or name.startswith("build-")):
            return False
        return name == ".ci" or not (name.startswith(".") or name == "__pycache__")

    def read(self, path):
        return (self.top / path).read_text(encoding="utf-8", errors="replace")

    def cpp(self, *folders):
        for path, text in self.files.items():
            if path.endswith((".hpp", ".cpp")) and path.startswith(folders or ("",)):
                yield path, text


def code_of(text):
    """The text with comments and literals blanked, line numbers kept."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return STRING_OR_COMMENT.sub(blank, text)


def numbered(text):
    return enumerate(text.splitlines(), 1)


def file_length(tree):
    """A file that outgrows the limit lacks a noun: find it, give it a file."""
    for path, text in tree.files.items():
        if not path.endswith((".hpp", ".cpp", ".py", ".sh", ".cmake", "CMakeLists.txt")):
            continue
        limit = MAX_TEST_LINES if path.startswith("tests/") else MAX_LINES
        lines = len(text.splitlines())
        if lines > limit:
            yield Finding(path, limit + 1, f"{lines} lines; the limit is {limit}")


def opening(tree):
    """Each file says its licence, and its role unless that stands elsewhere:
    a source's in its header, a test's in what it tests."""
    for path, text in tree.cpp():
        lines = text.splitlines()
        if lines[:1] != [SPDX]:
            yield Finding(path, 1, f"must begin with: {SPDX}")
            continue
        elsewhere = path.endswith(".cpp") and (
            path.startswith((CORE, "actors/")) or path.endswith(".test.cpp")
            or path[:-4] + ".hpp" in tree.files)
        told = len(lines) > 2 and lines[1] == "//" and re.match(r"// \S", lines[2])
        if not told and not elsewhere:
            yield Finding(path, 2, "tell the file's role after the SPDX line: "
                                   "an empty `//`, then a few comment lines")


def module_of(include):
    parts = include.split("/")
    return parts[1] if len(parts) > 2 else "base"


def core_includes(tree):
    """An include only points to the left (docs/architecture.md)."""
    for path, text in tree.cpp(CORE):
        module = module_of(path[len(CORE):])
        if module not in MAY_INCLUDE:
            yield Finding(path, 1, f"module '{module}' is not in the table MAY_INCLUDE "
                                   "of tools/lint/tidy.py")
            continue
        for number, line in numbered(text):
            match = INCLUDE.match(line)
            if not match:
                continue
            target = match.group(1)
            for pattern, why in CORE_BANNED_INCLUDES.items():
                if re.match(pattern, target):
                    yield Finding(path, number, f"<{target}> in the core: {why}")
                    break
            else:
                if target.startswith("horde/"):
                    other = module_of(target)
                    if other != module and other not in MAY_INCLUDE[module]:
                        yield Finding(path, number, f"{module} may not include {other} "
                                                    f"({target})")


def own_header_first(tree):
    """So a header with a source file is compiled alone there (tools/check)."""
    for path, text in tree.cpp("libhorde_caf/", "actors/"):
        header = path.removesuffix(".cpp") + ".hpp"
        if not path.endswith(".cpp") or header not in tree.files:
            continue
        own = header.partition("/")[2]
        for number, line in numbered(text):
            match = INCLUDE.match(line)
            if match:
                if match.group(1) != own:
                    yield Finding(path, number, f"the first include is not its own, {own}")
                break


def core_words(tree):
    """The core reads no clock, no random source and takes no lock."""
    for path, text in tree.cpp(CORE):
        for number, line in numbered(code_of(text)):
            if INCLUDE.match(line):
                continue
            line = HASH_SPECIALISATION.sub("", line)
            for pattern, why in CORE_BANNED_WORDS.items():
                match = re.search(pattern, line)
                if match:
                    yield Finding(path, number, f"'{match.group(0)}' in the core: {why}")


def caf_line(tree):
    """Differences between the two CAF lines stay in one place."""
    for path, text in tree.cpp():
        if path in CAF_LINE_FILES:
            continue
        for number, line in numbered(code_of(text)):
            match = CAF_LINE_WORDS.search(line) or CAF_017_CALLS.search(line)
            if match:
                yield Finding(path, number, f"'{match.group(0)}' belongs into "
                                            "actors/horde/actors/caf_compat.hpp")


def sleeping_tests(tree):
    """A fixed wait is slow when it is long and flaky when it is short."""
    for path, text in tree.cpp("tests/"):
        if path.startswith("tests/system/"):
            continue
        for number, line in numbered(code_of(text)):
            match = SLEEP.search(line)
            if match:
                yield Finding(path, number, f"'{match.group(0).strip()}' in a test: use "
                                            "virtual time, or a deadline in tests/system")


def forgotten_files(tree):
    """Each source file, and each header of a library, stands in the list of a
    CMakeLists.txt above it (with or without its suffix)."""
    words = {}
    for path, text in tree.files.items():
        if path.endswith("CMakeLists.txt"):
            text = re.sub(r"#.*", "", text)
            words[path[:-len("CMakeLists.txt")]] = set(re.split(r'[\s()"]+', text))
    for path, _ in tree.cpp():
        if path.endswith(".hpp") and not path.startswith((CORE, "actors/")):
            continue
        above = [f for f in words if path.startswith(f)]
        names = {(path[len(f):], f) for f in above}
        if not any(n in words[f] or n.rsplit(".", 1)[0] in words[f] for n, f in names):
            yield Finding(path, 1, "no CMakeLists.txt lists this file")


def white_space(tree):
    for path, text in tree.files.items():
        for number, line in numbered(text):
            if line != line.rstrip():
                yield Finding(path, number, "white space at the end of the line")
            if "\t" in line and path.endswith((".hpp", ".cpp", ".cmake", ".md")):
                yield Finding(path, number, "tab character")
        if text and not text.endswith("\n"):
            yield Finding(path, len(text.splitlines()), "no newline at the end of the file")


def dedent(lines):
    margin = min((len(s) - len(s.lstrip()) for s in lines if s.strip()), default=0)
    return [s[margin:].rstrip() for s in lines]


def snippets_of(tree):
    """Marked regions of the examples: name -> lines; and what is wrong there."""
    regions, findings = {}, []
    for path, text in tree.cpp("examples/"):
        name = None
        for number, line in numbered(text):
            begin = SNIPPET_BEGIN.match(line)
            if begin and name is None:
                name, start = begin.group(1), number
                if name in regions:
                    findings.append(Finding(path, number, f"snippet '{name}' exists twice"))
                regions[name] = []
            elif begin:
                findings.append(Finding(path, number, f"snippet inside snippet '{name}'"))
            elif SNIPPET_END.match(line):
                if name is None:
                    findings.append(Finding(path, number, "end of a snippet that never began"))
                name = None
            elif name is not None:
                regions[name].append(line)
        if name is not None:
            findings.append(Finding(path, start, f"snippet '{name}' does not end"))
    return {k: dedent(v) for k, v in regions.items()}, findings


def snippets(tree):
    """Documents show compiled code."""
    regions, findings = snippets_of(tree)
    yield from findings
    for path, text in tree.files.items():
        if not path.endswith(".md"):
            continue
        lines = text.splitlines()
        for at, line in enumerate(lines):
            use = SNIPPET_USE.match(line)
            if not use:
                continue
            name = use.group(1)
            if name not in regions:
                yield Finding(path, at + 1, f"no example has a snippet '{name}'")
                continue
            fence = at + 1
            while fence < len(lines) and not lines[fence].strip():
                fence += 1
            if fence == len(lines) or not FENCE.match(lines[fence]):
                yield Finding(path, at + 1, f"no code block after snippet '{name}'")
                continue
            end = fence + 1
            while end < len(lines) and not FENCE.match(lines[end]):
                end += 1
            shown = dedent(lines[fence + 1:end])
            if shown != regions[name]:
                same = [a == b for a, b in zip(shown, regions[name])]
                first = same.index(False) if False in same else len(same)
                yield Finding(path, min(fence + 2 + first, len(lines)),
                              f"differs from snippet '{name}' of the examples")


def links(tree):
    """A link to a file of ours leads somewhere."""
    for path, text in tree.files.items():
        if not path.endswith(".md"):
            continue
        fenced = False
        for number, line in numbered(text):
            if FENCE.match(line):
                fenced = not fenced
            for match in () if fenced else LINK.finditer(line):
                target = match.group(1)
                if re.match(r"[a-z]+:", target):
                    continue
                if not (tree.top / path).parent.joinpath(target).exists():
                    yield Finding(path, number, f"link to a file that is not there: {target}")


RULES = [file_length, opening, core_includes, own_header_first, core_words, caf_line,
         sleeping_tests, forgotten_files, white_space, snippets, links]


def check(top):
    tree = Tree(top)
    return sorted(finding for rule in RULES for finding in rule(tree)), len(tree.files)


def main():
    top = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    findings, files = check(top)
    for finding in findings:
        print(finding)
    print(f"tidy: {files} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
