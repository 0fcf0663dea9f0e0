// SPDX-License-Identifier: MIT

#include "horde/naming/cluster_locks.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <memory>

#include "horde/actors/fence.hpp"
#include "horde/overload.hpp"

using namespace horde;
using namespace horde::naming;
using namespace std::chrono_literals;

namespace {

/// Members that hear each other at once, unless one is cut off or what is said
/// is held back.
struct fixture {
  explicit fixture(std::size_t n = 3) {
    for (std::size_t i = 0; i < n; ++i)
      restart(i);
    introduce();
  }

  moment now() const { return {instant{at}, wall_time{at}}; }
  static member_id member(std::size_t i) {
    return {"names", "n" + std::to_string(i)};
  }

  void restart(std::size_t i) {
    if (ids.size() <= i) {
      ids.resize(i + 1);
      all.resize(i + 1);
    }
    ids[i] = replica_id{++lives};
    all[i] =
      std::make_unique<cluster_locks>(cfg, member(i), ids[i], lives, now());
  }

  void introduce() {
    for (std::size_t i = 0; i < all.size(); ++i)
      introduce(i);
    run();
  }

  void introduce(std::size_t i) {
    members list;
    std::vector<lock_peer> reachable;
    for (std::size_t j = 0; j < all.size(); ++j) {
      list.push_back(member(j));
      if (j != i && j != alone && i != alone)
        reachable.push_back({member(j), ids[j]});
    }
    all[i]->set_members(list, reachable, now());
    take(i);
  }

  void take(std::size_t i) {
    for (auto& x : all[i]->finish(now()))
      std::visit(overload{
                   [&](lock::send& y) {
                     mail.push_back({ids[i], y.to, std::move(y.bytes)});
                   },
                   [&](const lock::grant& y) { granted[y.ticket] = y.token; },
                   [&](const lock::lose& y) { lost.push_back(y.ticket); },
                   [&](const lock::fail& y) { failed[y.ticket] = y.why.code; },
                 },
                 x);
  }

  struct letter {
    replica_id from;
    replica_id to;
    std::string bytes;
  };

  void deliver(const letter& x) {
    for (std::size_t i = 0; i < all.size(); ++i)
      if (ids[i] == x.to) {
        all[i]->receive(x.from, x.bytes, now());
        take(i);
      }
  }

  void run() {
    while (!mail.empty()) {
      auto next = std::move(mail.front());
      mail.pop_front();
      deliver(next);
    }
  }

  void advance(duration d) {
    for (auto end = at + d; at < end;) {
      at += 10ms;
      for (std::size_t i = 0; i < all.size(); ++i) {
        all[i]->tick(now());
        take(i);
      }
      run();
    }
  }

  lock_ticket ask(std::size_t i, const std::string& key = "x",
                  duration lease = 2s, duration limit = 1h) {
    auto ticket = lock_ticket{++tickets};
    all[i]->ask(ticket, key, lease, limit, now());
    take(i);
    return ticket;
  }

  void release(std::size_t i, lock_ticket x) {
    all[i]->release(x, now());
    take(i);
    run();
  }

  bool has(lock_ticket x) const { return granted.contains(x); }

