// SPDX-License-Identifier: MIT
//
// dnsmasq as a process, on a port of this machine.

#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "horde/actors/door/socket.hpp"
#include "horde/actors/formation/dns.hpp"
#include "support/folder.hpp"
#include "support/process.hpp"
#include "system/skip.hpp"

namespace horde::test {

inline const std::vector<std::string> dnsmasq{
  "/usr/bin/env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "dnsmasq"};

/// A global fixture: without dnsmasq the program is skipped.
struct needs_dnsmasq {
  needs_dnsmasq() {
    skip_unless([] {
      auto args = dnsmasq;
      args.push_back("--version");
      if (run(args).exit_code != 0)
        throw std::runtime_error("no dnsmasq (package dnsmasq-base)");
    });
  }
};

/// Knows what is in its hosts file, and no other names in "test".
class dns_server {
public:
  /// Starts it. `more`: arguments of dnsmasq.
  explicit dns_server(std::vector<std::string> more = {})
      : more_(std::move(more)) {
    here_.write("hosts", "");
    std::filesystem::permissions(here_.string(), std::filesystem::perms{0755});
    // It takes the port for TCP, too, where somebody else may have it.
    for (int i = 0; i < 20 && !is_started_at_free_port(); ++i)
      continue;
    BOOST_REQUIRE_MESSAGE(server_ != nullptr, "no port is free");
  }

  void start() {
    begin();
    read_until("read ");
  }

  void stop() { server_.reset(); }

  void set_hosts(const std::string& text) {
    here_.write("hosts", text);
    server_->signal(SIGHUP);
    read_until("read ");
  }

  formation::dns_access access(duration timeout = std::chrono::seconds{
                                 5}) const {
    return {{"127.0.0.1:" + std::to_string(port_)}, timeout};
  }

private:
  bool is_started_at_free_port() {
    port_ = actors::local_port(actors::open_datagrams().get());
    begin();
    if (read_until("read ", "already in use"))
      return true;
    stop();
    return false;
  }

  void begin() {
    auto args = dnsmasq;
    for (const auto& x :
         {"--no-daemon", "--no-resolv", "--no-hosts", "--bind-interfaces",
          "--conf-file=/dev/null", "--listen-address=127.0.0.1",
          "--pid-file=", "--local=/test/", "--local-ttl=7", "--max-ttl=7"})
      args.push_back(x);
    args.push_back("--port=" + std::to_string(port_));
    args.push_back("--addn-hosts=" + here_ / "hosts");
    if (auto* me = getpwuid(geteuid()))
      args.push_back(std::string{"--user="} + me->pw_name);
    args.insert(args.end(), more_.begin(), more_.end());
    server_ = std::make_unique<process>(args);
  }

  /// False: it said `problem` instead.
  bool read_until(const std::string& what, const std::string& problem = "") {
    std::string all;
    for (;;) {
      auto line = server_->read_line(std::chrono::seconds{10});
      BOOST_REQUIRE_MESSAGE(line.has_value(), "dnsmasq says: " << all);
      if (line->find(what) != std::string::npos)
        return true;
      if (!problem.empty() && line->find(problem) != std::string::npos)
        return false;
      all += *line + '\n';
    }
  }

  folder here_;
  std::vector<std::string> more_;
  std::uint16_t port_ = 0;
  std::unique_ptr<process> server_;
};

} // namespace horde::test
