// SPDX-License-Identifier: MIT
//
// The harness `replica` and its seeds.

#include "fuzz/replica_world.hpp"
#include "support/replica_bench.hpp"

namespace horde::fuzz {

namespace {

using enum replica_world::op;
using enum replica_world::kind;
using enum replica_world::told;

// -- seeds -------------------------------------------------------------------

/// The messages of a real exchange, as if each came once more.
std::string heard_again() {
  sim::replica_bench bench{3, replica_world::limits()};
  script_writer out;
  for (int i = 0; i < 8; ++i)
    bench.put(1, "key " + std::to_string(i), "v");
  for (std::size_t i : {1, 2}) {
    bench.up(0, i);
    bench.up(i, 0);
  }
  bench.put(2, "key 3", "concurrent");
  while (!bench.mail.empty()) {
    auto x = bench.take();
    if (x.to == replica_world::id_of(replica_world::subject)
        && x.bytes->size() < 4096)
      out.byte(op_raw)
        .byte(static_cast<std::size_t>(x.from) - 1)
        .bytes(*x.bytes)
        .byte(0);
    bench.deliver(x);
  }
  return out.take();
}

/// Writes everywhere, with the mail delivered in between or not.
std::string writes(random_engine& rng, std::size_t n) {
  script_writer out;
  for (std::size_t i = 0; i < n; ++i) {
    out.byte(op_put).byte(below(rng, 3)).byte(below(rng, 12)).bytes("value");
    if (below(rng, 3) == 0)
      out.byte(op_erase).byte(below(rng, 3)).byte(below(rng, 12));
    if (below(rng, 2) == 0)
      out.byte(below(rng, 2) == 0 ? op_damaged : op_deliver).noise(rng, 6);
    if (below(rng, 4) == 0)
      out.byte(op_pass_time).byte(below(rng, 256));
    if (below(rng, 6) == 0)
      out.byte(op_link).noise(rng, 2);
  }
  return out.take();
}

/// Replica 2 wrote, and 1 has forgotten it: then 1 answers the next round of
/// the subject, whatever it really has.
std::string told_of_the_forgotten(std::uint8_t told) {
  script_writer out;
  // Deliveries take bytes, too, but how many? To run again does no harm.
  auto run = [&] {
    for (int i = 0; i < 64; ++i)
      out.byte(op_run);
  };
  for (std::size_t i = 0; i < 3; ++i)
    out.byte(op_put).byte(2).byte(i).bytes("value");
  run();
  out.byte(op_pass_time).byte(255); // a round begins with each
  auto make = [&](auto kind) -> script_writer& {
    return out.byte(op_made).byte(1).byte(0).byte(0).byte(kind);
  };
  make(made_answer).byte(0).byte(2).byte(0xff).byte(9).byte(0);
  for (int i = 0; i < 24; ++i)
    make(made_report).byte(0).byte(0).byte(told).byte(0);
  run();
  return out.take();
}

} // namespace

void run_replica(std::string_view input) {
  replica_world x{script{input}};
  x.run();
  x.meet_somebody_honest();
}

std::vector<std::string> replica_seeds() {
  random_engine rng{1};
  std::vector<std::string> result{heard_again()};
  for (std::size_t i = 1; i <= 24; ++i) {
    result.push_back(writes(rng, 4 * i));
    result.push_back(script_writer{}.noise(rng, 32 * i).take());
  }
  for (auto told : {told_forgotten, told_gone, told_versions, told_different})
    for (auto more : {0, +told_forgotten, told_forgotten | told_half,
                      told_forgotten | told_unlisted})
      result.push_back(
        told_of_the_forgotten(static_cast<std::uint8_t>(told | more)));
  return result;
}

} // namespace horde::fuzz
