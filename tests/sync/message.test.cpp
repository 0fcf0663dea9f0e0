// SPDX-License-Identifier: MIT

#include "horde/sync/message.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <rapidcheck.h>

#include "support/map_writes.hpp"
#include "support/twin_keys.hpp"

using namespace horde;
using namespace std::chrono_literals;
using namespace horde::sync;
using crdt::dot;
using crdt::key_delta;
using crdt::news;
using crdt::version;

namespace {

constexpr replica_id a{0x1234567890abcdef};

std::uint64_t any_number() {
  return *rc::gen::arbitrary<std::uint64_t>();
}

dot any_dot() {
  return {replica_id{*rc::gen::inRange<std::uint64_t>(0, 3)},
          *rc::gen::inRange<std::uint64_t>(1, 1000)};
}

template <class F>
auto some(int least, F f) {
  std::vector<decltype(f())> result;
  auto n = *rc::gen::inRange(least, 4);
  for (int i = 0; i < n; ++i)
    result.push_back(f());
  return result;
}

version any_version() {
  return {any_dot(), crdt::stamp{any_number()},
          *rc::gen::arbitrary<std::string>()};
}

key_delta any_delta() {
  key_delta result{*rc::gen::arbitrary<std::string>(), some(0, any_version),
                   some(0, any_dot)};
  if (result.versions.empty())
    result.gone.push_back(any_dot());
  return result;
}

/// News with memory of their own, ascending by hash. Two keys may have one.
struct owned_news {
  std::shared_ptr<std::vector<key_delta>> deltas =
    std::make_shared<std::vector<key_delta>>();
  news views;

