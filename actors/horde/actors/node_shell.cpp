// SPDX-License-Identifier: MIT

#include "horde/actors/node_shell.hpp"

#include <algorithm>

#include "horde/actors/alarm.hpp"
#include "horde/actors/audience.hpp"
#include "horde/actors/door_inbox.hpp"
#include "horde/actors/log.hpp"
#include "horde/actors/node_answers.hpp"
#include "horde/actors/node_farewell.hpp"
#include "horde/actors/node_links.hpp"
#include "horde/actors/node_refusals.hpp"
#include "horde/actors/node_waiters.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/codec.hpp"
#include "horde/membership/cluster_view.hpp"
#include "horde/overload.hpp"

namespace horde::actors {

namespace {

/// Longer without a hello: one got lost, and the link begins anew.
constexpr auto hello_timeout = std::chrono::seconds{2};

class node_shell {
public:
  node_shell(caf::event_based_actor* self, node_parts parts)
      : self_(self), parts_(std::move(parts)), context_(parts_.context),
        view_(context_->self, parts_.at, parts_.timing, parts_.seed),
        directory_(context_->self), formation_(parts_.formation, parts_.seeds),
        farewell_(self, context_->self) {}

  caf::behavior make_behavior(std::shared_ptr<node_shell> keep) {
    open_door(*parts_.entrance, {parts_.cluster, context_->self},
              caf::actor_cast<caf::actor>(self_), inbox_);
    for (const auto& to : parts_.seeds)
      perform(view_.connect(to, now()));
    return with_exit(
      self_, [](const caf::exit_msg&) {}, // only `leave_cluster` ends a node
      peer_messages(keep)
        .or_else(member_messages(keep))
        .or_else(user_messages(keep)));
  }

private:
  // -- messages --------------------------------------------------------------

  /// From the door and from other nodes.
  caf::message_handler peer_messages(std::shared_ptr<node_shell> keep) {
    return {
      [this, keep](look_inside) {
        for (auto& event : inbox_->take())
          std::visit([this](auto& x) { on(x); }, event);
        take_advice();
      },
      [this](hello& x) { on_hello(x); },
      [this](const refusal& x) { on_refusal(x); },
      [this](hosting& x) { on_hosting(x); },
      [this](const peer_news& x) {
        perform(view_.heard(x.from, x.news, now()));
      },
      [this](const reach_question& x) {
        perform(view_.asked(x.from, x.whom, now()));
      },
      [this](const link_beat& x) {
        if (const auto* p = links_.find(x.from.life))
          heard_beat(p->link, x.what, false);
      },
      [this](const goodbye& x) { perform(view_.heard_goodbye(x.from, now())); },
      [this](const tick& x) {
        alarm_.rang(x);
        waiting_.expire(now());
        hear_links(view_, links_, *parts_.entrance);
        perform(view_.tick(now()));
      },
    };
  }

  /// From members and listeners of this node.
  caf::message_handler member_messages(std::shared_ptr<node_shell> keep) {
    return {
      [this, keep](host_member& x) { host(std::move(x.member)); },
      [this](const unhost_member& x) {
        directory_.unhost(x.replica);
        hosted_changed();
      },
      [this](watch_view) {
        auto who = watchers_.add(self_->current_sender());
        deliver(nullptr, who, caf::make_message(node_view_now()));
      },
    };
  }

  caf::message_handler user_messages(std::shared_ptr<node_shell> keep) {
    return {
      [this, keep](get_status) {
        return status_of(parts_, view_, directory_, formation_.status());
      },
      [this](get_node_view) { return node_view_now(); },
      [this](subscribe_nodes) {
        tell_known(view_, subscribers_.add(self_->current_sender()));
      },
      [this](subscribe_formation) { formation_.subscribe(self_); },
      [this](const refresh_formation& x) {
        return answer(formation_.refresh(x.topology));
      },
      [this](const connect_to& x) {
        formation_.pin(x.to);
        perform(view_.connect(x.to, now()));
      },
      [this](const wait_for_nodes& x) -> caf::result<void> {
        auto promise = self_->make_response_promise<void>();
        waiting_.add(x, promise, now());
        answer_waiting();
        arm();
        return promise;
      },
      [this](leave_cluster) { return leave(); },
    };
  }

  // -- the door --------------------------------------------------------------

  void on(door_events::accepted& x) {
    if (x.role == peer_role::member) {
      links_.began(x.peer.life, x.link, std::nullopt, now().at);
      return perform(view_.linking(x.link, x.peer, now())); // its hello follows
    }
    links_.client_began(x.link);
    log().info("client_connected from={}", to_string(x.from));
  }

