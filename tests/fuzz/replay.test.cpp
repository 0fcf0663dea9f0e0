// SPDX-License-Identifier: MIT
//
// What fuzzers found, and their seeds, through any compiler: the harnesses stop
// the program when a promise is broken. A finding is a small text file of hex
// digits: crashes/HARNESS/WHAT_HAPPENED.hex.

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "fuzz/harness.hpp"
#include "fuzz/replica_world.hpp"
#include "fuzz/script.hpp"

using namespace horde;
using namespace horde::fuzz;

namespace {

const std::filesystem::path crashes = HORDE_FUZZ_CRASHES;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// Nothing for what is not pairs of hex digits, apart from white space.
std::optional<std::string> from_hex(const std::string& text) {
  std::string digits;
  for (char c : text)
    if (c != ' ' && c != '\n')
      digits += c;
  std::string result;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    auto pair = digits.substr(i, 2);
    std::size_t used = 0;
    if (pair.find_first_not_of("0123456789abcdef") != std::string::npos)
      return std::nullopt;
    result += static_cast<char>(std::stoi(pair, &used, 16));
    if (used != 2)
      return std::nullopt;
  }
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(fuzz_replay)

BOOST_AUTO_TEST_CASE(what_was_found_once_does_no_harm_any_more) {
  for (const auto& x : std::filesystem::recursive_directory_iterator{crashes}) {
    if (x.path().extension() != ".hex")
      continue;
    BOOST_TEST_CONTEXT(x.path()) {
      auto harness = find_harness(x.path().parent_path().filename().string());
      BOOST_REQUIRE(harness != nullptr);
      auto input = from_hex(text_of(x.path()));
      BOOST_REQUIRE(input.has_value());
      harness->run(*input);
    }
  }
}

BOOST_AUTO_TEST_CASE(each_harness_has_seeds_and_they_keep_all_promises) {
  for (const auto& harness : harnesses())
    BOOST_TEST_CONTEXT(harness.name) {
      auto seeds = harness.seeds();
      BOOST_TEST(seeds.size() >= 5u);
      harness.run({});
      for (const auto& seed : seeds)
        harness.run(seed);
    }
}

BOOST_AUTO_TEST_CASE(seeds_of_a_replica_end_rounds_that_forget) {
  std::size_t rounds = 0;
  for (const auto& seed : replica_seeds()) {
    replica_world x{script{seed}};
    x.run();
    rounds += x.forgetting_rounds();
  }
  BOOST_TEST(rounds >= 5u);
}

BOOST_AUTO_TEST_CASE(seeds_follow_from_nothing_but_the_program) {
  for (const auto& harness : harnesses())
    BOOST_TEST((harness.seeds() == harness.seeds()));
}

BOOST_AUTO_TEST_CASE(damaged_seeds_keep_all_promises) {
  random_engine rng{7};
  std::size_t runs = 0;
  for (const auto& harness : harnesses())
    for (const auto& seed : harness.seeds())
      for (int n = 0; n < 4; ++n) {
        auto luck = script_writer{}.noise(rng, 20).take();
        script decisions{luck};
        harness.run(damaged(decisions, seed));
        ++runs;
      }
  BOOST_TEST(runs > 500u);
}

BOOST_AUTO_TEST_SUITE_END()
