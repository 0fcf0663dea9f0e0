// SPDX-License-Identifier: MIT
//
// What `cluster_view` tells its peers of others, and how it finds out that it
// missed something.

#include <algorithm>
#include <utility>

#include "horde/hash.hpp"
#include "horde/membership/cluster_view.hpp"

namespace horde::membership {

// -- telling others ----------------------------------------------------------

void cluster_view::tell(const node_id& to, std::vector<peer_info> news,
                        cluster_effects& out) const {
  auto most = std::max<std::size_t>(cfg_.max_news, 1);
  for (std::size_t i = 0; i < news.size(); i += most) {
    auto first = news.begin() + static_cast<std::ptrdiff_t>(i);
    auto count = std::min(most, news.size() - i);
    out.push_back(
      tell_peer{to, {first, first + static_cast<std::ptrdiff_t>(count)}});
  }
}

void cluster_view::tell_all_but(const std::string& name, const peer_info& news,
                                cluster_effects& out) const {
  for (const auto& peer : peers_)
    if (peer.name != name)
      out.push_back(tell_peer{peer, {news}});
}

/// Tells those of `x` whom it concerns and some others, who may pass it on.
void cluster_view::spread(entry& x, const peer_info& news,
                          cluster_effects& out) {
  auto told = std::exchange(x.doubters, {});
  if (is_small())
    return tell_all_but(x.node.who.name, news, out);
  for (std::size_t i = 0; i < cfg_.rumour_fanout; ++i)
    told.insert(peers_[below(rng_, peers_.size())].name);
  for (const auto& peer : peers_)
    if (peer.name != x.node.who.name && told.contains(peer.name))
      out.push_back(tell_peer{peer, {news}});
}

/// Whether we tell all our peers everything, as there are few.
bool cluster_view::is_small() const {
  return peers_.size() <= cfg_.rumour_fanout + 1;
}

peer_info cluster_view::info_of(const entry& x, moment now) {
  auto silent_for = x.last_heard ? now.at - *x.last_heard : duration::max();
  return {x.node.who, x.node.at, x.node.state, silent_for};
}

std::vector<peer_info> cluster_view::all_but(const std::string& name,
                                             moment now) const {
  std::vector<peer_info> result;
  for (const auto& [key, x] : nodes_)
    if (key != name && x.node.state != node_state::left)
      result.push_back(info_of(x, now));
  return result;
}

std::vector<peer_info> cluster_view::missed_by(const entry& x,
                                               moment now) const {
  std::vector<peer_info> result;
  for (const auto& [name, other] : nodes_) {
    auto is_gone = other.node.state == node_state::down
                   || (other.node.state == node_state::suspect && other.was_up);
    auto is_newer = other.since >= x.missed_from;
    if (&other != &x && other.node.state != node_state::left
        && (is_gone || is_newer))
      result.push_back(info_of(other, now));
  }
  return result;
}

// -- comparing ---------------------------------------------------------------

void cluster_view::begin_comparing(instant now) {
  if (compare_at_ == never)
    compare_at_ = now + jitter(rng_, cfg_.compare_after, cfg_.jitter_percent);
  comparisons_ = cfg_.comparisons;
}

void cluster_view::compare(moment now, cluster_effects& out) {
  if (now.at < compare_at_)
    return;
  compare_at_ = never;
  if (comparisons_ == 0 || peers_.empty())
    return;
  out.push_back(ask_peer{peers_[below(rng_, peers_.size())], digest()});
  auto wait =
    cfg_.compare_after * (1U << std::min(cfg_.comparisons - comparisons_, 16U));
  if (--comparisons_ > 0)
    compare_at_ =
      now.at + std::max(jitter(rng_, wait, cfg_.jitter_percent), duration{1});
}

/// Of all nodes that are not given up, ourselves included.
node_id cluster_view::digest() const {
  auto hash = [](const node_id& x) {
    return hash64(x.name, x.life.started ^ x.life.random);
  };
  node_id result;
  result.life.started = hash(self_);
  for (const auto& [name, x] : nodes_)
    if (x.node.state == node_state::up || x.node.state == node_state::suspect)
      result.life.started += hash(x.node.who);
  return result;
}

/// One whose older incarnation is not linked any more.
cluster_view::heirs::iterator cluster_view::next_heir() {
  return std::ranges::find_if(heirs_, [this](const auto& x) {
    auto e = find(x.first);
    return !e || e->node.link == 0
           || e->node.who.life >= x.second.news.who.life;
  });
}

/// Takes what we heard of newer incarnations while the older ones were linked:
/// nobody says it again.
void cluster_view::hear_of_heirs(moment now, cluster_effects& out) {
  for (auto i = next_heir(); i != heirs_.end(); i = next_heir()) {
    auto x = std::move(i->second);
    heirs_.erase(i);
    if (!link_to(x.from) && x.news.state == node_state::up)
      x.news.state = node_state::suspect; // nobody would take it back
    hear(x.from, x.news, now, out);
  }
}

} // namespace horde::membership
