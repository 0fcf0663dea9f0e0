// SPDX-License-Identifier: MIT
//
// `horde node` processes that find each other, as a stranger starts them.

#include <csignal>
#include <fstream>
#include <string>

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <boost/test/unit_test.hpp>

#include "support/eventually.hpp"
#include "support/folder.hpp"
#include "support/horde_node.hpp"

using namespace horde::test;
using namespace std::chrono_literals;

namespace {

/// A user's runtime directory of the test's own.
struct fixture {
  fixture() { ::setenv("XDG_RUNTIME_DIR", home.string().c_str(), 1); }
  ~fixture() { ::unsetenv("XDG_RUNTIME_DIR"); }

  folder home;
};

/// A node as the quick start says: no address anywhere.
struct plain_node {
  explicit plain_node(std::vector<std::string> more)
      : handle(command(std::move(more))) {
    auto line = handle.read_line(20s).value_or("no line");
    BOOST_REQUIRE_MESSAGE(line.starts_with("listening on "), line);
    auto begin = std::string{"listening on "}.size();
    at = line.substr(begin, line.find(' ', begin) - begin);
  }

  static std::vector<std::string> command(std::vector<std::string> more) {
    more.insert(more.begin(), {program, "node"});
    return more;
  }

  process handle;
  std::string at;
};

/// Asks until the answer says so.
void await(const std::vector<std::string>& question, const std::string& text) {
  auto args = question;
  args.insert(args.begin(), program);
  finished last;
  auto ok = eventually([&] { return says(last = run(args), text); });
  BOOST_TEST(ok, "no " << text << " in " << last.out);
}

/// What systemd would hear.
class notify_socket {
public:
  explicit notify_socket(const std::string& path)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    BOOST_REQUIRE(path.size() < sizeof at.sun_path);
    path.copy(at.sun_path, path.size());
    BOOST_REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at)
                  == 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~notify_socket() {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(fd_);
  }

  std::string next() const {
    char buffer[64] = {};
    timeval limit{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    auto size = ::recv(fd_, buffer, sizeof buffer, 0);
    return size > 0 ? std::string(buffer, static_cast<std::size_t>(size))
                    : "nothing";
  }

  bool is_quiet() const {
    char byte = 0;
    return ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0;
  }

private:
  int fd_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(horde_formation, fixture)

BOOST_AUTO_TEST_CASE(nodes_of_a_user_need_no_address) {
  plain_node one{{"--formation", "local"}};
  plain_node two{{"--formation", "local"}};
  await({"status", "--json"}, two.at);
  await({"status", "--json"}, one.at);
  await({"members", "names"}, two.at);
  check(run({program, "status"}), 0, "TOPOLOGY");
  // Another cluster of the same user is another one.
  plain_node other{{"--formation", "local", "--cluster", "other"}};
  auto alone = run({program, "status", "--cluster", "other", "--json"});
  check(alone, 0, other.at);
  BOOST_TEST(!says(alone, one.at));
}

BOOST_AUTO_TEST_CASE(a_killed_node_is_no_node_to_be_asked) {
  plain_node one{{"--formation", "local", "--name", "a"}};
  plain_node two{{"--formation", "local", "--name", "b"}};
  await({"status", "--json"}, "\"b\"");
  one.handle.signal(SIGKILL);
  one.handle.wait(20s);
  await({"status"}, "node b of cluster");
  await({"status", "--json"}, "\"down\"");
}

BOOST_AUTO_TEST_CASE(a_down_node_that_the_hosts_file_names_no_more_has_left) {
  plain_node one{{"--listen", "127.0.0.1:0", "--name", "one"}};
  home.write("hosts", one.at + "\n");
  plain_node two{{"--listen", "127.0.0.1:0", "--name", "two", "--formation",
                  "hosts_file:file=" + home / "hosts" + ",prune=true"}};
  auto status = std::vector<std::string>{"status", "--json", "--node", two.at};
  await(status, "\"up\"");
  one.handle.signal(SIGKILL);
  one.handle.wait(20s);
  await(status, "\"down\"");
  home.replace("hosts", two.at + "\n");
  await(status, "\"left\"");
}

BOOST_AUTO_TEST_CASE(a_node_is_ready_when_enough_are_up) {
  notify_socket systemd{home / "notify"};
  plain_node one{{"--formation", "local", "--wait-for", "2", "--ready-file",
                  home / "ready"}};
  BOOST_TEST(!std::filesystem::exists(home / "ready"));
  BOOST_TEST(systemd.is_quiet());
  ::unsetenv("NOTIFY_SOCKET"); // the second one is no service
  plain_node two{{"--formation", "local"}};
  BOOST_TEST(one.handle.read_line(20s).value_or("no line")
             == "ready: 2 nodes are up");
  BOOST_TEST(systemd.next() == "READY=1");
  std::ifstream file{home / "ready"};
  std::string line;
  std::getline(file, line);
  BOOST_TEST(line.starts_with("listening on " + one.at));
  one.handle.signal(SIGTERM);
  BOOST_TEST(systemd.next() == "STOPPING=1");
  BOOST_TEST(one.handle.wait(20s).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_node_that_waits_for_others_can_be_stopped) {
  plain_node one{{"--formation", "local", "--wait-for", "2"}};
  one.handle.signal(SIGTERM);
  BOOST_TEST(one.handle.wait(20s).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(topologies_stand_in_the_configuration_file) {
  plain_node one{{"--listen", "127.0.0.1:0"}};
  home.write("config", "horde {\n"
                       "  listen = \"127.0.0.1:0\"\n"
                       "  formation {\n"
                       "    lab {\n"
                       "      strategy = \"static\"\n"
                       "      hosts = [\""
                         + one.at
                         + "\", \"127.0.0.1:1\"]\n"
                           "      interval = 200ms\n"
                           "      jitter = 0\n"
                           "      prune = true\n"
                           "    }\n"
                           "    here { strategy = \"local\" }\n"
                           "  }\n"
                           "}\n");
  plain_node two{{"--config", home / "config"}};
  await({"status", "--json", "--node", two.at}, one.at);
  auto status = run({program, "status", "--node", two.at});
  check(status, 0, "lab");
  check(status, 0, "static");
  check(status, 0, "here");
}

BOOST_AUTO_TEST_CASE(mistakes_are_named) {
  check_refusal({"node", "--formation", "gosip"}, 2, "strategy = 'gosip'");
  check_refusal({"node", "--formation", "static"}, 2, "hosts is missing");
  check_refusal({"node", "--formation", "static:hosts=a"}, 2, "hosts = 'a'");
  check_refusal({"node", "--formation", "local", "--formation", "local"}, 2,
                "two of that name");
  for (const auto& [text, culprit] :
       std::vector<std::pair<std::string, std::string>>{
         {"horde { formation = 7 }\n", "horde.formation = 7"},
         {"horde { formation { lab = 7 } }\n", "horde.formation.lab = 7"},
         {"horde { formation { lab { strategy = \"static\" } } }\n",
          "topology lab: hosts is missing"},
         {"horde { formation { lab { strategy = \"local\"\n port = 1 } } }\n",
          "topology lab: there is no setting 'port'"},
         {"horde { formation { lab { hosts = [\"a:1\"] } } }\n",
          "topology lab: strategy = ''"}}) {
    home.write("config", text);
    check_refusal({"node", "--config", home / "config"}, 2, culprit);
  }
}

BOOST_AUTO_TEST_SUITE_END()
