// SPDX-License-Identifier: MIT
//
// A node that hears anything of others: links of any incarnation, hearsay,
// questions, goodbyes, in any order. Its tables stay bounded, it only talks to
// whom it is linked with, and its subscribers hear a story that makes sense.

#include <map>
#include <set>

#include "fuzz/harness.hpp"
#include "fuzz/script.hpp"
#include "horde/codec.hpp"
#include "horde/membership/cluster_view.hpp"
#include "horde/overload.hpp"

namespace horde::fuzz {

namespace {

using namespace membership;
using namespace std::chrono_literals;

cluster_config small() {
  cluster_config result;
  result.max_dials = 3;
  result.max_endpoints = 6;
  result.max_nodes = 6;
  result.max_news = 4;
  return result;
}

enum op : std::uint8_t {
  op_linked,
  op_link_lost,
  op_heard,
  op_heard_bytes,
  op_asked,
  op_goodbye,
  op_connect,
  op_dial_failed,
  op_dial_redundant,
  op_heard_beat,
  op_heard_link,
  op_pass_time,
  op_linking,
  ops,
};

class world {
public:
  explicit world(script in) : in_(in) {}

  void run() {
    while (!in_.is_over()) {
      step(static_cast<op>(in_.below(ops)));
      check();
    }
    for (auto n = 0; n < 3; ++n)
      pass(25h);
  }

private:
  void step(op x);
  void link();
  void perform(const cluster_effects& all);
  void announced(const node_event& x);
  void check() const;
  void pass(duration x);

  /// Of few names, one of them its own, in few lives.
  node_id some_node() {
    node_id result;
    auto name = in_.below(10);
    result.name = name == 0 ? "self" : "n" + std::to_string(name);
    result.life = {in_.number(), in_.below(2)};
    return result;
  }

  endpoint some_place() {
    return {in_.flag() ? "h" : "i", static_cast<std::uint16_t>(in_.below(10))};
  }

  peer_info some_news() {
    peer_info result{some_node(), some_place(), {}};
    result.state = static_cast<node_state>(in_.below(4));
    return result;
  }

  /// Mostly somebody who is linked.
  node_id some_peer() {
    auto n = in_.byte();
    if (links_.empty() || n >= 0xf0)
      return some_node();
    return std::next(links_.begin(),
                     static_cast<std::ptrdiff_t>(n % links_.size()))
      ->second;
  }

