// SPDX-License-Identifier: MIT
//
// Stories of peers that write or answer what no sane member would. Nothing of
// it may stop this member or another child.

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "horde/scheduling/operations.hpp"
#include "scheduling/stories.hpp"
#include "support/replica_bench.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace horde::sim;
using namespace std::chrono_literals;
using membership::make_key;
using membership::record_kind;

namespace {

/// A version written by a replica of its own.
crdt::version written(std::uint64_t by, std::uint64_t when, std::string value) {
  return {{replica_id{by}, 1}, crdt::stamp{when}, std::move(value)};
}

/// A stranger pushes these versions of one key.
effects push(sim_members& sim, std::size_t node, std::string key,
             std::vector<crdt::version> versions) {
  auto bytes = push_of({std::move(key), std::move(versions), {}});
  return sim.on(node).receive(replica_id{4711}, bytes, sim.moment_now());
}

/// Member 0 asked member 1 to start a child, whose factory takes for ever; what
/// member 1 would write and answer is written by the test.
struct forwarded {
  sim_members sim = linked_members(2);
  std::string id = id_on(sim, 1);
  replica_id peer = sim.on(1).replica().id();
  request_id request{sim.on(0).replica().id(), 1};
  std::size_t call = 0;

  forwarded() {
    sim.factories["ok"] = {.shortest = 1h, .longest = 1h};
    call = sim.start_child(0, child(id));
    sim.run_for(100ms);
  }

  incarnation life() const {
    return sim.on(0).roster().find(sim.member(1))->node.life;
  }

  effects record(std::uint64_t actor) {
    placed_record placed;
    placed.member = sim.member(1);
    placed.replica = peer;
    placed.pid = {life(), actor};
    placed.attempt = 1;
    placed.state = actor != 0 ? child_state::running : child_state::restarting;
    placed.started_by = request;
    push(sim, 0, make_key(record_kind::placed, id),
         {written(2001, 1, to_bytes(placed))});
    return push(
      sim, 0, make_key(record_kind::wanted, id),
      {written(2002, 1, to_bytes(wanted_record{child(id), request}))});
  }

