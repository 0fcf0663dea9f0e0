// SPDX-License-Identifier: MIT

#include "horde/codec.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidcheck.h>

#include "horde/pid.hpp"

using namespace horde;

namespace {

enum class colour : std::uint8_t { red, green };

struct sample {
  std::uint64_t number = 0;
  std::int32_t small = 0;
  bool flag = false;
  colour c = colour::red;
  std::string text;
  std::vector<pid> pids;

  friend bool operator==(const sample&, const sample&) = default;

  template <class Self>
  static auto fields(Self& x) {
    return make_record("sample", field("number", x.number),
                       field("small", x.small), field("flag", x.flag),
                       field("c", x.c), field("text", x.text),
                       field("pids", x.pids));
  }
};

sample any_sample() {
  sample x{
    *rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::int32_t>(),
    *rc::gen::arbitrary<bool>(),          colour::green,
    *rc::gen::arbitrary<std::string>(),   {}};
  auto n = *rc::gen::inRange(0, 4);
  for (int i = 0; i < n; ++i)
    x.pids.push_back({{*rc::gen::arbitrary<std::uint64_t>(), 7},
                      *rc::gen::arbitrary<std::uint64_t>()});
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(codec)

BOOST_AUTO_TEST_CASE(what_was_encoded_is_decoded) {
  BOOST_TEST(rc::check([] {
    auto x = any_sample();
    RC_ASSERT(from_bytes<sample>(to_bytes(x)) == x);
  }));
}

BOOST_AUTO_TEST_CASE(every_truncation_is_refused) {
  BOOST_TEST(rc::check([] {
    auto bytes = to_bytes(any_sample());
    for (std::size_t n = 0; n < bytes.size(); ++n)
      RC_ASSERT(!from_bytes<sample>(std::string_view{bytes}.substr(0, n)));
  }));
}

BOOST_AUTO_TEST_CASE(bytes_left_over_are_refused) {
  BOOST_TEST(!from_bytes<sample>(to_bytes(sample{}) + "x"));
}

BOOST_AUTO_TEST_CASE(
  a_length_beyond_the_input_is_refused_before_it_is_allocated) {
  std::string bytes;
  writer out{bytes};
  out.varint(std::uint64_t{1} << 60);
  BOOST_TEST(!from_bytes<std::string>(bytes));
  BOOST_TEST(!from_bytes<std::vector<std::string>>(bytes));
}

BOOST_AUTO_TEST_CASE(a_number_has_one_encoding) {
  using namespace std::string_literals;
  BOOST_TEST(!from_bytes<std::uint64_t>("\x80\x00"s));
  BOOST_TEST(
    !from_bytes<std::uint64_t>("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"s));
  BOOST_TEST(!from_bytes<bool>("\x02"s));
  BOOST_TEST(!from_bytes<std::uint16_t>(to_bytes(std::uint64_t{65536})));
}

BOOST_AUTO_TEST_SUITE_END()
