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
  auto pause = hosts_[by].longest_pause;
  if (mended != last_cut_.end() && mended->second + 10s + pause > now_)
    result += now_ - instant{};
  return result + pause;
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
  if (event.what != node_state::down || is_dead || was_paused(y))
    return;
  constexpr std::string_view hearsay = "given up by n";
  auto is_excused = was_cut(by, y);
  if (event.reason.starts_with(hearsay)) {
    // Others may have been cut off from it, and who says or hears that may have
    // slept since.
    auto from = std::stoul(event.reason.substr(hearsay.size()));
    is_excused = is_excused || was_paused(from) || was_paused(by);
    for (host z = 0; z < hosts_.size(); ++z)
      is_excused = is_excused || was_cut(z, y);
  }
  if (!is_excused)
    fault(text + "it is alive and was not cut off");
}

bool cluster_sim::was_cut(host by, host y) const {
  auto healed = last_cut_.find(pair(by, y));
  return is_cut(by, y) || is_mute(by, y) || is_mute(y, by)
         || (healed != last_cut_.end() && healed->second + 10s > now_);
}

/// A pause or loss may be as long or as much as promised, not both at once.
duration cluster_sim::long_pause() const {
  return has_lost_ ? 1s : 2s;
}

bool cluster_sim::was_paused(host x) const {
  const auto& it = hosts_[x];
  auto last = last_long_pause_.find(x);
  return (now_ < it.paused_until && it.paused_since + long_pause() < now_)
         || (last != last_long_pause_.end() && last->second + 10s > now_);
}

// -- deaths ------------------------------------------------------------------

/// Whether nothing goes wrong but that nodes die, and did not for a while, and
/// all links are open.
bool cluster_sim::is_calm() const {
  auto is_starved = [](const running& x) { return x.starved > 0ns; };
  return cuts_.empty() && mute_.empty() && lost_percent_ == 0
         && troubled_at_ + 10s < now_ && started_at_ + 1s < now_
         && std::none_of(hosts_.begin(), hosts_.end(), is_starved);
}

/// When its host is there to refuse connections.
duration cluster_sim::prompt_death() {
  return 60ms;
}

/// When nothing is heard of it any more.
duration cluster_sim::silent_death() const {
  return 2750ms + 250ms;
}

/// Whatever else goes wrong: beats came unevenly before, which doubles the time
/// once, and somebody said that it reaches the node, which doubles it again.
duration cluster_sim::late_death() const {
  return 4 * 2750ms + 1s + (has_lost_ ? 15s : 0s);
}

void cluster_sim::expect_obituaries(const node_id& who, duration within) {
  after(within, [this, who, within, since = now_] {
    auto late = late_death();
    // A pause is trouble itself.
    auto is_calm_since =
      cuts_.empty() && mute_.empty()
      && (died_.contains(who) ? troubled_at_ < since : troubled_at_ <= since);
    if (within >= late || is_calm_since)
      check_obituaries(who, since);
  });
  if (within < late_death())
    expect_obituaries(who, late_death());
}

void cluster_sim::check_obituaries(const node_id& who, instant since) {
  auto y = host_of(who);
  auto is_stopped =
    hosts_[y].paused_since <= since && hosts_[y].paused_until > now_;
  auto died = died_.find(who);
  auto is_dead = died != died_.end() && died->second <= since;
  if (!is_dead && !is_stopped)
    return; // it went on
  for (host x = 0; x < hosts_.size(); ++x) {
    if (x == y || !is_alive(x) || hosts_[x].started > since || was_paused(x))
      continue;
    auto healed = last_cut_.find(pair(x, y)); // then it finds what came before
    if (healed != last_cut_.end() && healed->second > since)
      continue;
    auto last = last_.find({id(x), who.name});
    if (last != last_.end() && last->second.who == who
        && last->second.what <= node_state::suspect)
      fault(id(x).name + " takes " + who.name + " for "
            + to_string(last->second.what) + ", it is dead since "
            + std::to_string((now_ - since) / 1ms) + " ms");
  }
}

// -- after the run -----------------------------------------------------------

std::string cluster_sim::disagreement() const {
  /// What each of the living sees of each host.
  std::map<host, std::vector<std::string>> seen;
  for (host x = 0; x < hosts_.size(); ++x) {
    if (!is_alive(x))
      continue;
    seen[x].resize(hosts_.size(), "absent");
    for (const auto& node : view(x).nodes())
      seen[x][host_of(node.who)] = std::string{to_string(node.state)} + " "
                                   + std::to_string(node.who.life.started);
  }
  for (host y = 0; y < hosts_.size(); ++y) {
    std::set<std::string> views;
    for (const auto& [x, states] : seen) {
      if (x == y)
        continue;
      if (auto text = disagreement(x, y, states[y]); !text.empty())
        return text;
      views.insert(states[y].starts_with("left") ? "absent" : states[y]);
    }
    if (views.size() > 1)
      return "views of " + id(y).name + " differ: " + *views.begin() + ", "
             + *views.rbegin();
  }
  return "";
}

std::string cluster_sim::disagreement(host x, host y,
                                      const std::string& seen) const {
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

} // namespace horde::sim
