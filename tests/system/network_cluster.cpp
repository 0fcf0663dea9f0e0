// SPDX-License-Identifier: MIT

#include "system/network_cluster.hpp"

#include <cstdio>
#include <future>
#include <iomanip>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>

#include <boost/test/unit_test.hpp>

namespace horde::test {

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// Processes are printed as `<actor@life>`.
std::string life_of(const std::string& process) {
  auto begin = process.find('@') + 1;
  return process.substr(begin, process.size() - begin - 1);
}

} // namespace

// -- nodes -------------------------------------------------------------------

network_cluster::network_cluster(std::string title, std::size_t size)
    : title_(std::move(title)), net_(size) {
  begin_ = clock::now();
  for (network::host x = 0; x < size; ++x)
    nodes_.push_back(std::make_unique<network_node>(net_, x));
}

void network_cluster::form() {
  mark begin{begin_, std::vector<std::size_t>(nodes_.size())};
  duration slowest{0};
  for (auto x : all())
    slowest = std::max(slowest, wait_for("up", x, all_but({x}), begin, 20s));
  for (auto& x : nodes_)
    x->wait_until_ready(20s);
  note("all were linked after " + seconds(slowest));
}

void network_cluster::note(const std::string& text) const {
  std::printf("%s: %s\n", title_.c_str(), text.c_str());
  std::fflush(stdout);
}

network::hosts network_cluster::all() const {
  return all_but({});
}

network::hosts network_cluster::all_but(const network::hosts& some) const {
  network::hosts result;
  for (network::host x = 0; x < nodes_.size(); ++x)
    if (!some.contains(x))
      result.insert(x);
  return result;
}

void network_cluster::start_again(network::host x) {
  nodes_[x].reset();
  at_home_.erase(x);
  nodes_[x] = std::make_unique<network_node>(net_, x);
  nodes_[x]->wait_until_ready(20s);
}

void network_cluster::start_child(const std::string& id, network::host asked) {
  auto done =
    nodes_[asked]->ask({"start-child", "workers", "worker", "--id", id});
  if (done.exit_code != 0 && done.out.find("already") == std::string::npos)
    fail(nodes_[asked]->name() + " started no child: " + done.out);
  children_.insert(id);
}

void network_cluster::start_children(const network::hosts& homes) {
  for (auto i = 0; i < 4; ++i)
    start_child("worker-" + std::to_string(i));
  for (auto x : homes)
    settle_at_home(x);
  wait_for_agreement();
}

void network_cluster::settle_at_home(network::host x) {
  const auto& name = nodes_[x]->name();
  auto done =
    nodes_[x]->ask({"start-child", "home-of-" + name, "worker", "--id", name});
  if (done.exit_code != 0)
    fail(name + " started no child at home: " + done.out);
  at_home_.insert(x);
}

// -- events ------------------------------------------------------------------

network_cluster::mark network_cluster::now() const {
  mark result{clock::now(), {}};
  for (const auto& x : nodes_)
    result.lines.push_back(x->lines());
  return result;
}

network_cluster::duration
network_cluster::wait_for(const std::string& event, network::host whom,
                          const network::hosts& witnesses, const mark& since,
                          duration limit) {
  auto text = "node_" + event + " name=" + nodes_[whom]->name() + ' ';
  duration slowest{0};
  for (auto x : witnesses) {
    auto left = since.at + limit - clock::now();
    auto at = nodes_[x]->wait_for(text, since.lines[x], left);
    slowest = std::max(slowest, at - since.at);
  }
  return slowest;
}

std::vector<std::string> network_cluster::lines_with(const std::string& text,
                                                     const network::hosts& of,
                                                     const mark& since) const {
  std::vector<std::string> result;
  for (auto x : of)
    for (auto& line : nodes_[x]->lines_with(text, since.lines[x]))
      result.push_back(std::move(line));
  return result;
}

void network_cluster::require_no_down(const network::hosts& by,
                                      const mark& since) const {
  auto lines = lines_with("node_down", by, since);
  if (!lines.empty())
    fail("false death: " + lines.front());
}

std::string network_cluster::logs() const {
  std::string result;
  for (const auto& x : nodes_)
    for (const auto& line : x->lines_with(""))
      if (line.find("client_connected") == std::string::npos)
        result += line + '\n';
  return result;
}

// -- agreement ---------------------------------------------------------------

