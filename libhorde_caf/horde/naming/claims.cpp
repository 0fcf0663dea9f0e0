// SPDX-License-Identifier: MIT

#include "horde/naming/claims.hpp"

namespace horde::naming {

void claims::add(const std::string& name, claim x) {
  remove(name);
  auto [i, is_new] = by_name_.of(name).try_emplace(name);
  auto& fresh = i->second;
  fresh.data = std::move(x);
  fresh.name = &i->first;
  auto& first = actors_.of(fresh.data.actor)[fresh.data.actor];
  fresh.next = first;
  if (first)
    first->previous = &fresh;
  first = &fresh;
  ++size_;
}

void claims::update(const std::string& name, std::string value,
                    std::uint64_t revision) {
  auto& x = by_name_.of(name).at(name).data;
  x.value = std::move(value);
  x.revision = revision;
}

void claims::remove(const std::string& name) {
  auto& part = by_name_.of(name);
  auto i = part.find(name);
  if (i == part.end())
    return;
  auto& x = i->second;
  if (x.next)
    x.next->previous = x.previous;
  if (x.previous)
    x.previous->next = x.next;
  else if (x.next)
    actors_.of(x.data.actor)[x.data.actor] = x.next;
  else
    actors_.of(x.data.actor).erase(x.data.actor);
  part.erase(i);
  --size_;
}

const claim* claims::find(const std::string& name) const {
  const auto& part = by_name_.of(name);
  auto i = part.find(name);
  return i != part.end() ? &i->second.data : nullptr;
}

const claim* claims::find(std::uint64_t actor, const std::string& name) const {
  auto result = find(name);
  return result != nullptr && result->actor == actor ? result : nullptr;
}

const claims::node* claims::first_of(std::uint64_t actor) const {
  const auto& part = actors_.of(actor);
  auto i = part.find(actor);
  return i != part.end() ? i->second : nullptr;
}

std::vector<std::string> claims::names_of(std::uint64_t actor,
                                          std::size_t at_most) const {
  std::vector<std::string> result;
  for (auto x = first_of(actor); x && result.size() < at_most; x = x->next)
    result.push_back(*x->name);
  return result;
}

std::vector<std::string> claims::entries_of(std::uint64_t actor,
                                            std::string_view name,
                                            std::size_t suffix) const {
  std::vector<std::string> result;
  for (auto x = first_of(actor); x; x = x->next)
    if (x->name->size() == name.size() + suffix && x->name->starts_with(name))
      result.push_back(*x->name);
  return result;
}

std::vector<std::string> claims::names() const {
  std::vector<std::string> result;
  result.reserve(size_);
  for (const auto& part : by_name_.parts())
    for (const auto& [name, x] : part)
      result.push_back(name);
  return result;
}

} // namespace horde::naming
