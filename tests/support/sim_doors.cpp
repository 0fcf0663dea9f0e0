// SPDX-License-Identifier: MIT

#include "support/sim_doors.hpp"

#include <algorithm>

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/assert.hpp"

namespace horde::test {

using namespace actors;

class sim_door : public entrance {
public:
  sim_door(sim_street& street, endpoint at)
      : street_(street), at_(std::move(at)) {
    // nop
  }

  ~sim_door() override { sim_door::stop(); }

  void open(door_identity self, caf::strong_actor_ptr whom, sink out) override {
    self_ = std::move(self);
    whom_ = std::move(whom);
    out_ = std::move(out);
    street_.open_[at_] = this;
  }

  void dial(endpoint to) override {
    ++street_.dials_;
    auto alias = street_.aliases_.find(to);
    auto at = alias != street_.aliases_.end() ? alias->second : to;
    if (street_.has_wall(at_, at))
      return fail(to, errc::timeout, false);
    auto there = street_.open_.find(at);
    if (there == street_.open_.end())
      return fail(to, errc::cannot_connect, true);
    auto& peer = *there->second;
    if (&peer == this)
      return fail(to, errc::bad_option, false, self_.self);
    if (peer.is_closed_)
      return fail(to, errc::shutting_down, false);
    if (auto id = link_with(peer))
      return tell(door_events::already_linked{to, peer.self_.self, id});
    auto here_id = ++street_.last_link_;
    auto there_id = ++street_.last_link_;
    street_.links_.push_back({{this, here_id, true}, {&peer, there_id, false}});
    peer.tell(door_events::accepted{there_id, self_.self, self_.role, at_});
    tell(door_events::dialed{here_id, peer.self_.self, to, nullptr});
  }

  void hand_over(caf::event_based_actor*, door_events::dialed link,
                 handed_over then) override {
    for (const auto& [here, there] : street_.links_)
      if (here.door == this && here.id == link.link)
        return then(caf::actor_cast<caf::actor>(there.door->whom_));
    then(to_error({errc::cannot_connect, "the link was cut"}));
  }

  void kick(link_id link) override {
    street_.cut_if(
      [&](const auto& x) { return x.first.id == link || x.second.id == link; });
  }

  void send_datagram(link_id link, std::string_view payload) override {
    HORDE_ASSERT(payload.size() <= max_datagram_payload);
    auto ends = ends_of(link);
    if (!ends)
      return;
    auto [here, there] = *ends;
    if (!here->knows_way || street_.loses(at_, there->door->at()))
      return;
    there->knows_way = true;
    ++street_.datagrams_;
    there->door->tell(
      door_events::datagram{there->id, self_.self, std::string{payload}});
  }

  std::optional<instant> last_heard(link_id link) const override {
    auto ends = ends_of(link);
    return ends ? std::optional{ends->first->heard} : std::nullopt;
  }

  std::size_t unsent(link_id) const override { return 0; }

  void refuse_callers() override { is_closed_ = true; }

  door_counters counters() const override { return {}; }

  void stop() override {
    if (auto i = street_.open_.find(at_);
        i != street_.open_.end() && i->second == this)
      street_.open_.erase(i);
    out_ = nullptr;
    street_.cut_if([&](const auto& x) {
      return x.first.door == this || x.second.door == this;
    });
  }

  void tell(door_event x) {
    if (out_)
      out_(std::move(x));
  }

  const node_id& who() const { return self_.self; }
  const endpoint& at() const { return at_; }

private:
  void fail(const endpoint& to, errc code, bool refused,
            std::optional<node_id> peer = std::nullopt) {
    tell(door_events::dial_failed{to, code, "refused in a simulation", refused,
                                  std::move(peer)});
  }

  /// Our end of a link of ours, and the other end.
  std::optional<std::pair<sim_street::end*, sim_street::end*>>
  ends_of(link_id link) const {
    for (auto& [a, b] : street_.links_) {
      if (a.door == this && a.id == link)
        return std::pair{&a, &b};
      if (b.door == this && b.id == link)
        return std::pair{&b, &a};
    }
    return std::nullopt;
  }

  std::optional<link_id> link_with(const sim_door& peer) const {
    for (const auto& [a, b] : street_.links_) {
      if (a.door == this && b.door == &peer)
        return a.id;
      if (b.door == this && a.door == &peer)
        return b.id;
    }
    return std::nullopt;
  }

  sim_street& street_;
  endpoint at_;
  door_identity self_;
  caf::strong_actor_ptr whom_;
  sink out_;
  bool is_closed_ = false;
};

std::shared_ptr<entrance> sim_street::add(const endpoint& at) {
  return std::make_shared<sim_door>(*this, at);
}

void sim_street::add_alias(const endpoint& alias, const endpoint& at) {
  aliases_[alias] = at;
}

void sim_street::cut(const endpoint& a, const endpoint& b) {
  cut_if([&](const link& x) {
    return std::minmax(x.first.door->at(), x.second.door->at())
           == std::minmax(a, b);
  });
}

void sim_street::kill(const endpoint& at) {
  if (auto i = open_.find(at); i != open_.end())
    i->second->stop();
}

void sim_street::set_wall(const endpoint& a, const endpoint& b, bool is_there) {
  std::pair<endpoint, endpoint> wall{std::minmax(a, b)};
  if (is_there)
    walls_.insert(wall);
  else
    walls_.erase(wall);
}

void sim_street::set_loss(const endpoint& from, const endpoint& to,
                          bool is_there) {
  if (is_there)
    losses_.insert({from, to});
  else
    losses_.erase({from, to});
}

bool sim_street::loses(const endpoint& from, const endpoint& to) const {
  return has_wall(from, to) || losses_.contains({from, to});
}

void sim_street::hear(const endpoint& at, const endpoint& from, instant when) {
  for (auto& [a, b] : links_) {
    if (a.door->at() == at && b.door->at() == from)
      a.heard = when;
    if (b.door->at() == at && a.door->at() == from)
      b.heard = when;
  }
}

bool sim_street::has_wall(const endpoint& a, const endpoint& b) const {
  return walls_.contains(std::pair<endpoint, endpoint>{std::minmax(a, b)});
}

template <class Predicate>
void sim_street::cut_if(Predicate f) {
  auto first = std::stable_partition(links_.begin(), links_.end(),
                                     [&](const auto& x) { return !f(x); });
  std::vector<link> gone{first, links_.end()};
  links_.erase(first, links_.end());
  for (const auto& [a, b] : gone) {
    a.door->tell(door_events::link_lost{a.id, b.door->who()});
    b.door->tell(door_events::link_lost{b.id, a.door->who()});
  }
}

} // namespace horde::test
