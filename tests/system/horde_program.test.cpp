// SPDX-License-Identifier: MIT
//
// The `horde` program as a stranger uses it: right and wrong input, against
// real nodes on loopback.

#include <filesystem>
#include <fstream>
#include <string>

#include <signal.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "support/eventually.hpp"
#include "support/horde_node.hpp"

using namespace horde::test;
using namespace std::chrono_literals;

namespace {

/// A file that is there for one test.
struct scratch_file {
  explicit scratch_file(const std::string& content) {
    path =
      (std::filesystem::temp_directory_path() / "horde-test-XXXXXX").string();
    auto fd = mkstemp(path.data());
    BOOST_REQUIRE(fd >= 0);
    close(fd);
    std::ofstream{path} << content;
  }
  ~scratch_file() { std::filesystem::remove(path); }

  std::string path;
};

constexpr auto secret = "0123456789abcdef";

/// Until the answer of `asked` says so.
void await(const node& asked, const std::vector<std::string>& question,
           const std::string& text) {
  auto deadline = std::chrono::steady_clock::now() + 20s;
  finished last;
  while (!says(last = asked.ask(question), text))
    BOOST_REQUIRE_MESSAGE(std::chrono::steady_clock::now() < deadline,
                          "no " << text << " in " << last.out);
}

void await_status(const node& asked, const std::string& text) {
  await(asked, {"status", "--json"}, text);
}

} // namespace

BOOST_AUTO_TEST_SUITE(horde_program)

BOOST_AUTO_TEST_CASE(children_and_names_are_started_found_and_ended) {
  node n;
  check(n.ask({"status"}), 0, n.at);
  check(n.ask({"start-child", "workers", "worker", "--id", "lamp"}), 0, "lamp");
  check(n.ask({"children", "workers"}), 0, "lamp");
  check(n.ask({"whereis", "names", "lamp"}), 0, "<");
  check(n.ask({"names", "names", "--json"}), 0, "\"lamp\"");
  check(n.ask({"members", "workers"}), 0, "alive");
  check(n.ask({"start-child", "workers", "worker", "--id", "lamp"}), 1,
        "already");
  check(n.ask({"terminate-child", "workers", "lamp"}), 0, "");
  check(n.ask({"whereis", "names", "lamp"}), 1, "lamp");
}

BOOST_AUTO_TEST_CASE(names_are_given_to_processes_by_pid) {
  node n;
  auto started = n.ask({"start-child", "workers", "worker", "--id", "lamp"});
  auto first = started.out.find('<');
  auto last = started.out.find('>');
  BOOST_REQUIRE_MESSAGE(last != std::string::npos, started.out);
  auto pid = started.out.substr(first, last - first + 1);
  check(n.ask({"register", "names", "light", pid, "--value", "green"}), 0,
        "green");
  check(n.ask({"whereis", "names", "light"}), 0, pid);
  check(n.ask({"register", "names", "light", pid}), 1, "light");
}

BOOST_AUTO_TEST_CASE(meta_data_are_written_shown_and_deleted) {
  node n;
  check(n.ask({"meta"}), 0, "0 keys in names");
  check(n.ask({"put-meta", "names", "colour", "red"}), 0, "red");
  check(n.ask({"put-meta", "names", "colour", "green"}), 0, "green");
  check(n.ask({"put-meta", "names", "size", ""}), 0, "size");
  check(n.ask({"meta", "names", "colour"}), 0, "green");
  check(n.ask({"meta", "names", "--json"}), 0, "\"key\": \"size\"");
  check(n.ask({"meta", "names", "--limit", "1"}), 0, "there are more");
  check(n.ask({"delete-meta", "names", "colour"}), 0, "deleted colour");
  check(n.ask({"meta", "names"}), 0, "1 keys in names");
  check(n.ask({"meta", "names", "colour"}), 1, "'colour'");
  check(n.ask({"delete-meta", "names", "colour"}), 1, "'colour'");
  check(n.ask({"put-meta", "nope", "colour", "red"}), 1, "'nope'");
  check(n.ask({"put-meta", "workers", "colour", "red"}), 2, "'workers'");
  check(n.ask({"put-meta", "names", std::string(1025, 'k'), "red"}), 1,
        "at most 1024 bytes");
  check_refusal({"put-meta", "names", "colour"}, 2, "VALUE");
  check_refusal({"meta", "names", "--limit", "few"}, 2, "--limit");
}

