// SPDX-License-Identifier: MIT

#include "horde/actors/node_shell.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "horde/actors/audience.hpp"
#include "horde/actors/door_inbox.hpp"
#include "horde/actors/log.hpp"
#include "horde/actors/member_directory.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/membership/cluster_view.hpp"
#include "horde/overload.hpp"

namespace horde::actors {

namespace {

constexpr auto goodbye_timeout = std::chrono::seconds{1};

class node_shell {
public:
  node_shell(caf::event_based_actor* self, node_parts parts)
      : self_(self), parts_(std::move(parts)), context_(parts_.context),
        view_(context_->self, parts_.at, parts_.timing, parts_.seed),
        directory_(context_->self) {
    // nop
  }

  caf::behavior make_behavior(std::shared_ptr<node_shell> keep) {
    open_door();
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
      },
      [this](hello& x) { on_hello(x); },
      [this](hosting& x) { on_hosting(x); },
      [this](const peer_news& x) {
        perform(view_.heard(x.from, x.news, now()));
      },
      [this](const reach_question& x) {
        perform(view_.asked(x.from, x.whom, now()));
      },
      [this](const goodbye& x) { perform(view_.heard_goodbye(x.from, now())); },
      [this](tick) {
        armed_ = never;
        perform(view_.tick(now()));
      },
    };
  }

  /// From members and listeners of this node.
  caf::message_handler member_messages(std::shared_ptr<node_shell> keep) {
    return {
      [this, keep](host_member& x) { host(std::move(x.member)); },
      [this](const unhost_member& x) { unhost(x.replica); },
      [this](watch_view) {
        auto who = watchers_.add(self_->current_sender());
        deliver(nullptr, who, caf::make_message(node_view_now()));
      },
    };
  }

  caf::message_handler user_messages(std::shared_ptr<node_shell> keep) {
    return {
      [this, keep](get_status) { return status(); },
      [this](get_node_view) { return node_view_now(); },
      [this](subscribe_nodes) {
        auto who = subscribers_.add(self_->current_sender());
        for (const auto& x : view_.nodes())
          deliver(nullptr, who, caf::make_message(event_of(x)));
      },
      [this](const connect_to& x) { perform(view_.connect(x.to, now())); },
      [this](const wait_for_nodes& x) -> caf::result<void> {
        auto promise = self_->make_response_promise<void>();
        waiting_.emplace_back(x.count, promise);
        answer_waiting();
        return promise;
      },
      [this](leave_cluster) { return leave(); },
    };
  }

  // -- the door --------------------------------------------------------------

  void open_door() {
    auto whom = caf::actor_cast<caf::strong_actor_ptr>(self_);
    auto reader = caf::actor_cast<caf::actor>(self_);
    parts_.entrance->open({parts_.cluster, context_->self, peer_role::member},
                          std::move(whom),
                          [inbox = inbox_, reader](door_event x) {
                            if (inbox->put(std::move(x)))
                              anon_tell(reader, look_inside{});
                          });
  }

  void on(door_events::accepted& x) {
    if (x.role == peer_role::member)
      links_[x.peer.life] = x.link; // its hello follows
    else
      log().info("client_connected from={}", to_string(x.from));
  }

  void on(door_events::dialed& x) {
    links_[x.peer.life] = x.link;
    dialed_[x.link] = x.to;
    auto link = x.link;
    auto to = x.to;
    parts_.entrance->hand_over(
      self_, std::move(x), [this, link, to](caf::expected<caf::actor> peer) {
        if (peer)
          return tell(self_, *peer, our_hello(false));
        log().warn("hand_over_failed to={} why=\"{}\"", to_string(to),
                   render(peer.error()));
        parts_.entrance->kick(link);
      });
  }

  void on(door_events::dial_failed& x) {
    if (x.peer == context_->self) // a seed list that names us too
      return perform(view_.dial_redundant(x.to, *x.peer, now()));
    log().info("dial_failed to={} why=\"{}\"", to_string(x.to), x.why);
    note_problem(x);
    perform(view_.dial_failed(x.to, x.refused, now()));
  }

