// SPDX-License-Identifier: MIT

#include <csignal>
#include <memory>
#include <thread>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formation_io/support.hpp"
#include "horde/actors/formation/local.hpp"
#include "support/folder.hpp"

using namespace horde;
using namespace horde::formation;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

constexpr uid_t nobody = 65534;

std::vector<std::string> names_in(const std::string& directory,
                                  const std::string& cluster = "horde") {
  auto x = local_nodes(directory, cluster);
  BOOST_TEST(problem_of(x) == "");
  std::vector<std::string> result;
  if (auto* nodes = std::get_if<std::vector<local_node>>(&x))
    for (const auto& node : *nodes)
      result.push_back(node.name);
  return result;
}

using names = std::vector<std::string>;

/// Exit code of `f` in a process of its own.
template <class F>
int in_child(F f) {
  auto pid = ::fork();
  if (pid == 0)
    ::_exit(f());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct fixture {
  folder home;
  std::string place = home / "run";
  waker by;

  strategy_ptr node(const std::string& name, std::uint16_t port,
                    const std::string& cluster = "horde") const {
    auto who = a_seeker(name, port);
    who.cluster = cluster;
    return make(local_topology("local", {place}), who);
  }

  endpoints seen_by(strategy& x) { return nodes_of(x.look_up(by)); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(local_tests)

BOOST_FIXTURE_TEST_CASE(nodes_find_each_other_and_go_with_their_strategy,
                        fixture) {
  auto x = node("x", 1);
  auto y = node("y", 2);
  BOOST_TEST((names_in(place) == names{"x", "y"}));
  endpoints both{{"127.0.0.1", 1}, {"127.0.0.1", 2}};
  BOOST_TEST((seen_by(*x) == both));
  BOOST_TEST((seen_by(*y) == both));
  y.reset();
  BOOST_TEST((seen_by(*x) == endpoints{{"127.0.0.1", 1}}));
  x.reset();
  BOOST_TEST(names_in(place).empty());
}

BOOST_FIXTURE_TEST_CASE(who_comes_and_goes_is_noticed_at_once, fixture) {
  auto x = node("x", 1);
  seen_by(*x);
  std::thread other{[&] { node("y", 2); }};
  BOOST_TEST(is_quick([&] { x->wait(1min, by); }));
  other.join();
  seen_by(*x);
  auto z = node("z", 3);
  BOOST_TEST(is_quick([&] {
    while (seen_by(*x).size() < 2)
      x->wait(1min, by);
    z.reset();
    while (seen_by(*x).size() > 1)
      x->wait(1min, by);
  }));
}

BOOST_FIXTURE_TEST_CASE(clusters_do_not_see_each_other, fixture) {
  auto x = node("x", 1, "blue");
  auto y = node("y", 2, "green");
  auto odd = node("odd", 3, "../../green"); // no way out of the directory
  BOOST_TEST((names_in(place, "blue") == names{"x"}));
  BOOST_TEST((names_in(place, "green") == names{"y"}));
  BOOST_TEST((names_in(place, "../../green") == names{"odd"}));
  auto count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{place})
    count += entry.is_directory() ? 1 : 0;
  BOOST_TEST(count == 3);
}

BOOST_FIXTURE_TEST_CASE(names_may_be_long_and_alike, fixture) {
  std::string longest(254, '/');
  auto x = node(longest + "x", 1, longest);
  auto y = node(longest + "y", 2, longest);
  BOOST_TEST((names_in(place, longest) == names{longest + "x", longest + "y"}));
}

BOOST_FIXTURE_TEST_CASE(the_entry_of_a_killed_process_is_stale_and_removed,
                        fixture) {
  auto x = node("x", 1);
  seen_by(*x);
  auto pid = ::fork();
  if (pid == 0) {
    auto y = node("y", 2);
    for (;;)
      ::pause();
  }
  BOOST_TEST(is_quick([&] {
    while (seen_by(*x).size() < 2)
      x->wait(1min, by);
    ::kill(pid, SIGKILL);
    while (seen_by(*x).size() > 1) // the end of a process is noticed
      x->wait(1min, by);
  }));
  ::waitpid(pid, nullptr, 0);
  auto files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator{place})
    files += entry.is_regular_file() ? 1 : 0;
  BOOST_TEST(files == 1);
}

BOOST_FIXTURE_TEST_CASE(an_entry_that_somebody_removed_is_written_again,
                        fixture) {
  auto x = node("x", 1);
  std::filesystem::remove_all(place);
  BOOST_TEST(names_in(place).empty());
  BOOST_TEST((seen_by(*x) == endpoints{{"127.0.0.1", 1}}));
}

BOOST_FIXTURE_TEST_CASE(what_is_no_entry_is_left_out, fixture) {
  auto x = node("x", 1);
  std::string inside;
  for (const auto& entry : std::filesystem::directory_iterator{place})
    inside = entry.path().string();
  std::ofstream{inside + "/junk"} << "junk";
  std::filesystem::create_directory(inside + "/directory");
  std::filesystem::create_symlink("/dev/zero", inside + "/link");
  BOOST_TEST(::mkfifo((inside + "/fifo").c_str(), 0600) == 0);
  BOOST_TEST((names_in(place) == names{"x"}));
}

BOOST_FIXTURE_TEST_CASE(many_that_start_at_once_all_stay, fixture) {
  // Who looks while another one begins its entry must not remove it for good.
  std::vector<std::thread> threads;
  std::vector<strategy_ptr> nodes(8);
  for (std::uint16_t i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      for (auto round = 0; round < 50; ++round) {
        waker mine;
        nodes[i].reset();
        nodes[i] =
          node("n" + std::to_string(i), static_cast<std::uint16_t>(i + 1));
        (void)nodes[i]->look_up(mine);
      }
    });
  for (auto& x : threads)
    x.join();
  BOOST_TEST(names_in(place).size() == 8u);
}