BOOST_AUTO_TEST_CASE(names_are_watched_and_each_change_has_a_cause) {
  node n;
  check(n.ask({"start-child", "workers", "worker", "--id", "lamp"}), 0, "lamp");
  process watcher{{program, "watch", "names", "--count", "2", "--node", n.at}};
  auto line = [&] { return watcher.read_line(20s).value_or("no line"); };
  BOOST_TEST(line().starts_with("TIME "));
  auto first = line();
  BOOST_TEST(first.find(" there ") != std::string::npos, first);
  BOOST_TEST(first.find(" lamp ") != std::string::npos, first);
  BOOST_TEST(line().starts_with("1 names in names"));
  check(n.ask({"start-child", "workers", "worker", "--id", "torch"}), 0, "");
  check(n.ask({"terminate-child", "workers", "lamp"}), 0, "");
  auto rest = watcher.wait(20s);
  BOOST_TEST(rest.exit_code == 0);
  auto begins = rest.out.find(" registered    claim ");
  auto ends = rest.out.find(" unregistered  exit ");
  BOOST_TEST((begins < ends && ends != std::string::npos), rest.out);
  BOOST_TEST(begins < rest.out.find(" torch "), rest.out);
  BOOST_TEST(ends < rest.out.find(" lamp "), rest.out);
}

BOOST_AUTO_TEST_CASE(a_watch_ends_in_time_and_with_its_node) {
  node n;
  check(n.ask({"watch", "--for", "100ms"}), 0, "0 names in names");
  auto lines = n.ask({"watch", "names", "--json", "--count", "0"});
  check(lines, 0, "\"is_last\":true");
  BOOST_TEST(std::count(lines.out.begin(), lines.out.end(), '\n') == 1);
  process watcher{{program, "watch", "names", "--node", n.at}};
  BOOST_TEST(watcher.read_line(20s).has_value());
  BOOST_TEST(watcher.read_line(20s).has_value());
  n.handle.signal(SIGKILL);
  auto end = watcher.wait(20s);
  check(end, 1, "'names' has stopped");
  node other;
  check(other.ask({"watch", "nope"}), 1, "'nope'");
  check(other.ask({"watch", "workers"}), 2, "'workers'");
  check_refusal({"watch", "--for", "soon"}, 2, "soon");
  check_refusal({"watch", "--count", "-1"}, 2, "--count: '-1'");
}

BOOST_AUTO_TEST_CASE(children_are_watched_and_released_from_quarantine) {
  node n;
  check(n.ask({"start-child", "workers", "worker", "--id", "lamp"}), 0, "lamp");
  check(n.ask({"release-child", "workers", "lamp"}), 1, "quarantine");
  check(n.ask({"release-child", "workers", "nope"}), 1, "nope");
  process watcher{
    {program, "watch-children", "workers", "--count", "1", "--node", n.at}};
  auto line = [&] { return watcher.read_line(20s).value_or("no line"); };
  BOOST_TEST(line().starts_with("TIME "));
  auto first = line();
  BOOST_TEST(first.find(" running ") != std::string::npos, first);
  BOOST_TEST(first.find("lamp") != std::string::npos, first);
  BOOST_TEST(line().starts_with("1 children in workers"));
  check(n.ask({"terminate-child", "workers", "lamp"}), 0, "");
  auto rest = watcher.wait(20s);
  BOOST_TEST(rest.exit_code == 0);
  BOOST_TEST(rest.out.find(" ended ") != std::string::npos, rest.out);
  BOOST_TEST(rest.out.find("terminated") != std::string::npos, rest.out);
  check(n.ask({"start-child", "workers", "crasher", "1ms", "--id", "mad"}), 0,
        "mad");
  await(n, {"status", "workers", "--json"}, "\"quarantined\": 1");
  await(n, {"children", "workers", "--json"}, "a crasher crashes");
  check(n.ask({"release-child", "workers", "mad"}), 0, "released mad");
  auto lines = n.ask({"watch-children", "--json", "--count", "0"});
  check(lines, 0, "\"is_last\":true");
  BOOST_TEST(std::count(lines.out.begin(), lines.out.end(), '\n') == 1);
  check(n.ask({"watch-children", "names"}), 2, "'names'");
}

BOOST_AUTO_TEST_CASE(members_of_a_dynamic_horde_are_set_from_outside) {
  node n{{"--members", "dynamic", "--name", "one"}};
  check(n.ask({"set-members", "names", "one", "two"}), 0, "names@two");
  check(n.ask({"set-members", "names", "one"}), 0, "names@one");
  node fixed;
  check(fixed.ask({"set-members", "names", "one"}), 2, "automatic");
}