  void on(door_events::already_linked& x) {
    perform(view_.dial_redundant(x.to, x.peer, now()));
  }

  void on(door_events::link_lost& x) {
    auto i = links_.find(x.peer.life);
    if (i != links_.end() && i->second == x.link)
      links_.erase(i);
    dialed_.erase(x.link);
    auto peer = peers_.find(x.peer.life);
    if (peer != peers_.end() && peer->second.link == x.link) {
      peers_.erase(peer);
      directory_.peer_unlinked(x.peer.life);
    }
    perform(view_.link_lost(x.link, now()));
  }

  void on(door_events::turned_away& x) {
    log().warn("caller_refused from={} why=\"{}\"", x.from, x.why);
  }

  /// A refusal is said once for each address; a node that is not there yet is
  /// the normal case.
  void note_problem(const door_events::dial_failed& x) {
    if (x.code == errc::cannot_connect || x.code == errc::timeout
        || !complained_.insert(x.why).second)
      return;
    log().warn("refused_by_peer to={} why=\"{}\"", to_string(x.to), x.why);
    if (complained_.size() > max_complaints)
      complained_.clear();
  }

  // -- other nodes -----------------------------------------------------------

  struct peer {
    node_id who;
    caf::actor actor;
    link_id link = 0;
  };

  hello our_hello(bool answer) const {
    return {context_->self, parts_.at, answer, directory_.hosted()};
  }

  void on_hello(hello& x) {
    auto link = links_.find(x.from.life);
    auto sender = caf::actor_cast<caf::actor>(self_->current_sender());
    if (link == links_.end() || !sender)
      return;                              // its link was lost meanwhile
    directory_.peer_unlinked(x.from.life); // if it replaces an older link
    peers_[x.from.life] = {x.from, sender, link->second};
    if (!x.answer)
      tell(self_, sender, our_hello(true));
    auto dialed = dialed_.find(link->second);
    auto address =
      dialed != dialed_.end() ? std::optional{dialed->second} : std::nullopt;
    perform(view_.linked(link->second, x.from, x.at, now(), address));
    if (view_.link_to(x.from) != link->second)
      return; // an outdated life of a node we know better
    directory_.peer_hosts(x.from, std::move(x.hosts));
    view_changed();
  }

  void on_hosting(hosting& x) {
    if (!peers_.contains(x.from.life))
      return;
    directory_.peer_hosts(x.from, std::move(x.hosts));
    view_changed();
  }

  // -- members of this node --------------------------------------------------

  void host(hosted_member x) {
    for (const auto& node : view_.nodes())
      tell(self_, x.actor, event_of(node));
    directory_.host(std::move(x));
    hosted_changed();
  }

  void unhost(replica_id who) {
    directory_.unhost(who);
    hosted_changed();
  }

  void hosted_changed() {
    for (const auto& [life, p] : peers_)
      tell(self_, p.actor, hosting{context_->self, directory_.hosted()});
    view_changed();
  }

  // -- what the machine decides ----------------------------------------------

  moment now() const { return context_->time.now(); }

  void perform(const membership::cluster_effects& out) {
    for (const auto& effect : out)
      std::visit(
        overload{
          [this](const membership::dial& x) { parts_.entrance->dial(x.to); },
          [this](const membership::close_link& x) {
            parts_.entrance->kick(x.link);
          },
          [this](const membership::tell_peer& x) {
            tell_node(x.to, peer_news{context_->self, x.news});
          },
          [this](const membership::ask_peer& x) {
            tell_node(x.to, reach_question{context_->self, x.whom});
          },
          [this](const membership::announce& x) { announce(x.event); },
        },
        effect);
    arm();
  }

  template <class Message>
  void tell_node(const node_id& to, const Message& x) {
    auto p = peers_.find(to.life);
    if (p != peers_.end())
      tell(self_, p->second.actor, x);
  }

