// SPDX-License-Identifier: MIT

#include "horde/actors/node_formation.hpp"

#include <algorithm>
#include <set>

#include "horde/actors/caf_compat.hpp"
#include "horde/actors/formation/strategies.hpp"
#include "horde/actors/type_ids.hpp"

namespace horde::actors {

// -- the running topologies --------------------------------------------------

std::optional<failure> topologies::add(const std::vector<topology>& all,
                                       const formation::seeker& who) {
  std::set<std::string> names;
  for (const auto& x : all) {
    if (auto problem = formation::validate(x))
      return problem;
    if (!names.insert(x.name).second)
      return failure{errc::bad_option,
                     "topology " + x.name + ": there are two of that name"};
    auto how = x.make(who);
    if (auto* problem = std::get_if<failure>(&how))
      return *problem;
    runners_.push_back(std::make_unique<formation::runner>(
      x, std::get<formation::strategy_ptr>(std::move(how)), who.at));
  }
  return std::nullopt;
}

std::optional<failure> topologies::start(const caf::actor& whom) {
  for (const auto& x : runners_) {
    auto sink = [box = mailbox_, from = x.get(),
                 whom](formation::lookup_report report) {
      std::lock_guard guard{box->mutex};
      box->reports.emplace_back(from, std::move(report));
      if (box->reports.size() == 1)
        anon_tell(whom, look_inside{});
    };
    if (auto problem = x->start(std::move(sink)))
      return problem;
  }
  return std::nullopt;
}

std::vector<topologies::report> topologies::take() {
  std::lock_guard guard{mailbox_->mutex};
  return std::exchange(mailbox_->reports, {});
}

void topologies::stop() {
  for (const auto& x : runners_)
    x->stop();
}

void topologies::wait(duration limit) {
  auto end = std::chrono::steady_clock::now() + limit;
  for (const auto& x : runners_)
    if (!x->wait(end - std::chrono::steady_clock::now()))
      log().warn("formation_hangs topology={} why=\"its lookup does not end; "
                 "its thread is left to itself\"",
                 x->name());
}

void topologies::set_secrets(const std::vector<std::string>& secrets) {
  for (const auto& x : runners_)
    x->set_secrets(secrets);
}

// -- what they tell ----------------------------------------------------------

node_formation::node_formation(std::shared_ptr<topologies> running,
                               const std::vector<endpoint>& others)
    : running_(std::move(running)) {
  for (const auto& x : others)
    pin(x);
}

node_formation::advice node_formation::take() {
  advice result;
  if (running_)
    for (const auto& [from, x] : running_->take())
      on(*from, x, result);
  return result;
}

void node_formation::on(const formation::runner& from,
                        const formation::lookup_report& x, advice& out) {
  const auto& name = from.name();
  tell_lookup(name, x);
  auto tell_address = [&](formation_change what, const endpoint& at) {
    log().info("formation_{} topology={} at={}", to_string(what), name,
               to_string(at));
    subscribers_.tell(formation_event{what, name, at, {}, {}, {}, x.when});
  };
  for (const auto& at : x.found) {
    book_.add(name, at);
    tell_address(formation_change::found, at);
  }
  // All of them: some may have had to make room for others.
  out.connect.insert(out.connect.end(), x.all.begin(), x.all.end());
  for (const auto& at : x.gone) {
    tell_address(formation_change::gone, at);
    dials_.erase(at);
    if (book_.remove(name, at) && from.prunes()) {
      std::erase(out.connect, at);
      out.withdraw.push_back(at);
    }
  }
}

void node_formation::tell_lookup(const std::string& topology,
                                 const formation::lookup_report& x) {
  formation_event event{
    formation_change::lookup_ok, topology, {}, {}, {}, x.took, x.when};
  if (x.problem) {
    event.what = formation_change::lookup_failed;
    event.code = x.problem->code;
    event.reason = x.problem->what;
    auto line = fmt::format("formation_lookup_failed topology={} why=\"{}\"",
                            topology, x.problem->what);
    log().log(said_.is_new(line) ? spdlog::level::warn : spdlog::level::info,
              line);
  } else {
    log().debug("formation_lookup_ok topology={} addresses={}", topology,
                x.all.size());
  }
  subscribers_.tell(event);
}

void node_formation::dialing(const endpoint& to, moment now) {
  if (!book_.topologies_of(to).empty())
    dials_[to] = now.at;
}

template <class F>
void node_formation::ended(const endpoint& to, formation_event x, moment now,
                           F count) {
  auto began = dials_.extract(to);
  if (began.empty())
    return;
  x.at = to;
  x.took = now.at - began.mapped();
  x.when = now.wall;
  for (const auto& name : book_.topologies_of(to)) {
    count(connects_[name]);
    x.topology = name;
    log().info("formation_{} topology={} at={} why=\"{}\"", to_string(x.what),
               name, to_string(to), x.reason);
    subscribers_.tell(x);
  }
}

void node_formation::connected(const endpoint& to, moment now) {
  ended(to, {formation_change::connected, {}, {}, {}, {}, {}, {}}, now,
        [](connects& x) { ++x.ok; });
}

void node_formation::failed(const endpoint& to, const failure& why,
                            moment now) {
  auto is_stranger =
    why.code != errc::cannot_connect && why.code != errc::timeout;
  formation_event event{
    formation_change::connect_failed, {}, {}, why.code, why.what, {}, {}};
  ended(to, std::move(event), now, [=](connects& x) {
    ++x.failed;
    x.strangers += is_stranger ? 1 : 0;
  });
}

std::vector<formation_status> node_formation::status() const {
  std::vector<formation_status> result;
  if (!running_)
    return result;
  for (const auto& x : running_->all()) {
    result.push_back(x->status());
    if (auto i = connects_.find(x->name()); i != connects_.end()) {
      result.back().connects_ok = i->second.ok;
      result.back().connects_failed = i->second.failed;
      result.back().strangers = i->second.strangers;
    }
  }
  return result;
}

caf::expected<void> node_formation::refresh(const std::string& topology) const {
  auto is_known = topology.empty();
  if (running_)
    for (const auto& x : running_->all())
      if (topology.empty() || x->name() == topology) {
        x->refresh();
        is_known = true;
      }
  if (!is_known)
    return to_error({errc::not_found, "there is no topology " + topology});
  return {};
}

} // namespace horde::actors
