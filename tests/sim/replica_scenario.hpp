// SPDX-License-Identifier: MIT
//
// A scenario is data: who takes part, with which limits, on which network, and
// what happens when. A run follows from it alone. Each act carries all that it
// needs (a put has a seed of its own) and does nothing where it makes no sense
// (a crash of who is dead), so a scenario stays one whatever is taken out of
// it. That is how a failing one is made small (replica_shrink.hpp).
//
// A new act is a struct here, its line in `act`, and an overload of
// `replica_sim::perform`; replica_generator.cpp decides how often it happens.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "horde/fields.hpp"
#include "horde/time.hpp"

namespace horde::sim {

/// A host that may run one replica at a time. Each start there is a new
/// incarnation. There are not more than `most_members`.
enum class member_no : std::uint32_t {};

inline constexpr std::uint32_t most_members = 64;

namespace acts {

/// Writes a key. The seed gives the value, and which versions are kept.
struct put {
  member_no who{};
  std::uint64_t key = 0;
  std::uint64_t seed = 0;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("put", field("who", x.who), field("key", x.key),
                       field("seed", x.seed));
  }
};

/// Removes versions of a key: all but those that the seed keeps.
struct erase {
  member_no who{};
  std::uint64_t key = 0;
  std::uint64_t seed = 0;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("erase", field("who", x.who), field("key", x.key),
                       field("seed", x.seed));
  }
};

/// Writes so many keys at once. The seed gives each its own, as for `put`.
struct fill {
  member_no who{};
  std::uint64_t first = 0;
  std::uint64_t count = 1;
  std::uint64_t seed = 0;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("fill", field("who", x.who), field("first", x.first),
                       field("count", x.count), field("seed", x.seed));
  }
};

/// Erases so many keys at once, as `erase` does.
struct thin {
  member_no who{};
  std::uint64_t first = 0;
  std::uint64_t count = 1;
  std::uint64_t seed = 0;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("thin", field("who", x.who), field("first", x.first),
                       field("count", x.count), field("seed", x.seed));
  }
};

/// Removes everything.
struct clear {
  member_no who{};

  template <class Self>
  static auto fields(Self& x) {
    return make_record("clear", field("who", x.who));
  }
};

/// `who` gets the incarnation that runs at `other` as a neighbour.
struct up {
  member_no who{};
  member_no other{};

  template <class Self>
  static auto fields(Self& x) {
    return make_record("up", field("who", x.who), field("other", x.other));
  }
};

/// `who` loses the oldest incarnation of `other` that it has as a neighbour.
struct down {
  member_no who{};
  member_no other{};

  template <class Self>
  static auto fields(Self& x) {
    return make_record("down", field("who", x.who), field("other", x.other));
  }
};

/// `who` takes that incarnation for one that may be dead.
struct suspect {
  member_no who{};
  member_no other{};

  template <class Self>
  static auto fields(Self& x) {
    return make_record("suspect", field("who", x.who), field("other", x.other));
  }
};

/// From now on nothing that `who` sends arrives at `other`.
struct cut {
  member_no who{};
  member_no other{};

  template <class Self>
  static auto fields(Self& x) {
    return make_record("cut", field("who", x.who), field("other", x.other));
  }
};

/// Ends a cut.
struct mend {
  member_no who{};
  member_no other{};

  template <class Self>
  static auto fields(Self& x) {
    return make_record("mend", field("who", x.who), field("other", x.other));
  }
};

/// Ends all cuts.
struct mend_all {
  template <class Self>
  static auto fields(Self&) {
    return make_record("mend_all");
  }
};

/// What the network does to packets that are sent from now on.
struct weather {
  std::uint64_t lost_percent = 0;
  std::uint64_t repeated_percent = 0;
  std::uint64_t longest_us = 5000;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("weather", field("lost_percent", x.lost_percent),
                       field("repeated_percent", x.repeated_percent),
                       field("longest_us", x.longest_us));
  }
};

/// Sets the wall clock of a host, and how fast it runs (1000: as it should).
struct clock {
  member_no who{};
  std::int64_t offset_ms = 0;
  std::uint64_t permille = 1000;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("clock", field("who", x.who),
                       field("offset_ms", x.offset_ms),
                       field("permille", x.permille));
  }
};

/// The replica is gone with all its memory. Nobody is told.
struct crash {
  member_no who{};

