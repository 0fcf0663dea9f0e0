// SPDX-License-Identifier: MIT
//
// What `cluster_sim` checks, during the run and after it.

#include <algorithm>
#include <string_view>

#include "sim/cluster_sim.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

namespace {

/// Nothing that was under way when a node died arrives later than this.
constexpr duration afterglow = 20ms;

bool may_follow(node_state before, node_state what) {
  switch (before) {
  case node_state::up: return what != node_state::up;
  case node_state::suspect: return what != node_state::suspect;
  case node_state::down:
    return what == node_state::up || what == node_state::left;
  case node_state::left: return false;
  }
  return false;
}

} // namespace

void cluster_sim::note(std::uint64_t what) {
  for (auto x :
       {static_cast<std::uint64_t>(now_.time_since_epoch().count()), what})
    trace_ = (trace_ ^ x) * 1099511628211U;
}

void cluster_sim::fault(const std::string& text) {
  auto ms = now_.time_since_epoch() / 1ms;
  faults_.push_back(std::to_string(ms) + " ms: " + text);
}

void cluster_sim::observe(host x, const node_event& event) {
  note(static_cast<std::uint64_t>(event.what) + event.who.life.started * 10);
  events_.push_back({x, now_, event});
  check_order(id(x), event);
  check_truth(x, event);
}

void cluster_sim::check_order(const node_id& by, const node_event& event) {
  auto text = by.name + " announced " + std::string{to_string(event.what)}
              + " of " + event.who.name + ": ";
  auto [i, is_first] = last_.try_emplace({by, event.who.name}, event);
  auto before = std::exchange(i->second, event);
  if (!is_first && before.who.life > event.who.life)
    fault(text + "a newer incarnation is known");
  if (is_first || before.who.life != event.who.life) {
    if (event.what == node_state::suspect)
      fault(text + "was never up");
    if (!is_first && before.who.life < event.who.life
        && before.what != node_state::down && before.what != node_state::left)
      fault(text + "the older incarnation is not down");
  } else if (!may_follow(before.what, event.what)) {
    fault(text + "after " + std::string{to_string(before.what)});
  }
}

duration cluster_sim::afterglow_of(host by, host y) const {
  // What a dead node said is still delivered, and found by who did not run.
  auto result = afterglow + (has_lost_ ? 15s : 0s);
  auto mended = last_cut_.find(pair(by, y));
  if (mended != last_cut_.end() && mended->second + 10s > now_)
    result += now_ - instant{};
  return result + hosts_[by].longest_pause;
}

void cluster_sim::check_truth(host by, const node_event& event) {
  auto y = host_of(event.who);
  auto text = "n" + std::to_string(by) + " announced "
              + std::string{to_string(event.what)} + " of " + event.who.name
              + " (" + event.reason + "): ";
  auto died = died_.find(event.who);
  auto is_dead = died != died_.end();
  if (event.what == node_state::up && is_dead
      && died->second + afterglow_of(by, y) < now_)
    fault(text + "it is dead");
  if (event.what == node_state::left && (!is_dead || died->second > now_))
    fault(text + "it is alive");
  if (event.what != node_state::down || is_dead)
    return;
  auto was_cut = false;
  for (host z = 0; z < hosts_.size(); ++z) {
    // Others may have been cut off from it, and told a newcomer.
    if (z != by && !event.reason.starts_with("given up by"))
      continue;
    auto healed = last_cut_.find(pair(z, y));
    was_cut = was_cut || is_cut(z, y) || is_mute(z, y) || is_mute(y, z)
              || (healed != last_cut_.end() && healed->second + 10s > now_);
  }
  // Who tells us may have slept since it gave it up.
  auto is_old_news = false;
  constexpr std::string_view hearsay = "given up by n";
  if (event.reason.starts_with(hearsay))
    is_old_news = was_paused(std::stoul(event.reason.substr(hearsay.size())));
  if (!was_cut && !was_paused(y) && !is_old_news)
    fault(text + "it is alive and was not cut off");
}

bool cluster_sim::was_paused(host x) const {
  const auto& it = hosts_[x];
  auto last = last_long_pause_.find(x);
  return (now_ < it.paused_until && it.paused_since + 2s < now_)
         || (last != last_long_pause_.end() && last->second + 10s > now_);
}

// -- after the run -----------------------------------------------------------

std::string cluster_sim::seen_state(host x, host y) const {
  auto name = id(y).name;
  for (const auto& node : hosts_[x].view->nodes())
    if (node.who.name == name)
      return std::string{to_string(node.state)} + " "
             + std::to_string(node.who.life.started);
  return "absent";
}

std::string cluster_sim::disagreement(host x, host y) const {
  auto seen = seen_state(x, y);
  auto text = id(x).name + " sees " + id(y).name + " " + seen;
  auto life = std::to_string(hosts_[y].life);
  if (is_alive(y)) {
    auto link = view(x).link_to(id(y));
    if (seen != "up " + life || !link)
      return text + ", it is up " + life;
    return link == view(y).link_to(id(x)) ? "" : text + ": two links";
  }
  if (seen == "absent" || seen == "left " + life)
    return hosts_[y].has_left || seen == "absent" ? "" : text + ", it is dead";
  return seen.starts_with("down") || seen.starts_with("left")
           ? ""
           : text + ", it is gone";
}

std::string cluster_sim::disagreement() const {
  for (host y = 0; y < hosts_.size(); ++y) {
    std::set<std::string> views;
    for (host x = 0; x < hosts_.size(); ++x) {
      if (x == y || !is_alive(x))
        continue;
      if (auto text = disagreement(x, y); !text.empty())
        return text;
      auto seen = seen_state(x, y);
      views.insert(seen.starts_with("left") ? "absent" : seen);
    }
    if (views.size() > 1)
      return "views of " + id(y).name + " differ: " + *views.begin() + ", "
             + *views.rbegin();
  }
  return "";
}

} // namespace horde::sim
