// SPDX-License-Identifier: MIT

#include "horde/sync/message.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>
#include <span>

using namespace horde;
using namespace horde::sync;
using crdt::dot;
using crdt::key_delta;
using crdt::version;

namespace {

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
  return {*rc::gen::arbitrary<std::string>(), some(0, any_version),
          some(1, any_dot)};
}

key_delta any_key() {
  return {*rc::gen::arbitrary<std::string>(), some(1, any_version), {}};
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

answer any_answer() {
  if (*rc::gen::arbitrary<bool>()) {
    digest_answer result;
    for (std::uint8_t i = 0; i < crdt::tree_node::fan_out; ++i)
      if (*rc::gen::arbitrary<bool>())
        result.different.push_back({i, any_digests()});
    return result;
  }
  auto where = any_node();
  list_answer result{where.last(), {}};
  for (auto hash : any_hashes(where))
    result.hashes.push_back({hash, some(0, any_key), some(0, any_dot)});
  return result;
}

differs any_differs() {
  differs result{any_number(), any_number(), {}, {}};
  for (auto d : some(0, any_dot))
    result.seen.add(d);
  if (*rc::gen::arbitrary<bool>())
    result.children = any_digests();
  return result;
}

message any_message() {
  auto n = any_number();
  switch (*rc::gen::inRange(0, 7)) {
  case 0: return push{n / 2, some(0, any_delta), n};
  case 1: return ack{n, any_number()};
  case 2: return compare{n, any_number(), {n, 1}, {2, any_number()}};
  case 3: return equal{n, any_number()};
  case 4: return any_differs();
  case 5: return probe{n, any_number(), some(0, any_question)};
  default: return report{n, any_number(), some(0, any_answer)};
  }
}

bool is_refused(const message& x) {
  return !decode_message(encode_message(x));
}

constexpr replica_id a{0x1234567890abcdef};

} // namespace

BOOST_AUTO_TEST_SUITE(message_tests)

BOOST_AUTO_TEST_CASE(what_was_said_is_heard) {
  BOOST_TEST(rc::check([] {
    auto x = any_message();
    RC_ASSERT(decode_message(encode_message(x)) == x);
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
    if (auto x = decode_message(bytes))
      RC_ASSERT(decode_message(encode_message(*x)) == x);
  }));
}

BOOST_AUTO_TEST_CASE(another_version_of_the_protocol_is_refused) {
  auto bytes = encode_message(ack{1, 1});
  BOOST_TEST(bytes[0] == protocol_version);
  bytes[0] = protocol_version + 1;
  BOOST_TEST(!decode_message(bytes));
}

BOOST_AUTO_TEST_CASE(an_unknown_kind_is_refused) {
  auto bytes = encode_message(ack{1, 1});
  bytes[1] = 99;
  BOOST_TEST(!decode_message(bytes));
}

BOOST_AUTO_TEST_CASE(what_contradicts_itself_is_refused) {
  BOOST_TEST(is_refused(push{2, {}, 1}));
  BOOST_TEST(is_refused(push{0, {{"says nothing", {}, {}}}, 1}));
  BOOST_TEST(is_refused(push{0, {{"k", {}, {{a, 0}}}}, 1}));
  crdt::tree_node low{1, 0};
  auto beyond = low.last() + 1;
  auto asks = [](list_question x) { return probe{1, 1, {std::move(x)}}; };
  BOOST_TEST(is_refused(asks({low, {{beyond, {{a, 1}}}}})));
  BOOST_TEST(is_refused(asks({low, {{5, {}}}})));
  BOOST_TEST(is_refused(asks({low, {{5, {{a, 1}}}, {5, {{a, 2}}}}})));
  BOOST_TEST(is_refused(asks({{21, 0}, {}})));
  BOOST_TEST(is_refused(asks({{1, 8}, {}})));
  BOOST_TEST(is_refused(probe{1, 1, {digest_question{{20, 0}, {}}}}));
  auto says = [](answer x) { return report{1, 1, {std::move(x)}}; };
  BOOST_TEST(is_refused(says(digest_answer{{{8, {}}}})));
  BOOST_TEST(is_refused(says(digest_answer{{{2, {}}, {2, {}}}})));
  BOOST_TEST(is_refused(says(list_answer{4, {{5, {}, {{a, 1}}}}})));
  BOOST_TEST(
    is_refused(says(list_answer{9, {{5, {{"no versions", {}, {}}}, {}}}})));
}

BOOST_AUTO_TEST_CASE(an_entry_adds_few_bytes_to_its_key_and_value) {
  push x{0, {}, 1};
  auto now = std::uint64_t{1'700'000'000'000} << 16;
  for (std::uint64_t i = 0; i < 100; ++i)
    x.news.push_back({"key5",
                      {{{a, 1000 + i}, crdt::stamp{now + (i << 16)}, "value"}},
                      {{a, 900 + i}}});
  auto overhead = encode_message(x).size() / 100 - 4 - 5;
  BOOST_TEST(overhead <= 16u);
}

BOOST_AUTO_TEST_CASE(the_writer_of_a_group_can_take_back_its_last_entry) {
  version one{{a, 1}, crdt::stamp{5}, "1"};
  version two{{replica_id{2}, 1}, crdt::stamp{6}, "2"};
  push_writer out{3};
  out.add("one", std::span{&one, 1}, {});
  auto size = out.size();
  out.add("two", std::span{&two, 1}, {});
  out.truncate(size);
  push expected{3, {{"one", {one}, {}}}, 9};
  BOOST_TEST((decode_message(out.finish(9)) == message{expected}));
}

BOOST_AUTO_TEST_SUITE_END()
