// SPDX-License-Identifier: MIT

#include "bench_node.hpp"

#include <algorithm>
#include <cstdlib>
#include <future>
#include <iostream>
#include <memory>

#include "bench_data.hpp"

namespace horde::tools {

namespace {

constexpr std::size_t owner_count = 1000;

} // namespace

void give_up(const std::string& why) {
  std::cerr << "horde bench: " << why << std::endl;
  std::_Exit(1); // threads of actor systems are running
}

caf::actor spawn_idler(caf::actor_system& sys) {
  return sys.spawn([](caf::event_based_actor*) -> caf::behavior {
    return {[](int x) { return x; }};
  });
}

std::vector<caf::actor> spawn_owners(caf::actor_system& sys) {
  std::vector<caf::actor> result;
  for (std::size_t i = 0; i < owner_count; ++i)
    result.push_back(spawn_idler(sys));
  return result;
}

bench_node::~bench_node() {
  node.stop(duration{0});
  for (const auto& x : owners)
    caf::anon_send_exit(x, caf::exit_reason::kill);
}

void bench_node::start(const std::vector<endpoint>& seeds,
                       const std::string& advertise) {
  node_settings settings;
  settings.seeds = seeds;
  settings.advertise = advertise;
  settings.child_types[idler_type] = [this](const child_start& x) {
    auto child = spawn_idler(x.sys);
    ++children_started;
    return child_outcome{child_runs{std::move(child), {}}};
  };
  node = must(horde::node::start(sys, std::move(settings)));
}

void bench_node::start_registry(std::size_t partitions) {
  names =
    must(registry::start(node, {.name = "names", .partitions = partitions}));
}

void bench_node::start_supervisor(start_ack ack) {
  workers =
    must(dynamic_supervisor::start(node, {.name = "workers", .ack = ack}));
}

void bench_node::give(const std::string& name) {
  must(names.register_name(owners[next_owner_], name));
  next_owner_ = (next_owner_ + 1) % owners.size();
}

void bench_node::fill(std::size_t from, std::size_t to) {
  for (auto i = from; i < to; ++i)
    give(key_of(i));
}

void bench_node::in_actor(std::function<void(caf::event_based_actor*)> f) {
  auto done = std::make_shared<std::promise<void>>();
  auto end = done->get_future();
  sys.spawn([f = std::move(f), done](caf::event_based_actor* self) {
    f(self);
    done->set_value();
  });
  end.wait();
}

bench_cluster::bench_cluster(std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    nodes.push_back(std::make_unique<bench_node>());
    nodes[i]->start(i == 0 ? std::vector<endpoint>{}
                           : std::vector{nodes[0]->node.at()});
    nodes[i]->start_registry();
  }
  for (auto& x : nodes)
    wait_until("all members are there", [&] {
      std::size_t alive = 0;
      for (const auto& who : x->names.members().members)
        alive += who.status == member_status::alive ? 1 : 0;
      return alive == size;
    });
}

void bench_cluster::wait_for_names(std::size_t n) {
  for (auto& x : nodes)
    wait_until("all names everywhere", [&] { return x->names.count() == n; });
}

void bench_cluster::start_supervisors(start_ack ack) {
  for (auto& x : nodes)
    x->start_supervisor(ack);
  for (auto& x : nodes)
    wait_for_crew(*x, nodes.size());
}

void wait_for_crew(const bench_node& x, std::size_t size) {
  wait_until("all members of the supervisor are there", [&] {
    auto all = x.workers.members().members;
    return all.size() == size
           && std::ranges::all_of(all, [](const member_info& who) {
                return who.status == member_status::alive && who.linked;
              });
  });
}

} // namespace horde::tools
