// SPDX-License-Identifier: MIT
//
// Which processes of this member hold names: what must be released when one of
// them ends. Names are known by the hashes of their keys; the claims themselves
// are in the shared map, which is asked whether a hash still counts. So to give
// a name up costs nothing here, and a name takes little more than its hash.

#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "horde/sharded.hpp"

namespace horde::naming {

class claims {
public:
  /// `is_held(hash)`: the process has a claim with that hash in the map, where
  /// the new one is not yet. Returns true if it is the first of the process.
  template <class F>
  bool add(std::uint64_t actor, std::uint64_t hash, F is_held) {
    auto& x = actors_.of(actor)[actor];
    x.drop_some(is_held);
    x.hashes.push_back(hash);
    ++size_;
    return ++x.held == 1;
  }

  /// One claim less, which is in the map no more. Returns true if it was the
  /// last of the process. Requires: there is one.
  bool remove(std::uint64_t actor);

  /// Hashes of all claims of a process, each once, and perhaps others.
  std::vector<std::uint64_t> hashes_of(std::uint64_t actor) const;

  /// The same of so many hashes at most. Who takes them removes these claims.
  std::vector<std::uint64_t> take(std::uint64_t actor, std::size_t at_most);

  bool holds_any(std::uint64_t actor) const { return actors_.contains(actor); }
  std::size_t size() const { return size_; }

private:
  struct holder {
    std::vector<std::uint64_t> hashes; ///< also of claims that are gone
    std::uint32_t held = 0;            ///< claims
    std::uint32_t next = 0;            ///< to be looked at

    /// Looks at two of them for each one that is added, all in turn, while more
    /// than half are of no use: so they are three times as many as the claims
    /// at most, and a few.
    template <class F>
    void drop_some(F is_held) {
      constexpr std::size_t few = 8;
      for (int i = 0; i < 2 && hashes.size() > 2 * std::size_t{held} + few;
           ++i) {
        if (next >= hashes.size())
          next = 0;
        if (is_held(hashes[next])) {
          ++next;
        } else {
          hashes[next] = hashes.back();
          hashes.pop_back();
        }
      }
    }
  };

  sharded<std::unordered_map<std::uint64_t, holder>> actors_; ///< with claims
  std::size_t size_ = 0;
};

} // namespace horde::naming