BOOST_AUTO_TEST_CASE(settings_come_from_files_too) {
  scratch_file secret_file{secret};
  scratch_file config{"horde {\n  name = \"from-file\"\n  cluster = \"a\"\n"
                      "  registries = [\"people\"]\n}\n"};
  node n{{"--config", config.path, "--secret-file", secret_file.path}};
  check(n.ask({"status", "--cluster", "a", "--secret-file", secret_file.path}),
        0, "from-file");
  check(n.ask({"names", "people", "--cluster", "a", "--secret", secret}), 0,
        "people");
}

BOOST_AUTO_TEST_CASE(wrong_input_gets_one_clear_line_and_exit_2) {
  check_refusal({}, 2, "ubcommand");
  check_refusal({"dance"}, 2, "dance");
  check_refusal({"node", "--listen", "nonsense"}, 2, "nonsense");
  check_refusal({"node", "--seed", "10.0.0.1:0"}, 2, "10.0.0.1:0");
  check_refusal({"node", "--advertise", "10.0.0.1:4711"}, 2, "advertise");
  check_refusal(
    {"node", "--registry", "x", "--supervisor", "x", "--listen", "127.0.0.1:0"},
    2, "'x'");
  check_refusal({"status", "--node", "127.0.0.1:x"}, 2, "127.0.0.1:x");
  check_refusal({"start-child", "workers"}, 2, "TYPE");
  check_refusal({"names", "--limit", "-1"}, 2, "--limit: '-1'");
  scratch_file empty{""};
  check_refusal({"node", "--secret-file", empty.path}, 2, "empty");
}

BOOST_AUTO_TEST_CASE(mistakes_in_a_configuration_file_are_named) {
  for (const auto& [text, culprit] :
       std::vector<std::pair<std::string, std::string>>{
         {"horde { secrets = \"0123456789abcdef\" }\n", "horde.secrets"},
         {"horde { seeds = 4711 }\n", "horde.seeds"},
         {"horde { listen = \"nonsense\" }\n", "nonsense"},
         {"horde { seeds = [\"10.0.0.1:0\"] }\n", "10.0.0.1:0"},
         {"horde { transport = \"none\" }\n", "horde.transport"},
         {"horde { secret_file = \"/none\" }\n", "/none"},
         {"horde {\n secret = \"x\"\n secret_file = \"/none\" }\n",
          "one of the two"},
         {"horde { heartbeat_interval = 5ms }\n", "horde.heartbeat_interval"},
         {"horde { suspect_after = 100ms }\n", "horde.suspect_after"},
         {"horde { down_after = 1s }\n", "horde.down_after = 1000 ms"},
         {"horde { certificate = \"/none\" }\n", "certificate = '/none'"},
       }) {
    scratch_file config{text};
    check_refusal({"node", "--config", config.path}, 2, culprit);
  }
}

BOOST_AUTO_TEST_CASE(a_superseded_node_says_so_and_ends) {
  node witness{{"--name", "witness"}};
  node former{{"--name", "twin", "--seed", witness.at}};
  await_status(witness, former.at);
  former.handle.signal(SIGSTOP);
  await_status(witness, "\"down\"");
  node next{{"--name", "twin", "--seed", witness.at}};
  await_status(witness, next.at);
  former.handle.signal(SIGCONT);
  auto end = former.handle.wait(20s);
  BOOST_TEST(end.exit_code == 1);
  BOOST_TEST(says(end, "a newer incarnation of 'twin'"), end.out);
  await_status(next, "\"witness\"");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_named) {
  node n;
  check(n.ask({"names", "nope"}), 1, "nope");
  check(n.ask({"start-child", "workers", "teapot"}), 1, "teapot");
  check(n.ask({"terminate-child", "workers", "ghost"}), 1, "ghost");
  check(run({program, "status", "--node", "127.0.0.1:1", "--timeout", "5"}), 1,
        "127.0.0.1:1");
}

BOOST_AUTO_TEST_CASE(a_port_in_use_is_named) {
  node n;
  check(run({program, "node", "--listen", n.at}), 1, n.at);
}

