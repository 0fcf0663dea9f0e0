// SPDX-License-Identifier: MIT

#include "sim/replica_sim.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "horde/hash.hpp"

namespace horde::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_steps = 2'000'000; ///< more is a livelock
constexpr duration between_looks = 75ms;
constexpr std::size_t most_renewed_puts = 3 * replica_model::most_sites;

sync::config config_of(const parameters& x) {
  sync::config result;
  result.max_group_bytes = x.max_group_bytes;
  result.max_group_keys = x.max_group_keys;
  result.max_asked_nodes = x.max_asked_nodes;
  result.worth_asking_nodes = 1;
  result.max_probes = x.max_probes;
  result.max_log_records = x.max_log_records;
  result.max_relayed_keys = x.max_log_records;
  result.retransmit_after = 50ms;
  // What is said again must be heard while weights last (docs/protocol.md).
  if (x.remembered_ms > 0)
    result.retransmit_after = std::chrono::milliseconds{x.remembered_ms} / 16;
  result.retransmit_at_most = 10 * result.retransmit_after;
  result.reconcile_every = 2s;
  result.young_for = std::chrono::milliseconds{x.remembered_ms};
  result.digest_key = replica_keys::hash_key;
  result.digest_grain = 1024; // 128, as a run has few keys
  return result;
}

/// Who writes, if it is a write.
std::optional<member_no> writer_of(const act& x) {
  return std::visit(
    []<class Act>(const Act& what) -> std::optional<member_no> {
      if constexpr (
        std::is_same_v<
          Act,
          acts::
            put> || std::is_same_v<Act, acts::erase> || std::is_same_v<Act, acts::fill> || std::is_same_v<Act, acts::thin> || std::is_same_v<Act, acts::clear>)
        return what.who;
      else
        return std::nullopt;
    },
    x);
}

/// Puts there may be, those of healing included.
std::size_t most_puts(const scenario& x) {
  std::size_t result = most_members;
  // Who begins anew writes again.
  if (std::ranges::any_of(x.acts, [](const timed_act& a) {
        return std::holds_alternative<acts::forget>(a.what);
      }))
    result += most_renewed_puts;
  for (const auto& a : x.acts)
    if (auto p = std::get_if<acts::fill>(&a.what))
      result += std::min(p->count, x.params.keys);
    else if (std::holds_alternative<acts::put>(a.what))
      ++result;
  return result;
}

/// The question that begins a reconciliation.
bool is_compare(const std::string& bytes) {
  auto x = sync::decode_message(bytes);
  return x && std::holds_alternative<sync::compare>(*x);
}

} // namespace

std::uint64_t replica_sim::mix(std::uint64_t a, std::uint64_t b) {
  return hash64({}, hash64({}, a) + b);
}

replica_sim::replica_sim(scenario x)
    : scenario_(std::move(x)), config_(config_of(scenario_.params)),
      network_(scenario_.seed),
      keys_(scenario_.params.keys, scenario_.params.deep_levels),
      model_(keys_, most_puts(scenario_)) {}

// -- steps -------------------------------------------------------------------

std::string replica_sim::run() {
  begin();
  run_acts();
  heal();
  reach_all();
  return model_.problem();
}

void replica_sim::begin() {
  for (std::uint32_t i = 0; i < scenario_.params.members; ++i)
    perform(acts::start{member_no{i}});
  for (auto x : alive()) {
    for (auto y : alive())
      if (mix(scenario_.seed, replica_model::most_sites * x + y) % 100
          < scenario_.params.linked_percent)
        sites_[x].machine->neighbour_up(sites_[y].machine->id(), now_at(x));
    finish(x);
  }
}

void replica_sim::run_acts() {
  const auto& acts = scenario_.acts;
  auto first = now_ + 2 * config_.young_for;
  for (std::size_t i = 0; i < acts.size() && model_.problem().empty(); ++i) {
    advance_to(first + std::chrono::microseconds{acts[i].at_us});
    std::visit([this](const auto& x) { perform(x); }, acts[i].what);
    auto writer = writer_of(acts[i].what);
    // Writes of one member at one time are one step.
    auto goes_on = writer && i + 1 < acts.size()
                   && acts[i].at_us == acts[i + 1].at_us
                   && writer_of(acts[i + 1].what) == writer;
    if (goes_on)
      continue;
    if (auto x = writer ? running_at(*writer) : std::nullopt)
      finish(*x);
    look_at_all();
  }
}

void replica_sim::advance_to(instant until) {
  while (model_.problem().empty()) {
    auto due = network_.next_at();
    if (!errands_.empty())
      due = std::min(due, errands_.begin()->first);
    for (const auto& h : hosts_)
      if (h.runs)
        due = std::min(due, sites_[*h.runs].wake_at);
    if (due > until)
      break;
    now_ = std::max(now_, due);
    if (++steps_ > most_steps)
      model_.fail("the replicas never come to rest");
    if (network_.next_at() <= due)
      deliver(network_.receive());
    else if (!errands_.empty() && errands_.begin()->first <= due)
      run_errands();
    else
      tick_all();
  }
  now_ = until;
}