  owned_news() {
    *deltas = some(0, any_delta);
    if (*rc::gen::inRange(0, 4) == 0)
      deltas->push_back({sim::twin_a, some(1, any_version), {}});
    auto hash_of = [](const key_delta& x) { return hash64(x.key); };
    std::ranges::sort(*deltas, {}, hash_of);
    auto is_same = [&](const key_delta& x, const key_delta& y) {
      return hash_of(x) == hash_of(y);
    };
    deltas->erase(std::unique(deltas->begin(), deltas->end(), is_same),
                  deltas->end()); // clang 14 fails at std::ranges::unique
    for (const auto& x : *deltas) {
      crdt::add(views, x);
      if (x.key != sim::twin_a)
        continue;
      views.add_key(sim::twin_b);
      views.add_version(x.versions.front());
    }
  }
};

/// Keeps what the views of a message point to.
std::vector<owned_news> kept;

const news& any_news() {
  return kept.emplace_back().views;
}

crdt::tree_node any_node() {
  return crdt::tree_node::of(any_number(), *rc::gen::inRange(0u, 20u));
}

short_digests any_digests() {
  short_digests result{};
  for (auto& x : result)
    x = *rc::gen::inRange(0, 3) == 0 ? 0 : any_number();
  return result;
}

std::vector<std::uint64_t> any_hashes(crdt::tree_node where) {
  std::vector<std::uint64_t> result;
  for (auto x : some(0, any_number))
    result.push_back(where.first() + (x & (where.last() - where.first())));
  std::ranges::sort(result);
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

question any_question() {
  auto where = any_node();
  if (*rc::gen::arbitrary<bool>())
    return digest_question{where, any_digests()};
  list_question result{where, {}};
  for (auto hash : any_hashes(where))
    result.hashes.push_back({hash, some(1, any_dot)});
  return result;
}

digest_answer any_digest_answer() {
  digest_answer result;
  for (std::uint8_t i = 0; i < crdt::tree_node::fan_out; ++i)
    if (*rc::gen::arbitrary<bool>())
      result.different.push_back({i, any_digests()});
  return result;
}

/// All news are those of the only list.
report any_report() {
  report result{any_number(), any_number(), any_number(), {}, any_news(), {}};
  for (const auto& x : some(0, any_digest_answer))
    result.answers.emplace_back(x);
  list_answer list{std::nullopt, result.news.size()};
  if (*rc::gen::arbitrary<bool>())
    list.upto = any_number();
  result.answers.emplace_back(list);
  for (auto d : some(0, any_dot)) {
    result.forgotten.add_hash(any_number());
    result.forgotten.add_gone(d);
  }
  return result;
}

differs any_differs() {
  differs result{any_number(), any_number(), any_number(), {}, {}};
  for (auto d : some(0, any_dot))
    result.seen.add(d);
  result.root = any_digest_answer();
  return result;
}

push any_push() {
  auto n = any_number();
  push result{n / 2, any_number(), std::nullopt, any_news(), any_news(), n};
  if (*rc::gen::arbitrary<bool>())
    result.cleared = any_differs().seen;
  return result;
}

std::vector<replica_id> any_ids() {
  std::vector<replica_id> result;
  for (std::uint64_t i = 0; i < 5; ++i)
    if (*rc::gen::arbitrary<bool>())
      result.push_back(replica_id{i << 60});
  return result;
}

notice any_notice() {
  return {any_number(), any_ids(), *rc::gen::arbitrary<bool>(),
          *rc::gen::arbitrary<bool>()};
}

sync::side any_side() {
  if (*rc::gen::arbitrary<bool>())
    return {};
  return {*rc::gen::inRange<std::uint64_t>(1, largest_side + 1), a};
}

stance any_stance() {
  std::chrono::milliseconds young_for{*rc::gen::inRange(0, 3)};
  return {any_number(),
          {a, *rc::gen::inRange<era>(0, 9), any_ids(), any_ids(), any_side(),
           young_for > young_for.zero()},
          young_for};
}

judgement any_judgement() {
  return {any_number(),
          *rc::gen::inRange<era>(0, 9),
          std::chrono::milliseconds{*rc::gen::inRange(0, 3)},
          any_side(),
          *rc::gen::arbitrary<bool>(),
          any_ids()};
}

message any_message() {
  kept.clear();
  auto n = any_number();
  switch (*rc::gen::inRange(0, 12)) {
  case 0: return any_push();
  case 1: return ack{n, any_number(), any_number()};
  case 2: return compare{n, any_number(), {n, 1}, any_digests()};
  case 3: return equal{n, any_number()};
  case 4: return any_differs();
  case 5: return probe{n, any_number(), some(0, any_question)};
  case 6: return any_report();
  case 7: return any_notice();
  case 8: return hail{};
  case 9: return any_stance();
  case 10: return any_judgement();
  default: return noted{n, n % 2 == 0};
  }
}

bool is_refused(const message& x) {
  return !decode_message(encode_message(x));
}

} // namespace

BOOST_AUTO_TEST_SUITE(message_tests)

BOOST_AUTO_TEST_CASE(what_was_said_is_heard) {
  BOOST_TEST(rc::check([] {
    auto x = any_message();
    auto bytes = encode_message(x);
    RC_ASSERT(decode_message(bytes) == x);
  }));
}

BOOST_AUTO_TEST_CASE(every_truncation_and_every_surplus_is_refused) {
  BOOST_TEST(rc::check([] {
    auto bytes = encode_message(any_message());
    for (std::size_t n = 0; n < bytes.size(); ++n)
      RC_ASSERT(!decode_message(std::string_view{bytes}.substr(0, n)));
    RC_ASSERT(!decode_message(bytes + '\0'));
  }));
}

BOOST_AUTO_TEST_CASE(damaged_bytes_are_refused_or_are_some_message) {
  BOOST_TEST(rc::check([] {
    auto bytes = encode_message(any_message());
    auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[at] = static_cast<char>(*rc::gen::inRange(0, 256));
    // What is understood can be said again: no field is out of its range.
    if (auto x = decode_message(bytes)) {
      auto again = encode_message(*x);
      RC_ASSERT(decode_message(again) == x);
    }
  }));
}

BOOST_AUTO_TEST_CASE(another_version_of_the_protocol_is_refused) {
  auto bytes = encode_message(ack{1, 0, 1});
  BOOST_TEST(bytes[0] == protocol_version);
  bytes[0] = protocol_version + 1;
  BOOST_TEST(!decode_message(bytes));
}

BOOST_AUTO_TEST_CASE(an_unknown_kind_is_refused) {
  auto bytes = encode_message(ack{1, 0, 1});
  bytes[1] = 99;
  BOOST_TEST(!decode_message(bytes));
}

BOOST_AUTO_TEST_CASE(what_contradicts_itself_is_refused) {
  auto news = [](const key_delta& x) {
    return push{0, 0, {}, crdt::news_of(x), {}, 1};
  };
  BOOST_TEST(is_refused(push{2, 0, {}, {}, {}, 1}));
  BOOST_TEST(is_refused(news({"says nothing", {}, {}})));
  BOOST_TEST(is_refused(news({"k", {}, {{a, 0}}})));
  BOOST_TEST(is_refused(news({"k", {}, {{a, crdt::largest_counter + 1}}})));
  crdt::news no_versions;
  no_versions.add_hash(1);
  no_versions.add_key("k");
  no_versions.add_gone({a, 1});
  BOOST_TEST(is_refused(push{0, 0, {}, no_versions, {}, 1}));
  key_delta k{"k", {{{a, 1}, {}, "v"}}, {}};
  auto two_hashes = crdt::news_of(k);
  two_hashes.add_key("not of that hash");
  two_hashes.add_version({{a, 2}, {}, "v"});
  BOOST_TEST(is_refused(push{0, 0, {}, two_hashes, {}, 1}));
  crdt::tree_node low{1, 0};
  auto beyond = low.last() + 1;
  auto asks = [](list_question x) { return probe{1, 1, {std::move(x)}}; };
  BOOST_TEST(is_refused(asks({low, {{beyond, {{a, 1}}}}})));
  BOOST_TEST(is_refused(asks({low, {{5, {}}}})));
  BOOST_TEST(is_refused(asks({low, {{5, {{a, 1}}}, {5, {{a, 2}}}}})));
  BOOST_TEST(is_refused(asks({{21, 0}, {}})));
  BOOST_TEST(is_refused(asks({{1, 8}, {}})));
  BOOST_TEST(is_refused(probe{1, 1, {digest_question{{20, 0}, {}}}}));
  auto says = [](answer x) { return report{1, 1, 0, {std::move(x)}, {}, {}}; };
  BOOST_TEST(is_refused(says(digest_answer{{{8, {}}}})));
  BOOST_TEST(is_refused(says(digest_answer{{{2, {}}, {2, {}}}})));
  crdt::news same_hash;
  for (std::uint64_t i = 1; i <= 2; ++i) {
    same_hash.add_hash(7);
    same_hash.add_gone({a, i});
  }
  BOOST_TEST(
    is_refused(report{1, 1, 0, {list_answer{std::nullopt, 2}}, same_hash, {}}));
  crdt::news with_key;
  with_key.add_hash(hash64("k"));
  with_key.add_key("k");
  with_key.add_version({{a, 1}, crdt::stamp{1}, "v"});
  BOOST_TEST(is_refused(report{1, 1, 0, {}, {}, with_key}));
  BOOST_TEST(is_refused(notice{1, {a, a}, false, false}));
  auto horizon = crdt::last_horizon + 1;
  BOOST_TEST(is_refused(stance{1, {a, horizon, {}, {}, {}, false}, {}}));
  BOOST_TEST(is_refused(stance{1, {a, 1, {a, a}, {}, {}, false}, {}}));
  BOOST_TEST(is_refused(stance{1, {a, 1, {}, {}, {}, true}, 24h * 366}));
  side absurd{largest_side + 1, a};
  BOOST_TEST(is_refused(stance{1, {a, 1, {}, {}, absurd, false}, {}}));
  BOOST_TEST(is_refused(judgement{1, 1, {}, absurd, false, {}}));
  BOOST_TEST(is_refused(judgement{1, horizon, {}, {}, false, {}}));
  BOOST_TEST(is_refused(judgement{1, 1, {}, {}, false, {a, a}}));
}

BOOST_AUTO_TEST_CASE(an_entry_adds_few_bytes_to_its_key_and_value) {
  push x{0, 0, {}, {}, {}, 1};
  auto now = std::uint64_t{1'700'000'000'000} << 16;
  for (std::uint64_t i = 0; i < 100; ++i) {
    x.own.add_hash(hash64("key5"));
    x.own.add_key("key5");
    x.own.add_version({{a, 1000 + i}, crdt::stamp{now + (i << 16)}, "value"});
    x.own.add_gone({a, 900 + i});
  }
  auto overhead = encode_message(x).size() / 100 - 4 - 5;
  BOOST_TEST(overhead <= 16u);
}

BOOST_AUTO_TEST_CASE(any_number_of_replicas_can_be_named) {
  push x{0, 0, {}, {}, {}, 1};
  x.own.add_hash(7);
  for (int twice = 0; twice < 2; ++twice)
    for (std::uint64_t i = 0; i < 2 * most_named_ids; ++i)
      x.own.add_gone({replica_id{i}, 1});
  auto bytes = encode_message(x);
  BOOST_TEST((decode_message(bytes) == message{x}));
}

BOOST_AUTO_TEST_CASE(the_writer_of_a_group_can_take_back_its_last_entry) {
  key_delta one{"one", {{{a, 1}, crdt::stamp{5}, "1"}}, {}};
  key_delta two{"two", {{{replica_id{2}, 1}, crdt::stamp{6}, "2"}}, {}};
  push_writer out{3};
  out.add(crdt::news_of(one)[0]);
  auto end = out.end();
  out.add(crdt::news_of(two)[0]);
  out.truncate(end);
  out.relay(crdt::news_of(two)[0]);
  push expected{3, 0, {}, crdt::news_of(one), crdt::news_of(two), 9};
  auto bytes = out.finish(9);
  BOOST_TEST((decode_message(bytes) == message{expected}));
}

BOOST_AUTO_TEST_SUITE_END()
