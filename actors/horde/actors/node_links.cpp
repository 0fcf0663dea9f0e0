// SPDX-License-Identifier: MIT

#include "horde/actors/node_links.hpp"

namespace horde::actors {

void node_links::began(const incarnation& life, link_id link,
                       std::optional<endpoint> dialed, instant now) {
  newest_[life] = {link, now};
  if (dialed)
    dialed_[link] = std::move(*dialed);
}

bool node_links::ended(const incarnation& life, link_id link) {
  auto i = newest_.find(life);
  if (i != newest_.end() && i->second.link == link)
    newest_.erase(i);
  dialed_.erase(link);
  clients_.erase(link);
  auto p = peers_.find(life);
  if (p == peers_.end() || p->second.link != link)
    return false;
  peers_.erase(p);
  return true;
}

const node_links::peer* node_links::introduce(const node_id& who,
                                              const caf::actor& actor) {
  auto i = newest_.find(who.life);
  if (i == newest_.end())
    return nullptr;
  auto& result = peers_[who.life];
  result = {who, actor, i->second.link};
  return &result;
}

const node_links::peer* node_links::find(const incarnation& life) const {
  auto i = peers_.find(life);
  return i != peers_.end() ? &i->second : nullptr;
}

std::optional<link_id> node_links::newest(const incarnation& life) const {
  auto i = newest_.find(life);
  return i != newest_.end() ? std::optional{i->second.link} : std::nullopt;
}

std::optional<link_id> node_links::mute_link(const incarnation& life,
                                             instant limit) const {
  auto i = newest_.find(life);
  if (i == newest_.end() || i->second.since >= limit)
    return std::nullopt;
  auto p = peers_.find(life);
  if (p != peers_.end() && p->second.link == i->second.link)
    return std::nullopt;
  return i->second.link;
}

std::optional<endpoint> node_links::dialed(link_id link) const {
  auto i = dialed_.find(link);
  return i != dialed_.end() ? std::optional{i->second} : std::nullopt;
}

std::vector<link_id> node_links::all() const {
  std::vector<link_id> result{clients_.begin(), clients_.end()};
  for (const auto& [life, x] : newest_)
    result.push_back(x.link);
  return result;
}

} // namespace horde::actors