void replica_sim::deliver(const packet& x) {
  const auto& about = letters_[x.note];
  auto to = present(about.to);
  // In the end nothing arrives any more from who is dead.
  if (!x.bytes || !is_alive(to) || sites_[about.from].is_mute)
    return;
  if (is_pushing_only_ && is_compare(*x.bytes))
    return;
  model_.has_received(to, about.known);
  auto before = self_before(to, *x.bytes);
  auto& machine = *sites_[to].machine;
  auto from = sites_[about.from].id;
  if (forgetting_census_)
    forgetting_census_->receives(machine, from, *x.bytes);
  machine.receive(from, *x.bytes, now_at(to));
  if (forgetting_census_)
    forgetting_census_->received(machine);
  finish(to, before);
}

void replica_sim::tick_all() {
  for (auto x : alive()) {
    if (sites_[x].wake_at > now_)
      continue;
    sites_[x].machine->tick(now_at(x));
    finish(x);
    if (sites_[x].wake_at <= now_)
      model_.fail("a tick leaves behind what was due");
  }
}

void replica_sim::finish(site_no x, const std::optional<former_self>& before) {
  auto& store = *host_of(sites_[x].at).store;
  auto kept_before = store.size();
  auto step = sites_[x].machine->finish(now_at(x));
  if (step.renewed && !before)
    return model_.fail("a replica begins anew and has met nobody");
  if (step.renewed)
    x = renew(x, *before, step);
  auto& here = sites_[x];
  here.wake_at = here.machine->wake_at();
  const sync::step nothing;
  model_.has_stepped(x, step.renewed ? nothing : step,
                     std::exchange(here.writes, 0));
  if (store.size() > kept_before)
    store.note(model_.letter_of(x), here.machine->map());
  for (auto& s : step.sends) {
    auto to = site_of(s.to);
    if (census_)
      census_->sends(here.id, s.to, *s.bytes);
    if (forgetting_census_)
      forgetting_census_->sends(here.id, s.to, *s.bytes);
    letters_.push_back({x, to, model_.letter_of(x)});
    network_.send({address_of(here.at), address_of(sites_[to].at),
                   std::move(s.bytes), letters_.size() - 1},
                  now_);
  }
  if (step.renewed && model_.problem().empty())
    write_again(x);
}

void replica_sim::stop(member_no who) {
  model_.has_died(*running_at(who));
  host_of(who).runs.reset();
  ++crashes_;
}

void replica_sim::look_at_all() {
  if (now_ < next_look_)
    return;
  next_look_ = now_ + between_looks;
  for (auto x : alive())
    model_.look(x);
}

// -- lives -------------------------------------------------------------------

replica_id replica_sim::id_of(member_no who, site_no number) const {
  constexpr wall_time at_first{1000h};
  if (mutation{static_cast<std::uint32_t>(scenario_.params.broken)}
      == mutation::restart_keeps_id)
    return make_replica_id(
      era_at(at_first), mix(scenario_.seed, static_cast<std::uint64_t>(who)));
  auto random = mix(scenario_.seed, number);
  const auto& h = hosts_[static_cast<std::size_t>(who)];
  auto apart = scenario_.params.eras_apart;
  auto late = random % (apart + 1);
  auto born = era_at(at_first + h.offset) + late;
  return make_replica_id(
    static_cast<era>(born - std::min<std::uint64_t>(born, apart / 2)),
    mix(random, 1));
}

std::optional<site_no> replica_sim::start(member_no who) {
  auto number = sites_.size();
  if (running_at(who) || number == replica_model::most_sites)
    return std::nullopt;
  auto machine = std::make_shared<sync::replica>(id_of(who, number), config_,
                                                 mix(scenario_.seed, ~number));
  sites_.push_back({machine, machine->id(), who, now_});
  host_of(who).runs = number;
  if (scenario_.params.stores != 0
      && machine->keep_in(*host_of(who).store, now_at(number)))
    model_.fail("a store that is whole is refused");
  sites_[number].id = machine->id(); // the store may have had it forgotten
  numbers_[machine->id()] = number;
  model_.started(*machine);
  return number;
}

// -- reads -------------------------------------------------------------------

replica_sim::host& replica_sim::host_of(member_no x) {
  auto i = static_cast<std::size_t>(x);
  if (i >= hosts_.size())
    hosts_.resize(i + 1);
  return hosts_[i];
}

std::optional<site_no> replica_sim::running_at(member_no x) const {
  auto i = static_cast<std::size_t>(x);
  return i < hosts_.size() ? hosts_[i].runs : std::nullopt;
}

std::vector<site_no> replica_sim::alive() const {
  std::vector<site_no> result;
  for (const auto& h : hosts_)
    if (h.runs)
      result.push_back(*h.runs);
  return result;
}

std::optional<site_no> replica_sim::oldest_neighbour(site_no x,
                                                     member_no at) const {
  std::optional<site_no> result;
  for (auto id : sites_[x].machine->neighbours())
    if (auto y = site_of(id); sites_[y].at == at && (!result || y < *result))
      result = y;
  return result;
}

moment replica_sim::now_at(site_no x) const {
  const auto& h = hosts_[static_cast<std::size_t>(sites_[x].at)];
  auto since =
    (now_ - h.set_at) / 1000 * static_cast<duration::rep>(h.permille);
  return {now_,
          wall_time{1000h + h.set_at.time_since_epoch() + h.offset + since}};
}

std::uint64_t replica_sim::trace() const {
  auto result = network_.trace();
  for (auto x : alive())
    result = mix(result, sites_[x].machine->map().digest().low);
  return result;
}

std::uint64_t replica_sim::reconciliations() const {
  std::uint64_t result = 0;
  for (const auto& x : sites_)
    result += x.machine->stats().reconciliations;
  return result;
}

} // namespace horde::sim
