// SPDX-License-Identifier: MIT

#include "support/network_node.hpp"

#include <stdexcept>

#include <signal.h>

namespace horde::test {

namespace {

using namespace std::chrono_literals;

const std::string secret = "of the networks of the tests";

std::string endpoint_at(network::host x) {
  return network::address(x) + ":4711";
}

std::vector<std::string> command(const network& where, network::host at) {
  auto name = network_node::name_at(at);
  std::vector<std::string> result{
    HORDE_PROGRAM,  "node",    "--listen",     endpoint_at(at),
    "--name",       name,      "--secret",     secret,
    "--log-level",  "info",    "--registry",   "names",
    "--supervisor", "workers", "--supervisor", "home-of-" + name};
  for (network::host x = 0; x < where.size(); ++x)
    if (x != at)
      result.insert(result.end(), {"--seed", endpoint_at(x)});
  return where.on(at, result);
}

} // namespace

network_node::network_node(const network& where, network::host at)
    : where_(where), at_(at), name_(name_at(at)), process_(command(where, at)),
      reader_([this] { read(); }) {
  // nop
}

network_node::~network_node() {
  process_.signal(SIGKILL);
  reader_.join();
}

std::string network_node::name_at(network::host x) {
  return 'n' + std::to_string(x + 1);
}

void network_node::read() {
  while (auto text = process_.read_line(24h)) {
    std::lock_guard guard{mutex_};
    log_.push_back({clock::now(), std::move(*text)});
    news_.notify_all();
  }
  std::lock_guard guard{mutex_};
  ended_ = true;
  news_.notify_all();
}

void network_node::wait_until_ready(duration limit) {
  wait_for("listening on ", 0, limit);
  life_ = ask_json({"status"})["self"]["life"];
}

int network_node::wait_for_end(duration limit) {
  {
    std::unique_lock guard{mutex_};
    if (!news_.wait_for(guard, limit, [this] { return ended_; }))
      throw std::runtime_error(name_ + " did not end");
  }
  return process_.wait(10s).exit_code;
}

// -- its log -----------------------------------------------------------------

std::size_t network_node::lines() const {
  std::lock_guard guard{mutex_};
  return log_.size();
}

network_node::clock::time_point network_node::wait_for(const std::string& text,
                                                       std::size_t first,
                                                       duration limit) {
  auto deadline = clock::now() + limit;
  std::unique_lock guard{mutex_};
  for (auto i = first;; ++i) {
    auto there = [&] { return i < log_.size() || ended_; };
    if (!news_.wait_until(guard, deadline, there))
      throw std::runtime_error(name_ + " did not say in time: " + text);
    if (i >= log_.size())
      throw std::runtime_error(name_ + " ended and did not say: " + text);
    if (log_[i].text.find(text) != std::string::npos)
      return log_[i].at;
  }
}

std::vector<std::string> network_node::lines_with(const std::string& text,
                                                  std::size_t first) const {
  std::lock_guard guard{mutex_};
  std::vector<std::string> result;
  for (auto i = first; i < log_.size(); ++i)
    if (log_[i].text.find(text) != std::string::npos)
      result.push_back(name_ + ": " + log_[i].text);
  return result;
}

// -- what it answers ---------------------------------------------------------

finished network_node::ask(std::vector<std::string> args) const {
  args.insert(args.begin(), HORDE_PROGRAM);
  args.insert(args.end(), {"--node", endpoint_at(at_), "--secret", secret,
                           "--timeout", "5"});
  return run(where_.on(at_, std::move(args)));
}

nlohmann::json network_node::ask_json(std::vector<std::string> args) const {
  args.push_back("--json");
  auto answer = ask(std::move(args));
  if (answer.exit_code != 0)
    throw std::runtime_error(name_ + ": " + answer.out);
  return nlohmann::json::parse(answer.out);
}

} // namespace horde::test