  void announce(const node_event& x) {
    log().info("node_{} name={} reason=\"{}\"", to_string(x.what), x.who.name,
               x.reason);
    directory_.tell_hosted(x);
    if (x.what == node_state::down || x.what == node_state::left)
      directory_.peer_gone_for_good(x.who.life);
    subscribers_.tell(x);
    answer_waiting();
    view_changed();
  }

  void view_changed() {
    if (!watchers_.empty())
      watchers_.tell(node_view_now());
  }

  void answer_waiting() {
    std::size_t up = 1;
    for (const auto& x : view_.nodes())
      up += x.state == node_state::up ? 1 : 0;
    std::erase_if(waiting_, [&](auto& x) {
      if (x.first > up)
        return false;
      fulfil(x.second);
      return true;
    });
  }

  void arm() {
    auto at = view_.wake_at();
    if (at >= armed_ || at == never)
      return;
    armed_ = at;
    anon_tell_after(std::max(at - now().at, duration{0}),
                    caf::actor_cast<caf::actor>(self_), tick{});
  }

  // -- answers ---------------------------------------------------------------

  static node_event event_of(const membership::cluster_view::known_node& x) {
    return {x.state, x.who, x.at, "known", x.since};
  }

  node_view node_view_now() const {
    node_view result{context_->self, directory_.visible(), {}, {}};
    for (const auto& x : view_.nodes())
      if (x.state == node_state::left)
        result.left.push_back(x.who.name);
    return result;
  }

  node_status status() const {
    node_status result{context_->self,      parts_.cluster,
                       parts_.at,           {},
                       directory_.hosted(), parts_.entrance->counters()};
    for (const auto& x : view_.nodes()) {
      result.nodes.push_back({x.who, x.at, x.state, x.link != 0, x.since,
                              directory_.hordes_of(x.who.life)});
    }
    return result;
  }

  /// Says goodbye, waits until everybody heard it, and closes the links, so
  /// that nobody waits for us any more.
  caf::result<void> leave() {
    parts_.entrance->refuse_callers();
    auto promise = self_->make_response_promise<void>();
    auto open = std::make_shared<std::size_t>(1);
    auto heard = [this, promise, open]() mutable {
      if (--*open > 0)
        return;
      for (const auto& [life, link] : links_)
        parts_.entrance->kick(link);
      parts_.entrance->stop();
      fulfil(promise);
      self_->quit();
    };
    for (const auto& [life, p] : peers_) {
      ++*open;
      ask(self_, p.actor, goodbye_timeout, goodbye{context_->self})
        .then([heard]() mutable { heard(); },
              [heard](const caf::error&) mutable { heard(); });
    }
    heard();
    return promise;
  }

  static constexpr std::size_t max_complaints = 256;

  caf::event_based_actor* self_;
  node_parts parts_;
  node_context_ptr context_;
  membership::cluster_view view_;
  member_directory directory_;
  std::shared_ptr<door_inbox> inbox_ = std::make_shared<door_inbox>();
  std::map<incarnation, link_id> links_; ///< the newest link to each peer
  std::map<link_id, endpoint> dialed_;   ///< links that we dialled, and where
  std::map<incarnation, peer> peers_;    ///< linked ones that said hello
  audience subscribers_;                 ///< of node events
  audience watchers_;                    ///< of the node view
  std::vector<std::pair<std::size_t, void_promise>> waiting_;
  std::set<std::string> complained_;
  instant armed_ = never;
};

} // namespace

caf::actor spawn_node(node_parts parts) {
  auto body = [](caf::event_based_actor* self, node_parts parts) {
    auto shell = std::make_shared<node_shell>(self, std::move(parts));
    return shell->make_behavior(shell);
  };
  auto& sys = parts.context->sys;
  if (parts.context->own_threads)
    return sys.spawn<caf::detached + caf::hidden>(body, std::move(parts));
  return sys.spawn<caf::hidden>(body, std::move(parts));
}

} // namespace horde::actors