BOOST_AUTO_TEST_CASE(strangers_are_refused_and_the_node_goes_on) {
  node n{{"--cluster", "a", "--secret", secret}};
  check(n.ask({"status", "--cluster", "a", "--secret", "0123456789abcdeX"}), 1,
        "secret");
  check(n.ask({"status", "--cluster", "b", "--secret", secret}), 1,
        "cluster names differ");
  check(n.ask({"status", "--cluster", "a", "--secret", secret, "--transport",
               "hmac"}),
        1, "speaks tls");
  // A node of another cluster, too; and it goes on alone.
  node stranger{{"--cluster", "b", "--secret", secret, "--seed", n.at}};
  check(stranger.ask({"status", "--cluster", "b", "--secret", secret}), 0,
        stranger.at);
  check(n.ask({"status", "--cluster", "a", "--secret", secret}), 0, n.at);
}

BOOST_AUTO_TEST_CASE(without_encryption_on_request_only) {
  node n{{"--secret", secret, "--transport", "hmac"}};
  check(n.ask({"status", "--secret", secret, "--transport", "hmac"}), 0, n.at);
  check(n.ask({"status", "--secret", secret}), 1, "does not speak tls");
  check_refusal({"node", "--transport", "none"}, 2, "none");
}

BOOST_AUTO_TEST_CASE(secrets_are_read_again_at_sighup) {
  auto old_one = run({program, "secret"}).out;
  auto new_one = run({program, "secret"}).out;
  BOOST_TEST(old_one.size() == 65u); // 32 bytes and a line end
  BOOST_TEST(old_one != new_one);
  scratch_file first{old_one};
  scratch_file second{new_one};
  scratch_file both{old_one};
  node n{{"--secret-file", both.path}};
  auto reload = [&](const std::string& content, const std::string& answer) {
    std::ofstream{both.path} << content;
    n.handle.signal(SIGHUP);
    // Refused callers are mentioned in between.
    auto line = n.handle.read_line(20s);
    while (line && line->find(answer) == std::string::npos)
      line = n.handle.read_line(20s);
    BOOST_TEST(line.has_value(), answer);
  };
  check(n.ask({"status", "--secret-file", second.path}), 1, "secrets");
  reload(new_one + old_one, "read again");
  check(n.ask({"status", "--secret-file", first.path}), 0, n.at);
  check(n.ask({"status", "--secret-file", second.path}), 0, n.at);
  reload("short\n", "shorter than 16 bytes");
  check(n.ask({"status", "--secret-file", second.path}), 0, n.at);
  reload(new_one, "read again");
  check(n.ask({"status", "--secret-file", first.path}), 1, "secrets");
  check(n.ask({"status", "--secret-file", second.path}), 0, n.at);
  n.handle.signal(SIGTERM);
  BOOST_TEST(n.handle.wait(20s).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_a_node_that_is_still_draining) {
  node n;
  // A drain waits for it to have started.
  process starter{{program, "start-child", "workers", "sleeper", "60", "--id",
                   "lamp", "--node", n.at}};
  await(n, {"status", "workers", "--json"}, "\"local_children\": 1");
  n.handle.signal(SIGTERM);
  await(n, {"members", "workers"}, "shutting_down");
  n.handle.signal(SIGTERM);
  BOOST_TEST(n.handle.wait(20s).exit_code == 128 + SIGTERM);
}

BOOST_AUTO_TEST_CASE(nodes_form_a_cluster_and_stop_cleanly) {
  node one;
  node two{{"--seed", one.at}};
  await(one, {"members", "names"}, two.at);
  two.handle.signal(SIGTERM);
  BOOST_TEST(two.handle.wait(20s).exit_code == 0);
  one.handle.signal(SIGINT);
  BOOST_TEST(one.handle.wait(20s).exit_code == 0);
}

// Whether targets are reached depends on the machine: 1 is as good as 0.
BOOST_AUTO_TEST_CASE(partitions_of_a_registry_are_one_on_all_nodes) {
  const std::vector<std::string> options{"--members", "dynamic", "--partitions",
                                         "3"};
  auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), options.begin(), options.end());
    return more;
  };
  node a{with({"--name", "a"})};
  node b{with({"--name", "b", "--seed", a.at})};
  await_status(b, "\"a\"");
  check(a.ask({"set-members", "names", "a", "b"}), 0, "b");
  await(b, {"members", "names"}, "a");
  check(a.ask({"set-members", "workers", "a", "b"}), 0, "b");
  for (const auto* name : {"one", "two", "three", "four", "five", "six"})
    check(a.ask({"start-child", "workers", "worker", "--id", name}), 0, name);
  for (const auto* x : {&a, &b})
    await(*x, {"names", "names"}, "6 names in names");
  check(b.ask({"set-members", "names", "b"}), 0, "b");
  await(b, {"members", "names"}, "b");
  // Only those of its own processes are left.
  auto is_of_a = [&] { return says(b.ask({"names", "names"}), "names@a"); };
  BOOST_TEST(eventually([&] { return !is_of_a(); }));
  check_refusal({"node", "--partitions", "65"}, 2, "--partitions");

  // By itself, too.
  node c{{"--name", "c", "--partitions", "2"}};
  node d{{"--name", "d", "--partitions", "2", "--seed", c.at}};
  await(c, {"members", "workers"}, "d");
  for (const auto* name : {"one", "two", "three", "four"})
    check(d.ask({"start-child", "workers", "worker", "--id", name}), 0, name);
  for (const auto* x : {&c, &d})
    await(*x, {"names", "names"}, "4 names in names");
}

