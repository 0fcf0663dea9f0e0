// SPDX-License-Identifier: MIT
//
// Pushed deltas, acknowledgements and bad input. Reconciliation is tested in
// reconcile.test.cpp.

#include "horde/sync/replica.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "support/replica_bench.hpp"

using namespace horde;
using namespace horde::sim;
using namespace std::chrono_literals;

namespace {

struct two_replicas : replica_bench {
  two_replicas() : replica_bench(2) { connect_all(); }
};

std::string push_with(crdt::dot d) {
  return push_of({"k", {{d, crdt::stamp{1}, "v"}}, {}});
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(replica_push, two_replicas)

BOOST_AUTO_TEST_CASE(a_local_write_is_visible_before_any_message) {
  put(0, "k", "v");
  BOOST_TEST(value(0, "k") == "v");
  BOOST_TEST(value(1, "k") == "(none)");
  run();
  BOOST_TEST(value(1, "k") == "v");
}

BOOST_AUTO_TEST_CASE(a_replica_without_neighbours_keeps_no_long_log) {
  replica_bench alone{1};
  BOOST_TEST(alone.put(0, "k", "v") == 1u);
  BOOST_TEST(alone[0].stats().log_records == 1u); // for who comes first
  for (int i = 0; i < 64; ++i)
    alone.put(0, "k", std::to_string(i));
  BOOST_TEST(alone[0].stats().log_records == 0u);
  BOOST_TEST(alone.mail.empty());
  BOOST_TEST((alone[0].wake_at() == never));
  BOOST_TEST(alone[0].idle());
}

BOOST_AUTO_TEST_CASE(at_most_one_group_is_in_flight) {
  put(0, "a", "1");
  put(0, "b", "1");
  put(0, "c", "1");
  BOOST_TEST(mail.size() == 1u);
  deliver_next(); // the push
  deliver_next(); // its acknowledgement
  BOOST_REQUIRE(mail.size() == 1u);
  BOOST_TEST(as<sync::push>(mail[0])->own.size() == 2u);
  run();
  BOOST_TEST(all_equal());
  BOOST_TEST((*this)[0].idle());
}

BOOST_AUTO_TEST_CASE(a_step_with_many_writes_gives_one_group_a_neighbour) {
  replica_bench three{3};
  three.connect_all();
  for (int i = 0; i < 10; ++i)
    three[0].put("key " + std::to_string(i), "v", three[0].stamp_at(now));
  three.finish(0);
  BOOST_REQUIRE(three.mail.size() == 2u);
  BOOST_TEST(as<sync::push>(three.mail[0])->own.size() == 10u);
  BOOST_TEST((three.mail[0].bytes == three.mail[1].bytes));
}

BOOST_AUTO_TEST_CASE(news_of_others_are_not_echoed) {
  replica_bench three{3};
  three.connect_all();
  three.put(0, "k", "v");
  while (!three.mail.empty()) {
    BOOST_TEST((!as<sync::push>(three.mail[0])
                || three.mail[0].from == replica_bench::id(0)));
    three.deliver_next();
  }
}

BOOST_AUTO_TEST_CASE(an_unacknowledged_group_is_sent_again_with_back_off) {
  sync::config cfg;
  cfg.reconcile_every = 1h;
  replica_bench two{2, cfg};
  two.connect_all();
  two.put(0, "k", "v");
  auto lost = two.take();
  std::vector<duration> waits;
  for (int i = 0; i < 8; ++i) {
    auto wait = two[0].wake_at() - two.now.at;
    waits.push_back(wait);
    two.pass(wait - 1ns);
    BOOST_TEST(two.mail.empty());
    two.pass(1ns);
    BOOST_REQUIRE(two.mail.size() == 1u);
    BOOST_TEST((two.take().bytes == lost.bytes));
  }
  std::vector<duration> expected{200ms,  400ms, 800ms, 1600ms,
                                 3200ms, 5s,    5s,    5s};
  BOOST_TEST((waits == expected));
  BOOST_TEST(two[0].stats().retransmissions == 8u);
}

BOOST_AUTO_TEST_CASE(writes_that_gather_do_not_change_what_is_sent_again) {
  put(0, "k", "1");
  auto lost = take();
  put(0, "k", "2");
  pass(200ms);
  BOOST_REQUIRE(mail.size() == 1u);
  BOOST_TEST((mail[0].bytes == lost.bytes));
  run();
  BOOST_TEST(value(1, "k") == "2");
}

BOOST_AUTO_TEST_CASE(duplicates_and_late_messages_are_harmless) {
  put(0, "k", "1");
  auto push = take();
  deliver(push);
  auto ack = take();
  deliver(ack);
  put(0, "k", "2");
  put(1, "k", "3");
  run();
  auto before = crdt::contents_of((*this)[1].map());
  deliver(push);
  deliver(ack);
  run();
  BOOST_TEST((crdt::contents_of((*this)[1].map()) == before));
  BOOST_TEST(all_equal());
  BOOST_TEST((*this)[0].stats().refused_messages == 0u);
}

BOOST_AUTO_TEST_CASE(
  each_changed_key_is_told_once_for_local_and_remote_writes) {
  auto& x = (*this)[0];
  x.put("k", "1", x.stamp_at(now));
  x.put("k", "2", x.stamp_at(now));
  x.erase("other");
  finish(0);
  BOOST_TEST((changed == std::vector<std::string>{"k"}));
  deliver_next();
  BOOST_TEST((changed == std::vector<std::string>{"k"}));
  auto again = put(0, "k", "3");
  (void)again;
  auto ack = take();
  deliver(ack);
  BOOST_TEST(changed.empty());
}

BOOST_AUTO_TEST_CASE(an_erase_of_nothing_is_no_write) {
  auto sequence = (*this)[0].sequence();
  BOOST_TEST(erase(0, "absent") == sequence);
  BOOST_TEST(mail.empty());
}

BOOST_AUTO_TEST_CASE(acknowledgements_are_counted) {
  replica_bench three{3};
  three.connect_all();
  auto sequence = three.put(0, "k", "v");
  BOOST_TEST(three[0].acknowledged_by(sequence) == 0u);
  auto lost = three.mail[1];
  three.mail.pop_back();
  three.run();
  BOOST_TEST(three[0].acknowledged_by(sequence) == 1u);
  three.deliver(lost);
  three.run();
  BOOST_TEST(three[0].acknowledged_by(sequence) == 2u);
}

BOOST_AUTO_TEST_CASE(a_neighbour_that_is_silent_delays_nobody) {
  sync::config cfg;
  cfg.max_log_records = 10;
  replica_bench three{3, cfg};
  three.connect_all();
  for (int i = 0; i < 100; ++i) {
    three.put(0, "key " + std::to_string(i), "v");
    std::erase_if(three.mail,
                  [](const auto& x) { return x.to == replica_bench::id(2); });
    three.run();
    BOOST_TEST(three.value(1, "key " + std::to_string(i)) == "v");
  }
  BOOST_TEST(three[0].stats().log_records == 10u);
  // It comes back: the log does not reach that far, so it reconciles.
  three.pass(5s);
  three.run();
  BOOST_TEST(three.all_equal());
  BOOST_TEST(three[2].stats().reconciliations > 0u);
}

BOOST_AUTO_TEST_CASE(a_write_counts_as_acknowledged_only_without_a_gap) {
  sync::config cfg;
  cfg.max_log_records = 1;
  replica_bench two{2, cfg};
  two.connect_all();
  two.put(0, "a", "1");
  two.take(); // lost
  two.put(0, "b", "1");
  auto last = two.put(0, "c", "1");
  two.down(0, 1);
  two.up(0, 1);
  two.deliver_next();
  two.deliver_next(); // they have met
  two.mail.clear();
  two.put(0, "d", "1");
  two.deliver_next(); // a push that starts after a gap
  BOOST_TEST(as<sync::ack>(two.mail[0])->upto == last + 1);
  BOOST_TEST(as<sync::ack>(two.mail[0])->have == 0u);
  two.deliver_next();
  BOOST_TEST(two[0].acknowledged_by(1) == 0u);
  two.run();
  BOOST_TEST(two[0].acknowledged_by(last + 1) == 1u);
  BOOST_TEST(two.all_equal());
}

BOOST_AUTO_TEST_CASE(who_gets_a_long_log_pushed_compares_when_no_more_comes) {
  sync::config cfg;
  cfg.max_group_keys = 1;
  cfg.reconcile_every = 1h;
  replica_bench two{2, cfg};
  two.connect_all();
  for (int i = 0; i < 50; ++i)
    two.put(0, "key " + std::to_string(i), "v");
  auto group = two.take();
  two[0].neighbour_suspect(replica_id{99}, two.now);
  two.finish(0);
  two.run(); // the other hears how long the log is
  two.deliver(group);
  auto compares_of_other = [&] {
    return std::ranges::count_if(two.mail, [](const packet& x) {
      return x.from == replica_bench::id(1) && as<sync::compare>(x);
    });
  };
  for (int i = 0; i < 40; ++i) {
    two.pass(cfg.retransmit_after / 2);
    BOOST_TEST(compares_of_other() == 0);
    two.deliver_next(); // an acknowledgement
    two.deliver_next(); // the next group
  }
  two.mail.clear();
  for (int i = 0; i < 2; ++i) // what came meanwhile counts once
    two.pass(cfg.retransmit_after);
  BOOST_TEST(compares_of_other() == 1);
  two.run();
  BOOST_TEST(two.all_equal());
}

BOOST_AUTO_TEST_CASE(insurance_waits_for_a_log_that_is_on_its_way) {
  sync::config cfg;
  cfg.max_group_keys = 2;
  cfg.reconcile_every = 1s;
  replica_bench two{2, cfg};
  two.connect_all();
  for (int i = 0; i < 50; ++i)
    two.put(0, "key " + std::to_string(i), "v");
  // The second one's insurance, while so many pushes arrive.
  auto is_asked_more = [&](int pushes) {
    two.pass(2s);
    auto result = false;
    while (!two.mail.empty()) {
      auto next = two.take();
      auto is_lost =
        (as<sync::push>(next) && pushes-- <= 0)
        || (next.from == replica_bench::id(0) && as<sync::compare>(next));
      result |= next.from == replica_bench::id(1) && as<sync::probe>(next);
      if (!is_lost)
        two.deliver(next);
    }
    return result;
  };
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(!is_asked_more(1));
  BOOST_TEST(is_asked_more(1)); // not for ever
  BOOST_TEST(two.all_equal());
  std::ignore = is_asked_more(50); // all the pushes
  for (int i = 0; i < 50; ++i)
    two.put(0, "key " + std::to_string(i), "new");
  BOOST_TEST(!is_asked_more(1));
  BOOST_TEST(is_asked_more(0)); // nobody pushes
  std::ignore = is_asked_more(50);
  for (int i = 0; i < 50; ++i)
    two.put(0, "key " + std::to_string(i), "newer");
  BOOST_TEST(!is_asked_more(1));
  two.down(1, 0); // what comes now may be all that is left
  two.up(1, 0);
  while (!two.all_equal() && !two.mail.empty())
    two.deliver_next();
  BOOST_TEST(two.all_equal());
}

BOOST_AUTO_TEST_CASE(limits_of_one_key_and_one_byte_lose_nothing) {
  sync::config cfg;
  cfg.max_group_bytes = 1;
  cfg.max_group_keys = 1;
  cfg.max_asked_nodes = 1;
  cfg.max_log_records = 1;
  replica_bench three{3, cfg};
  for (std::size_t i = 0; i < 30; ++i)
    three.put(i % 3, "key " + std::to_string(i), std::string(100, 'x'));
  three.connect_all();
  BOOST_TEST(three.all_equal());
  BOOST_TEST(three[0].map().size() == 30u);
  for (std::size_t i = 0; i < 30; ++i)
    three.put(i % 3, "key " + std::to_string(i), "new");
  three.run();
  BOOST_TEST(three.all_equal());
  BOOST_TEST(three.value(0, "key 29") == "new");
}

BOOST_AUTO_TEST_CASE(who_writes_without_a_pause_gathers_writes) {
  auto write = [&](int n, const std::string& prefix) {
    for (int i = 0; i < n; ++i)
      put(0, prefix + std::to_string(i), "v");
  };
  write(20, "first "); // one, and the others when that is acknowledged
  run();
  BOOST_TEST(all_equal());
  auto so_far = (*this)[0].stats().pushes_sent;
  write(5, "few ");
  BOOST_TEST(mail.empty());
  BOOST_TEST((((*this)[0].wake_at() - now.at) <= sync::config{}.gather_for));
  write(59, "many "); // as many as are gathered
  run();
  BOOST_TEST(all_equal());
  BOOST_TEST((*this)[0].stats().pushes_sent == so_far + 1);
  write(5, "late ");
  BOOST_TEST(mail.empty());
  pass(sync::config{}.gather_for);
  run();
  BOOST_TEST(all_equal());
  put(0, "one", "v"); // the last group had five
  BOOST_TEST(!mail.empty());
  run();
  BOOST_TEST(all_equal());
}

BOOST_AUTO_TEST_CASE(a_clear_removes_what_it_saw_and_nothing_else) {
  for (int i = 0; i < 20; ++i)
    put(static_cast<std::size_t>(i % 2), "key " + std::to_string(i), "v");
  run();
  (*this)[1].put("new", "unheard of", (*this)[1].stamp_at(now));
  (*this)[1].put("key 3", "again", (*this)[1].stamp_at(now));
  (*this)[0].clear();
  finish(0);
  BOOST_TEST(changed.size() == 20u);
  std::size_t bytes = 0;
  for (const auto& x : mail)
    bytes += x.bytes->size();
  BOOST_TEST(bytes < 60u); // whatever the number of keys
  run();
  finish(1);
  settle();
  BOOST_TEST(all_equal());
  BOOST_TEST((*this)[0].map().size() == 2u);
  BOOST_TEST(value(0, "key 3") == "again");
}

BOOST_AUTO_TEST_CASE(a_clear_that_did_not_arrive_is_learnt_by_reconciliation) {
  for (int i = 0; i < 100; ++i)
    put(0, "key " + std::to_string(i), "v");
  run();
  down(0, 1);
  (*this)[0].clear();
  put(0, "after", "v");
  up(0, 1);
  up(1, 0);
  down(1, 0);
  up(1, 0);
  run();
  BOOST_TEST(all_equal());
  BOOST_TEST((*this)[1].map().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_stranger_is_answered_but_not_remembered) {
  two_replicas x;
  x.down(1, 0);
  x.mail.clear();
  x.put(0, "k", "v");
  x.deliver_next();
  BOOST_TEST(x.value(1, "k") == "v");
  BOOST_TEST(as<sync::ack>(x.mail[0])->have == 0u);
  x.run();
  BOOST_TEST(x[0].idle());
  BOOST_TEST(x[0].acknowledged_by(1) == 0u);
  BOOST_TEST(x[1].neighbours().empty());
}

BOOST_AUTO_TEST_CASE(bad_input_is_counted_and_changes_nothing) {
  auto& x = (*this)[0];
  put(0, "k", "mine");
  run();
  auto refused = [&](const std::string& bytes) {
    auto before = x.stats().refused_messages;
    x.receive(id(1), bytes, now);
    return x.stats().refused_messages == before + 1;
  };
  auto digest = x.map().digest();
  auto ours = x.map().seen().latest(x.id());
  BOOST_TEST(refused(""));
  BOOST_TEST(refused("nonsense"));
  BOOST_TEST(refused(std::string(5 * 1024 * 1024, '\1')));
  // Dots of ours that we never made.
  crdt::dot forged{x.id(), ours + 1};
  crdt::key_delta gone{"k", {}, {forged}};
  BOOST_TEST(refused(push_with(forged)));
  BOOST_TEST(refused(push_of(gone)));
  BOOST_TEST(
    refused(encode_message(sync::push{0, 1, {}, {}, crdt::news_of(gone), 1})));
  sync::list_answer list{std::nullopt, 1};
  BOOST_TEST(refused(
    encode_message(sync::report{1, 1, 0, {list}, crdt::news_of(gone), {}})));
  sync::differs all{1, 0, 0, {}, {}};
  all.seen.add(forged);
  BOOST_TEST(refused(encode_message(all)));
  BOOST_TEST(refused(encode_message(sync::push{0, 0, all.seen, {}, {}, 1})));
  // More writes than anybody can have made.
  crdt::dot absurd{id(1), crdt::largest_counter + 1};
  BOOST_TEST(refused(push_with(absurd)));
  // Acknowledgements of what we never wrote.
  BOOST_TEST(refused(encode_message(sync::ack{x.sequence() + 1, 0, 0})));
  BOOST_TEST(refused(encode_message(sync::ack{0, 0, x.sequence() + 1})));
  BOOST_TEST((x.map().digest() == digest));
  BOOST_TEST(x.map().seen().latest(x.id()) == ours);
}

BOOST_AUTO_TEST_CASE(nobody_talks_to_oneself) {
  auto& x = (*this)[0];
  x.neighbour_up(x.id(), now);
  BOOST_TEST(x.neighbours().size() == 1u);
  x.receive(x.id(), encode_message(sync::ack{0, 0, 0}), now);
  BOOST_TEST(x.stats().refused_messages == 1u);
}

BOOST_AUTO_TEST_CASE(a_write_has_a_later_stamp_than_what_it_has_seen) {
  now.wall += 10min; // the clock of replica 0 is fast
  put(0, "k", "1");
  run();
  now.wall -= 10min;
  auto heard = (*this)[1].winner("k")->when;
  BOOST_TEST(((*this)[1].stamp_at(now) > heard));
}

BOOST_AUTO_TEST_SUITE_END()
