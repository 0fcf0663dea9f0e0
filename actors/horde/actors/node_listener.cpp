// SPDX-License-Identifier: MIT

#include "horde/actors/node_listener.hpp"

#include <iterator>
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
  for (const auto& x : seen.current) {
    // Of a node that left, a new life may have joined already.
    auto is_over = x.status == member_status::dead
                   || x.status == member_status::uninitialized;
    auto has_left = std::find(seen.left.begin(), seen.left.end(), x.who.node)
                    != seen.left.end();
    if (!is_over || !has_left)
      result.insert(x.who);
  }
  for (const auto& x : seen.visible_members_of(horde))
    result.insert(x);
  return {result.begin(), result.end()};
}

namespace actors {

namespace {

constexpr auto member_timeout = std::chrono::seconds{5};

/// Asks each kept member for its list, computes the new one, and sets it if it
/// differs. A slow or dead member delays nobody: all goes by messages. Each is
/// asked once at a time, however often we are.
class listener {
public:
  listener(caf::event_based_actor* self, listener_options options)
      : self_(self), when_(options.when), members_(std::move(options.members)) {
    for (auto& x : options.hordes)
      kept_.push_back(std::make_shared<kept>(std::move(x)));
  }

  caf::behavior make_behavior(std::shared_ptr<listener> keep,
                              const caf::actor& node) {
    tell(self_, node, watch_view{});
    return with_exit(self_,
                     [this](const caf::exit_msg& x) { self_->quit(x.reason); },
                     {
                       [this, keep](node_view& x) {
                         view_ = std::move(x);
                         if (when_ == listen_when::automatically)
                           refresh_all(nullptr);
                       },
                       [this](refresh_atom) -> caf::result<void> {
                         auto promise = self_->make_response_promise<void>();
                         refresh_all(std::make_shared<request>(promise));
                         return promise;
                       },
                       [this](const keep_members& x) {
                         kept_.push_back(std::make_shared<kept>(
                           kept_horde{x.who.horde, x.member}));
                         refresh(kept_.back(), nullptr);
                       },
                     });
  }

private:
  /// Somebody waits until all lists are right.
  struct request {
    explicit request(void_promise x) : answer(std::move(x)) {}
    void_promise answer;
    std::size_t missing = 0; ///< hordes that are not done
    caf::error problem;      ///< the first one
  };
  using request_ptr = std::shared_ptr<request>; ///< null if nobody waits

  struct kept {
    explicit kept(kept_horde x) : horde(std::move(x)) {}
    kept_horde horde;
    bool busy = false;                ///< we wait for an answer of the member
    std::vector<request_ptr> asked;   ///< who waits for what goes on
    std::vector<request_ptr> waiting; ///< who came since: once more for them
  };
  using kept_ptr = std::shared_ptr<kept>;

  void refresh_all(const request_ptr& whose) {
    if (whose) {
      if (kept_.empty())
        return reply(*whose);
      whose->missing = kept_.size();
    }
    for (const auto& x : kept_)
      refresh(x, whose);
  }

  void refresh(const kept_ptr& x, const request_ptr& whose) {
    x->waiting.push_back(whose);
    if (!x->busy)
      begin(x);
  }

  void begin(const kept_ptr& x) {
    x->busy = true;
    std::move(x->waiting.begin(), x->waiting.end(),
              std::back_inserter(x->asked));
    x->waiting.clear();
    ask(self_, x->horde.member, member_timeout, get_members{})
      .then([this, x](const member_list& now) { drive(x, now.members); },
            [this, x](const caf::error& why) { no_answer(x, why); });
  }

  void no_answer(const kept_ptr& x, const caf::error& why) {
    log().info("listener_skipped horde={} why=\"{}\"", x->horde.name,
               render(why));
    if (why == caf::sec::request_timeout)
      return begin(x); // busy, not gone
    std::erase(kept_, x);
    done(x);
  }

  void drive(const kept_ptr& x, const std::vector<member_info>& now) {
    auto next = next_list(x->horde.name, now);
    if (!next)
      return failed(x, next.error());
    std::set<member_id> before;
    for (const auto& y : now)
      before.insert(y.who);
    if (std::set<member_id>{next->begin(), next->end()} == before)
      return done(x);
    ask(self_, x->horde.member, member_timeout,
        drive_members{std::move(*next), {before.begin(), before.end()}})
      .then([this, x] { done(x); },
            [this, x](const caf::error& why) {
              if (why == caf::sec::request_receiver_down)
                no_answer(x, why);
              else
                failed(x, why);
            });
  }

  /// What the function makes of it, or how it fails.
  caf::expected<members> next_list(const std::string& horde,
                                   const std::vector<member_info>& now) {
    auto seen = view_;
    seen.current = now;
    std::string problem = "an unknown exception";
    try {
      return members_ ? members_(seen) : everybody(seen, horde);
    } catch (const std::exception& x) {
      problem = x.what();
    } catch (...) {
      // nop
    }
    return to_error({errc::bad_option, "the members function for " + horde
                                         + " failed: " + problem});
  }

  void failed(const kept_ptr& x, const caf::error& why) {
    log().warn("list_not_set horde={} why=\"{}\"", x->horde.name, render(why));
    for (const auto& whose : x->asked)
      if (whose && !whose->problem)
        whose->problem = why;
    done(x);
  }

  void done(const kept_ptr& x) {
    for (const auto& whose : std::exchange(x->asked, {}))
      if (whose && --whose->missing == 0)
        reply(*whose);
    x->busy = false;
    if (!x->waiting.empty())
      begin(x);
  }

  static void reply(request& x) {
    if (x.problem)
      x.answer.deliver(std::move(x.problem));
    else
      fulfil(x.answer);
  }

  caf::event_based_actor* self_;
  listen_when when_;
  members_function members_;
  std::vector<kept_ptr> kept_;
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
