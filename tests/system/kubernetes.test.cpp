// SPDX-License-Identifier: MIT
//
// The nodes of examples/kubernetes/horde.yaml as processes, each on a loopback
// address of its own, and a stand-in for the API of Kubernetes.

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "horde/actors/door/socket.hpp"
#include "support/eventually.hpp"
#include "support/horde_node.hpp"
#include "support/kubernetes_api.hpp"

using namespace horde;
using namespace horde::test;
using namespace std::chrono_literals;

namespace {

using json = nlohmann::json;

/// A port that is free on the address.
std::uint16_t free_port(const std::string& host) {
  auto fd = actors::listen_on({host, 0});
  return actors::local_port(std::get<actors::unique_fd>(fd).get());
}

std::string replaced(std::string text, const std::string& what,
                     const std::string& by) {
  auto at = text.find(what);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, what << " in " << text);
  return text.replace(at, what.size(), by);
}

struct cluster {
  kubernetes_api api;
  std::uint16_t port = free_port("127.0.7.1");
  std::vector<std::string> pods;
  std::vector<std::string> recipe = read_recipe();

  cluster() {
    std::ofstream{api.account() + "/secret"}
      << "0123456789abcdef0123456789abcdef";
  }

  /// What each pod of the manifest runs.
  static std::vector<std::string> read_recipe() {
    auto read =
      run({PYTHON, HORDE_SOURCE "/tests/system/kubernetes_manifest.py",
           "--args", HORDE_SOURCE "/examples/kubernetes/horde.yaml"});
    BOOST_REQUIRE_MESSAGE(read.exit_code == 0, read.out);
    std::vector<std::string> result{program};
    std::istringstream in{read.out};
    for (std::string line; std::getline(in, line);)
      result.push_back(line);
    return result;
  }

  /// The same here: other addresses and folders.
  std::vector<std::string> command(const std::string& ip) const {
    auto result = recipe;
    for (auto& x : result) {
      if (x.starts_with("--listen="))
        x = replaced(x, "0.0.0.0:4711", ip + ":" + std::to_string(port));
      else if (x.starts_with("--advertise="))
        x = "--advertise=" + ip;
      else if (x.starts_with("--secret-file="))
        x = replaced(x, "/etc/horde", api.account());
      else if (x.starts_with("--formation="))
        x =
          replaced(x, "naming=hostname",
                   "naming=ip,api=" + api.url() + ",account=" + api.account());
      else if (x.starts_with("--ready-file="))
        x = replaced(x, "/tmp/", api.account() + "/" + ip);
    }
    return result;
  }

  /// As the service would have it.
  void tell_slice() {
    json endpoints = json::array();
    for (const auto& ip : pods)
      endpoints.push_back({{"addresses", {ip}}});
    api.put("endpointslices", "horde-abc",
            {{"metadata", {{"labels", {{"app", "horde"}}}}},
             {"endpoints", endpoints},
             {"ports", {{{"name", "horde"}, {"port", port}}}}});
  }

  finished status(const std::string& ip) const {
    return run({program, "status", "--node", ip + ":" + std::to_string(port),
                "--secret-file", api.account() + "/secret"});
  }

  /// Until the node on `ip` says so.
  bool says_soon(const std::string& ip, const std::string& text) const {
    auto deadline = std::chrono::steady_clock::now() + 20s;
    finished last;
    while (!says(last = status(ip), text))
      if (std::chrono::steady_clock::now() > deadline) {
        BOOST_TEST_MESSAGE(last.out);
        return false;
      }
    return true;
  }
};

/// Two nodes are up for it.
void await_ready(process& x) {
  auto line = x.read_line(30s);
  while (line && *line != "ready: 2 nodes are up")
    line = x.read_line(30s);
  BOOST_REQUIRE(line.has_value());
}

} // namespace

BOOST_AUTO_TEST_SUITE(kubernetes_system)

BOOST_AUTO_TEST_CASE(pods_of_the_recipe_find_each_other) {
  cluster x;
  x.pods = {"127.0.7.1", "127.0.7.2"};
  x.tell_slice();
  process first{x.command("127.0.7.1")};
  process second{x.command("127.0.7.2")};
  await_ready(first);
  await_ready(second);
  BOOST_TEST(eventually([&] { // it is written after the line
    return std::filesystem::exists(x.api.account() + "/127.0.7.1ready");
  }));

  // One more pod: the watch tells of it, and whom to dial.
  x.api.refuse("list", 503);
  process third{x.command("127.0.7.3")}; // may not list, so it is found
  x.pods.push_back("127.0.7.3");
  x.tell_slice();
  await_ready(third);
  auto port = ":" + std::to_string(x.port);
  BOOST_TEST(x.says_soon("127.0.7.1", "127.0.7.3" + port));
  BOOST_TEST(x.says_soon("127.0.7.3", "127.0.7.2" + port));
  BOOST_TEST(x.says_soon("127.0.7.3", "the API answered 503"));
}

BOOST_AUTO_TEST_SUITE_END()
