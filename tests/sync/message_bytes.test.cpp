// SPDX-License-Identifier: MIT
//
// What a release that is out there says to other replicas. If one of these
// changes, it must be under a new version, and the old one be understood as
// well.

#include <boost/test/unit_test.hpp>

#include "horde/hex.hpp"
#include "horde/sync/message.hpp"

using namespace horde;
using namespace horde::sync;
using namespace std::chrono_literals;

namespace {

constexpr replica_id a{0x1234567890abcdef};
constexpr replica_id b{0x2234567890abcdef};

/// One key with a version and what it replaced, another one that is gone.
crdt::news some_news() {
  crdt::news result;
  result.add_hash(hash64("key"));
  result.add_key("key");
  result.add_version({{a, 300}, crdt::stamp{0x18c0'0000'0000}, "value"});
  result.add_gone({b, 7});
  result.add_hash(0xfedc'ba98'7654'3210);
  result.add_gone({a, 299});
  return result;
}

crdt::causal_context some_context() {
  crdt::causal_context result;
  for (std::uint64_t i : {1, 2, 3, 5})
    result.add({a, i});
  result.know(b);
  return result;
}

short_digests some_digests(std::uint64_t first) {
  short_digests result{};
  for (std::size_t i = 0; i < result.size(); i += 2)
    result[i] = first + i;
  return result;
}

void check(const message& x, const std::string& bytes) {
  auto now = encode_message(x);
  BOOST_TEST(to_hex(now) == bytes);
  BOOST_TEST((decode_message(now) == x));
}

} // namespace

BOOST_AUTO_TEST_SUITE(bytes_of_version_1)

BOOST_AUTO_TEST_CASE(pushes) {
  check(push{1000, 0, std::nullopt, some_news(), {}, 1002},
        "0100e8070001036b65790100efcdab9078563412ac028080808080b00c05"
        "76616c75650100efcdab907856342207021032547698badcfe0101ab0200"
        "ea07");
  check(push{5, 3, some_context(), {}, some_news(), 6},
        "01000503040002efcdab90785634120201020200efcdab90785634220005"
        "01036b65790100efcdab9078563412ac028080808080b00c0576616c7565"
        "0100efcdab90785634220705021032547698badcfe0101ab020006");
  check(ack{1002, 3, 1001}, "0101ea0703e907");
}

BOOST_AUTO_TEST_CASE(reconciliation) {
  check(compare{9, 1002, {1, 2}, some_digests(11)},
        "010209ea0701000000000000000200000000000000550b00000000000000"
        "0d000000000000000f000000000000001100000000000000");
  check(equal{9, 1002}, "010309ea07");
  check(differs{9, 1002, 2, some_context(), {{{3, some_digests(77)}}}},
        "010409ea07020002efcdab90785634120201020200efcdab907856342200"
        "0103554d000000000000004f000000000000005100000000000000530000"
        "0000000000");
  crdt::tree_node node{1, 5};
  check(probe{9,
              2,
              {digest_question{{2, 9}, some_digests(5)},
               list_question{node, {{node.first() + 6, {{a, 1}, {b, 2}}}}}}},
        "010509020200020955050000000000000007000000000000000900000000"
        "0000000b0000000000000001010501060200efcdab90785634120100efcd"
        "ab907856342202");
  crdt::news one;
  one.add_hash(node.first() + 6);
  one.add_gone({a, 1});
  crdt::news forgotten;
  forgotten.add_hash(node.first() + 6);
  forgotten.add_gone({b, 2});
  check(report{9,
               2,
               1,
               {digest_answer{{{1, some_digests(8)}}},
                list_answer{node.last() - 1, 1}},
               one,
               forgotten},
        "0106090201020001015508000000000000000a000000000000000c000000"
        "000000000e000000000000000101feffffffffffffbf0206000000000000"
        "a00100efcdab907856341201000206000000000000a00100efcdab907856"
        "34220200");
}

BOOST_AUTO_TEST_CASE(meetings_and_reach) {
  check(notice{4, {a, b}, true, false},
        "01070402efcdab9078563412efcdab90785634220100");
  check(noted{4, true}, "01080401");
  check(hail{}, "0109");
  standing where{a, 3, {a, b}, {a}, {2, a}, true};
  check(stance{6, where, 90s},
        "010a06efcdab90785634120302efcdab9078563412efcdab907856342201"
        "efcdab907856341202efcdab907856341290bf05");
  check(judgement{6, 3, 90s, {2, a}, true, {b}},
        "010b060390bf0502efcdab90785634120101efcdab9078563422");
}

BOOST_AUTO_TEST_SUITE_END()
