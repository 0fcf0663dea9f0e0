// SPDX-License-Identifier: MIT

#include "horde/actors/node.hpp"

#include <mutex>

#include <unistd.h>

#include "horde/actors/door/door.hpp"
#include "horde/actors/door/trust.hpp"
#include "horde/actors/log.hpp"
#include "horde/actors/member_setup.hpp"
#include "horde/actors/node_listener.hpp"
#include "horde/actors/node_shell.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde {

struct node::impl {
  actors::node_context_ptr context;
  std::shared_ptr<actors::door> entrance;
  std::shared_ptr<actors::topologies> formation;
  bool has_secret = false;
  endpoint at;
  std::mutex mutex; ///< guards the rest, and that members are added
  std::vector<caf::actor> callbacks;
  bool stopped = false;

  /// Without hand-over: whoever wants one calls `stop`.
  ~impl() { stop(duration{0}); }

  void stop(duration limit);
  void drain(duration limit);
};

namespace {

constexpr auto answer_timeout = std::chrono::seconds{5};

/// A lookup that takes longer to end is left behind.
constexpr auto lookup_timeout = std::chrono::seconds{2};

/// Sends a request and waits for its answer; false for an error.
template <class Message>
bool wait_for_answer(caf::scoped_actor& self, const caf::actor& whom,
                     duration limit, Message x) {
  auto ok = false;
  ask(self, whom, limit, std::move(x))
    .receive([&] { ok = true; }, [](const caf::error&) {});
  return ok;
}

std::optional<failure> check(caf::actor_system& sys,
                             const node_settings& settings) {
  if (!sys.has_middleman())
    return failure{errc::bad_option,
                   "the actor system has no middleman: load "
                   "caf::io::middleman, or derive from horde::config"};
  if (settings.own_threads
      && get_option<std::size_t>(sys.config(), "middleman.workers", 1) != 0)
    return failure{errc::bad_option,
                   "middleman.workers must be 0, or user actors that block "
                   "the pool stop all traffic; horde::config sets it"};
  if (settings.cluster.empty())
    return failure{errc::bad_option, "cluster: takes a name"};
  if (auto problem = validate(member_traits{settings.labels, settings.weight}))
    return problem;
  if (auto problem = membership::validate(settings.timing))
    return problem;
  if (parse_endpoint(settings.advertise))
    return failure{errc::bad_option, "advertise = '" + settings.advertise
                                       + "': takes a host without a port"};
  for (const auto& seed : settings.seeds)
    if (seed.host.empty() || seed.port == 0)
      return failure{errc::bad_option,
                     "seeds: '" + to_string(seed)
                       + "': takes host:port with a port that is not 0"};
  return std::nullopt;
}

bool is_wildcard(const std::string& host) {
  return host.empty() || host == "0.0.0.0" || host == "::";
}

/// The address that others are told.
endpoint advertised(const node_settings& settings, const endpoint& bound) {
  if (!settings.advertise.empty())
    return {settings.advertise, bound.port};
  if (!is_wildcard(settings.listen.host))
    return {settings.listen.host, bound.port};
  char name[256] = {};
  if (gethostname(name, sizeof(name) - 1) != 0)
    return {"localhost", bound.port};
  return {name, bound.port};
}

incarnation new_incarnation(moment now) {
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  auto started = duration_cast<milliseconds>(now.wall.time_since_epoch());
  return {static_cast<std::uint64_t>(started.count()), actors::random_bits()};
}

} // namespace

caf::expected<node> node::start(caf::actor_system& sys,
                                node_settings settings) {
  if (auto problem = check(sys, settings))
    return to_error(*problem);
  actors::door_config door_cfg;
  door_cfg.listen = settings.listen;
  door_cfg.handshake_timeout = settings.handshake_timeout;
  door_cfg.max_unsent = settings.max_unsent;
  if (auto problem = actors::take_trust(settings, door_cfg))
    return to_error(*problem);
  auto entrance = std::make_shared<actors::door>(sys, door_cfg);
  auto bound = entrance->listen();
  if (auto problem = std::get_if<failure>(&bound))
    return to_error(*problem);
  auto at = advertised(settings, std::get<endpoint>(bound));
  auto context = std::make_shared<actors::node_context>(sys);
  context->self.name = settings.name.empty() ? to_string(at) : settings.name;
  context->self.life = new_incarnation(context->time.now());
  context->types.set(std::move(settings.child_types));
  context->traits = {std::move(settings.labels), settings.weight};
  context->sync = actors::sync_config_of(settings.cluster);
  context->own_threads = settings.own_threads;
  actors::door_identity self{settings.cluster, context->self,
                             actors::peer_role::member};
  if (auto problem = validate(self))
    return to_error(*problem);
  auto formation = std::make_shared<actors::topologies>();
  if (auto problem =
        formation->add(settings.formation, {context->self, at, settings.cluster,
                                            all_secrets(door_cfg)}))
    return to_error(*problem);
  context->node = actors::spawn_node({context, settings.cluster, at,
                                      settings.timing, settings.seeds, entrance,
                                      actors::random_bits(), formation});
  context->listener = actors::spawn_automatic_listener(*context);
  node result;
  result.impl_ = std::make_shared<impl>();
  result.impl_->context = std::move(context);
  result.impl_->entrance = std::move(entrance);
  result.impl_->has_secret = !settings.secret.empty();
  result.impl_->formation = formation;
  result.impl_->at = at;
  if (auto problem = formation->start(result.actor()))
    return to_error(*problem);
  return result;
}

