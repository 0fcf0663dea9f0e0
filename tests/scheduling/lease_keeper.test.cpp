// SPDX-License-Identifier: MIT

#include "horde/scheduling/lease_keeper.hpp"

#include <boost/test/unit_test.hpp>

#include "horde/membership/quorum.hpp"

using namespace horde;
using namespace horde::scheduling;
using namespace std::chrono_literals;

namespace {

constexpr replica_id a{1};
constexpr replica_id b{2};
constexpr replica_id c{3};

instant at(duration x) {
  return instant{1h} + x;
}

std::vector<member_info> list_of(std::vector<replica_id> replicas) {
  std::vector<member_info> result;
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    member_info x;
    x.who = {"h", "node-" + std::to_string(i)};
    x.status = member_status::alive;
    x.replica = replicas[i];
    x.linked = true;
    result.push_back(x);
  }
  return result;
}

/// Member `a` of three that has been there for long: lease 5 s, margin 1 s.
struct world {
  world() {
    keeper.begin(a, at(-1h));
    keeper.set_members(list_of({a, b, c}), at(-1h));
  }

  lease_keeper::news step(duration t) { return keeper.step(at(t)); }

  std::optional<operation> receive(replica_id from, operation x, duration t) {
    bool is_malformed = false;
    auto result = keeper.receive(from, x, is_malformed, at(t));
    malformed += is_malformed ? 1 : 0;
    return result;
  }

  template <class T>
  static std::optional<T> sent(const lease_keeper::news& x) {
    for (const auto& post : x.posts)
      if (auto y = std::get_if<T>(&post.what))
        return *y;
    return std::nullopt;
  }

  /// Asks, and `from` agrees to all after `delay`.
  lease_keeper::news agree(replica_id from, const lease_request& x,
                           claim_stand is, duration t) {
    lease_grant grant{x.number, x.list, {}};
    grant.claims.resize(x.claims.size(), {is, 0});
    receive(from, grant, t);
    return step(t);
  }

  bool lends_to(replica_id who, duration t) {
    auto list = *list_hash;
    return receive(who, lease_request{++number, list, {}}, t).has_value();
  }

  claim_stand claims(replica_id who, std::uint64_t attempt, duration t) {
    lease_request ask{++number, *list_hash, {{"x", attempt, attempt}}};
    auto x = receive(who, ask, t);
    BOOST_REQUIRE(x.has_value());
    return std::get<lease_grant>(*x).claims.at(0).is;
  }

  std::vector<known_copy> recorded;
  std::set<replica_id> gone;
  lease_keeper keeper{{},
                      membership::has_majority,
                      {[this](const std::string&) { return recorded; },
                       [this](replica_id x) { return gone.contains(x); }}};
  std::optional<std::uint64_t> list_hash;
  std::uint64_t number = 0;
  int malformed = 0;

