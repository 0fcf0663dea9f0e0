// SPDX-License-Identifier: MIT
//
// The small parts of the scheduler: queue of times, memory of results, wire
// operations, the view with its index of pids, whereabouts of owners.

#include <boost/test/unit_test.hpp>

#include "horde/due_queue.hpp"
#include "horde/scheduling/child_table.hpp"
#include "horde/scheduling/location.hpp"
#include "horde/scheduling/operations.hpp"
#include "horde/scheduling/recent.hpp"
#include "support/sim_members.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace std::chrono_literals;
using membership::make_key;
using membership::record_kind;

namespace {

instant at(duration x) {
  return instant{x};
}

moment moment_at(duration x) {
  return {instant{x}, wall_time{x}};
}

placed_record placed_on(std::uint64_t replica, std::uint64_t actor = 0) {
  placed_record result;
  result.member = {"workers", "node-" + std::to_string(replica)};
  result.replica = replica_id{replica};
  result.pid = {{replica, replica}, actor};
  result.state = actor != 0 ? child_state::running : child_state::placed;
  result.attempt = replica;
  return result;
}

bool nobody_is_gone(const placed_record&) {
  return false;
}

} // namespace

BOOST_AUTO_TEST_SUITE(parts_tests)

// -- config
// ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_spec_limit_that_no_message_could_hold_is_refused) {
  BOOST_TEST(!validate(scheduling::config{}).has_value());
  for (std::size_t bytes : {0, 65, 64}) {
    scheduling::config cfg;
    cfg.sync.max_message_bytes = 1024;
    cfg.max_spec_bytes = bytes;
    auto problem = validate(cfg);
    BOOST_TEST(problem.has_value() == (bytes != 64));
    if (!problem)
      continue;
    BOOST_TEST((problem->code == errc::bad_option));
    BOOST_TEST(problem->what.find("max_spec_bytes takes 1 to 64")
                 != std::string::npos,
               problem->what);
  }
}

BOOST_AUTO_TEST_CASE(wrong_settings_name_the_option_and_what_it_takes) {
  const std::pair<const char*, void (*)(scheduling::config&)> cases[] = {
    {"max_seconds = 0", [](auto& x) { x.max_seconds = 0s; }},
    {"max_seconds = -1", [](auto& x) { x.max_seconds = -1s; }},
    {"member_max_seconds = 0", [](auto& x) { x.member_max_seconds = 0s; }},
    {"backoff_first = 0", [](auto& x) { x.backoff_first = 0s; }},
    {"backoff_at_most = 0.5", [](auto& x) { x.backoff_at_most = 500ms; }},
    {"max_children_of_horde", [](auto& x) { x.max_children_of_horde = 0; }},
  };
  for (const auto& [option, spoil] : cases) {
    scheduling::config cfg;
    spoil(cfg);
    auto problem = validate(cfg);
    BOOST_REQUIRE_MESSAGE(problem.has_value(), option);
    BOOST_TEST((problem->code == errc::bad_option));
    BOOST_TEST(problem->what.find(option) != std::string::npos, problem->what);
  }
}

// -- due_queue
// -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(keys_become_due_in_the_order_of_their_times) {
  due_queue<int> x;
  BOOST_TEST((x.next() == never));
  x.set(1, at(3s));
  x.set(2, at(1s));
  x.set(3, at(2s));
  x.set(3, at(5s)); // moved
  x.set_at_latest(1, at(4s));
  BOOST_TEST((x.next() == at(1s)));
  BOOST_TEST((x.take_due(at(3s)) == std::vector{2, 1}));
  x.set_at_latest(3, at(4s));
  BOOST_TEST((x.next() == at(4s)));
  x.clear(3);
  BOOST_TEST(x.take_due(never).empty());
}

// -- recent
// ------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_oldest_results_are_forgotten_first) {
  recent<int, int> x{3};
  for (int i = 0; i < 10; ++i)
    x.insert(i, i);
  x.insert(8, 88);
  BOOST_TEST(x.size() == 3u);
  BOOST_TEST(x.find(6) == nullptr);
  BOOST_TEST(*x.find(7) == 7);
  BOOST_TEST(*x.find(8) == 88);
}

BOOST_AUTO_TEST_CASE(large_results_make_room_before_there_are_too_many) {
  recent<int, std::string> x{100, 10};
  auto add = [&](int key, std::string value) {
    auto bytes = value.size();
    x.insert(key, std::move(value), bytes);
  };
  add(1, "four");
  add(2, "four");
  add(1, "1"); // takes less now
  add(3, "fives");
  BOOST_TEST(x.size() == 3u);
  add(4, "1");
  BOOST_TEST(x.find(1) == nullptr);
  BOOST_TEST(x.size() == 3u);
  add(5, "more than ten bytes"); // the newest stays
  BOOST_TEST(x.size() == 1u);
  BOOST_TEST(*x.find(5) == "more than ten bytes");
}

