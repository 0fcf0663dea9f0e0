// SPDX-License-Identifier: MIT
//
// Registries that are lied to. Whatever they believe: readers find what the map
// says, nobody loses a name without being told, and watches are exact.

#include <map>
#include <set>

#include "fuzz/peers.hpp"
#include "horde/naming/registry.hpp"
#include "horde/overload.hpp"

namespace horde::fuzz {

namespace {

using namespace std::chrono_literals;

class shell {
public:
  shell(std::size_t i, member_mode mode, mail_queue& mail, moment now)
      : self_(i), mode_(mode), mail_(mail),
        core_(settings(i, mode), replica_of(i), i) {
    core_.start(now);
    finish(now);
  }

  void act(script& in, moment now);

  void receive(replica_id from, std::string_view bytes, moment now) {
    core_.receive(from, bytes, now);
    finish(now);
  }

  void tick(moment now) {
    core_.tick(now);
    finish(now);
  }

  instant wake_at() const { return core_.wake_at(); }

  void link(std::size_t other, moment now) {
    core_.node_changed(node_of(other), node_state::up, now);
    core_.peer_up(member_of(other), node_of(other), replica_of(other), now);
    if (mode_ == member_mode::automatic)
      core_.set_members(roster_of(self_, mode_).list, now);
    finish(now);
  }

  void unlink(std::size_t other, script& in, moment now) {
    core_.peer_down(replica_of(other), in.flag(), now);
    core_.node_changed(node_of(other), static_cast<node_state>(in.below(4)),
                       now);
    finish(now);
  }

  void work(moment) {}
  void check_at_end() const {}

private:
  static naming::config settings(std::size_t i, member_mode mode) {
    naming::config result;
    result.roster = roster_of(i, mode);
    result.sync.max_group_keys = 4;
    result.max_erased_a_step = 2;
    result.keep_strangers = 2s;
    return result;
  }

  void finish(moment now);
  void perform(naming::effect& x);
  void check_view() const;
  void check_claims();

  std::size_t self_;
  member_mode mode_;
  mail_queue& mail_;
  naming::registry core_;
  bool has_left_ = false;
  std::set<std::pair<std::string, std::uint64_t>> held_; ///< as they were told
  std::set<std::uint64_t> watched_;
  std::map<std::string, std::pair<replica_id, naming::name_entry>> entries_;
  std::map<replica_id, bool> visible_;
  std::map<std::string, std::string> meta_;
};

void shell::act(script& in, moment now) {
  if (has_left_)
    return;
  auto what = in.below(16);
  std::uint64_t actor = 1 + in.below(4) + 10 * self_;
  auto name = "name " + std::to_string(in.below(6));
  if (what < 2) {
    auto held = core_.held(actor, name);
    HORDE_ASSERT(held.size() == held_.count({name, actor}));
    if (!held.empty())
      HORDE_ASSERT(core_.update(actor, name, held.front().revision, "w")
                   == outcome<bool>{true});
  } else if (what == 2) {
    core_.put_meta(name, std::string(in.below(4), 'v'), now);
  } else if (what == 3) {
    core_.delete_meta(name);
  } else if (what < 10) {
    auto value = std::string(in.below(4), 'v');
    auto result = core_.register_name(actor, name, value, now);
    if (std::holds_alternative<naming::registered>(result))
      HORDE_ASSERT(held_.emplace(name, actor).second);
  } else if (what < 13) {
    core_.unregister(actor, name);
    held_.erase({name, actor});
  } else if (what < 15) {
    std::erase_if(held_, [&](const auto& x) { return x.second == actor; });
    if (watched_.contains(actor))
      core_.process_ended(actor);
  } else if (mode_ == member_mode::dynamic) {
    core_.set_members(roster_of(self_, mode_).list, now);
  } else if (self_ != 0) {
    core_.leave(now);
    has_left_ = true;
    held_.clear();
  }
  finish(now);
}

void shell::finish(moment now) {
  for (auto& x : core_.finish(now))
    perform(x);
  check_view();
  check_claims();
}

void shell::perform(naming::effect& x) {
  std::visit(
    overload{
      [&](const naming::watch& e) {
        HORDE_ASSERT(watched_.insert(e.actor).second);
      },
      [&](const naming::unwatch& e) {
        HORDE_ASSERT(watched_.erase(e.actor) == 1);
      },
      [&](const naming::show& e) {
        entries_[e.name] = {e.owner, e.entry};
      },
      [&](const naming::hide& e) { entries_.erase(e.name); },
      [&](const naming::show_meta& e) {
        if (e.value)
          meta_[e.key] = *e.value;
        else
          meta_.erase(e.key);
      },
      [&](const naming::show_owner& e) { visible_[e.owner] = e.visible; },
      [&](const naming::evict& e) {
        HORDE_ASSERT(held_.erase({e.name, e.actor}) == 1);
      },
      [&](const naming::decide&) { HORDE_ASSERT(!"no function decides here"); },
      [&](const naming::send& e) {
        mail_.push_back({core_.replica().id(), e.to, e.bytes});
      },
      [&](const naming::renewed& e) {
        HORDE_ASSERT(e.id == core_.replica().id());
      },
    },
    x);
}

/// Readers find the latest version of a visible owner that can be read.
void shell::check_view() const {
  std::map<std::string, naming::name_entry> expected;
  core_.replica().map().for_each([&](std::string_view key, auto versions) {
    if (!membership::is_kind(key, membership::record_kind::name))
      return;
    for (const auto& v : versions)
      if (core_.roster().is_visible(v.id.who))
        if (auto entry = from_bytes<naming::name_entry>(v.value))
          expected.emplace(membership::rest_of(key), *entry);
  });
  std::map<std::string, naming::name_entry> seen;
  for (const auto& [name, x] : entries_) {
    auto owner = visible_.find(x.first);
    if (owner != visible_.end() && owner->second)
      seen.emplace(name, x.second);
  }
  HORDE_ASSERT(seen == expected);
  std::map<std::string, std::string> meta;
  core_.replica().map().for_each([&](std::string_view key, auto versions) {
    if (membership::is_kind(key, membership::record_kind::meta))
      meta.emplace(membership::rest_of(key), versions.front().value);
  });
  HORDE_ASSERT(meta_ == meta);
}

void shell::check_claims() {
  if (!core_.roster().is_member())
    held_.clear(); // all of them: the members shell ends such processes
  std::set<std::uint64_t> holders;
  for (const auto& [name, actor] : held_)
    holders.insert(actor);
  HORDE_ASSERT(core_.local_names() == held_.size());
  HORDE_ASSERT(watched_ == holders);
}

} // namespace

void run_registry(std::string_view input) {
  peers<shell> x{script{input}};
  x.run();
}

std::vector<std::string> registry_seeds() {
  return busy_scripts();
}

} // namespace horde::fuzz