  void learn_list() { list_hash = sent<lease_request>(step(0s))->list; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(lease_keeper_tests)

BOOST_AUTO_TEST_CASE(settings_are_checked) {
  BOOST_TEST(!validate(lease_config{}));
  BOOST_TEST(validate(lease_config{.time = 100ms})->what
             == "lease takes 250 ms to 1 h; it is 100 ms");
  BOOST_TEST(validate(lease_config{.time = 4s, .margin = 100ms})->what
             == "lease_margin takes a twentieth of lease up to lease, 200 ms "
                "to 4000 ms; it is 100 ms");
}

BOOST_FIXTURE_TEST_CASE(a_grant_counts_from_when_it_was_asked_for, world) {
  auto request = sent<lease_request>(step(0s));
  BOOST_REQUIRE(request.has_value());
  BOOST_TEST(!keeper.holds(at(0s)));
  agree(b, *request, {}, 2s);
  BOOST_TEST(keeper.holds(at(2s)));
  BOOST_TEST(keeper.holds(at(5s - 1ns)));
  BOOST_TEST(!keeper.holds(at(5s)));
}

BOOST_FIXTURE_TEST_CASE(a_grant_of_another_list_or_of_long_ago_is_none, world) {
  auto request = *sent<lease_request>(step(0s));
  receive(b, lease_grant{request.number, request.list + 1, {}}, 1s);
  receive(b, lease_grant{request.number + 7, request.list, {}}, 1s);
  step(1s);
  BOOST_TEST(!keeper.holds(at(1s)));
  agree(b, request, {}, 6s);
  BOOST_TEST(!keeper.holds(at(6s)));
  BOOST_TEST(malformed == 0);
}

BOOST_FIXTURE_TEST_CASE(answers_must_fit_what_was_asked, world) {
  auto request = *sent<lease_request>(step(0s));
  receive(b, lease_grant{request.number, request.list, {{}, {}}}, 1s);
  BOOST_TEST(malformed == 1);
  step(1s);
  BOOST_TEST(!keeper.holds(at(1s)));
}

BOOST_FIXTURE_TEST_CASE(alone_a_member_has_its_lease_for_ever, world) {
  keeper.set_members(list_of({a}), at(0s));
  step(0s);
  BOOST_TEST(keeper.holds(at(100h)));
  // Until there are others: then for one more lease.
  keeper.set_members(list_of({a, b, c}), at(1s));
  step(1s);
  BOOST_TEST(keeper.holds(at(5s)));
  BOOST_TEST(!keeper.holds(at(6s)));
}

BOOST_FIXTURE_TEST_CASE(a_start_is_granted_by_a_quorum, world) {
  auto request = *sent<lease_request>(step(0s));
  agree(b, request, {}, 10ms);
  keeper.claim("x", 4, at(1s));
  auto asked = step(1s);
  BOOST_TEST(asked.granted.empty()); // we alone are none
  request = *sent<lease_request>(asked);
  BOOST_TEST((request.claims == std::vector<claim>{{"x", 4, 1}}));
  auto news = agree(c, request, claim_stand::promised, 1100ms);
  BOOST_TEST((news.granted == std::vector<claim>{{"x", 4, 1}}));
  // It is asked again until a quorum has the record.
  request = *sent<lease_request>(step(3s));
  BOOST_TEST(request.claims.size() == 1u);
  recorded = {{a, 4}};
  agree(b, request, claim_stand::recorded, 3s);
  request = *sent<lease_request>(step(5s));
  agree(b, request, claim_stand::recorded, 5s);
  request = *sent<lease_request>(step(7s));
  BOOST_TEST(request.claims.empty());
}

BOOST_FIXTURE_TEST_CASE(what_no_quorum_recorded_in_time_is_lost, world) {
  agree(b, *sent<lease_request>(step(0s)), {}, 0s);
  keeper.claim("x", 1, at(1s));
  agree(b, *sent<lease_request>(step(1s)), claim_stand::promised, 1s);
  for (auto t : {2700ms, 4400ms}) { // the lease goes on with the other one
    auto request = *sent<lease_request>(step(t));
    receive(c, lease_grant{request.number, request.list, {{}}}, t);
    BOOST_TEST(step(t).lost.empty());
  }
  BOOST_TEST((step(6s).lost == std::vector<std::string>{"x"}));
  BOOST_TEST(keeper.holds(at(6s)));
}

BOOST_FIXTURE_TEST_CASE(a_token_that_was_there_is_not_used_again, world) {
  agree(b, *sent<lease_request>(step(0s)), {}, 0s);
  keeper.claim("x", 2, at(1s));
  auto request = *sent<lease_request>(step(1s));
  receive(b, lease_grant{request.number, request.list, {{claim_stand::no, 6}}},
          1s);
  request = *sent<lease_request>(step(1s));
  BOOST_TEST((request.claims == std::vector<claim>{{"x", 7, 2}}));
}

BOOST_AUTO_TEST_CASE(messages_are_read_as_they_were_written_and_checked) {
  lease_request request{1, 2, {{"x", 3}, {"y", 4, 9, true}}};
  auto bytes = encode_operation(request);
  BOOST_TEST((std::get<lease_request>(*decode_operation(bytes)) == request));
  for (std::size_t i = 0; i < bytes.size(); ++i)
    BOOST_TEST(!decode_operation(bytes.substr(0, i)));
  BOOST_TEST(!decode_operation(bytes + "x"));
  auto is_taken = [](const operation& x) {
    return decode_operation(encode_operation(x)).has_value();
  };
  BOOST_TEST(is_taken(fence_request{1, 2, a, true}));
  BOOST_TEST(is_taken(fence_reply{1, 2, a, 1s}));
  BOOST_TEST(!is_taken(fence_reply{1, 2, a, -1s}));
  BOOST_TEST(is_taken(lease_grant{1, 2, {{claim_stand::recorded, 3}}}));
  BOOST_TEST(!is_taken(lease_grant{1, 2, {{claim_stand{3}, 3}}}));
  BOOST_TEST(!is_taken(lease_grant{1, 2, {{{}, max_attempt + 1}}}));
  BOOST_TEST(!is_taken(lease_request{0, 2, {}}));
  BOOST_TEST(!is_taken(lease_request{1, 2, {{"", 1}}}));
  BOOST_TEST(!is_taken(lease_request{1, 2, {{"x", 0}}}));
  BOOST_TEST(!is_taken(lease_request{1, 2, {{"x", max_attempt + 1}}}));
}

// -- what is granted ---------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_child_is_promised_to_one_at_a_time, world) {
  learn_list();
  BOOST_TEST((claims(b, 1, 0s) == claim_stand::promised));
  BOOST_TEST((claims(b, 1, 1s) == claim_stand::promised));
  BOOST_TEST((claims(c, 2, 6s) == claim_stand::no));
  BOOST_TEST((claims(c, 1, 13s) == claim_stand::no)); // the token was there
  BOOST_TEST((claims(c, 2, 13s) == claim_stand::promised));
}

BOOST_FIXTURE_TEST_CASE(who_has_no_record_of_it_gets_it_from_nobody, world) {
  learn_list();
  recorded = {{b, 3}};
  BOOST_TEST((claims(b, 3, 0s) == claim_stand::recorded));
  BOOST_TEST((claims(c, 9, 0s) == claim_stand::no));
  recorded = {{c, 3, false}};                        // placed on it
  BOOST_TEST((claims(c, 3, 0s) == claim_stand::no)); // that token was another's
  BOOST_TEST((claims(c, 4, 0s) == claim_stand::promised));
  recorded = {{c, 3}, {b, 4}}; // and the former one went on
  BOOST_TEST((claims(c, 5, 20s) == claim_stand::no));
}

BOOST_FIXTURE_TEST_CASE(what_is_given_back_is_free_at_once, world) {
  learn_list();
  BOOST_TEST((claims(b, 1, 0s) == claim_stand::promised));
  lease_request back{++number, *list_hash, {{"x", 1, 1, true}}};
  receive(b, back, 1s);
  BOOST_TEST((claims(c, 2, 1s) == claim_stand::promised));
  receive(b, back, 1s); // again
  BOOST_TEST((claims(b, 3, 1s) == claim_stand::no));
  back.claims = {{"x", 2, 2, true}};
  receive(c, back, 1s);
  BOOST_TEST((claims(c, 2, 1s) == claim_stand::no)); // late
}

BOOST_FIXTURE_TEST_CASE(another_start_never_gets_the_same_token, world) {
  learn_list();
  BOOST_TEST((claims(b, 1, 0s) == claim_stand::promised));
  lease_request again{++number, *list_hash, {{"x", 1, 7}, {"x", 2, 8}}};
  auto answer = std::get<lease_grant>(*receive(b, again, 1s));
  BOOST_TEST((answer.claims.at(0) == claim_answer{claim_stand::no, 1}));
  BOOST_TEST((answer.claims.at(1).is == claim_stand::promised));
}

BOOST_FIXTURE_TEST_CASE(who_is_fenced_gets_no_lease, world) {
  learn_list();
  BOOST_TEST(lends_to(c, 0s));
  gone = {c};
  auto reply = receive(b, fence_request{1, *list_hash, c, false}, 2s);
  BOOST_REQUIRE(reply.has_value());
  BOOST_TEST((std::get<fence_reply>(*reply).left == 4s)); // lease and margin
  BOOST_TEST(!lends_to(c, 3s));
  gone = {}; // it is back: until who asked takes it back
  BOOST_TEST(!lends_to(c, 3s));
  receive(b, fence_request{2, *list_hash, c, true}, 3s);
  BOOST_TEST(lends_to(c, 3s));
  receive(b, fence_request{1, *list_hash, c, false}, 3s); // late
  BOOST_TEST(lends_to(c, 3s));
}

BOOST_FIXTURE_TEST_CASE(a_fence_ends_by_itself, world) {
  learn_list();
  gone = {c};
  receive(b, fence_request{1, *list_hash, c, false}, 0s);
  BOOST_TEST(!lends_to(c, 2499ms));
  BOOST_TEST(lends_to(c, 2500ms));
}

BOOST_FIXTURE_TEST_CASE(who_is_not_gone_is_not_fenced, world) {
  learn_list();
  BOOST_TEST(!receive(b, fence_request{1, *list_hash, c, false}, 0s));
  gone = {c};
  BOOST_TEST(!receive(b, fence_request{1, *list_hash + 1, c, false}, 0s));
  BOOST_TEST(lends_to(c, 0s));
}

// -- takeovers ---------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(children_are_taken_over_when_no_lease_is_left, world) {
  learn_list();
  BOOST_TEST(lends_to(c, 0s));
  gone = {c};
  BOOST_TEST(!keeper.may_take_over(c, at(1s)));
  for (duration t = 1s; t <= 7s; t += 500ms) {
    keeper.may_take_over(c, at(t));
    auto news = step(t);
    if (auto x = sent<fence_request>(news))
      receive(b, fence_reply{x->number, x->list, c, 0s}, t);
    news = step(t);
    BOOST_TEST(keeper.may_take_over(c, at(t)) == (t >= 6s)); // our own promise
  }
  // Nobody has told that the fence goes on.
  BOOST_TEST(!keeper.may_take_over(c, at(9s)));
}