  void on(door_events::dialed& x) {
    links_.began(x.peer.life, x.link, x.to, now().at);
    perform(view_.linking(x.link, x.peer, now()));
    auto link = x.link;
    auto to = x.to;
    auto who = x.peer;
    parts_.entrance->hand_over(
      self_, std::move(x),
      [this, link, to, who](caf::expected<caf::actor> peer) {
        if (refusals_.is_useless(peer, caf::actor_cast<caf::actor>(self_), to))
          return parts_.entrance->kick(link);
        if (refuses(*peer, link, who, to))
          return perform(view_.dial_failed(to, false, now()));
        formation_.connected(to, now());
        tell(self_, *peer, our_hello(false));
      });
  }

  void on(door_events::dial_failed& x) {
    if (x.peer == context_->self) // a list that names us too
      return perform(view_.dial_redundant(x.to, *x.peer, now()));
    refusals_.dial_failed(x);
    formation_.failed(x.to, {x.code, x.why}, now());
    if (x.code == errc::superseded)
      return on_superseded({x.code, x.why});
    perform(view_.dial_failed(x.to, x.refused, now()));
  }

  void on(door_events::already_linked& x) {
    if (auto mute = links_.mute_link(x.peer.life, now().at - hello_timeout)) {
      log().warn("no_hello peer={}", x.peer.name);
      parts_.entrance->kick(*mute);
    }
    perform(view_.dial_redundant(x.to, x.peer, now()));
  }

  void on(door_events::link_lost& x) {
    if (x.why == link_end::too_slow || x.why == link_end::refused_frame)
      log().warn("link_closed peer={} reason={}", x.peer.name,
                 to_string(x.why));
    if (links_.ended(x.peer.life, x.link)) {
      directory_.peer_unlinked(x.peer.life);
      farewell_.is_over_for(x.peer.life);
    }
    perform(view_.link_lost(x.link, now()));
  }

  void on(door_events::datagram& x) {
    if (auto beat = from_bytes<membership::beat>(x.payload))
      heard_beat(x.link, *beat, true);
  }

  void on(door_events::turned_away& x) {
    log().warn("caller_refused from={} why=\"{}\"", x.from, x.why);
  }

  void take_advice() {
    auto advice = formation_.take();
    for (const auto& at : advice.connect)
      perform(view_.connect(at, now()));
    for (const auto& at : advice.withdraw)
      perform(view_.withdraw(at, now()));
  }

  // -- other nodes -----------------------------------------------------------

  hello our_hello(bool answer) const {
    return {context_->self, parts_.at, answer, directory_.hosted()};
  }

  void on_hello(hello& x) {
    auto sender = caf::actor_cast<caf::actor>(self_->current_sender());
    auto link = links_.newest(x.from.life);
    if (!sender || !link)
      return; // its link was lost meanwhile
    if (refuses(sender, *link, x.from, x.at))
      return;
    const auto* peer = links_.introduce(x.from, sender);
    directory_.peer_unlinked(x.from.life); // if it replaces an older link
    if (!x.answer)
      tell(self_, sender, our_hello(true));
    else // members that started since our hello are news
      tell(self_, sender, hosting{context_->self, directory_.hosted()});
    perform(
      view_.linked(peer->link, x.from, x.at, now(), links_.dialed(peer->link)));
    if (view_.link_to(x.from) != peer->link)
      return; // an outdated life of a node we know better
    directory_.peer_hosts(x.from, std::move(x.hosts));
    view_changed();
  }

  /// True if it may not be linked: then it is told, and its link closed.
  bool refuses(const caf::actor& peer, link_id link, const node_id& who,
               const endpoint& at) {
    return refusals_.refuse(self_, peer, refusal_for(view_, who, at),
                            [this, link] { parts_.entrance->kick(link); });
  }

  void on_refusal(const refusal& x) {
    refusals_.refused_by(x);
    auto link = links_.newest(x.from.life);
    if (auto to = link ? links_.dialed(*link) : std::nullopt)
      perform(view_.dial_failed(*to, false, now()));
    if (x.why.code == errc::superseded && context_->self.life < x.newest)
      on_superseded(x.why);
  }

  /// Our children run elsewhere, our name is taken: nothing here may go on.
  void on_superseded(const failure& why) {
    if (std::exchange(is_superseded_, true))
      return;
    subscribers_.tell(superseded(view_.self(), parts_.at, why, now().wall));
    directory_.tell_hosted(stop_member{});
    say_goodbye();
  }

  void heard_beat(link_id link, const membership::beat& x, bool by_datagram) {
    // Nearly always nothing follows, not even another time to wake up.
    if (auto out = view_.heard_beat(link, x, by_datagram, now()); !out.empty())
      perform(out);
    note_contact(context_->contacts, view_.known(link));
  }

