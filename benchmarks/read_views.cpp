// SPDX-License-Identifier: MIT
//
// What a registry could be read from: candidates side by side, with one writer
// and readers that send no message. Decision 9 has the figures.

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <shared_mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include <benchmark/benchmark.h>
#include <tbb/concurrent_hash_map.h>
#define _LGPL_SOURCE // reads are inline
#include <urcu/urcu-bp.h>

#include <urcu/rculfhash.h>

#include "horde/actors/read_view.hpp"

namespace {

using horde::hash64;
using horde::pid;

/// What an owner is to all its entries.
struct owner {
  std::atomic<bool> visible = true;
};

owner somebody;

struct entry {
  owner* of = &somebody;
  pid who;
  std::string value;
};

struct text_hash {
  std::size_t operator()(const std::string& x) const { return hash64(x); }
};

// -- the yardstick: no other thread ------------------------------------------

struct plain {
  void put(const std::string& name, pid who) {
    entries.insert_or_assign(name, entry{&somebody, who, "some value"});
  }
  std::optional<pid> find(const std::string& name) const {
    auto i = entries.find(name);
    if (i == entries.end() || !i->second.of->visible)
      return std::nullopt;
    return i->second.who;
  }
  std::unordered_map<std::string, entry, text_hash> entries;
};

// -- shards with locks -------------------------------------------------------

struct locked_shards {
  struct alignas(64) shard {
    mutable std::shared_mutex mutex;
    plain entries;
  };
  shard& of(const std::string& name) { return shards[hash64(name) >> 58]; }
  void put(const std::string& name, pid who) {
    auto& x = of(name);
    std::unique_lock guard{x.mutex};
    x.entries.put(name, who);
  }
  std::optional<pid> find(const std::string& name) {
    auto& x = of(name);
    std::shared_lock guard{x.mutex};
    return x.entries.find(name);
  }
  std::array<shard, 64> shards;
};

// -- TBB ---------------------------------------------------------------------

struct tbb_map {
  struct compare {
    static std::size_t hash(const std::string& x) { return hash64(x); }
    static bool equal(const std::string& x, const std::string& y) {
      return x == y;
    }
  };
  using map = tbb::concurrent_hash_map<std::string, entry, compare>;
  void put(const std::string& name, pid who) {
    map::accessor x;
    entries.insert(x, name);
    x->second = {&somebody, who, "some value"};
  }
  std::optional<pid> find(const std::string& name) {
    map::const_accessor x;
    if (!entries.find(x, name) || !x->second.of->visible)
      return std::nullopt;
    return x->second.who;
  }
  map entries;
};

// -- liburcu's hash table ----------------------------------------------------

struct rcu_record {
  cds_lfht_node node;
  rcu_head head;
  std::string name;
  entry what;
};

void free_record(rcu_head* x) {
  delete caa_container_of(x, rcu_record, head);
}

int has_name(cds_lfht_node* node, const void* name) {
  return caa_container_of(node, rcu_record, node)->name
         == *static_cast<const std::string*>(name);
}

struct rcu_list_table {
  rcu_list_table()
      : table(cds_lfht_new_flavor(1024, 1024, 0, CDS_LFHT_AUTO_RESIZE,
                                  &urcu_bp_flavor, nullptr)) {}
  ~rcu_list_table() {
    urcu_bp_read_lock();
    cds_lfht_iter i;
    cds_lfht_node* node;
    cds_lfht_for_each(table, &i, node) {
      cds_lfht_del(table, node);
      urcu_bp_call_rcu(&caa_container_of(node, rcu_record, node)->head,
                       free_record);
    }
    urcu_bp_read_unlock();
    urcu_bp_barrier();
    cds_lfht_destroy(table, nullptr);
  }
  void put(const std::string& name, pid who) {
    auto x = new rcu_record{{}, {}, name, {&somebody, who, "some value"}};
    cds_lfht_node_init(&x->node);
    urcu_bp_read_lock();
    auto old =
      cds_lfht_add_replace(table, hash64(name), has_name, &name, &x->node);
    urcu_bp_read_unlock();
    if (old)
      urcu_bp_call_rcu(&caa_container_of(old, rcu_record, node)->head,
                       free_record);
  }
  std::optional<pid> find(const std::string& name) {
    std::optional<pid> result;
    urcu_bp_read_lock();
    cds_lfht_iter i;
    cds_lfht_lookup(table, hash64(name), has_name, &name, &i);
    if (auto node = cds_lfht_iter_get_node(&i)) {
      const auto& x = caa_container_of(node, rcu_record, node)->what;
      if (x.of->visible)
        result = x.who;
    }
    urcu_bp_read_unlock();
    return result;
  }
  cds_lfht* table;
};

// -- ours: open addressing, read under liburcu -------------------------------

struct our_view {
  our_view() {
    view.apply(horde::naming::show_owner{{}, {"h", "n"}, {}, true, false});
  }
  void put(const std::string& name, pid who) {
    view.apply(horde::naming::show{name, {}, {who.actor, "some value"}});
  }
  std::optional<pid> find(const std::string& name) const {
    auto found = view.owner_of(name);
    return found ? std::optional{found->first} : std::nullopt;
  }
  horde::actors::read_view view;
};

// -- the measurements --------------------------------------------------------

std::vector<std::string> names(std::size_t n) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < n; ++i)
    result.push_back("service/" + std::to_string(i * 7919));
  return result;
}