  lock_config cfg;
  duration at = 1h;
  std::uint64_t lives = 0;
  std::vector<replica_id> ids;
  std::vector<std::unique_ptr<cluster_locks>> all;
  std::size_t alone = 99;
  std::deque<letter> mail;
  std::uint64_t tickets = 0;
  std::map<lock_ticket, std::uint64_t> granted;
  std::vector<lock_ticket> lost;
  std::map<lock_ticket, errc> failed;
};

struct five : fixture {
  five() : fixture(5) {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(locks_of_the_horde, fixture)

BOOST_AUTO_TEST_CASE(a_lock_goes_from_one_to_the_next_with_larger_tokens) {
  auto first = ask(0);
  run();
  BOOST_TEST(has(first));
  auto second = ask(1);
  auto third = ask(0);
  run();
  BOOST_TEST(!has(second));
  release(0, first);
  BOOST_TEST(has(second));
  BOOST_TEST(!has(third));
  release(1, second);
  BOOST_TEST(has(third));
  BOOST_TEST(granted[first] < granted[second]);
  BOOST_TEST(granted[second] < granted[third]);
}

BOOST_AUTO_TEST_CASE(after_a_holder_is_cut_off_its_token_is_refused) {
  fence door;
  auto first = ask(0);
  run();
  BOOST_TEST(door.admit(granted[first]));
  alone = 0;
  introduce();
  auto second = ask(1);
  advance(1s);
  BOOST_TEST(!has(second)); // the lease goes on
  BOOST_TEST(all[0]->is_held(first, now().at));
  advance(1500ms);
  BOOST_TEST(!all[0]->is_held(first, now().at));
  BOOST_TEST((lost == std::vector<lock_ticket>{first}));
  BOOST_TEST(has(second));
  BOOST_TEST(door.admit(granted[second]));
  BOOST_TEST(!door.admit(granted[first]));
  BOOST_TEST(door.admit(granted[second]));
}

BOOST_AUTO_TEST_CASE(a_lock_is_renewed_as_long_as_it_is_wanted) {
  auto first = ask(0);
  run();
  auto second = ask(1);
  advance(20s);
  BOOST_TEST(all[0]->is_held(first, now().at));
  BOOST_TEST(!has(second));
}

BOOST_AUTO_TEST_CASE(less_than_a_majority_grants_nothing) {
  alone = 0;
  introduce();
  auto x = ask(0, "x", 2s, 5s);
  advance(6s);
  BOOST_TEST(!has(x));
  BOOST_TEST((failed[x] == errc::timeout));
  BOOST_TEST(all[0]->requests().size() == 0u);
}

BOOST_AUTO_TEST_CASE(who_was_restarted_learns_what_it_had_promised) {
  auto first = ask(0);
  run();
  restart(1);
  restart(2); // all are there, so the holder says what it has
  introduce();
  auto second = ask(1);
  advance(10s);
  BOOST_TEST(!has(second));
  BOOST_TEST(all[0]->is_held(first, now().at));
  release(0, first);
  advance(1s);
  BOOST_TEST(has(second));
  BOOST_TEST(granted[first] < granted[second]);
}

BOOST_FIXTURE_TEST_CASE(a_vote_of_a_life_that_is_over_does_not_count, five) {
  auto warm = ask(4, "y"); // all know enough to vote
  run();
  release(4, warm);
  // n0 has got promises of all; what it says to n2, n3, n4 is on its way.
  auto first = ask(0);
  std::deque<letter> late;
  auto is_take = [](const letter& x) {
    auto what = decode_lock_message(x.bytes);
    return std::holds_alternative<lock::take>(*what);
  };
  auto is_vote_of = [&](const letter& x, std::size_t i) {
    auto what = decode_lock_message(x.bytes);
    return x.from == ids[i] && std::holds_alternative<lock::accepted>(*what);
  };
  while (!mail.empty()) {
    auto next = std::move(mail.front());
    mail.pop_front();
    if ((is_take(next) && next.to != ids[1]) || is_vote_of(next, 1))
      late.push_back(next);
    else
      deliver(next);
  }
  BOOST_TEST(!has(first));
  // n1 has voted for it, and forgets that; it learns from n2, n3 and n4.
  restart(1);
  for (std::size_t i = 1; i < 5; ++i)
    introduce(i);
  auto other = ask(1, "z");
  run();
  BOOST_TEST(has(other));
  // Now its old vote arrives, and that of n2.
  std::size_t votes = 0;
  for (const auto& x : late)
    if (is_vote_of(x, 1) || x.from != ids[0] || x.to == ids[2]) {
      deliver(x);
      ++votes;
    }
  BOOST_TEST(votes == 2u);
  run();
  BOOST_TEST(!has(first)); // n1, n3 and n4 may give it to somebody else
  BOOST_TEST(all[0]->requests().size() == 1u);
}

BOOST_AUTO_TEST_CASE(absurd_input_changes_nothing) {
  auto list = all[0]->electorate().list();
  auto warm = ask(0, "y");
  run();
  release(0, warm);
  auto before = all[0]->voter().highest();
  auto most = ~std::uint64_t{0};
  auto say = [&](replica_id from, const lock_message& x) {
    all[0]->receive(from, encode_lock_message(x), now());
    take(0);
  };
  say(ids[1], lock::ask{list, "x", 1, 1});
  say(ids[1], lock::take{list, "x", 1, most, 1s});
  say(ids[1], lock::take{list, "x", 1, before + 10, 1h});
  say(ids[1], lock::take{list, "x", 1, before + 10, -1s});
  say(ids[1], lock::renew{list, "x", 1, most, 1, 1s});
  say(ids[1], lock::renew{list, "x", 1, before + 10, 1, 1h});
  say(replica_id{12345}, lock::ask{list, "z", 1, 1});
  say(ids[1], lock::ask{list + 1, "z", 1, 1});
  say(ids[1], lock::ask{list, std::string(2000, 'x'), 1, 1});
  say(ids[1], lock::report{list, 1, true, {}, most, {}, {}});
  say(ids[1], lock::report{list, 1, true, {}, 1, {}, 1h});
  say(ids[1], lock::accepted{list, 1, 0, {}});
  all[0]->receive(ids[1], "nonsense", now());
  BOOST_TEST(all[0]->voter().highest() == before + 1); // promised for "x"
  BOOST_TEST(all[0]->voter().keys() == 1u);
  mail.clear();
  auto mine = ask(0, "x");
  advance(3s); // n1 does not ask again
  BOOST_TEST(has(mine));
  BOOST_TEST(granted[mine] < before + 100);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_granted_is_refused_with_a_reason) {
  BOOST_TEST((failed[ask(0, "")] == errc::too_large));
  BOOST_TEST((failed[ask(0, "x", 31s)] == errc::bad_option));
  BOOST_TEST((failed[ask(0, "x", 1ms)] == errc::bad_option));
  cfg.max_locks = 2;
  restart(0);
  introduce();
  ask(0, "a");
  ask(0, "b");
  BOOST_TEST((failed[ask(0, "c")] == errc::refused));
  all[0]->set_members({member(1), member(2)}, {}, now());
  take(0);
  BOOST_TEST((failed[ask(0, "d")] == errc::not_a_member));
}

BOOST_AUTO_TEST_CASE(who_gives_up_waiting_is_in_nobodys_way) {
  auto first = ask(0);
  run();
  auto second = ask(1);
  auto third = ask(2);
  run();
  release(1, second);
  release(0, first);
  advance(1s);
  BOOST_TEST(!has(second));
  BOOST_TEST(has(third));
}

BOOST_AUTO_TEST_SUITE_END()
