// SPDX-License-Identifier: MIT
//
// Stories of peers that write or answer what no sane member would. Nothing of
// it may stop this member or another child.

#include <boost/test/unit_test.hpp>

#include "horde/scheduling/operations.hpp"
#include "scheduling/stories.hpp"

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
void push(sim_members& sim, std::size_t node, std::string key,
          std::vector<crdt::version> versions) {
  sync::push news{0, {{std::move(key), std::move(versions), {}}}, 1};
  sim.on(node).receive(replica_id{4711}, encode_message(news),
                       sim.moment_now());
}

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

BOOST_AUTO_TEST_SUITE_END()