// -- the end -----------------------------------------------------------------

void node::stop(duration limit) {
  if (impl_)
    impl_->stop(limit);
}

void node::impl::drain(duration limit) {
  caf::scoped_actor self{context->sys};
  std::vector<hosted_member> supervisors;
  for (const auto& x : context->members.all())
    if (x.kind == horde_kind::supervisor)
      supervisors.push_back(x);
  if (limit <= duration{0} || supervisors.empty())
    return;
  // All at the same time; answers arrive in any order within the one limit.
  std::vector<decltype(ask(self, supervisors[0].actor, limit,
                           actors::drain_member{}))>
    answers;
  for (const auto& x : supervisors)
    answers.push_back(ask(self, x.actor, limit, actors::drain_member{}));
  for (auto& x : answers)
    std::move(x).receive([] {},
                         [](const caf::error& why) {
                           actors::log().warn("drain_incomplete why=\"{}\"",
                                              render(why));
                         });
}

void node::impl::stop(duration limit) {
  std::lock_guard guard{mutex};
  if (stopped || !context)
    return;
  stopped = true;
  formation->stop();
  drain(limit);
  caf::scoped_actor self{context->sys};
  for (const auto& x : context->members.all())
    wait_for_answer(self, x.actor, answer_timeout, actors::stop_member{});
  wait_for_answer(self, context->node, answer_timeout, actors::leave_cluster{});
  caf::anon_send_exit(context->listener, caf::exit_reason::user_shutdown);
  for (const auto& x : callbacks)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  callbacks.clear();
  context->ends.wait(); // an answer is not yet the end
  formation->wait(lookup_timeout);
  context->types.set({});
  context->processes.close();
}

// -- what it tells -----------------------------------------------------------

const node_id& node::id() const {
  return impl_->context->self;
}

const endpoint& node::at() const {
  return impl_->at;
}

node_status node::status() const {
  caf::scoped_actor self{impl_->context->sys};
  node_status result;
  ask(self, actor(), answer_timeout, get_status{})
    .receive([&](node_status& x) { result = std::move(x); },
             [](const caf::error&) {});
  return result;
}

void node::subscribe(const caf::actor& who) {
  deliver(caf::actor_cast<caf::strong_actor_ptr>(who),
          caf::actor_cast<caf::strong_actor_ptr>(actor()),
          caf::make_message(subscribe_nodes{}));
}

void node::subscribe_formation(const caf::actor& who) {
  deliver(caf::actor_cast<caf::strong_actor_ptr>(who),
          caf::actor_cast<caf::strong_actor_ptr>(actor()),
          caf::make_message(horde::subscribe_formation{}));
}

void node::subscribe(std::function<void(const node_event&)> f) {
  if (auto reader = spawn_reader(std::move(f)))
    subscribe(reader);
}

void node::subscribe_formation(std::function<void(const formation_event&)> f) {
  if (auto reader = spawn_reader(std::move(f)))
    subscribe_formation(reader);
}

template <class Event>
caf::actor node::spawn_reader(std::function<void(const Event&)> f) {
  using function = std::function<void(const Event&)>;
  auto body = [](caf::event_based_actor*, const function& f) -> caf::behavior {
    return {[f](const Event& x) { f(x); }};
  };
  std::lock_guard guard{impl_->mutex};
  if (impl_->stopped)
    return {};
  auto reader = actors::spawn_own(*impl_->context, body, std::move(f));
  impl_->callbacks.push_back(reader);
  return reader;
}

void node::refresh_formation(const std::string& topology) {
  anon_tell(actor(), horde::refresh_formation{topology});
}

caf::expected<void> node::set_secrets(std::vector<std::string> secrets) {
  if (!impl_->has_secret)
    return to_error(
      {errc::bad_option, "secrets: node " + id().name
                           + " was started without one and takes none now"});
  if (auto problem = actors::validate_secrets(secrets))
    return to_error(*problem);
  impl_->formation->set_secrets(secrets);
  impl_->entrance->set_secrets(std::move(secrets));
  return {};
}

void node::connect(const endpoint& to) {
  anon_tell(actor(), connect_to{to});
}

bool node::wait_for_nodes(std::size_t count, duration limit) {
  caf::scoped_actor self{impl_->context->sys};
  limit = std::min<duration>(limit, std::chrono::hours{24});
  return wait_for_answer(self, actor(), limit + answer_timeout,
                         horde::wait_for_nodes{count, limit});
}

const caf::actor& node::actor() const {
  return impl_->context->node;
}

const std::shared_ptr<actors::node_context>& node::context() const {
  return impl_->context;
}

caf::expected<void> node::adopt(const std::string& horde,
                                const std::function<hosted_member()>& start) {
  std::lock_guard guard{impl_->mutex};
  if (impl_->stopped)
    return to_error(
      {errc::shutting_down, "node " + id().name + " has stopped"});
  for (const auto& x : impl_->context->members.all())
    if (x.who.horde == horde)
      return to_error({errc::bad_option, "node " + id().name + " runs a "
                                           + std::string{to_string(x.kind)}
                                           + " called '" + horde
                                           + "' already"});
  impl_->context->members.add(start());
  return {};
}

members node_view::visible_members_of(const std::string& horde) const {
  members result;
  for (const auto& x : visible)
    if (x.who.horde == horde)
      result.push_back(x.who);
  return result;
}

} // namespace horde
