// SPDX-License-Identifier: MIT
//
// A `horde node` as a process, and what the `horde` program says of it.

#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "support/process.hpp"

namespace horde::test {

inline const std::string program = HORDE_PROGRAM;

/// A running `horde node`, on a port of its own choice.
struct node {
  explicit node(std::vector<std::string> more = {})
      : handle(command(std::move(more))) {
    // "listening on 127.0.0.1:4711 as NAME"
    auto line = handle.read_line(std::chrono::seconds{20});
    BOOST_REQUIRE_MESSAGE(line && line->starts_with("listening on "),
                          line.value_or("no line"));
    auto begin = std::string{"listening on "}.size();
    at = line->substr(begin, line->find(' ', begin) - begin);
  }

  static std::vector<std::string> command(std::vector<std::string> more) {
    std::vector<std::string> result{program, "node"};
    if (std::find(more.begin(), more.end(), "--listen") == more.end())
      result.insert(result.end(), {"--listen", "127.0.0.1:0"});
    result.insert(result.end(), more.begin(), more.end());
    return result;
  }

  finished ask(std::vector<std::string> args) const {
    args.insert(args.begin(), program);
    args.insert(args.end(), {"--node", at, "--timeout", "5"});
    return run(args);
  }

  process handle;
  std::string at;
};

inline bool says(const finished& x, const std::string& text) {
  return x.out.find(text) != std::string::npos;
}

inline void check(const finished& x, int exit_code, const std::string& text) {
  BOOST_TEST(x.exit_code == exit_code, x.out);
  BOOST_TEST(says(x, text), x.out);
}

/// It ends with this code and one line that names the culprit.
inline void check_refusal(std::vector<std::string> args, int exit_code,
                          const std::string& culprit) {
  args.insert(args.begin(), program);
  auto x = run(args);
  check(x, exit_code, culprit);
  BOOST_TEST(std::count(x.out.begin(), x.out.end(), '\n') == 1, x.out);
}

} // namespace horde::test
