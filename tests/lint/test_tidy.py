#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of tools/lint/tidy.py: each rule on a small tree that breaks it, and
on one that does not."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "lint"))
import tidy  # noqa: E402

HEAD = "// SPDX-License-Identifier: MIT\n//\n// A role.\n\n"
CORE_LIST = "libhorde_caf/CMakeLists.txt"


def findings(rule, files):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files.items():
            file = pathlib.Path(folder, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return [str(f) for f in rule(tidy.Tree(folder))]


class Tidy(unittest.TestCase):
    def clean(self, rule, files):
        self.assertEqual(findings(rule, files), [])

    def one(self, rule, files, start):
        found = findings(rule, files)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(start), found[0])

    def test_a_file_at_the_limit_is_fine_and_one_line_more_is_not(self):
        path = "actors/a.cpp"
        self.clean(tidy.file_length, {path: "\n" * 400})
        self.one(tidy.file_length, {path: "\n" * 401}, f"{path}:401: 401 lines")
        self.clean(tidy.file_length, {"tests/a.test.cpp": "\n" * 600})
        self.one(tidy.file_length, {"tests/a.test.cpp": "\n" * 601}, "tests/a.test.cpp:601:")

    def test_a_header_begins_with_licence_and_role(self):
        path = "libhorde_caf/horde/a.hpp"
        self.clean(tidy.opening, {path: HEAD})
        self.one(tidy.opening, {path: "#pragma once\n"}, f"{path}:1: must begin")
        self.one(tidy.opening, {path: "// SPDX-License-Identifier: MIT\n\n#pragma once\n"},
                 f"{path}:2: tell the file's role")
        self.clean(tidy.opening, {"libhorde_caf/horde/a.cpp": HEAD.splitlines()[0] + "\n"})
        self.one(tidy.opening, {"examples/1_a.cpp": HEAD.splitlines()[0] + "\n"},
                 "examples/1_a.cpp:2:")

    def test_an_include_points_only_to_the_left(self):
        path = "libhorde_caf/horde/sync/a.hpp"
        self.clean(tidy.core_includes, {path: '#include "horde/crdt/dot.hpp"\n'
                                              '#include "horde/time.hpp"\n'})
        self.one(tidy.core_includes, {path: '\n#include "horde/naming/registry.hpp"\n'},
                 f"{path}:2: sync may not include naming")
        self.one(tidy.core_includes,
                 {"libhorde_caf/horde/time.hpp": '#include "horde/crdt/dot.hpp"\n'},
                 "libhorde_caf/horde/time.hpp:1: base may not include crdt")
        self.one(tidy.core_includes, {"libhorde_caf/horde/new/a.hpp": ""},
                 "libhorde_caf/horde/new/a.hpp:1: module 'new'")

    def test_a_source_file_includes_its_own_header_first(self):
        header = "libhorde_caf/horde/sync/a.hpp"
        source = "libhorde_caf/horde/sync/a.cpp"
        own = '#include "horde/sync/a.hpp"\n'
        other = "#include <string>\n"
        self.clean(tidy.own_header_first, {header: "", source: "// a\n" + own + other})
        self.clean(tidy.own_header_first, {source: other})
        self.one(tidy.own_header_first, {header: "", source: other + own},
                 f"{source}:1: the first include is not its own, horde/sync/a.hpp")

    def test_the_table_of_modules_has_no_cycle(self):
        done = {"base"}
        while len(done) < len(tidy.MAY_INCLUDE):
            ready = {m for m, may in tidy.MAY_INCLUDE.items() if may <= done} - done
            self.assertTrue(ready, "a cycle")
            done |= ready

    def test_the_core_includes_no_caf_no_logger_no_shell_and_no_threads(self):
        for name in ("<caf/actor.hpp>", "<spdlog/spdlog.h>", '"horde/actors/node.hpp"',
                     "<mutex>", "<thread>"):
            self.one(tidy.core_includes, {"libhorde_caf/horde/a.hpp": f"#include {name}\n"},
                     "libhorde_caf/horde/a.hpp:1:")

    def test_the_core_reads_no_clock_and_takes_no_lock(self):
        path = "libhorde_caf/horde/a.cpp"
        for code in ("auto t = clock::now();", "std::random_device rd;",
                     "std::hash<std::string>{}(x);", "std::shared_mutex m;",
                     "std::this_thread::yield();", "sleep_for(1s);"):
            self.one(tidy.core_words, {path: code + "\n"}, f"{path}:1:")

    def test_comments_strings_and_hashes_of_ids_are_not_code(self):
        self.clean(tidy.core_words, {"libhorde_caf/horde/a.hpp":
                   "// no thread, no ::now()\n/* sleep\n mutex */\n"
                   "auto s = \"mutex \\\" thread\"; auto big = 1'000'000; int threads;\n"
                   "template <>\nstruct std::hash<horde::pid> {\n"
                   "  return std::hash<horde::incarnation>{}(x.node);\n};\n"})

    def test_a_banned_word_after_a_comment_has_the_right_line(self):
        self.one(tidy.core_words, {"libhorde_caf/horde/a.hpp": "/* a\n b */ std::mutex m;\n"},
                 "libhorde_caf/horde/a.hpp:2:")

    def test_the_caf_line_is_asked_for_in_one_place(self):
        code = "#if HORDE_CAF1\n#endif\n"
        self.one(tidy.caf_line, {"actors/horde/actors/node.cpp": code},
                 "actors/horde/actors/node.cpp:1: 'HORDE_CAF1'")
        self.clean(tidy.caf_line, {"actors/horde/actors/caf_compat.hpp": code,
                                   "actors/horde/actors/door/basp.hpp": code})

    def test_what_caf_1_deprecates_is_called_through_the_wrappers(self):
        for call in ("self->request(x, 1s, y)", "self_->send(x, y)",
                     "caf::anon_send(x, y)", "self->set_exit_handler(f)"):
            self.one(tidy.caf_line, {"tests/actors/a.test.cpp": call + ";\n"},
                     f"tests/actors/a.test.cpp:1: '{call.split('(')[0]}' belongs")
        self.clean(tidy.caf_line, {"tests/actors/a.test.cpp":
                   "ask(self, x, 1s, y);\nleft.post()->send(x, y);\n"
                   "caf::anon_send_exit(x, y);\nnames->send(x, y);\n"})

    def test_only_system_tests_may_sleep(self):
        code = "std::this_thread::sleep_for(1s);\n"
        self.one(tidy.sleeping_tests, {"tests/actors/a.test.cpp": code},
                 "tests/actors/a.test.cpp:1: 'sleep_for'")
        self.clean(tidy.sleeping_tests, {"tests/system/a.test.cpp": code})

    def test_a_file_that_no_list_names_is_found(self):
        files = {CORE_LIST: "add_library(x\n  horde/a.cpp\n  # horde/b.cpp\n)\n",
                 "libhorde_caf/horde/a.cpp": "", "libhorde_caf/horde/b.cpp": "",
                 "examples/CMakeLists.txt": "horde_add_example(1_a)\n",
                 "examples/1_a.cpp": "", "tests/support/only_a_header.hpp": ""}
        self.one(tidy.forgotten_files, files, "libhorde_caf/horde/b.cpp:1: no CMakeLists")

    def test_white_space(self):
        self.one(tidy.white_space, {"a.md": "a \n"}, "a.md:1: white space")
        self.one(tidy.white_space, {"a.md": "a"}, "a.md:1: no newline")
        self.one(tidy.white_space, {"a.cpp": "\ta;\n"}, "a.cpp:1: tab")
        self.clean(tidy.white_space, {"build/a.md": "a ", ".git/a.md": "a ", "a.md": ""})

    EXAMPLE = ("int main() {\n  // snippet: hello\n  auto a = 1;\n\n  return a;\n"
               "  // end snippet\n}\n")

    def readme(self, code):
        return {"examples/1_a.cpp": self.EXAMPLE,
                "README.md": f"# A\n\n<!-- snippet: hello -->\n```cpp\n{code}```\n"}

    def test_a_document_shows_what_the_example_holds(self):
        self.clean(tidy.snippets, self.readme("auto a = 1;\n\nreturn a;\n"))
        self.one(tidy.snippets, self.readme("auto a = 1;\n\nreturn b;\n"),
                 "README.md:7: differs from snippet 'hello'")
        self.one(tidy.snippets, self.readme("auto a = 1;\n"), "README.md:6: differs")

    def test_a_snippet_that_is_missing_open_or_double_is_told(self):
        self.one(tidy.snippets, {"a.md": "<!-- snippet: x -->\n```\n```\n"}, "a.md:1: no example")
        self.one(tidy.snippets, {"examples/a.cpp": "// snippet: x\n"},
                 "examples/a.cpp:1: snippet 'x' does not end")
        self.one(tidy.snippets, {"examples/a.cpp": self.EXAMPLE * 2},
                 "examples/a.cpp:9: snippet 'hello' exists twice")

    def test_a_link_leads_somewhere(self):
        self.one(tidy.links, {"docs/a.md": "[b](b.md)\n"}, "docs/a.md:1: link to a file")
        self.clean(tidy.links, {"docs/a.md": "[b](../b.md#part) [c](https://c.example)\n"
                                             "```\n[x](y)\n```\n", "b.md": ""})


if __name__ == "__main__":
    unittest.main()