BOOST_FIXTURE_TEST_CASE(one_member_alone_fences_nobody, world) {
  learn_list();
  gone = {c};
  for (auto t = 1s; t <= 30s; t += 1s) {
    keeper.may_take_over(c, at(t));
    step(t);
    BOOST_TEST(!keeper.may_take_over(c, at(t)));
  }
}

BOOST_FIXTURE_TEST_CASE(a_longer_promise_of_another_is_waited_for, world) {
  learn_list();
  gone = {c};
  keeper.may_take_over(c, at(0s));
  auto x = *sent<fence_request>(step(0s));
  receive(b, fence_reply{x.number, x.list, c, 1s}, 0s);
  step(0s);
  BOOST_TEST(!keeper.may_take_over(c, at(999ms)));
  BOOST_TEST(keeper.may_take_over(c, at(1s)));
}

BOOST_FIXTURE_TEST_CASE(a_fence_is_taken_back_when_the_member_returns, world) {
  learn_list();
  gone = {c};
  keeper.may_take_over(c, at(0s));
  step(0s);
  BOOST_TEST(!lends_to(c, 0s));
  gone = {};
  auto x = sent<fence_request>(step(1s));
  BOOST_REQUIRE(x.has_value());
  BOOST_TEST(x->drop);
  BOOST_TEST(lends_to(c, 1s));
}