// -- operations
// --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(operations_survive_the_wire) {
  forwarded_start start{{replica_id{7}, 8}, 2, 3, 4s, sim::child("ada")};
  auto bytes = encode_operation(start);
  BOOST_TEST(is_operation(bytes));
  auto x = std::get<forwarded_start>(decode_operation(bytes).value());
  BOOST_TEST((x.request == start.request && x.turn == 2 && x.hops == 3
              && x.time_left == 4s && x.spec == start.spec));
  const start_result results[] = {started{"ada", {{1, 2}, 3}, "info"},
                                  ignored{}, already_started{"ada", {}},
                                  failure{errc::max_children, "full"}};
  for (const auto& result : results) {
    auto reply = std::get<start_reply>(
      decode_operation(
        encode_operation(start_reply{{replica_id{1}, 2}, 3, result}))
        .value());
    BOOST_TEST((reply.result == result));
  }
}

BOOST_AUTO_TEST_CASE(operations_about_states_survive_whole_or_not_at_all) {
  const operation all[] = {
    fetch_state{"ada", 3}, kept_state{"ada", 3, true, "state"},
    kept_state{"ada", 3, false, {}},
    merge_state{"ada", 3, {replica_id{1}, 2}, "state"}, merged{"ada", 3}};
  for (const auto& x : all) {
    auto bytes = encode_operation(x);
    auto back = decode_operation(bytes);
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST(back->index() == x.index());
    BOOST_TEST((encode_operation(*back) == bytes));
    for (std::size_t n = 0; n < bytes.size(); ++n)
      BOOST_TEST(!decode_operation(bytes.substr(0, n)).has_value());
    BOOST_TEST(!decode_operation(bytes + "x").has_value());
  }
}

