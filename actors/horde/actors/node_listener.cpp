// SPDX-License-Identifier: MIT

#include "horde/actors/node_listener.hpp"

#include <set>

#include "horde/actors/dynamic_supervisor.hpp"
#include "horde/actors/log.hpp"
#include "horde/actors/node_context.hpp"
#include "horde/actors/registry.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde {

kept_horde::kept_horde(const registry& x) : name(x.name()), member(x.actor()) {
  // nop
}

kept_horde::kept_horde(const dynamic_supervisor& x)
    : name(x.name()), member(x.actor()) {
  // nop
}

members everybody(const node_view& seen, const std::string& horde) {
  std::set<member_id> result;
  for (const auto& x : seen.current)
    result.insert(x.who);
  std::erase_if(result, [&](const member_id& x) {
    return std::find(seen.left.begin(), seen.left.end(), x.node)
           != seen.left.end();
  });
  for (const auto& x : seen.visible_members_of(horde))
    result.insert(x);
  return {result.begin(), result.end()};
}

namespace actors {

namespace {

constexpr auto member_timeout = std::chrono::seconds{5};

/// Asks each kept member for its list, computes the new one, and sets it if it
/// differs. A slow or dead member delays nobody: all goes by messages.
class listener {
public:
  listener(caf::event_based_actor* self, listener_options options)
      : self_(self), options_(std::move(options)) {
    // nop
  }

  caf::behavior make_behavior(std::shared_ptr<listener> keep,
                              const caf::actor& node) {
    tell(self_, node, watch_view{});
    return with_exit(self_,
                     [this](const caf::exit_msg& x) { self_->quit(x.reason); },
                     {
                       [this, keep](node_view& x) {
                         view_ = std::move(x);
                         if (options_.when == listen_when::automatically)
                           refresh();
                       },
                       [this](refresh_atom) { refresh(); },
                       [this](const keep_members& x) {
                         kept_horde added{x.who.horde, x.member};
                         options_.hordes.push_back(added);
                         refresh(added);
                       },
                     });
  }

private:
  void refresh() {
    for (const auto& x : options_.hordes)
      refresh(x);
  }

  void refresh(const kept_horde& horde) {
    ask(self_, horde.member, member_timeout, get_members{})
      .then(
        [this, horde](const member_list& now) { drive(horde, now.members); },
        [this, horde](const caf::error& why) {
          log().info("listener_skipped horde={} why=\"{}\"", horde.name,
                     render(why));
          if (why == caf::sec::request_timeout)
            return refresh(horde); // busy, not gone
          std::erase_if(options_.hordes, [&](const kept_horde& x) {
            return x.member == horde.member;
          });
        });
  }

  void drive(const kept_horde& horde, const std::vector<member_info>& now) {
    auto seen = view_;
    seen.current = now;
    members next;
    try {
      next =
        options_.members ? options_.members(seen) : everybody(seen, horde.name);
    } catch (const std::exception& x) {
      log().warn("listener_function_failed horde={} why=\"{}\"", horde.name,
                 x.what());
      return;
    } catch (...) {
      log().warn("listener_function_failed horde={}", horde.name);
      return;
    }
    std::set<member_id> before;
    for (const auto& x : now)
      before.insert(x.who);
    if (std::set<member_id>{next.begin(), next.end()} != before)
      tell(self_, horde.member,
           drive_members{std::move(next), {before.begin(), before.end()}});
  }

  caf::event_based_actor* self_;
  listener_options options_;
  node_view view_;
};

caf::behavior run(caf::event_based_actor* self, listener_options options,
                  const caf::actor& node) {
  auto state = std::make_shared<listener>(self, std::move(options));
  return state->make_behavior(state, node);
}

} // namespace

caf::actor spawn_listener(node_context& node, listener_options options) {
  return node.sys.spawn<caf::hidden>(run, std::move(options), node.node);
}

caf::actor spawn_automatic_listener(node_context& node) {
  return spawn_own(node, run, listener_options{}, node.node);
}

} // namespace actors

caf::expected<caf::actor> node_listener::start(node& where,
                                               listener_options options) {
  if (!where)
    return to_error({errc::bad_option, "a node listener needs a started node"});
  return actors::spawn_listener(*where.context(), std::move(options));
}

} // namespace horde
