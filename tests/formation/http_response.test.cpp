// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/formation/http_response.hpp"

using namespace horde::formation;
using state = http_response::state;

namespace {

struct outcome_of {
  state where;
  unsigned status;
  std::string body;

  friend bool operator==(const outcome_of&, const outcome_of&) = default;
};

outcome_of read(const std::string& bytes, std::size_t piece, bool close) {
  http_response x;
  std::string body;
  for (std::size_t i = 0; i < bytes.size(); i += piece) {
    x.take(bytes.substr(i, piece));
    body += x.take_body();
  }
  if (close)
    x.close();
  return {x.where(), x.status(), body + x.take_body()};
}

/// The same in whatever pieces it comes.
outcome_of read(const std::string& bytes, bool close = false) {
  auto result = read(bytes, bytes.size() + 1, close);
  for (std::size_t piece : {1, 2, 3, 7})
    BOOST_TEST((read(bytes, piece, close) == result));
  return result;
}

std::string problem_with(const std::string& bytes) {
  http_response x;
  x.take(bytes);
  x.close();
  BOOST_TEST((x.where() == state::invalid));
  BOOST_TEST((read(bytes, true).where == state::invalid));
  return x.problem();
}

const std::string head = "HTTP/1.1 200 OK\r\n";

} // namespace

BOOST_AUTO_TEST_SUITE(http_response_tests)

BOOST_AUTO_TEST_CASE(a_body_has_the_length_that_was_told) {
  BOOST_TEST((read(head + "Content-Length: 4\r\n\r\nbody")
              == outcome_of{state::complete, 200, "body"}));
  BOOST_TEST((read(head + "content-length:4  \r\n\r\nbody and more")
              == outcome_of{state::complete, 200, "body"}));
  BOOST_TEST((read(head + "Content-Length: 0\r\n\r\n")
              == outcome_of{state::complete, 200, ""}));
  BOOST_TEST((read(head + "Content-Length: 5\r\n\r\nbody")
              == outcome_of{state::body, 200, "body"}));
}

BOOST_AUTO_TEST_CASE(a_body_without_a_length_ends_with_the_connection) {
  BOOST_TEST((read("HTTP/1.0 404 Not Found\r\n\r\nbo\ndy")
              == outcome_of{state::body, 404, "bo\ndy"}));
  BOOST_TEST((read("HTTP/1.0 404\r\n\r\nbody", true)
              == outcome_of{state::complete, 404, "body"}));
}

BOOST_AUTO_TEST_CASE(a_body_comes_in_chunks) {
  auto chunked = head + "Transfer-Encoding: Chunked\r\n\r\n";
  BOOST_TEST((read(chunked + "4\r\nbody\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n")
              == outcome_of{state::complete, 200, "body0123456789"}));
  BOOST_TEST((read(chunked + "1\r\nx\r\n0\r\nTrailer: 1\r\n\r\n")
              == outcome_of{state::complete, 200, "x"}));
  BOOST_TEST((read(chunked + "4\r\nbo") == outcome_of{state::body, 200, "bo"}));
}

BOOST_AUTO_TEST_CASE(some_answers_have_no_body) {
  BOOST_TEST(
    (read("HTTP/1.1 204 No Content\r\n\r\n").where == state::complete));
  BOOST_TEST(
    (read("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n").where
     == state::complete));
}

BOOST_AUTO_TEST_CASE(a_preliminary_answer_is_skipped) {
  BOOST_TEST((read("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + head
                   + "Content-Length: 1\r\n\r\nx")
              == outcome_of{state::complete, 200, "x"}));
}

BOOST_AUTO_TEST_CASE(what_is_ambiguous_is_refused) {
  BOOST_TEST(problem_with("SSH-2.0-OpenSSH\r\n")
             == "the answer is not HTTP/1.1");
  BOOST_TEST(problem_with("HTTP/1.1 20\r\n\r\n")
             == "the answer is not HTTP/1.1");
  BOOST_TEST(problem_with("HTTP/1.1 2000\r\n\r\n")
             == "the answer is not HTTP/1.1");
  BOOST_TEST(problem_with("HTTP/1.1 099 x\r\n\r\n")
             == "the answer is not HTTP/1.1");
  BOOST_TEST(problem_with("HTTP/2 200\r\n\r\n")
             == "the answer is not HTTP/1.1");
  BOOST_TEST(problem_with(head + "no header\r\n\r\n")
             == "the answer has a header that is none");
  BOOST_TEST(problem_with(head + "A: b\r\n folded: c\r\n\r\n")
             == "the answer has a header that is none");
  for (auto length :
       {"-1", "", "1 1", "0x1", "18446744073709551615", "99999999999999999999"})
    BOOST_TEST(problem_with(head + "Content-Length: " + length + "\r\n\r\n")
               == "the answer has a length that is none");
  BOOST_TEST(
    problem_with(head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx")
    == "the answer has a length that is none");
  BOOST_TEST(problem_with(
               head + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
             == "the answer has two lengths");
  BOOST_TEST(problem_with(head + "Transfer-Encoding: gzip, chunked\r\n\r\n")
             == "the answer has an unknown transfer encoding");
  BOOST_TEST(problem_with(head + "Content-Encoding: gzip\r\n\r\n")
             == "the answer is compressed, which was not asked for");
}

BOOST_AUTO_TEST_CASE(chunks_that_are_none_are_refused) {
  auto chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  for (auto size :
       {"", "x", "-1", "0x1", "1 1", "ffffffffffffffff", "fffffffffffffffff"})
    BOOST_TEST(problem_with(chunked + size + "\r\n")
               == "the answer has a chunk without a size");
  BOOST_TEST(problem_with(chunked + "1\r\nxx\r\n0\r\n\r\n")
             == "the answer has a chunk of another size");
}

BOOST_AUTO_TEST_CASE(what_is_cut_off_is_no_answer) {
  BOOST_TEST(problem_with("") == "the answer is cut off");
  BOOST_TEST(problem_with(head) == "the answer is cut off");
  BOOST_TEST(problem_with(head + "Content-Length: 5\r\n\r\nbody")
             == "the answer is cut off");
  BOOST_TEST(problem_with(head + "Transfer-Encoding: chunked\r\n\r\n4\r\nbody")
             == "the answer is cut off");
}

BOOST_AUTO_TEST_CASE(all_but_the_body_has_a_limit) {
  BOOST_TEST(problem_with(head + std::string(100'000, 'x'))
             == "the head of the answer is too large");
  std::string fields;
  while (fields.size() < 2 * http_response::max_head)
    fields += "A: b\r\n";
  BOOST_TEST(problem_with(head + fields + "\r\n")
             == "the head of the answer is too large");
  std::string hints;
  while (hints.size() < 2 * http_response::max_head)
    hints += "HTTP/1.1 103 x\r\n\r\n";
  BOOST_TEST(problem_with(hints) == "the head of the answer is too large");
  auto chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  BOOST_TEST(problem_with(chunked + std::string(10'000, '0'))
             == "the answer has a line that is too long");
  BOOST_TEST(problem_with(chunked + "0\r\n" + fields)
             == "the answer has a line that is too long");
}

BOOST_AUTO_TEST_SUITE_END()
