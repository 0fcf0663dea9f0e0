// SPDX-License-Identifier: MIT

#include "readiness.hpp"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <utility>

#include "service_manager.hpp"

#include "horde/horde.hpp"

namespace horde::tools {

namespace {

std::string line_of(const node& where) {
  return "listening on " + to_string(where.at()) + " as " + where.id().name;
}

/// The file appears complete or not.
caf::error tell(const node& where, const std::string& file) {
  if (!file.empty()) {
    auto draft = file + ".new";
    std::ofstream out{draft};
    out << line_of(where) << '\n';
    out.close();
    if (!out || std::rename(draft.c_str(), file.c_str()) != 0)
      return to_error(
        {errc::bad_option, "cannot write --ready-file '" + file + "'"});
  }
  if (!notify_service_manager(service_ready))
    return to_error({errc::bad_option, "cannot tell NOTIFY_SOCKET"});
  return {};
}

} // namespace

void readiness_options::add_to(CLI::App& cmd) {
  cmd.add_option("--ready-file", file,
                 "Gets the line `listening on ...` when the node is ready");
  cmd
    .add_option("--wait-for", nodes,
                "It is ready when so many nodes are up, this one included; "
                "systemd is told, too, if it asks for it (default: 1)")
    ->check(CLI::Range(std::size_t{1}, std::size_t{100'000}));
}

readiness::~readiness() {
  if (waiting_.joinable())
    waiting_.join();
}

caf::error readiness::begin(const node& who, const readiness_options& options) {
  std::cout << line_of(who) << std::endl;
  if (options.nodes <= 1)
    return tell(who, options.file);
  waiting_ = std::thread{[=, this] { wait(who, options); }};
  return {};
}

void readiness::wait(node who, const readiness_options& options) {
  constexpr auto long_time = std::chrono::hours{24};
  while (!who.wait_for_nodes(options.nodes, long_time))
    if (is_stopping_)
      return;
  std::cout << "ready: " << options.nodes << " nodes are up" << std::endl;
  if (auto problem = tell(who, options.file))
    std::cerr << "horde: " << render(problem) << std::endl;
}

void readiness::stopping() {
  is_stopping_ = true;
  (void)notify_service_manager(service_stopping);
}

} // namespace horde::tools