  void on_hosting(hosting& x) {
    if (!links_.find(x.from.life))
      return;
    directory_.peer_hosts(x.from, std::move(x.hosts));
    view_changed();
  }

  // -- members of this node --------------------------------------------------

  void host(hosted_member x) {
    on_end(caf::actor_cast<caf::strong_actor_ptr>(x.actor),
           [reader = caf::actor_cast<caf::actor>(self_), replica = x.replica](
             const caf::error&) { anon_tell(reader, unhost_member{replica}); });
    tell_known(view_, caf::actor_cast<caf::strong_actor_ptr>(x.actor));
    directory_.host(std::move(x));
    hosted_changed();
  }

  void hosted_changed() {
    for (const auto& [life, p] : links_.peers())
      tell(self_, p.actor, hosting{context_->self, directory_.hosted()});
    view_changed();
  }

  // -- what the machine decides ----------------------------------------------

  moment now() const { return context_->time.now(); }

  void perform(const membership::cluster_effects& out) {
    for (const auto& effect : out)
      std::visit(overload{
                   [this](const membership::dial& x) {
                     formation_.dialing(x.to, now());
                     parts_.entrance->dial(x.to);
                   },
                   [this](const membership::close_link& x) {
                     parts_.entrance->kick(x.link);
                   },
                   [this](const membership::tell_peer& x) {
                     tell_node(x.to, peer_news{context_->self, x.news});
                   },
                   [this](const membership::ask_peer& x) {
                     tell_node(x.to, reach_question{context_->self, x.whom});
                   },
                   [this](const membership::send_beat& x) {
                     parts_.entrance->send_datagram(x.link, to_bytes(x.what));
                     if (x.over_link)
                       tell_node(x.to, link_beat{context_->self, x.what});
                   },
                   [this](const membership::announce& x) { announce(x.event); },
                 },
                 effect);
    arm();
  }

  template <class Message>
  void tell_node(const node_id& to, const Message& x) {
    if (const auto* p = links_.find(to.life))
      tell(self_, p->actor, x);
  }

  void announce(const node_event& x) {
    log().info("node_{} name={} reason=\"{}\"", to_string(x.what), x.who.name,
               x.reason);
    note_contact(context_->contacts, view_.known(x.who));
    directory_.tell_hosted(x);
    if (x.what == node_state::down || x.what == node_state::left) {
      directory_.peer_gone_for_good(x.who.life);
      context_->contacts.forget(x.who.life);
    }
    subscribers_.tell(x);
    answer_waiting();
    view_changed();
  }

  void view_changed() {
    if (!watchers_.empty())
      watchers_.tell(node_view_now());
  }

  void answer_waiting() { waiting_.answer(count_up(view_)); }

  void arm() {
    alarm_.set(std::min(view_.wake_at(), waiting_.wake_at()), now(),
               caf::actor_cast<caf::actor>(self_));
  }

  node_view node_view_now() const { return view_of(view_, directory_); }

  caf::result<void> leave() {
    auto promise = self_->make_response_promise<void>();
    leaving_.push_back(promise);
    say_goodbye();
    return promise;
  }

  /// Waits until everybody heard it, so that nobody waits for us any more.
  void say_goodbye() {
    parts_.entrance->refuse_callers();
    farewell_.begin(to_part_from(view_, links_), [this] { end(); });
  }

  void end() {
    for (auto link : links_.all())
      parts_.entrance->kick(link);
    parts_.entrance->stop();
    for (auto& x : std::exchange(leaving_, {}))
      fulfil(x);
    self_->quit();
  }

  caf::event_based_actor* self_;
  node_parts parts_;
  node_context_ptr context_;
  membership::cluster_view view_;
  member_directory directory_;
  std::shared_ptr<door_inbox> inbox_ = std::make_shared<door_inbox>();
  node_links links_;
  audience subscribers_; ///< of node events
  audience watchers_;    ///< of the node view
  node_waiters waiting_;
  node_refusals refusals_;
  node_formation formation_;
  bool is_superseded_ = false;
  node_farewell farewell_;
  std::vector<void_promise> leaving_; ///< who waits for the end
  alarm alarm_;
};

} // namespace

caf::actor spawn_node(node_parts parts) {
  auto body = [](caf::event_based_actor* self, node_parts parts) {
    auto shell = std::make_shared<node_shell>(self, std::move(parts));
    return shell->make_behavior(shell);
  };
  auto context = parts.context;
  return spawn_own(*context, body, std::move(parts));
}

} // namespace horde::actors
