// SPDX-License-Identifier: MIT
//
// The registry machine step by step: its answers and effects, and what needs a
// message to arrive exactly then.

#include <boost/test/unit_test.hpp>
#include <deque>
#include <memory>

#include "horde/naming/registry.hpp"
#include "support/replica_bench.hpp"
#include "support/sim_network.hpp"

using namespace horde;
using namespace horde::naming;
using namespace std::chrono_literals;

namespace {

/// Machines alone, without a shell: mail waits until a test delivers it.
class machines {
public:
  moment now{instant{1h}, wall_time{1000h}};
  std::deque<sim::packet> mail;
  std::vector<std::unique_ptr<registry>> all;
  std::vector<effects> done; ///< all effects but mail, by machine

  static member_id id(const std::string& node) { return {"h", node}; }
  static replica_id replica(std::size_t i) { return replica_id{i + 1}; }
  registry& operator[](std::size_t i) { return *all[i]; }

  /// Replica ids count from 1.
  std::size_t add(const std::string& node, std::uint64_t life,
                  members list = {}, member_mode mode = member_mode::fixed,
                  naming::config cfg = {}) {
    auto i = all.size();
    cfg.roster = {id(node), {node, {life, 0}}, mode, std::move(list)};
    all.push_back(std::make_unique<registry>(cfg, replica(i), i));
    done.emplace_back();
    all[i]->start(now);
    finish(i);
    return i;
  }

  void finish(std::size_t i) {
    for (auto& e : all[i]->finish(now))
      if (auto s = std::get_if<naming::send>(&e))
        mail.push_back({replica(i), s->to, s->bytes});
      else
        done[i].push_back(std::move(e));
  }

  register_result claim(std::size_t i, std::uint64_t actor,
                        const std::string& name) {
    auto result = all[i]->register_name(actor, name, "", now);
    finish(i);
    return result;
  }

  void link(std::size_t i, std::size_t j) {
    for (auto [x, y] : {std::pair{i, j}, std::pair{j, i}}) {
      const auto& who = all[y]->roster();
      all[x]->node_changed(who.node(), node_state::up, now);
      all[x]->peer_up(who.self(), who.node(), replica(y), now);
      finish(x);
    }
    run();
  }

  void run() {
    while (!mail.empty()) {
      auto p = mail.front();
      mail.pop_front();
      auto to = static_cast<std::size_t>(p.to) - 1;
      all[to]->receive(p.from, *p.bytes, now);
      finish(to);
    }
  }

  void unlink(std::size_t i, std::size_t j) {
    all[i]->peer_down(replica(j), false, now);
    finish(i);
    all[j]->peer_down(replica(i), false, now);
    finish(j);
  }

  std::size_t names(std::size_t i) const {
    std::size_t result = 0;
    all[i]->replica().map().for_each([&](std::string_view key, auto) {
      result += membership::is_kind(key, membership::record_kind::name);
    });
    return result;
  }
};

bool is_ok(const register_result& x) {
  return std::holds_alternative<registered>(x);
}

} // namespace

BOOST_AUTO_TEST_SUITE(registry_steps)