BOOST_FIXTURE_TEST_CASE(a_directory_that_others_may_use_is_refused, fixture) {
  std::filesystem::create_directory(place);
  BOOST_TEST(::chmod(place.c_str(), 0750) == 0);
  auto topology = local_topology("local", {place});
  BOOST_TEST(problem_of(topology.make(a_seeker()))
             == "topology local: directory '" + place
                  + "': others may use it; takes mode 0700");
  std::filesystem::remove(place);
  std::filesystem::create_directory(home / "elsewhere");
  ::chmod((home / "elsewhere").c_str(), 0700);
  std::filesystem::create_symlink("elsewhere", place);
  BOOST_TEST(problem_of(topology.make(a_seeker()))
             == "topology local: directory '" + place + "': is no directory");
  BOOST_TEST(
    problem_of(local_topology("local", {home / "no/run"}).make(a_seeker()))
    == "topology local: directory '" + home / "no/run"
         + "': No such file or directory");
}

BOOST_FIXTURE_TEST_CASE(users_do_not_see_each_other, fixture) {
  auto ours = local_directory();
  BOOST_TEST(ours.ends_with("horde")
             | (ours == "/tmp/horde-" + std::to_string(::geteuid())));
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("skipped: only root can be two users");
    return;
  }
  auto x = node("x", 1);
  ::chmod(home.string().c_str(), 0755);
  auto code = in_child([&] {
    ::unsetenv("XDG_RUNTIME_DIR");
    if (::setresuid(nobody, nobody, nobody) != 0)
      return 2;
    if (local_directory() == ours)
      return 3;
    if (std::holds_alternative<std::vector<local_node>>(
          local_nodes(place, "horde")))
      return std::get<std::vector<local_node>>(local_nodes(place, "horde"))
                 .empty()
               ? 0
               : 4;
    return 0;
  });
  BOOST_TEST(code == 0);
  // And nobody can put a directory of theirs into our way.
  std::filesystem::create_directory(home / "theirs");
  ::chmod((home / "theirs").c_str(), 0700);
  BOOST_TEST(::chown((home / "theirs").c_str(), nobody, nobody) == 0);
  BOOST_TEST(
    problem_of(local_topology("local", {home / "theirs"}).make(a_seeker()))
    == "topology local: directory '" + home / "theirs"
         + "': belongs to another user");
}

BOOST_AUTO_TEST_SUITE_END()