  script in_;
  moment now_{instant{1h}, wall_time{1000h}};
  node_id self_{"self", {100, 0}};
  cluster_view view_{self_, {"h", 1}, small(), 1};
  std::map<link_id, node_id> links_; ///< open ones
  std::set<link_id> linking_;
  link_id last_link_ = 0;
  std::map<node_id, node_state> told_; ///< the last event of each incarnation
};

void world::step(op x) {
  switch (x) {
  case op_linked: return link();
  case op_link_lost: {
    auto link = 1 + in_.byte() % (last_link_ + 1); // also one that never was
    links_.erase(link);
    linking_.erase(link);
    return perform(view_.link_lost(link, now_));
  }
  case op_heard: {
    auto from = some_peer();
    std::vector<peer_info> news;
    for (auto n = in_.below(8); n > 0; --n)
      news.push_back(some_news());
    return perform(view_.heard(from, news, now_));
  }
  case op_heard_bytes: {
    auto from = some_peer();
    if (auto news = from_bytes<std::vector<peer_info>>(in_.bytes()))
      perform(view_.heard(from, *news, now_));
    return;
  }
  case op_asked: {
    auto from = some_peer();
    return perform(view_.asked(from, some_node(), now_));
  }
  case op_goodbye: return perform(view_.heard_goodbye(some_peer(), now_));
  case op_connect: return perform(view_.connect(some_place(), now_));
  case op_dial_failed: {
    auto to = some_place();
    return perform(view_.dial_failed(to, in_.flag(), now_));
  }
  case op_dial_redundant: {
    auto to = some_place();
    return perform(view_.dial_redundant(to, some_node(), now_));
  }
  case op_heard_beat: {
    auto link = 1 + in_.byte() % (last_link_ + 1);
    beat x{in_.number(), in_.number()};
    return perform(view_.heard_beat(link, x, in_.flag(), now_));
  }
  case op_heard_link:
    view_.heard_link(1 + in_.byte() % (last_link_ + 1), now_.at);
    return;
  case op_pass_time: return pass(in_.byte() * 100ms);
  case op_linking:
    linking_.insert(++last_link_);
    return perform(view_.linking(last_link_, some_node(), now_));
  case ops: return;
  }
}

void world::link() {
  auto who = some_node();
  auto at = some_place();
  std::optional<endpoint> dialled;
  if (in_.flag())
    dialled = some_place();
  auto link = ++last_link_;
  links_.emplace(link, who);
  perform(view_.linked(link, who, at, now_, dialled));
  // The door closes what it replaced. If the view wants none, the old one lives
  // until it ends by itself.
  if (view_.link_to(who) == link)
    std::erase_if(links_, [&](const auto& x) {
      return x.second == who && x.first != link;
    });
}

void world::pass(duration x) {
  now_.at += x;
  now_.wall += x;
  auto ticks = 0;
  do {
    perform(view_.tick(now_));
    HORDE_ASSERT(++ticks < 1000);
  } while (view_.wake_at() <= now_.at);
}

void world::perform(const cluster_effects& all) {
  std::size_t dials = 0;
  auto is_linked = [&](const node_id& to) {
    auto link = view_.link_to(to);
    return link && links_.contains(*link) && links_.at(*link) == to;
  };
  for (const auto& effect : all)
    std::visit(
      overload{
        [&](const dial&) { ++dials; },
        [&](const close_link& x) { HORDE_ASSERT(links_.erase(x.link) == 1); },
        [&](const tell_peer& x) {
          HORDE_ASSERT(is_linked(x.to));
          HORDE_ASSERT(!x.news.empty() && x.news.size() <= small().max_news);
        },
        [&](const ask_peer& x) { HORDE_ASSERT(is_linked(x.to)); },
        [&](const send_beat& x) {
          HORDE_ASSERT(links_.contains(x.link) || linking_.contains(x.link));
        },
        [&](const announce& x) { announced(x.event); },
      },
      effect);
  HORDE_ASSERT(dials <= small().max_dials);
}

void world::announced(const node_event& x) {
  HORDE_ASSERT(x.who.name != self_.name);
  auto known = told_.find(x.who);
  auto is_new = known == told_.end();
  if (x.what == node_state::suspect)
    HORDE_ASSERT(!is_new && known->second == node_state::up);
  // Who is gone may be forgotten to make room, and heard of once more.
  if (!is_new && x.what <= node_state::suspect)
    HORDE_ASSERT(known->second != x.what);
  told_[x.who] = x.what;
}

void world::check() const {
  HORDE_ASSERT(view_.wake_at() > now_.at);
  auto all = view_.nodes();
  HORDE_ASSERT(all.size() <= small().max_nodes);
  std::set<std::string> names;
  for (const auto& x : all) {
    HORDE_ASSERT(x.who.name != self_.name);
    HORDE_ASSERT(names.insert(x.who.name).second);
    HORDE_ASSERT(x.link == 0 || links_.contains(x.link));
    // Up means linked, or nobody would notice its end.
    HORDE_ASSERT(x.state != node_state::up || x.link != 0);
    auto told = told_.find(x.who);
    if (x.state == node_state::up)
      HORDE_ASSERT(told != told_.end() && told->second == node_state::up);
  }
}

} // namespace

void run_cluster(std::string_view input) {
  world x{script{input}};
  x.run();
}

std::vector<std::string> cluster_seeds() {
  random_engine rng{1};
  std::vector<std::string> result;
  peer_info news{{"n1", {5, 0}}, {"h", 1}, node_state::up};
  result.push_back(script_writer{}
                     .byte(op_linked)
                     .byte(2)
                     .byte(5)
                     .byte(0)
                     .byte(0)
                     .byte(2)
                     .byte(0)
                     .byte(op_heard_bytes)
                     .byte(0)
                     .bytes(to_bytes(std::vector<peer_info>(3, news)))
                     .take());
  for (std::size_t i = 1; i <= 24; ++i)
    result.push_back(script_writer{}.noise(rng, 24 * i).take());
  return result;
}

} // namespace horde::fuzz
