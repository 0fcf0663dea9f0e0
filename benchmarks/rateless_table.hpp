// SPDX-License-Identifier: MIT
//
// Rateless invertible Bloom lookup tables (Yang, Gilad, Alizadeh 2024, arXiv
// 2402.02668), for measurements only. A set is an endless row of coded symbols,
// each the sum of some of its items; an item is in symbol i with probability
// 1 / (1 + i/2), and always in symbol 0. Symbol by symbol, the difference of
// two rows is the row of the symmetric difference of the sets; who has enough
// of it, about 1.35 symbols an item, gets all items of the difference back.

#pragma once

#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "horde/crdt/aw_lww_map.hpp"

namespace horde::bench {

/// An item: one version that is current.
struct share {
  std::uint64_t hash = 0; ///< of its key
  std::uint64_t id = 0;   ///< who wrote it
  std::uint64_t counter = 0;

  friend bool operator==(const share&, const share&) = default;
  share& operator^=(const share& x);
};

/// What tells one item from a sum of several, and the seed of its places.
std::uint64_t checksum(const share& x, std::uint64_t key);

struct coded_symbol {
  share sum;
  std::uint64_t checks = 0; ///< exclusive or of the checksums
  std::int64_t count = 0;

  friend bool operator==(const coded_symbol&, const coded_symbol&) = default;
  void add(const share& x, std::uint64_t check, std::int64_t times);
  void subtract(const coded_symbol& x);
};

/// The symbols that an item is in, ascending. They are drawn gap by gap
/// (section 4.2 of the paper): the chance to be in none of the symbols from i
/// to i+g is about ((i + 3/2) / (i + g + 3/2))^2, and that is inverted.
class places {
public:
  explicit places(std::uint64_t check) : state_(check) {}
  std::uint64_t at() const { return at_; }
  void next();

private:
  std::uint64_t state_;
  std::uint64_t at_ = 0;
};

using symbols = std::vector<coded_symbol>;

/// Adds an item `times` times (-1: takes it out) to the first symbols of a row.
void add(symbols& row, const share& x, std::int64_t times, std::uint64_t key);

/// The first `size` symbols of a map's row.
symbols encode(const crdt::aw_lww_map& map, std::size_t size,
               std::uint64_t key);

/// Takes the symbols of a difference one by one. Trusts them: with forged ones
/// it may never come to an end.
class decoder {
public:
  explicit decoder(std::uint64_t key) : key_(key) {}

  void take(coded_symbol x);

  /// True if the whole difference is known. Every item is in symbol 0.
  bool is_done() const {
    return !symbols_.empty() && symbols_.front() == coded_symbol{};
  }
  std::size_t size() const { return symbols_.size(); }

  /// With a positive sign in the difference, and with a negative one.
  const std::vector<share>& added() const { return added_; }
  const std::vector<share>& missing() const { return missing_; }

private:
  struct known {
    places place; ///< the next symbol it is in that is not here yet
    share item;
    std::uint64_t check = 0;
    std::int64_t times = 0;

    bool operator>(const known& x) const { return place.at() > x.place.at(); }
  };

  bool is_single(const coded_symbol& x) const;
  /// Takes the items out that are alone in a symbol, until there is none.
  void peel();

  std::uint64_t key_;
  symbols symbols_;
  std::vector<std::size_t> to_look_at_;
  std::priority_queue<known, std::vector<known>, std::greater<>> known_;
  std::vector<share> added_;
  std::vector<share> missing_;
};

} // namespace horde::bench
