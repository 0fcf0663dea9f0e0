// SPDX-License-Identifier: MIT

#include "horde/sync/message.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <rapidcheck.h>

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

std::vector<std::uint64_t> any_hashes() {
  auto result = some(0, any_number);
  std::ranges::sort(result);
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

std::vector<listed_hash> any_listed() {
  std::vector<listed_hash> result;
  for (auto hash : any_hashes())
    result.push_back({hash, some(1, any_dot)});
  return result;
}

message any_message() {
  auto n = any_number();
  switch (*rc::gen::inRange(0, 8)) {
  case 0: return push{n / 2, some(0, any_delta), n};
  case 1: return ack{n, any_number()};
  case 2: return compare{n, any_number(), {n, 1}, {2, any_number()}};
  case 3: return equal{n, any_number()};
  case 4: return list{n, any_number()};
  case 5: {
    listing result{n, 0, std::numeric_limits<std::uint64_t>::max(), 7, {}, {}};
    for (auto d : some(0, any_dot))
      result.seen.add(d);
    result.hashes = any_listed();
    return result;
  }
  case 6: return want{n, any_listed()};
  default: {
    state result{n, {}};
    for (auto hash : any_hashes())
      result.hashes.push_back({hash, some(0, any_key), some(0, any_dot)});
    return result;
  }
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
  BOOST_TEST(is_refused(listing{1, 5, 4, 0, {}, {}}));
  BOOST_TEST(is_refused(listing{1, 5, 9, 0, {}, {{4, {{a, 1}}}}}));
  BOOST_TEST(is_refused(listing{1, 5, 9, 0, {}, {{10, {{a, 1}}}}}));
  BOOST_TEST(is_refused(want{1, {{5, {}}}}));
  BOOST_TEST(is_refused(want{1, {{5, {{a, 1}}}, {5, {{a, 2}}}}}));
  BOOST_TEST(is_refused(state{1, {{5, {{"no versions", {}, {}}}, {}}}}));
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
  out.add("one", {&one, 1}, {});
  auto size = out.size();
  out.add("two", {&two, 1}, {});
  out.truncate(size);
  push expected{3, {{"one", {one}, {}}}, 9};
  BOOST_TEST((decode_message(out.finish(9)) == message{expected}));
}

BOOST_AUTO_TEST_SUITE_END()
