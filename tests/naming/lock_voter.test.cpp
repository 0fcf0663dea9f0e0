// SPDX-License-Identifier: MIT

#include "horde/naming/lock_voter.hpp"

#include <boost/test/unit_test.hpp>

using namespace horde;
using namespace horde::naming;
using namespace std::chrono_literals;

namespace {

constexpr auto a = replica_id{1};
constexpr auto b = replica_id{2};
constexpr std::uint64_t list = 77;

instant at(duration x) {
  return instant{1h + x};
}

struct fixture {
  fixture() { voter.open(at(0s), out); }

  template <class T>
  void hear(replica_id from, const T& x, duration when = 0s) {
    voter.receive(from, x, at(when), out);
  }

  /// What was said since, without what is not of this kind.
  template <class T>
  std::vector<std::pair<replica_id, T>> said() {
    std::vector<std::pair<replica_id, T>> result;
    for (const auto& x : std::exchange(out, {}))
      if (auto body = std::get_if<T>(&x.what))
        result.emplace_back(x.to, *body);
    return result;
  }

  lock_config cfg;
  lock_voter voter{cfg, 100};
  lock_posts out;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(lock_voters, fixture)

BOOST_AUTO_TEST_CASE(a_key_is_kept_for_one_and_then_for_the_next) {
  hear(a, lock::ask{list, "x", 1, 10});
  auto first = said<lock::promise>();
  BOOST_REQUIRE(first.size() == 1u);
  BOOST_TEST((first[0].second == lock::promise{list, 1, 101}));
  hear(b, lock::ask{list, "x", 1, 11});
  BOOST_TEST(said<lock::promise>().empty());
  hear(a, lock::drop{"x", 1});
  auto next = said<lock::promise>();
  BOOST_REQUIRE(next.size() == 1u);
  BOOST_TEST((next[0].first == b));
  BOOST_TEST((next[0].second == lock::promise{list, 1, 102}));
}

BOOST_AUTO_TEST_CASE(who_has_an_earlier_turn_is_let_in_if_the_other_yields) {
  hear(a, lock::ask{list, "x", 1, 20});
  said<lock::promise>();
  hear(b, lock::ask{list, "x", 1, 10});
  auto wanted = said<lock::wanted>();
  BOOST_REQUIRE(wanted.size() == 1u);
  BOOST_TEST((wanted[0].first == a));
  hear(a, lock::yield{"x", 1});
  auto promised = said<lock::promise>();
  BOOST_REQUIRE(promised.size() == 1u);
  BOOST_TEST((promised[0].first == b));
  hear(b, lock::drop{"x", 1});
  promised = said<lock::promise>(); // who yielded goes on waiting
  BOOST_REQUIRE(promised.size() == 1u);
  BOOST_TEST((promised[0].first == a));
}

BOOST_AUTO_TEST_CASE(only_who_the_key_is_kept_for_may_take_it) {
  hear(a, lock::ask{list, "x", 1, 10});
  hear(b, lock::take{list, "x", 1, 200, 1s});
  BOOST_TEST(said<lock::refused>().size() == 1u);
  hear(a, lock::take{list, "x", 2, 200, 1s}); // another attempt
  BOOST_TEST(said<lock::refused>().size() == 1u);
  hear(a, lock::take{list, "x", 1, 100, 1s}); // below what was promised
  BOOST_TEST(said<lock::refused>().size() == 1u);
  hear(a, lock::take{list, "x", 1, 200, 1s});
  BOOST_TEST(said<lock::accepted>().size() == 1u);
  BOOST_TEST(voter.highest() == 200u);
  hear(a, lock::take{list, "x", 1, 200, 1s}); // said twice
  BOOST_TEST(said<lock::accepted>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_late_release_frees_nobody_elses_key) {
  hear(a, lock::ask{list, "x", 1, 10});
  hear(a, lock::take{list, "x", 1, 200, 1s});
  hear(a, lock::drop{"x", 1});
  hear(b, lock::ask{list, "x", 1, 11});
  hear(b, lock::take{list, "x", 1, 201, 1s});
  BOOST_TEST(said<lock::accepted>().size() == 2u);
  hear(a, lock::drop{"x", 1});
  hear(a, lock::ask{list, "x", 2, 12});
  BOOST_TEST(said<lock::promise>().empty());
  hear(b, lock::ask{list, "x", 2, 13}); // what it had it has no more
  BOOST_TEST(said<lock::promise>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_lease_ends_by_itself_and_nothing_is_left) {
  hear(a, lock::ask{list, "x", 1, 10});
  hear(a, lock::take{list, "x", 1, 200, 1s});
  hear(b, lock::ask{list, "x", 1, 11}, 900ms);
  said<lock::promise>();
  voter.tick(at(999ms), out);
  BOOST_TEST(said<lock::promise>().empty());
  BOOST_TEST((voter.wake_at() == at(1s)));
  voter.tick(at(1s), out);
  BOOST_TEST(said<lock::promise>().size() == 1u);
  voter.tick(at(1h), out); // b has not asked again
  BOOST_TEST(voter.keys() == 0u);
  BOOST_TEST(voter.requesters() == 0u);
  BOOST_TEST((voter.wake_at() == never));
}

BOOST_AUTO_TEST_CASE(a_renewal_is_taken_unless_there_is_a_larger_token) {
  hear(a, lock::renew{list, "x", 1, 200, 1, 1s}); // we had no part in it
  BOOST_TEST(said<lock::accepted>().size() == 1u);
  hear(b, lock::renew{list, "x", 1, 199, 1, 1s});
  hear(b, lock::renew{list, "x", 1, 200, 1, 1s});
  BOOST_TEST(said<lock::accepted>().empty());
  hear(b, lock::renew{list, "x", 1, 201, 1, 1s});
  BOOST_TEST(said<lock::accepted>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_others_tell_blocks_a_key_for_the_longest_time_told) {
  voter.learn({"x", a, 1, 200, 1s}, at(0s));
  voter.learn({"x", a, 1, 200, 2s}, at(0s));
  voter.learn({"x", b, 1, 150, 9s}, at(0s)); // over: a has a larger token
  hear(b, lock::ask{list, "x", 1, 10}, 1900ms);
  BOOST_TEST(said<lock::promise>().empty());
  voter.tick(at(2100ms), out);
  auto promised = said<lock::promise>();
  BOOST_REQUIRE(promised.size() == 1u);
  BOOST_TEST(promised[0].second.number > 200u);
}

BOOST_AUTO_TEST_CASE(while_it_may_not_promise_it_only_remembers_who_asked) {
  voter.close(at(0s));
  hear(a, lock::ask{list, "x", 1, 10});
  BOOST_TEST(out.empty());
  hear(a, lock::take{list, "x", 1, 200, 1s});
  BOOST_TEST(said<lock::refused>().size() == 1u);
  voter.open(at(0s), out);
  BOOST_TEST(said<lock::promise>().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_requester_has_at_most_so_many_keys) {
  cfg.max_locks = 3;
  for (int i = 0; i < 5; ++i)
    hear(a,
         lock::ask{list, std::to_string(i), static_cast<std::uint64_t>(i), 10});
  BOOST_TEST(voter.keys() == 3u);
  hear(b, lock::ask{list, "x", 1, 10});
  BOOST_TEST(voter.keys() == 4u);
  voter.gone(a, at(0s), out);
  BOOST_TEST(voter.keys() == 1u);
  BOOST_TEST(voter.requesters() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
