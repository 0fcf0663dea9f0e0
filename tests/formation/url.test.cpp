// SPDX-License-Identifier: MIT

#include <boost/test/unit_test.hpp>

#include "horde/formation/url.hpp"

using namespace horde;
using namespace horde::formation;

BOOST_AUTO_TEST_SUITE(url_tests)

BOOST_AUTO_TEST_CASE(an_address_has_a_host_a_port_and_a_target) {
  BOOST_TEST((parse_url("http://meta") == url{false, {"meta", 80}, "/"}));
  BOOST_TEST((parse_url("https://10.0.0.1/a/b?c=d")
              == url{true, {"10.0.0.1", 443}, "/a/b?c=d"}));
  BOOST_TEST(
    (parse_url("http://meta:8500?x") == url{false, {"meta", 8500}, "/?x"}));
  BOOST_TEST((parse_url("https://[fd00::1]:6443/")
              == url{true, {"fd00::1", 6443}, "/"}));
  BOOST_TEST((parse_url("http://[::1]") == url{false, {"::1", 80}, "/"}));
}

BOOST_AUTO_TEST_CASE(what_is_no_such_address_is_refused) {
  for (auto text :
       {"", "meta", "ftp://meta", "http:/meta", "http://", "http:///x",
        "http://user@meta/", "http://meta:0/", "http://meta:65536/",
        "http://meta:/", "http://::1/", "http://[::1/", "http://meta/ x",
        "http://meta/x#y", "http://meta/\r\nHost: other", "http://me ta/",
        "http://meta/\xc3\xa4"})
    BOOST_TEST_CONTEXT(text)
  BOOST_TEST(!parse_url(text));
}

BOOST_AUTO_TEST_CASE(a_host_header_has_no_usual_port) {
  BOOST_TEST(host_header(*parse_url("http://meta:80/")) == "meta");
  BOOST_TEST(host_header(*parse_url("https://meta:80/")) == "meta:80");
  BOOST_TEST(host_header(*parse_url("https://[::1]/")) == "[::1]");
}

BOOST_AUTO_TEST_CASE(marks_in_a_query_are_encoded) {
  BOOST_TEST(percent_encoded("app=x,tier in (a)")
             == "app%3Dx%2Ctier%20in%20%28a%29");
  BOOST_TEST(percent_encoded("a-b._~1") == "a-b._~1");
  BOOST_TEST(percent_encoded("\xff") == "%FF");
}

BOOST_AUTO_TEST_CASE(a_host_is_made_of_few_characters) {
  for (auto text : {"a", "10.0.0.1", "fd00::1", "fe80::1%eth0", "a-b_c.d"})
    BOOST_TEST(is_host(text));
  for (auto text : {"", "a b", "a\n", "a/b", "[::1]", "\xc3\xa4"})
    BOOST_TEST(!is_host(text));
  BOOST_TEST(!is_host(std::string(254, 'a')));
}

BOOST_AUTO_TEST_SUITE_END()
