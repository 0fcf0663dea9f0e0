// SPDX-License-Identifier: MIT

#include "horde/naming/claims.hpp"

namespace horde::naming {

void claims::add(const std::string& name, claim x) {
  remove(name);
  actors_[x.actor].insert(name);
  by_name_.emplace(name, std::move(x));
}

void claims::update(const std::string& name, std::string value,
                    std::uint64_t revision) {
  auto& x = by_name_.at(name);
  x.value = std::move(value);
  x.revision = revision;
}

void claims::remove(const std::string& name) {
  auto i = by_name_.find(name);
  if (i == by_name_.end())
    return;
  auto holder = actors_.find(i->second.actor);
  holder->second.erase(name);
  if (holder->second.empty())
    actors_.erase(holder);
  by_name_.erase(i);
}

const claim* claims::find(const std::string& name) const {
  auto i = by_name_.find(name);
  return i != by_name_.end() ? &i->second : nullptr;
}

const claim* claims::find(std::uint64_t actor, const std::string& name) const {
  auto result = find(name);
  return result != nullptr && result->actor == actor ? result : nullptr;
}

std::unordered_set<std::string> claims::names_of(std::uint64_t actor) const {
  auto i = actors_.find(actor);
  if (i == actors_.end())
    return {};
  return i->second;
}

std::vector<std::string> claims::entries_of(std::uint64_t actor,
                                            std::string_view name,
                                            std::size_t suffix) const {
  std::vector<std::string> result;
  auto i = actors_.find(actor);
  if (i != actors_.end())
    for (const auto& x : i->second)
      if (x.size() == name.size() + suffix && x.starts_with(name))
        result.push_back(x);
  return result;
}

std::vector<std::string> claims::names() const {
  std::vector<std::string> result;
  result.reserve(by_name_.size());
  for (const auto& [name, x] : by_name_)
    result.push_back(name);
  return result;
}

} // namespace horde::naming