/// Filled once for all threads of all runs of that size.
template <class View>
struct filled {
  static filled& of(std::size_t n) {
    static std::mutex mutex;
    static std::unique_ptr<filled> now;
    std::lock_guard guard{mutex};
    if (!now || now->keys.size() != n) {
      now.reset();
      now = std::make_unique<filled>(n);
    }
    return *now;
  }
  explicit filled(std::size_t n) : keys(names(n)) {
    std::uint64_t actor = 0;
    for (const auto& x : keys)
      view.put(x, {{1, 1}, ++actor});
    probes = keys;
    std::shuffle(probes.begin(), probes.end(), std::mt19937_64{1});
  }
  std::vector<std::string> keys;
  std::vector<std::string> probes;
  View view;
};

template <class View>
void lookup(benchmark::State& state) {
  auto& x = filled<View>::of(static_cast<std::size_t>(state.range(0)));
  auto i = static_cast<std::size_t>(state.thread_index()) * 7;
  for (auto _ : state) {
    if (++i >= x.probes.size())
      i = 0;
    benchmark::DoNotOptimize(x.view.find(x.probes[i]));
  }
  state.SetItemsProcessed(state.iterations());
}

template <class View>
void hot_key(benchmark::State& state) {
  auto& x = filled<View>::of(1000);
  for (auto _ : state)
    benchmark::DoNotOptimize(x.view.find(x.keys[7]));
  state.SetItemsProcessed(state.iterations());
}

/// Thread 0 writes.
template <class View>
void beside_a_writer(benchmark::State& state) {
  auto& x = filled<View>::of(1000);
  std::size_t i = 0;
  for (auto _ : state) {
    if (++i == x.probes.size())
      i = 0;
    if (state.thread_index() == 0)
      x.view.put(x.probes[i], {{1, 1}, i});
    else
      benchmark::DoNotOptimize(x.view.find(x.probes[i]));
  }
  if (state.thread_index() > 0)
    state.SetItemsProcessed(state.iterations());
}

template <class View>
void fill(benchmark::State& state) {
  auto keys = names(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    View x;
    std::uint64_t actor = 0;
    for (const auto& key : keys)
      x.put(key, {{1, 1}, ++actor});
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// Once: to take down what liburcu destroys later has its own time.
#define VIEW(name)                                                             \
  BENCHMARK(lookup<name>)->Arg(1000)->Arg(1'000'000)->UseRealTime();           \
  BENCHMARK(fill<name>)->Arg(1'000'000)->Iterations(1)->UseRealTime()
#define SHARED_VIEW(name)                                                      \
  BENCHMARK(lookup<name>)                                                      \
    ->Arg(1000)                                                                \
    ->Arg(1'000'000)                                                           \
    ->Threads(2)                                                               \
    ->UseRealTime();                                                           \
  BENCHMARK(hot_key<name>)->Threads(1)->Threads(2)->UseRealTime();             \
  BENCHMARK(beside_a_writer<name>)->Threads(2)->UseRealTime();                 \
  VIEW(name)

VIEW(plain);
SHARED_VIEW(locked_shards);
SHARED_VIEW(tbb_map);
SHARED_VIEW(rcu_list_table);
SHARED_VIEW(our_view);

} // namespace

BENCHMARK_MAIN();
