// SPDX-License-Identifier: MIT

#include "horde/actors/client.hpp"

#include <condition_variable>
#include <mutex>
#include <set>
#include <variant>

#include "horde/actors/door/door.hpp"
#include "horde/actors/door/trust.hpp"
#include "horde/actors/member_setup.hpp"
#include "horde/actors/type_ids.hpp"
#include "horde/overload.hpp"

namespace horde {

namespace {

namespace events = actors::door_events;

/// Where the door's thread leaves the outcome of the one dial.
class dial_outcome {
public:
  using result = std::variant<events::dialed, events::dial_failed>;

  void put(actors::door_event x) {
    std::lock_guard guard{mutex_};
    std::visit(overload{
                 [&](events::dialed& y) { result_ = std::move(y); },
                 [&](events::dial_failed& y) { result_ = std::move(y); },
                 [&](events::link_lost&) { lost_ = true; },
                 [](auto&) {}, // not for a door that only dials
               },
               x);
    changed_.notify_all();
  }

  std::optional<result> wait(duration limit) {
    std::unique_lock guard{mutex_};
    changed_.wait_for(guard, limit, [this] { return result_.has_value(); });
    return std::exchange(result_, std::nullopt);
  }

  bool lost() const {
    std::lock_guard guard{mutex_};
    return lost_;
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<result> result_;
  bool lost_ = false;
};

failure nobody_answers(const endpoint& at, const std::string& why) {
  return {errc::cannot_connect,
          "no horde node answers at " + to_string(at) + ": " + why};
}

failure explain_dial(const events::dial_failed& x) {
  if (x.refused)
    return nobody_answers(x.to, "connection refused");
  return {x.code, x.why};
}

std::string names_of(const std::vector<hosted_member>& hordes) {
  std::string result;
  for (const auto& x : hordes)
    result += (result.empty() ? "" : ", ") + x.who.horde;
  return result.empty() ? "nothing" : result;
}

} // namespace

struct client::impl {
  impl(caf::actor_system& s, client_settings x)
      : sys(s), settings(std::move(x)) {}

  ~impl() {
    if (!entrance)
      return;
    if (link != 0)
      entrance->kick(link);
    entrance->stop();
  }

  std::optional<failure> open();
  std::optional<failure> dial();
  std::optional<failure> hand_over(caf::io::scribe_ptr scribe);

  caf::actor_system& sys;
  client_settings settings;
  std::shared_ptr<dial_outcome> outcome = std::make_shared<dial_outcome>();
  std::unique_ptr<actors::door> entrance;
  actors::link_id link = 0;
  caf::actor node;
  node_status status;
};

std::optional<failure> client::impl::open() {
  actors::door_config cfg;
  cfg.handshake_timeout = settings.timeout;
  if (auto problem = actors::take_trust(settings, cfg))
    return problem;
  auto bits = actors::random_bits();
  actors::door_identity self{settings.cluster,
                             {"client-" + std::to_string(bits), {0, bits}},
                             actors::peer_role::client};
  if (auto problem = validate(self))
    return problem;
  entrance = std::make_unique<actors::door>(sys, cfg);
  entrance->open(
    std::move(self), nullptr,
    [to = outcome](actors::door_event x) { to->put(std::move(x)); });
  return std::nullopt;
}

std::optional<failure> client::impl::dial() {
  entrance->dial(settings.node);
  auto result = outcome->wait(settings.timeout + std::chrono::seconds{1});
  if (!result)
    return nobody_answers(settings.node, "no answer in time");
  if (auto problem = std::get_if<events::dial_failed>(&*result))
    return explain_dial(*problem);
  auto& x = std::get<events::dialed>(*result);
  link = x.link;
  return hand_over(std::move(x.scribe));
}

std::optional<failure> client::impl::hand_over(caf::io::scribe_ptr scribe) {
  std::optional<failure> problem;
  auto where = to_string(settings.node);
  caf::scoped_actor self{sys};
  entrance->request_hand_over(self.ptr(), std::move(scribe))
    .receive(
      [&](const caf::node_id&, const caf::strong_actor_ptr& peer,
          const std::set<std::string>&) {
        node = caf::actor_cast<caf::actor>(peer);
        if (!node)
          problem = failure{errc::cannot_connect, where + " told no actor"};
      },
      [&](const caf::error& why) {
        problem = failure{errc::cannot_connect,
                          where + " let us in, but then: " + render(why)};
      });
  return problem;
}

client::client(std::shared_ptr<impl> x) : impl_(std::move(x)) {
  // nop
}

caf::expected<client> client::connect(caf::actor_system& sys,
                                      client_settings settings) {
  auto state = std::make_shared<impl>(sys, std::move(settings));
  auto problem = state->open();
  if (!problem)
    problem = state->dial();
  if (problem)
    return to_error(*problem);
  client result{state};
  auto status = result.request<node_status>(get_status{});
  if (!status)
    return std::move(status.error());
  state->status = std::move(*status);
  return result;
}

const node_status& client::node() const {
  return impl_->status;
}

caf::expected<hosted_member> client::find(const std::string& horde) const {
  auto now = request<node_status>(get_status{});
  if (!now)
    return std::move(now.error());
  for (auto& x : now->hordes)
    if (x.who.horde == horde)
      return std::move(x);
  return to_error(
    {errc::unknown_horde, "no horde '" + horde + "' on node " + now->self.name
                            + "; it runs: " + names_of(now->hordes)});
}

caf::expected<hosted_member> client::find(horde_kind kind,
                                          const std::string& horde) const {
  if (!horde.empty()) {
    auto found = find(horde);
    if (found && found->kind != kind)
      return to_error({errc::bad_option, "'" + horde + "' is a "
                                           + std::string{to_string(found->kind)}
                                           + ", not a "
                                           + std::string{to_string(kind)}});
    return found;
  }
  auto now = request<node_status>(get_status{});
  if (!now)
    return std::move(now.error());
  std::erase_if(now->hordes,
                [&](const hosted_member& x) { return x.kind != kind; });
  std::string what{to_string(kind)};
  if (now->hordes.empty())
    return to_error(
      {errc::unknown_horde, "no " + what + " on node " + now->self.name});
  if (now->hordes.size() > 1)
    return to_error(
      {errc::bad_option, "node " + now->self.name + " runs more than one "
                           + what + ", name one of: " + names_of(now->hordes)});
  return std::move(now->hordes.front());
}

caf::actor_system& client::system() const {
  return impl_->sys;
}

const caf::actor& client::node_actor() const {
  return impl_->node;
}

duration client::timeout() const {
  return impl_->settings.timeout;
}

std::optional<failure> client::lost() const {
  if (impl_->outcome->lost())
    return failure{errc::node_down, "the connection to "
                                      + to_string(impl_->settings.node)
                                      + " is lost"};
  return std::nullopt;
}

/// CAF's own errors say nothing to people who do not know it.
caf::error client::explain(const caf::error& why) const {
  if (code_of(why) != errc::none)
    return why;
  if (auto problem = lost())
    return to_error(*problem);
  return to_error({errc::timeout, "node at " + to_string(impl_->settings.node)
                                    + " gave no answer: " + render(why)});
}

} // namespace horde