/// Names and children with their processes, as one node says.
struct network_cluster::view {
  std::map<std::string, std::string> names;
  std::map<std::string, std::string> children;
  bool operator==(const view&) const = default;
};

network_cluster::duration
network_cluster::wait_for_agreement(const network::hosts& side) const {
  return eventually(agreement_limit, [&] { require_agreement(side); });
}

void network_cluster::require_agreement(const network::hosts& side) const {
  std::size_t copies = 0;
  for (auto x : side)
    copies += require_members(x, side);
  if (copies != children_.size())
    fail(std::to_string(copies) + " copies of "
         + std::to_string(children_.size()) + " children run");
  std::optional<view> first;
  for (auto x : side) {
    auto seen = look(x, side);
    if (seen != first.value_or(seen))
      fail(nodes_[x]->name() + " sees others than the first node");
    first = std::move(seen);
  }
}

std::size_t network_cluster::require_members(network::host x,
                                             const network::hosts& side) const {
  auto status = nodes_[x]->ask_json({"status", "workers"});
  std::map<std::string, json> seen;
  for (auto& member : status["members"])
    seen[member["who"]["node"]] = member;
  for (auto y : all()) {
    auto& member = seen[nodes_[y]->name()];
    auto is_fine = side.contains(y)
                     ? member["status"] == "alive" && member["linked"] == true
                         && member["node"]["life"] == nodes_[y]->life()
                     : member.is_null() || member["status"] == "dead";
    if (!is_fine)
      fail(nodes_[x]->name() + " sees " + nodes_[y]->name() + " as "
           + member.dump());
  }
  return status["local_children"];
}

network_cluster::view network_cluster::look(network::host x,
                                            const network::hosts& side) const {
  const auto& node = *nodes_[x];
  std::set<std::string> lives;
  auto names = children_;
  for (auto y : side) {
    lives.insert(nodes_[y]->life());
    if (at_home_.contains(y))
      names.insert(nodes_[y]->name());
  }
  auto take = [&](const std::string& name, const std::string& process) {
    if (!names.contains(name) || !lives.contains(life_of(process)))
      fail(node.name() + " sees " + name + ", process " + process);
    return std::pair{name, process};
  };
  view result;
  auto children = node.ask_json({"children", "workers"});
  for (auto& y : children["children"])
    if (y["state"] == "running")
      result.children.insert(take(y["id"], y["pid"]));
  auto registry = node.ask_json({"names", "names"});
  for (auto& y : registry["names"])
    result.names.insert(take(y["name"], y["who"]));
  auto require_all = [&](const auto& have, const auto& wanted) {
    for (const auto& y : wanted)
      if (!have.contains(y))
        fail(node.name() + " does not see " + y);
  };
  require_all(result.children, children_);
  require_all(result.names, names);
  return result;
}

// -- scenarios ---------------------------------------------------------------

namespace {

/// Returns what went wrong.
std::string play_one(const scenario& x) {
  std::string logs;
  try {
    network_cluster cluster{x.title, x.size};
    try {
      cluster.form();
      x.play(cluster);
    } catch (...) {
      logs = cluster.logs();
      throw;
    }
    return {};
  } catch (const std::exception& e) {
    return x.title + ": " + e.what() + '\n' + logs;
  }
}

} // namespace

void play(const std::vector<scenario>& side_by_side) {
  std::vector<std::future<std::string>> running;
  for (const auto& x : side_by_side)
    running.push_back(
      std::async(std::launch::async, [&x] { return play_one(x); }));
  for (auto& x : running) {
    auto problem = x.get();
    BOOST_TEST(problem.empty(), problem);
  }
}

// -- helpers -----------------------------------------------------------------

network_cluster::duration eventually(network_cluster::duration limit,
                                     const std::function<void()>& check) {
  auto begin = network_cluster::clock::now();
  for (;;) {
    try {
      check();
      return network_cluster::clock::now() - begin;
    } catch (const std::exception& e) {
      if (network_cluster::clock::now() - begin > limit)
        fail("not within " + seconds(limit) + ": " + e.what());
    }
    std::this_thread::sleep_for(200ms);
  }
}

void fail(const std::string& why) {
  throw std::runtime_error(why);
}

std::string seconds(network_cluster::duration x) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2)
      << std::chrono::duration<double>(x).count() << " s";
  return out.str();
}

} // namespace horde::test
