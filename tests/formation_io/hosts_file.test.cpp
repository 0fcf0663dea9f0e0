// SPDX-License-Identifier: MIT

#include <thread>

#include "formation_io/support.hpp"
#include "horde/actors/formation/hosts_file.hpp"
#include "support/folder.hpp"

using namespace horde;
using namespace horde::formation;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
  folder here;
  waker by;
  strategy_ptr x = make(hosts_file_topology("lab", {here / "hosts"}));

  lookup_result look() { return x->look_up(by); }

  /// Waits while `f` runs; true if that ended the wait.
  template <class F>
  bool notices(F f) {
    std::thread other{f};
    auto result = is_quick([&] { x->wait(1min, by); });
    other.join();
    return result;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(hosts_file_tests)

BOOST_FIXTURE_TEST_CASE(a_file_is_read_and_read_again_when_it_changes,
                        fixture) {
  here.write("hosts", "a:1 # first\n");
  BOOST_TEST((nodes_of(look()) == endpoints{{"a", 1}}));
  BOOST_TEST(notices([&] { here.write("hosts", "a:1\nb:2\n"); }));
  BOOST_TEST((nodes_of(look()) == endpoints{{"a", 1}, {"b", 2}}));
  BOOST_TEST(notices([&] { here.replace("hosts", "c:3\n"); }));
  BOOST_TEST((nodes_of(look()) == endpoints{{"c", 3}}));
  BOOST_TEST(notices([&] { here.replace("hosts", "d:4\n"); }));
  BOOST_TEST((nodes_of(look()) == endpoints{{"d", 4}}));
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_not_there_yet_is_noticed, fixture) {
  BOOST_TEST(problem_of(look())
             == "cannot read '" + here / "hosts"
                  + "': No such file or directory");
  BOOST_TEST(notices([&] { here.write("hosts", "a:1\n"); }));
  // It may have been seen before it was written.
  if (std::holds_alternative<failure>(look()) || nodes_of(look()).empty())
    x->wait(1min, by);
  BOOST_TEST((nodes_of(look()) == endpoints{{"a", 1}}));
  BOOST_TEST(notices([&] { std::filesystem::remove(here / "hosts"); }));
  BOOST_TEST(problem_of(look()) != "");
}

BOOST_FIXTURE_TEST_CASE(other_files_of_the_directory_do_not_matter, fixture) {
  here.write("hosts", "a:1\n");
  look();
  auto begin = std::chrono::steady_clock::now();
  std::thread other{[&] {
    for (auto i = 0; i < 20; ++i)
      here.replace("other", "x");
  }};
  x->wait(100ms, by);
  other.join();
  BOOST_TEST((std::chrono::steady_clock::now() - begin >= 100ms));
}

BOOST_FIXTURE_TEST_CASE(a_link_that_leads_elsewhere_is_noticed, fixture) {
  // As Kubernetes mounts a ConfigMap.
  namespace fs = std::filesystem;
  fs::create_directory(here / "v1");
  fs::create_directory(here / "v2");
  here.write("v1/hosts", "a:1\n");
  here.write("v2/hosts", "b:2\n");
  fs::create_symlink("v1", here / "data");
  fs::create_symlink("data/hosts", here / "hosts");
  BOOST_TEST((nodes_of(look()) == endpoints{{"a", 1}}));
  BOOST_TEST(notices([&] {
    fs::create_symlink("v2", here / "data.new");
    fs::rename(here / "data.new", here / "data");
  }));
  BOOST_TEST((nodes_of(look()) == endpoints{{"b", 2}}));
}

BOOST_FIXTURE_TEST_CASE(what_is_wrong_is_told_with_its_line, fixture) {
  here.write("hosts", "a:1\nb\n");
  BOOST_TEST(problem_of(look())
             == "'" + here / "hosts"
                  + "', line 2: 'b': takes host:port, like 10.0.0.1:4711 or "
                    "[::1]:4711");
  here.write("hosts", std::string(2 * 1024 * 1024, '\n'));
  BOOST_TEST(problem_of(look())
             == "cannot read '" + here / "hosts" + "': it has more than 1 MiB");
  std::filesystem::remove(here / "hosts");
  std::filesystem::create_directory(here / "hosts");
  BOOST_TEST(problem_of(look())
             == "cannot read '" + here / "hosts" + "': Is a directory");
}

BOOST_FIXTURE_TEST_CASE(a_stop_ends_the_wait, fixture) {
  here.write("hosts", "a:1\n");
  look();
  BOOST_TEST(notices([&] { by.stop(); }));
}

BOOST_AUTO_TEST_CASE(a_file_has_to_be_named) {
  BOOST_TEST(problem_of(hosts_file_topology("lab", {}).make(a_seeker()))
             == "topology lab: file is missing");
}

BOOST_AUTO_TEST_SUITE_END()
