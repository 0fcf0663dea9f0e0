// SPDX-License-Identifier: MIT
//
// Which topologies of a node name which addresses: several may name the same,
// and it is gone when the last of them names it no more.

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

  /// True if nobody names it now, and somebody did.
  bool remove(const std::string& topology, const endpoint& at) {
    auto i = named_.find(at);
    if (i == named_.end() || i->second.erase(topology) == 0
        || !i->second.empty())
      return false;
    named_.erase(i);
    return true;
  }

  /// Who names it.
  std::set<std::string> topologies_of(const endpoint& at) const {
    auto i = named_.find(at);
    return i != named_.end() ? i->second : std::set<std::string>{};
  }

private:
  std::map<endpoint, std::set<std::string>> named_;
};

} // namespace horde::formation
