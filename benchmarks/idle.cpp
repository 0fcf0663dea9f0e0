// SPDX-License-Identifier: MIT
//
// What a cluster at rest costs: five nodes in this process, 10 000 names, TLS
// links on loopback. Prints processor time a node and bytes a link, with
// everything in it: heartbeats, TCP and IP headers. What else uses the loopback
// interface meanwhile counts, too.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include "horde/horde.hpp"

namespace {

using namespace horde;
using namespace std::chrono_literals;

constexpr std::size_t node_count = 5;
constexpr std::size_t link_count = node_count * (node_count - 1) / 2;
constexpr std::size_t name_count = 10'000;

struct machine {
  explicit machine(std::vector<endpoint> seeds) {
    cfg.defaults.secret = "0123456789abcdef0123456789abcdef";
    cfg.defaults.seeds = std::move(seeds);
    node = *horde::node::start(sys, *cfg.node());
    names = *registry::start(node, {.name = "names"});
    workers = *dynamic_supervisor::start(node, {.name = "workers"});
  }

  horde::config cfg;
  caf::actor_system sys{cfg};
  horde::node node;
  registry names;
  dynamic_supervisor workers;
};

double processor_seconds() {
  rusage x{};
  getrusage(RUSAGE_SELF, &x);
  auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(x.ru_utime) + seconds(x.ru_stime);
}

/// That went over the loopback interface.
std::uint64_t loopback_bytes() {
  std::ifstream in{"/proc/net/dev"};
  std::string word;
  while (in >> word)
    if (word == "lo:") {
      std::uint64_t received = 0;
      in >> received;
      return received;
    }
  return 0;
}

template <class F>
void wait_until(const char* what, F done) {
  auto deadline = std::chrono::steady_clock::now() + 60s;
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) {
      std::cerr << "not in a minute: " << what << '\n';
      std::_Exit(1);
    }
    std::this_thread::sleep_for(10ms);
  }
}

} // namespace

int main(int argc, char** argv) {
  auto seconds = argc > 1 ? std::atoi(argv[1]) : 30;
  std::vector<std::unique_ptr<machine>> all;
  for (std::size_t i = 0; i < node_count; ++i)
    all.push_back(std::make_unique<machine>(
      all.empty() ? std::vector<endpoint>{}
                  : std::vector{all.front()->node.at()}));
  caf::scoped_actor self{all.front()->sys};
  auto owner = caf::actor_cast<caf::actor>(self);
  for (std::size_t i = 0; i < name_count; ++i)
    std::ignore =
      all.front()->names.register_name(owner, "name " + std::to_string(i));
  for (auto& x : all)
    wait_until("all names everywhere", [&] {
      return x->node.wait_for_nodes(node_count, 60s)
             && x->names.count() == name_count;
    });
  std::this_thread::sleep_for(5s); // what follows the names

  auto time = processor_seconds();
  auto bytes = loopback_bytes();
  std::this_thread::sleep_for(std::chrono::seconds{seconds});
  time = processor_seconds() - time;
  bytes = loopback_bytes() - bytes;

  auto share = 100 * time / (node_count * seconds);
  auto rate = static_cast<double>(bytes) / (link_count * seconds);
  std::cout << "processor time of a node: " << share << " % of a core (target "
            << "1 %)\nbytes a second and link, both directions: " << rate
            << " (target 2000)\n";
  for (auto& x : all)
    x->node.stop(0s);
  return share < 1 && rate < 2000 ? 0 : 1;
}