  effects reply(start_result result) {
    auto bytes = encode_operation(start_reply{request, 1, std::move(result)});
    return sim.on(0).receive(peer, bytes, sim.moment_now());
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(hostile_tests)

BOOST_AUTO_TEST_CASE(a_wanted_record_of_another_child_counts_as_not_there) {
  auto sim = linked_members(1);
  sim.start_child(0, child("bob"));
  sim.run_for(100ms);
  request_id of_bob{sim.on(0).replica().id(), 1};
  auto ada = child("ada");
  ada.args = "hers";
  push(sim, 0, make_key(record_kind::wanted, "ada"),
       {written(2001, 2, to_bytes(wanted_record{child("bob"), of_bob})),
        written(2002, 1, to_bytes(wanted_record{ada, {replica_id{2002}, 7}}))});
  sim.run_for(20s); // until it settled, and was taken over
  BOOST_TEST(sim.runs_on("ada").size() == 1u);
  BOOST_TEST(sim.spec_of("ada").value().args == "hers");
  BOOST_TEST(sim.starts_of("bob") == 1u);
  // The end of ada is not the end of the start that bob came from.
  sim.terminate(0, "ada");
  sim.run_for(1s);
  push(sim, 0, make_key(record_kind::wanted, "bob"),
       {written(2003, 1,
                to_bytes(wanted_record{child("bob"), {replica_id{2003}, 7}}))});
  sim.run_for(10s);
  BOOST_TEST(sim.runs_on("ada").empty());
  BOOST_TEST(sim.runs_on("bob").size() == 1u);
  BOOST_TEST(sim.starts_of("bob") == 1u);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(
  a_child_whose_only_wanted_record_is_foreign_is_not_wanted) {
  auto sim = linked_members(1);
  push(sim, 0, make_key(record_kind::wanted, "ada"),
       {written(2001, 1, to_bytes(wanted_record{child("bob"), {}}))});
  push(sim, 0, make_key(record_kind::wanted, ""),
       {written(2002, 1, to_bytes(wanted_record{child(""), {}}))});
  sim.run_for(20s);
  BOOST_TEST(sim.running().empty());
  BOOST_TEST(sim.on(0).children().empty());
  auto call = sim.terminate(0, "ada");
  BOOST_TEST((sim.call(call).terminates.at(0)->code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(the_largest_token_and_strikes_of_a_peer_do_no_harm) {
  auto sim = linked_members(1);
  placed_record placed;
  placed.member = sim.member(0); // an earlier life of this member
  placed.replica = replica_id{2001};
  placed.pid = {{1, 1}, 0};
  placed.attempt = max_attempt;
  placed.memory = {~std::uint32_t{0}, ~std::uint32_t{0}};
  push(sim, 0, make_key(record_kind::placed, "ada"),
       {written(2001, 1, to_bytes(placed))});
  push(sim, 0, make_key(record_kind::wanted, "ada"),
       {written(2002, 1, to_bytes(wanted_record{child("ada"), {}}))});
  sim.run_for(1h);
  BOOST_TEST(sim.runs_on("ada").size() == 1u);
  BOOST_TEST(sim.on(0).find("ada").value().attempt == max_attempt);
  BOOST_TEST(sim.disagreement() == "");
}

BOOST_AUTO_TEST_CASE(a_spec_of_a_kind_that_is_not_known_counts_as_not_there) {
  auto sim = linked_members(1);
  auto spec = child("ada");
  spec.scope = static_cast<supervision::child_scope>(3);
  push(sim, 0, make_key(record_kind::wanted, "ada"),
       {written(2002, 1, to_bytes(wanted_record{spec, {}}))});
  sim.run_for(1min);
  BOOST_TEST(sim.running().empty());
  BOOST_TEST(!sim.on(0).find("ada").has_value());
}

BOOST_AUTO_TEST_CASE(only_children_of_the_horde_are_started_for_others) {
  auto sim = linked_members(2);
  for (auto scope : {supervision::child_scope::each_member,
                     supervision::child_scope::copy}) {
    auto spec = child("ada");
    spec.scope = scope;
    auto peer = sim.on(1).replica().id();
    auto before = sim.on(0).refused_messages();
    auto bytes = encode_operation(
      forwarded_start{{peer, 77}, 1, 1, duration{1s}, std::move(spec)});
    sim.on(0).receive(peer, bytes, sim.moment_now());
    BOOST_TEST(sim.on(0).refused_messages() == before + 1);
    BOOST_TEST(sim.on(0).local_children() == 0u);
  }
}

BOOST_AUTO_TEST_CASE(a_copy_of_nothing_that_is_placed_here_is_dropped) {
  auto sim = linked_members(1);
  auto spec = child("ada@node-0");
  spec.scope = supervision::child_scope::copy;
  placed_record placed;
  placed.member = sim.member(0);
  placed.replica = sim.on(0).replica().id();
  placed.attempt = 1;
  push(sim, 0, make_key(record_kind::placed, spec.id),
       {written(2001, 1, to_bytes(placed))});
  push(sim, 0, make_key(record_kind::wanted, spec.id),
       {written(2002, 1, to_bytes(wanted_record{spec, {}}))});
  sim.run_for(1min);
  BOOST_TEST(sim.running().empty());
  BOOST_TEST(!sim.on(0).find(spec.id).has_value());
}

// -- answers -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_answer_with_the_pid_may_come_after_the_record_without) {
  forwarded f;
  f.record(0);
  BOOST_TEST(!is_answered(f.sim, f.call));
  pid first{f.life(), 7};
  auto out = f.reply(started{f.id, first, "info"});
  BOOST_REQUIRE(out.size() == 1u);
  auto answer = std::get<answer_start>(out[0]).result;
  BOOST_TEST((answer == start_result{started{f.id, first, "info"}}));
}

BOOST_AUTO_TEST_CASE(nobody_is_told_started_before_the_record_is_here) {
  for (bool arrives : {true, false}) {
    forwarded f;
    started result{f.id, {f.life(), 7}, ""};
    BOOST_TEST(f.reply(result).empty());
    f.sim.run_for(10s);
    BOOST_TEST(!is_answered(f.sim, f.call));
    if (arrives) {
      auto answers = f.record(7);
      BOOST_TEST(std::ranges::any_of(answers, [&](const effect& x) {
        auto y = std::get_if<answer_start>(&x);
        return y != nullptr && y->result == start_result{result};
      }));
    } else {
      f.sim.run_for(10s);
      auto problem = failure_of(f.sim, f.call);
      BOOST_TEST((problem.code == errc::timeout));
      BOOST_TEST(problem.what.find("record") != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_answer_of_failure_does_not_undo_the_record) {
  forwarded f;
  f.record(0);
  BOOST_TEST(f.reply(failure{errc::start_failed, "no"}).empty());
  BOOST_TEST(!is_answered(f.sim, f.call));
}

BOOST_AUTO_TEST_CASE(nobody_is_told_started_without_a_pid) {
  forwarded f;
  f.record(0);
  f.sim.run_for(30s);
  BOOST_TEST((failure_of(f.sim, f.call).code == errc::timeout));
}

BOOST_AUTO_TEST_CASE(a_long_reason_is_cut_so_that_it_arrives) {
  auto sim = linked_members(2);
  auto id = id_on(sim, 1);
  sim.factories["ok"] = {.shortest = 1h, .longest = 1h};
  sim.start_child(0, child(id));
  sim.run_for(100ms);
  std::string reason = "x";
  while (reason.size() < 1'000'000)
    reason += "\xc3\xa9"; // two bytes, one character
  auto out = sim.on(1).child_not_started(1, {errc::start_failed, reason},
                                         sim.moment_now());
  for (const auto& x : out)
    if (auto reply = std::get_if<scheduling::send>(&x);
        reply != nullptr && is_operation(*reply->bytes)) {
      auto told = std::get<start_reply>(*decode_operation(*reply->bytes));
      const auto& what = std::get<failure>(told.result).what;
      BOOST_TEST(what.size() == 4095u + 3u);
      BOOST_TEST(what == reason.substr(0, 4095) + "...");
      return;
    }
  BOOST_TEST(false, "nobody was told");
}

BOOST_AUTO_TEST_SUITE_END()