  template <class Self>
  static auto fields(Self& x) {
    return make_record("crash", field("who", x.who));
  }
};

/// The replica stops, and all others lose it as a neighbour at once.
struct leave {
  member_no who{};

  template <class Self>
  static auto fields(Self& x) {
    return make_record("leave", field("who", x.who));
  }
};

/// A new incarnation, empty and without neighbours: a restart with an empty
/// disk, or a member that joins.
struct start {
  member_no who{};

  template <class Self>
  static auto fields(Self& x) {
    return make_record("start", field("who", x.who));
  }
};

/// A new incarnation, without neighbours, with what its former self kept. The
/// last steps may be lost, as in a power cut.
struct restart {
  member_no who{};
  std::uint64_t lost = 0;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("restart", field("who", x.who), field("lost", x.lost));
  }
};

/// `who` forgets a replica of `other`: the one that runs, or ran last, or one
/// `back` before that. A neighbour only if it is a mistake.
struct forget {
  member_no who{};
  member_no other{};
  std::uint64_t back = 0;
  std::uint64_t mistaken = 0;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("forget", field("who", x.who), field("other", x.other),
                       field("back", x.back), field("mistaken", x.mistaken));
  }
};

} // namespace acts

using act =
  std::variant<acts::put, acts::erase, acts::fill, acts::thin, acts::clear,
               acts::up, acts::down, acts::suspect, acts::cut, acts::mend,
               acts::mend_all, acts::weather, acts::clock, acts::crash,
               acts::leave, acts::start, acts::restart, acts::forget>;

/// Breaks a rule on purpose, to see that the checks notice.
enum class mutation : std::uint32_t {
  none,
  restart_keeps_id, ///< an empty replica goes on under the id of the dead one
};

/// The defaults are what shrinking tries to get to.
struct parameters {
  std::uint64_t members = 2;          ///< started at the beginning: 0, 1, ...
  std::uint64_t keys = 1;             ///< few: conflicts; many: the digest tree
  std::uint64_t deep_levels = 0;      ///< of that tree: see replica_keys.hpp
  std::uint64_t linked_percent = 100; ///< of ordered pairs at the beginning
  std::uint64_t max_group_bytes = 256 * 1024;
  std::uint64_t max_group_keys = 4096;
  std::uint64_t max_asked_nodes = 8192;
  std::uint64_t max_probes = 4;
  std::uint64_t max_log_records = 65536;
  std::uint64_t stores = 0;     ///< 1: each step is kept
  std::uint64_t eras_apart = 0; ///< in which ids seem to be made
  /// Who is forgotten was no neighbour for so long, which is how long a replica
  /// is young. 0: anybody is forgotten. Acts begin when no member is young.
  std::uint64_t remembered_ms = 0;
  std::uint64_t healed_percent = 100; ///< of pairs, beside a tree of them
  std::uint64_t reaches_all = 0;      ///< 1: in the end a write must, at once
  std::uint64_t broken = 0;           ///< a `mutation`

  template <class Self>
  static auto fields(Self& x) {
    return make_record(
      "parameters", field("members", x.members), field("keys", x.keys),
      field("deep_levels", x.deep_levels),
      field("linked_percent", x.linked_percent),
      field("max_group_bytes", x.max_group_bytes),
      field("max_group_keys", x.max_group_keys),
      field("max_asked_nodes", x.max_asked_nodes),
      field("max_probes", x.max_probes),
      field("max_log_records", x.max_log_records), field("stores", x.stores),
      field("eras_apart", x.eras_apart),
      field("remembered_ms", x.remembered_ms),
      field("healed_percent", x.healed_percent),
      field("reaches_all", x.reaches_all), field("broken", x.broken));
  }
};

struct timed_act {
  std::uint64_t at_us = 0; ///< since the beginning
  act what;
};

struct scenario {
  std::uint64_t seed = 0; ///< of the network, of timers and of replica ids
  parameters params;
  std::vector<timed_act> acts; ///< ascending by time
};

/// One line a parameter, one line an act.
std::string to_text(const scenario& x);

/// Reads what `to_text` wrote. Empty lines and lines that begin with # are
/// skipped. Returns the scenario, or what is wrong with the text.
std::variant<scenario, std::string> scenario_from(std::string_view text);

} // namespace horde::sim