BOOST_AUTO_TEST_CASE(operations_travel_together_in_order) {
  auto one = [](std::uint32_t number, std::size_t bytes) {
    return encode_operation(
      kept_state{"ada", number, true, std::string(bytes, 'x')});
  };
  std::vector<std::string> all;
  const std::size_t sizes[] = {10,     10,     3'000, 20'000, 10,
                               16'000, 15'000, 900,   10,     100'000};
  for (auto bytes : sizes)
    all.push_back(one(static_cast<std::uint32_t>(all.size()), bytes));
  auto messages = encode_messages(all);
  std::vector<std::string> back;
  for (const auto& x : messages) {
    std::size_t in_this = 0;
    BOOST_TEST(is_operation(x));
    visit_operations(x, [&](std::string_view y) {
      back.emplace_back(y);
      ++in_this;
    });
    BOOST_TEST((in_this == 1 || x.size() <= max_message_bytes));
  }
  BOOST_TEST((back == all));
  BOOST_TEST(messages.size() == 5u);
  BOOST_TEST(encode_messages({}).empty());
}

BOOST_AUTO_TEST_CASE(a_message_of_damaged_operations_has_no_sane_one) {
  auto sane = [](std::string_view message) {
    std::size_t result = 0;
    visit_operations(message, [&](std::string_view x) {
      result += decode_operation(x) ? 1 : 0;
    });
    return result;
  };
  auto one = encode_operation(fetch_state{"ada", 3});
  auto two = encode_messages({one, one}).at(0);
  BOOST_TEST(sane(two) == 2u);
  BOOST_TEST(sane(two.substr(0, two.size() - 1)) == 1u);
  BOOST_TEST(sane(two.substr(0, 1)) == 0u);
  std::string nested{static_cast<char>(several_mark)};
  writer{nested}.bytes(two);
  BOOST_TEST(sane(nested) == 0u);
}

BOOST_AUTO_TEST_CASE(damaged_operations_are_refused_or_sane) {
  auto bytes = encode_operation(
    start_reply{{replica_id{1}, 2}, 3, failure{errc::timeout, "late"}});
  for (std::size_t n = 0; n < bytes.size(); ++n)
    BOOST_TEST(!decode_operation(bytes.substr(0, n)).has_value());
  random_engine rng{1};
  for (int i = 0; i < 20'000; ++i) {
    auto damaged = bytes;
    for (int k = 0; k < 3; ++k)
      damaged[below(rng, damaged.size())] = static_cast<char>(below(rng, 256));
    decode_operation(damaged); // whatever it is: no crash, no exception
  }
}

BOOST_AUTO_TEST_CASE(a_failure_without_a_code_is_no_answer) {
  auto bytes = encode_operation(start_reply{{replica_id{1}, 2}, 3, failure{}});
  BOOST_TEST(!decode_operation(bytes).has_value());
}

// -- child_table
// -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_index_of_pids_does_not_leak) {
  sync::replica map{replica_id{1}, {}, 1};
  child_table table;
  std::uint64_t actor = 1;
  for (int i = 0; i < 200; ++i) {
    auto id = "c" + std::to_string(i % 10);
    auto key = make_key(record_kind::placed, id);
    auto before = table.find(id);
    auto old =
      before != nullptr && before->placed ? before->placed->pid : pid{};
    map.put(key, to_bytes(placed_on(1, ++actor)), map.stamp_at(moment_at(1s)));
    table.refresh(map, id, nobody_is_gone);
    BOOST_TEST((table.find(pid{{1, 1}, actor}) == id));
    BOOST_TEST(!(old && table.find(old)));
    if (i % 3 == 0) {
      map.erase(key);
      table.refresh(map, id, nobody_is_gone);
    }
  }
  BOOST_TEST(table.pids() <= 10u);
  for (int i = 0; i < 10; ++i) {
    auto id = "c" + std::to_string(i);
    map.erase(make_key(record_kind::placed, id));
    table.refresh(map, id, nobody_is_gone);
  }
  BOOST_TEST(table.pids() == 0u);
  BOOST_TEST(table.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_member_that_is_gone_never_beats_one_that_is_there) {
  sync::replica map{replica_id{1}, {}, 1};
  child_table table;
  auto key = make_key(record_kind::placed, "ada");
  map.put(key, to_bytes(placed_on(1, 7)), map.stamp_at(moment_at(1s)));
  crdt::dot keep = map.winner(key)->id;
  map.put(key, to_bytes(placed_on(2, 8)), map.stamp_at(moment_at(2s)),
          {&keep, 1});
  BOOST_REQUIRE(map.versions(key).size() == 2u);
  table.refresh(map, "ada", nobody_is_gone);
  BOOST_TEST((table.find("ada")->placed->replica == replica_id{2})); // later
  table.refresh(map, "ada", [](const placed_record& x) {
    return x.replica == replica_id{2};
  });
  BOOST_TEST((table.find("ada")->placed->replica == replica_id{1}));
  table.refresh(map, "ada", [](const placed_record&) { return true; });
  BOOST_TEST((table.find("ada")->placed->replica == replica_id{2}));
}

BOOST_AUTO_TEST_CASE(records_that_are_not_sane_count_as_not_there) {
  sync::replica map{replica_id{1}, {}, 1};
  child_table table;
  auto when = map.stamp_at(moment_at(1s));
  map.put(make_key(record_kind::placed, "ada"), "garbage", when);
  map.put(make_key(record_kind::wanted, "ada"),
          to_bytes(wanted_record{sim::child("somebody else"), {}}), when);
  table.refresh(map, "ada", nobody_is_gone);
  BOOST_REQUIRE(table.find("ada") != nullptr);
  BOOST_TEST(!table.find("ada")->placed.has_value());
  BOOST_TEST(!table.find("ada")->wanted.has_value());
}

BOOST_AUTO_TEST_CASE(a_fencing_token_that_cannot_grow_is_not_sane) {
  auto x = placed_on(1);
  x.attempt = max_attempt;
  BOOST_TEST(decode_placed(to_bytes(x)).has_value());
  ++x.attempt;
  BOOST_TEST(!decode_placed(to_bytes(x)).has_value());
}

BOOST_AUTO_TEST_CASE(half_a_child_settles_only_after_a_while) {
  sync::replica map{replica_id{1}, {}, 1};
  child_table table;
  map.put(make_key(record_kind::placed, "ada"), to_bytes(placed_on(1)),
          map.stamp_at(moment_at(1s)));
  table.refresh(map, "ada", nobody_is_gone);
  BOOST_TEST(!table.settled("ada", true, 5s, at(10s)));
  BOOST_TEST(!table.settled("ada", true, 5s, at(14s)));
  table.refresh(map, "ada", nobody_is_gone); // news of it do not start it anew
  BOOST_TEST(table.settled("ada", true, 5s, at(15s)));
  BOOST_TEST(!table.settled("ada", false, 5s, at(16s)));
  BOOST_TEST(!table.settled("ada", true, 5s, at(17s)));
}

// -- location
// --------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_owner_is_where_its_node_and_member_are) {
  membership::roster members{
    {{"workers", "node-1"}, {"node-1", {1, 1}}, member_mode::dynamic, {}}};
  sync::replica map{replica_id{1}, {}, 1};
  auto where = [&](std::uint64_t replica) {
    return locate(placed_on(replica), members, replica_id{1});
  };
  BOOST_TEST((where(1) == location::here));
  BOOST_TEST((where(2) == location::unknown));
  members.node_changed({"node-2", {2, 2}}, node_state::up, moment_at(1s));
  BOOST_TEST((where(2) == location::there)); // not listed, but alive: it drains
  members.node_changed({"node-2", {2, 2}}, node_state::suspect, moment_at(1s));
  BOOST_TEST((where(2) == location::there));
  members.node_changed({"node-2", {2, 2}}, node_state::down, moment_at(1s));
  BOOST_TEST((where(2) == location::gone));
  members.node_changed({"node-3", {3, 3}}, node_state::up, moment_at(1s));
  members.peer_down(map, replica_id{3}, true, moment_at(1s));
  BOOST_TEST((where(3) == location::gone)); // its member stopped
  auto earlier_self = placed_on(9);
  earlier_self.member = members.self();
  BOOST_TEST((locate(earlier_self, members, replica_id{1}) == location::gone));
}

BOOST_AUTO_TEST_SUITE_END()
