// SPDX-License-Identifier: MIT
//
// The current versions of one key, latest first. One version, the usual case,
// takes no memory of its own.

#pragma once

#include <algorithm>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "horde/crdt/version.hpp"

namespace horde::crdt {

class version_list {
public:
  bool empty() const { return view().empty(); }
  std::size_t size() const { return view().size(); }

  std::span<const version> view() const {
    if (auto one = std::get_if<version>(&versions_))
      return {one, 1};
    return std::get<several>(versions_);
  }

  void insert(version x) {
    if (empty()) {
      versions_ = std::move(x);
      return;
    }
    if (auto one = std::get_if<version>(&versions_)) {
      several both;
      both.push_back(std::move(*one));
      versions_ = std::move(both);
    }
    auto& xs = std::get<several>(versions_);
    auto pos = std::ranges::upper_bound(xs, x, later);
    xs.insert(pos, std::move(x));
  }

  template <class Predicate>
  void remove_if(Predicate f) {
    if (auto one = std::get_if<version>(&versions_)) {
      if (f(*one))
        versions_ = several{};
      return;
    }
    auto& xs = std::get<several>(versions_);
    std::erase_if(xs, f);
    if (xs.size() == 1)
      versions_ = version{std::move(xs.front())};
  }

private:
  using several = std::vector<version>; ///< none, or more than one

  std::variant<several, version> versions_;
};

} // namespace horde::crdt