BOOST_AUTO_TEST_CASE(children_are_placed_and_moved_as_they_are_told_to) {
  const std::vector<std::string> options{"--strategy", "least_loaded"};
  auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), options.begin(), options.end());
    return more;
  };
  node a{with({"--name", "a", "--label", "ssd", "--weight", "200"})};
  check(a.ask({"start-child", "workers", "worker", "--needs", "gpu"}), 1,
        "none has the label 'gpu'");
  check(a.ask({"start-child", "workers", "worker", "--id", "tied", "--needs",
               "ssd", "--dry-run"}),
        0, "workers@a has the least children for its weight, of 1 that fit");
  check(a.ask({"start-child", "workers", "worker", "--id", "tied", "--needs",
               "ssd"}),
        0, "tied");
  check(a.ask({"start-child", "workers", "worker", "--id", "stays", "--stay"}),
        0, "stays");
  for (const auto* id : {"one", "two", "three", "four"})
    check(a.ask({"start-child", "workers", "worker", "--id", id}), 0, id);
  check(a.ask({"plan", "workers", "--lost", "a"}), 0, "6 children");
  node b{with({"--name", "b", "--seed", a.at})};
  await(a, {"members", "workers"}, "workers@b  alive");
  check(a.ask({"members", "workers"}), 0, "200     ssd");
  // Two of six for half the weight.
  check(b.ask({"rebalance", "workers", "--dry-run"}), 0, "2 children");
  check(b.ask({"rebalance", "workers"}), 0, "2 children");
  await(a, {"children", "workers"}, "running  workers@b");
  await(b, {"rebalance", "workers", "--dry-run"}, "0 children");
  check(b.ask({"plan", "workers", "--lost", "b"}), 0, "2 children");
  check(b.ask({"plan", "workers", "--lost", "a"}), 0, "nowhere");
  check_refusal({"node", "--weight", "0"}, 2, "--weight");
  check_refusal({"node", "--strategy", "fair"}, 2, "--strategy");
}

BOOST_AUTO_TEST_CASE(groups_have_several_entries_of_a_name) {
  node n{{"--keys", "duplicate", "--conflicts", "first_wins"}};
  check(n.ask({"start-child", "workers", "worker", "--id", "x", "team"}), 0,
        "x");
  check(n.ask({"start-child", "workers", "worker", "--id", "y", "team"}), 0,
        "y");
  await(n, {"names", "names"}, "2 names in names");
  auto status = n.ask({"status", "--json"});
  BOOST_TEST(says(status, "duplicate"), status.out);
  BOOST_TEST(says(status, "first_wins"), status.out);
  check_refusal({"node", "--keys", "few"}, 2, "--keys");
}

BOOST_AUTO_TEST_CASE(measurements_are_printed_with_their_yardsticks) {
  for (const std::string what : {"sync", "registry", "supervisor"}) {
    auto x = run({program, "bench", what, "--keys", "100", "--json"}, 120s);
    BOOST_TEST((x.exit_code == 0 || x.exit_code == 1), x.out);
    for (auto text : {"\"keys\": 100,", "\"figure\": ", "\"yardstick\": ",
                      "\"ratio\": ", "\"target\": ", "\"ok\": "})
      BOOST_TEST(says(x, text), x.out);
    BOOST_TEST(!says(x, "horde bench: "), x.out);
  }
}

BOOST_AUTO_TEST_SUITE_END()