BOOST_AUTO_TEST_CASE(limits_that_no_message_could_hold_are_refused) {
  BOOST_TEST(!validate(naming::config{}).has_value());
  struct {
    std::size_t name;
    std::size_t value;
    const char* says; ///< nothing: it is fine
  } rows[] = {
    {0, 8, "max_name_bytes takes at least 1"},
    {36, 28, nullptr},
    {36, 29, "max_name_bytes + max_value_bytes takes at most 64"},
    {65, 0, "they are 65 + 0"},
    {1, ~std::size_t{0}, "takes at most 64"}, // their sum is zero
  };
  for (const auto& row : rows) {
    naming::config cfg;
    cfg.sync.max_message_bytes = 1024;
    cfg.max_name_bytes = row.name;
    cfg.max_value_bytes = row.value;
    auto problem = validate(cfg);
    BOOST_TEST(problem.has_value() == (row.says != nullptr));
    if (!problem)
      continue;
    BOOST_TEST((problem->code == errc::bad_option));
    BOOST_TEST(problem->what.find(row.says) != std::string::npos,
               problem->what);
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_registered_is_refused_with_a_reason) {
  struct {
    bool listed;
    std::size_t name;
    std::size_t value;
    errc expected;
  } rows[] = {
    {true, 0, 0, errc::too_large}, {true, 5, 8, errc::too_large},
    {true, 4, 9, errc::too_large}, {false, 4, 8, errc::not_a_member},
    {true, 4, 8, errc::none},
  };
  for (const auto& row : rows) {
    naming::config cfg;
    cfg.roster = {{"h", "a"}, {"a", {1, 1}}, member_mode::fixed, {{"h", "b"}}};
    if (row.listed)
      cfg.roster.list.push_back({"h", "a"});
    cfg.max_name_bytes = 4;
    cfg.max_value_bytes = 8;
    registry x{cfg, replica_id{1}, 1};
    moment now{instant{1h}, wall_time{1000h}};
    x.start(now);
    x.finish(now);
    auto result = x.register_name(7, std::string(row.name, 'n'),
                                  std::string(row.value, 'v'), now);
    auto problem = std::get_if<failure>(&result);
    auto code = problem ? problem->code : errc::none;
    BOOST_TEST(to_string(code) == to_string(row.expected));
    BOOST_TEST(x.local_names() == (problem ? 0U : 1U));
    if (problem)
      BOOST_TEST(x.finish(now).empty());
  }
}

BOOST_AUTO_TEST_CASE(
  writes_that_are_too_large_or_of_an_outsider_change_nothing) {
  naming::config cfg;
  cfg.roster = {{"h", "a"}, {"a", {1, 1}}, member_mode::fixed, {{"h", "a"}}};
  cfg.max_name_bytes = 4;
  cfg.max_value_bytes = 8;
  registry x{cfg, replica_id{1}, 1};
  moment now{instant{1h}, wall_time{1000h}};
  x.start(now);
  x.register_name(7, "name", "v", now);
  x.finish(now);
  auto held = x.held(7, "name");
  BOOST_REQUIRE(held.size() == 1u);
  auto result = x.update(7, "name", held[0].revision, std::string(9, 'v'));
  BOOST_TEST((std::get<failure>(result).code == errc::too_large));
  BOOST_TEST((x.held(7, "name") == held));
  BOOST_TEST((x.put_meta("12345", "", now)->code == errc::too_large));
  BOOST_TEST(
    (x.put_meta("1", std::string(9, 'v'), now)->code == errc::too_large));
  BOOST_TEST(!x.delete_meta("1"));
  BOOST_TEST(x.finish(now).empty());

  cfg.roster.list = {{"h", "b"}};
  registry outsider{cfg, replica_id{1}, 1};
  outsider.start(now);
  BOOST_TEST((outsider.put_meta("1", "", now)->code == errc::not_a_member));
  BOOST_TEST((outsider.delete_meta("1")->code == errc::not_a_member));
}

BOOST_AUTO_TEST_CASE(first_meta_data_are_written_once_it_is_a_member) {
  naming::config cfg;
  cfg.roster = {{"h", "a"}, {"a", {1, 1}}, member_mode::dynamic, {{"h", "b"}}};
  cfg.meta = {{"colour", "red"}};
  BOOST_TEST(!validate(cfg).has_value());
  registry x{cfg, replica_id{1}, 1};
  moment now{instant{1h}, wall_time{1000h}};
  auto shown = [&] {
    std::size_t result = 0;
    for (const auto& e : x.finish(now))
      result += e == effect{show_meta{"colour", "red"}} ? 1 : 0;
    return result;
  };
  x.start(now);
  BOOST_TEST(shown() == 0u);
  BOOST_TEST(!x.set_members({{"h", "a"}}, now));
  BOOST_TEST(shown() == 1u);
  BOOST_TEST(!x.delete_meta("colour"));
  BOOST_TEST(!x.set_members({{"h", "a"}, {"h", "b"}}, now));
  BOOST_TEST(shown() == 0u);
  cfg.meta = {{std::string(2000, 'k'), ""}};
  BOOST_TEST(validate(cfg)->what.starts_with("meta: a key"));
  cfg.meta = {{"k", std::string(200 * 1024, 'v')}};
  BOOST_TEST(validate(cfg)->what.starts_with("meta: the value of 'k'"));
}

BOOST_AUTO_TEST_CASE(a_name_is_given_up_only_as_it_was_seen) {
  naming::config cfg;
  cfg.roster = {{"h", "a"}, {"a", {1, 1}}, member_mode::automatic, {}};
  registry x{cfg, replica_id{1}, 1};
  moment now{instant{1h}, wall_time{1000h}};
  x.start(now);
  x.register_name(7, "name", "v", now);
  auto first = x.held(7, "name").at(0).revision;
  BOOST_TEST((x.update(7, "name", first, "w") == outcome<bool>{true}));
  BOOST_TEST(!x.unregister(7, "name", first));
  auto second = x.held(7, "name").at(0).revision;
  BOOST_TEST(!x.unregister(8, "name", second));
  BOOST_TEST(x.unregister(7, "name", second));
  BOOST_TEST(x.held(7, "name").empty());
  x.register_name(7, "name", "v", now); // no revision comes twice
  BOOST_TEST(x.held(7, "name").at(0).revision > second);
}

BOOST_AUTO_TEST_CASE(a_process_is_watched_from_its_first_name_to_its_last) {
  naming::config cfg;
  cfg.roster = {{"h", "a"}, {"a", {1, 1}}, member_mode::automatic, {}};
  registry x{cfg, replica_id{1}, 1};
  moment now{instant{1h}, wall_time{1000h}};
  x.start(now);
  x.finish(now);
  name_entry entry{7, "v"};
  x.register_name(7, "one", "v", now);
  BOOST_TEST(
    (x.finish(now) == effects{watch{7}, show{"one", replica_id{1}, entry}}));
  x.register_name(7, "two", "v", now);
  BOOST_TEST((x.finish(now) == effects{show{"two", replica_id{1}, entry}}));
  x.unregister(7, "one");
  BOOST_TEST((x.finish(now) == effects{hide{"one"}}));
  x.process_ended(7);
  BOOST_TEST((x.finish(now) == effects{unwatch{7}, hide{"two"}}));
  x.process_ended(7); // late or twice
  BOOST_TEST(x.finish(now).empty());
}

BOOST_AUTO_TEST_CASE(a_member_that_left_registers_nothing_any_more) {
  naming::config cfg;
  cfg.roster = {{"h", "a"}, {"a", {1, 1}}, member_mode::fixed, {{"h", "a"}}};
  registry x{cfg, replica_id{1}, 1};
  moment now{instant{1h}, wall_time{1000h}};
  x.start(now);
  x.finish(now);
  x.register_name(7, "one", "", now);
  x.finish(now);
  x.leave(now);
  auto out = x.finish(now);
  BOOST_TEST((out.front() == effect{unwatch{7}}));
  BOOST_TEST(x.replica().map().size() == 0U);
  auto late = x.register_name(7, "two", "", now);
  BOOST_TEST((std::get<failure>(late).code == errc::not_a_member));
}

BOOST_AUTO_TEST_CASE(a_sweep_goes_in_small_steps_and_asks_to_be_called_again) {
  naming::config cfg;
  cfg.max_erased_a_step = 10;
  machines x;
  members list{machines::id("a"), machines::id("b")};
  x.add("a", 1, list, member_mode::fixed, cfg);
  x.add("b", 2, list);
  for (std::uint64_t i = 1; i <= 95; ++i)
    x.claim(1, i, "name " + std::to_string(i));
  x.link(0, 1);
  while (x[0].wake_at() <= x.now.at) { // a new janitor looks around
    x[0].tick(x.now);
    x.finish(0);
  }
  BOOST_REQUIRE(x.names(0) == 95U);
  x[0].peer_down(machines::replica(1), false, x.now);
  x[0].node_changed(x[1].roster().node(), node_state::left, x.now);
  x.finish(0);
  std::size_t steps = 0;
  while (x[0].wake_at() <= x.now.at && steps < 100) {
    // A shell computes this difference: it must not overflow.
    BOOST_TEST((x[0].wake_at() - x.now.at <= duration{0}));
    auto before = x.names(0);
    x[0].tick(x.now);
    x.finish(0);
    BOOST_TEST(before - x.names(0) <= 10U);
    ++steps;
  }
  BOOST_TEST(x.names(0) == 0U);
  BOOST_TEST(steps >= 10U);
}

BOOST_AUTO_TEST_CASE(a_name_is_not_lost_to_an_owner_that_is_gone_already) {
  machines x;
  members list{machines::id("a"), machines::id("b")};
  x.add("a", 1, list);
  x.add("b", 1, list);
  x.link(0, 1);
  x.unlink(0, 1);
  BOOST_TEST(is_ok(x.claim(0, 7, "printer")));
  x.now.wall += 1s;
  BOOST_TEST(is_ok(x.claim(1, 8, "printer"))); // the later claim
  x.add("b", 2, list);
  x.link(1, 2); // the next life of b knows what the first claimed
  x.done[0].clear();
  x[0].peer_up(machines::id("b"), x[2].roster().node(), machines::replica(2),
               x.now);
  x.finish(0);
  x.link(0, 2); // both in one message
  for (const auto& e : x.done[0])
    BOOST_TEST(!std::holds_alternative<evict>(e));
  BOOST_TEST(x[0].local_names() == 1U);
}

BOOST_AUTO_TEST_CASE(two_that_disagree_who_departed_do_not_write_for_ever) {
  // To a, this b is an earlier life; b knows nothing of the later one.
  machines x;
  members list{machines::id("a"), machines::id("b")};
  x.add("a", 1, list);
  x.add("b", 2, list);
  x.link(0, 1);
  x[1].leave(x.now);
  x.finish(1);
  x.unlink(0, 1);
  x.add("b", 1, list);
  x.claim(2, 8, "printer");
  x.link(0, 2); // ends
  BOOST_TEST(!x[0].roster().is_visible(machines::replica(2)));
  BOOST_TEST(is_ok(x.claim(0, 7, "printer")));
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_no_entry_hides_and_evicts_nobody) {
  machines x;
  members list{machines::id("a"), machines::id("b"), machines::id("c")};
  for (auto node : {"a", "b", "c"})
    x.add(node, 1, list);
  x.link(0, 1);
  x.link(1, 2);
  x.link(0, 2);
  x.claim(0, 7, "printer");
  x.run();
  auto key = membership::make_key(membership::record_kind::name, "printer");
  // Member b writes rubbish beside it, later than the claim.
  crdt::version bad = *x[0].replica().winner(key);
  bad.id = x[1].replica().map().next(machines::replica(1));
  bad.when = crdt::stamp{static_cast<std::uint64_t>(bad.when) + 1};
  bad.value = "rubbish";
  auto bytes = sim::push_of({key, {bad}, {}});
  for (std::size_t i : {0, 2}) {
    x.done[i].clear();
    x[i].receive(machines::replica(1), bytes, x.now);
    x.finish(i);
    BOOST_REQUIRE(x[i].replica().versions(key).size() == 2U);
    for (const auto& e : x.done[i])
      BOOST_TEST((!std::holds_alternative<evict>(e)
                  && !std::holds_alternative<hide>(e)));
    auto taken = x.claim(i, 9, "printer");
    BOOST_TEST(std::get<already_registered>(taken).by.actor == 7U);
  }
  BOOST_TEST(x[0].local_names() == 1U);
}

BOOST_AUTO_TEST_CASE(entries_without_an_owner_go_after_a_while) {
  // A member died while it told a what it has: its names, not who it is.
  naming::config cfg;
  cfg.keep_strangers = 10s;
  machines x;
  x.add("a", 1, {machines::id("a"), machines::id("b")}, member_mode::fixed,
        cfg);
  sync::replica dead{replica_id{66}, {}, 1};
  auto key = membership::make_key(membership::record_kind::name, "printer");
  dead.put("S is written first", "", dead.stamp_at(x.now));
  dead.finish(x.now);
  dead.put(key, to_bytes(name_entry{9, ""}), dead.stamp_at(x.now));
  x[0].receive(replica_id{66}, sim::push_of({key, {*dead.winner(key)}, {}}),
               x.now);
  x.finish(0);
  while (x[0].wake_at() <= x.now.at) {
    x[0].tick(x.now);
    x.finish(0);
  }
  BOOST_TEST(x.names(0) == 1U);
  BOOST_TEST((x[0].wake_at() == x.now.at + 10s));
  x.now.at += 10s;
  for (int i = 0; i < 3; ++i) {
    x[0].tick(x.now);
    x.finish(0);
  }
  BOOST_TEST(x.names(0) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