BOOST_FIXTURE_TEST_CASE(the_word_of_who_was_restarted_does_not_count, world) {
  agree(b, *sent<lease_request>(step(0s)), {}, 0s);
  // It granted a lease just before: it goes on. A start waits.
  keeper.set_members(list_of({a, replica_id{9}, c}), at(1s));
  keeper.claim("x", 1, at(2s));
  auto request = *sent<lease_request>(step(2s));
  auto news = agree(replica_id{9}, request, claim_stand::promised, 2s);
  BOOST_TEST(keeper.holds(at(6s)));
  BOOST_TEST(news.granted.empty());
  news = agree(c, request, claim_stand::promised, 2s);
  BOOST_TEST(news.granted.size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_has_just_started_may_have_forgotten_what_it_promised) {
  world x;
  x.keeper.begin(a, at(0s));
  x.learn_list();
  x.gone = {c};
  auto reply = x.receive(b, fence_request{1, *x.list_hash, c, false}, 2s);
  BOOST_TEST((std::get<fence_reply>(*reply).left == 4s));
  // It does not count for its own starts.
  x.agree(b, *world::sent<lease_request>(x.step(2s)), {}, 2s);
  x.keeper.claim("x", 1, at(2s));
  auto request = *world::sent<lease_request>(x.step(2s));
  BOOST_TEST(x.agree(b, request, claim_stand::promised, 2s).granted.empty());
}

BOOST_AUTO_TEST_SUITE_END()
