// SPDX-License-Identifier: MIT
//
// Which topologies of a node name which addresses: several may name the same,
// and it is gone when the last of them names it no more. Never gone is what
// somebody else suggested too.

#pragma once

#include <map>
#include <set>
#include <string>

#include "horde/endpoint.hpp"

namespace horde::formation {

class address_book {
public:
  void add(const std::string& topology, const endpoint& at) {
    named_[at].insert(topology);
  }

  /// Somebody else suggests it. So many, then no more.
  void pin(const endpoint& at) {
    if (pinned_.size() < max_pinned)
      pinned_.insert(at);
  }

  /// True if nobody names it now, and somebody did.
  bool remove(const std::string& topology, const endpoint& at) {
    auto i = named_.find(at);
    if (i == named_.end() || i->second.erase(topology) == 0
        || !i->second.empty())
      return false;
    named_.erase(i);
    return !pinned_.contains(at);
  }

  /// Who names it.
  std::set<std::string> topologies_of(const endpoint& at) const {
    auto i = named_.find(at);
    return i != named_.end() ? i->second : std::set<std::string>{};
  }

private:
  static constexpr std::size_t max_pinned = 4096;

  std::map<endpoint, std::set<std::string>> named_;
  std::set<endpoint> pinned_;
};

} // namespace horde::formation
