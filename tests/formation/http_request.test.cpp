// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/formation/http_request.hpp"

using namespace horde::formation;

BOOST_AUTO_TEST_SUITE(http_request_tests)

BOOST_AUTO_TEST_CASE(a_request_is_a_get_with_our_headers) {
  http_request x{*parse_url("https://meta:8500/v1?a=b"), {{"X-Token", "t"}}};
  BOOST_TEST(to_bytes(x)
             == "GET /v1?a=b HTTP/1.1\r\nHost: meta:8500\r\n"
                "Accept: application/json\r\nAccept-Encoding: identity\r\n"
                "User-Agent: horde\r\nConnection: close\r\nX-Token: t\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(a_header_has_a_name_and_a_value) {
  BOOST_TEST((parse_http_header("X-Token:  a: b, c ")
              == http_header{"X-Token", "a: b, c"}));
  BOOST_TEST((parse_http_header("X_1:") == http_header{"X_1", ""}));
  for (auto text : {"", "X-Token", ": a", "X Token: a", "X: a\r\nY: b",
                    "X: a\nY: b", "X: \xc3\xa4", "Host: other", "HOST: other",
                    "content-length: 5", "Transfer-Encoding: chunked"})
    BOOST_TEST_CONTEXT(text)
  BOOST_TEST(!parse_http_header(text));
  BOOST_TEST(!parse_http_header("X: " + std::string(9000, 'x')));
}

BOOST_AUTO_TEST_CASE(a_token_is_one_word) {
  BOOST_TEST((bearer_header(" ab.c-_=\n")
              == http_header{"Authorization", "Bearer ab.c-_="}));
  for (auto text : {"", " \n", "a b", "a\r\nX: y", "a\xff"})
    BOOST_TEST(!bearer_header(text));
  BOOST_TEST(!bearer_header(std::string(9000, 'x')));
}

BOOST_AUTO_TEST_SUITE_END()
