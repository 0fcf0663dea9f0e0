// SPDX-License-Identifier: MIT
//
// What a name takes beside its key and value, everything included: the map with
// its digest, the read view, the names of each owner. Bytes that the whole
// process allocated and did not give back: while names are registered on a node
// that is alone, and while a second node gets them.

#include "bench_allocations.hpp"
#include "bench_data.hpp"
#include "bench_node.hpp"
#include "bench_registry.hpp"
#include "horde/actors/rcu.hpp"

namespace horde::tools {

namespace {

/// Of few names it would be mostly what a member is without any.
constexpr std::size_t enough_names = 10'000;

/// What no reader can have in hand any more is given back.
void settle() {
  urcu_bp_barrier();
}

void fill(bench_node& home, std::size_t names) {
  auto value = caf::make_message(some_value);
  for (std::size_t i = 0; i < names; ++i)
    must(home.names.register_name(home.owners[i % home.owners.size()],
                                  key_of(i), value));
}

/// As bytes: with the name of its type.
std::size_t payload_of(const registry& names) {
  auto x = names.lookup(key_of(0));
  if (!x)
    give_up("a name is not found");
  return x->name.size() + x->value.size();
}

} // namespace

void bench_registry_memory(std::size_t keys, const emit& out) {
  if (keys < enough_names)
    return;
  bench_node home;
  home.start();
  home.start_registry();
  bench_node other;
  other.start({home.node.at()});
  if (!other.node.wait_for_nodes(2, std::chrono::minutes{1}))
    give_up("two nodes do not meet");
  settle();

  allocation_count_of_all count;
  fill(home, keys);
  settle();
  auto here = count.now();
  other.start_registry();
  wait_until("the other node has all names",
             [&] { return other.names.count() == keys; });
  settle();
  auto both = count.now();

  auto n = static_cast<double>(keys);
  auto payload = static_cast<double>(payload_of(home.names));
  auto show = [&](const char* what, std::ptrdiff_t bytes) {
    auto each = static_cast<double>(bytes) / n - payload;
    out({what, each, "B", "key and value", payload, "<= 200 B", each <= 200});
  };
  show("memory over key and value", here.bytes);
  show("  with the allocator's words", here.bytes_with_words());
  show("  of another node", both.bytes - here.bytes);
  show("  with the allocator's words",
       both.bytes_with_words() - here.bytes_with_words());
}

} // namespace horde::tools
