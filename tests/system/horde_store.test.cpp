// SPDX-License-Identifier: MIT
//
// `horde node --store` as a stranger uses it: all nodes are killed and start
// again, and the children are back; stores that cannot be used are refused.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "support/horde_node.hpp"

using namespace horde::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

namespace fs = std::filesystem;

/// A folder that is there for one test.
struct scratch_folder {
  scratch_folder() {
    auto pattern = (fs::temp_directory_path() / "horde-test-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~scratch_folder() { fs::remove_all(path); }

  std::string operator/(const std::string& name) const { return path / name; }

  fs::path path;
};

json ask_json(const node& to, std::vector<std::string> args) {
  args.push_back("--json");
  auto answer = to.ask(std::move(args));
  BOOST_REQUIRE_MESSAGE(answer.exit_code == 0, answer.out);
  return json::parse(answer.out);
}

/// Three nodes called a, b and c, each with a store of its own.
struct cluster {
  scratch_folder folder;
  std::map<std::string, std::optional<node>> nodes;

  cluster() { start_all(); }

  void start_all() {
    std::vector<std::string> seed;
    for (const std::string name : {"a", "b", "c"}) {
      std::vector<std::string> args{"--name", name, "--store", folder / name};
      args.insert(args.end(), seed.begin(), seed.end());
      auto& x = nodes[name];
      x.emplace(args);
      seed.insert(seed.end(), {"--seed", x->at});
    }
  }

  void end_all(int signal, int exit_code) {
    for (auto& [name, x] : nodes)
      x->handle.signal(signal);
    for (auto& [name, x] : nodes)
      BOOST_TEST(x->handle.wait(20s).exit_code == exit_code);
  }

  const node& operator[](const std::string& name) const {
    return *nodes.at(name);
  }

  /// The children that run, as one node says, each with the life of its node.
  std::map<std::string, std::string> running(const node& seen_from) const {
    std::map<std::string, std::string> result;
    auto list = ask_json(seen_from, {"children", "workers"});
    for (const auto& x : list["children"])
      if (x["state"] == "running") {
        auto pid = x["pid"].get<std::string>(); // <actor@life>
        auto life = pid.find('@') + 1;
        result[x["id"]] = pid.substr(life, pid.size() - life - 1);
      }
    return result;
  }

  std::set<std::string> lives() const {
    std::set<std::string> result;
    for (const auto& [name, x] : nodes)
      result.insert(ask_json(*x, {"status"})["self"]["life"]);
    return result;
  }

  /// What is not yet as it should be; empty: all children that are wanted run
  /// in these lives, once, and all nodes say the same.
  std::string disagreement(const std::set<std::string>& wanted) const {
    std::size_t here = 0;
    std::optional<std::map<std::string, std::string>> first;
    auto alive = lives();
    for (const auto& [name, x] : nodes) {
      auto seen = running(*x);
      if (first.value_or(seen) != seen)
        return name + " sees others than the first node";
      first = seen;
      for (const auto& [id, life] : seen)
        if (!wanted.contains(id))
          return id + " runs";
        else if (!alive.contains(life))
          return id + " runs on a node that is dead";
      if (seen.size() != wanted.size())
        return name + " sees " + std::to_string(seen.size()) + " children";
      auto names = ask_json(*x, {"names", "names"});
      if (names["total"] != wanted.size())
        return name + " sees " + names["total"].dump() + " names";
      auto status = ask_json(*x, {"status", "workers"});
      if (status["store"]["state"] != "works")
        return "the store of " + name + ": " + status["store"].dump();
      here += status["local_children"].get<std::size_t>();
    }
    return here == wanted.size() ? "" : std::to_string(here) + " copies run";
  }

  void check_children(const std::set<std::string>& wanted) const {
    auto deadline = std::chrono::steady_clock::now() + 40s;
    auto why = disagreement(wanted);
    while (!why.empty() && std::chrono::steady_clock::now() < deadline)
      why = disagreement(wanted);
    BOOST_TEST(why == "");
  }
};

/// As if the disk was full, or had room again.
void set_disk_is_full(const node& x, bool is_full) {
  rlimit limit{};
  BOOST_REQUIRE(prlimit(x.handle.pid(), RLIMIT_FSIZE, nullptr, &limit) == 0);
  limit.rlim_cur = is_full ? 0 : limit.rlim_max;
  BOOST_REQUIRE(prlimit(x.handle.pid(), RLIMIT_FSIZE, &limit, nullptr) == 0);
}

std::string read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(horde_store)

BOOST_AUTO_TEST_CASE(children_come_back_after_all_nodes_were_killed) {
  cluster all;
  std::set<std::string> wanted;
  for (auto i = 0; i < 9; ++i) {
    auto id = "lamp-" + std::to_string(i);
    auto at = std::string(1, static_cast<char>('a' + i % 3));
    check(all[at].ask({"start-child", "workers", "worker", "--id", id}), 0, id);
    wanted.insert(id);
  }
  check(all["b"].ask({"terminate-child", "workers", "lamp-4"}), 0, "lamp-4");
  wanted.erase("lamp-4");
  // The last one was answered an instant ago.
  check(all["c"].ask({"start-child", "workers", "worker", "--id", "late"}), 0,
        "late");
  wanted.insert("late");
  all.end_all(SIGKILL, 128 + SIGKILL);
  all.start_all();
  all.check_children(wanted);
  // A second time, by request; and what is done now is kept, too.
  check(all["a"].ask({"terminate-child", "workers", "late"}), 0, "late");
  wanted.erase("late");
  all.end_all(SIGTERM, 0);
  all.start_all();
  all.check_children(wanted);
}

BOOST_AUTO_TEST_CASE(the_status_shows_the_store) {
  scratch_folder folder;
  node with{{"--store", folder / "new"}};
  check(with.ask({"status"}), 0, "works");
  check(with.ask({"status", "workers"}), 0, "store: works");
  auto store = ask_json(with, {"status", "workers"})["store"];
  BOOST_TEST(store["state"] == "works");
  BOOST_TEST(store["problem"] == "");
  BOOST_TEST(store["failed_steps"] == 0);
  BOOST_TEST(store["since"].get<std::string>().starts_with("20"));
  node without;
  BOOST_TEST(
    ask_json(without, {"status", "workers"})["store"]["since"].is_null());
  check(without.ask({"status", "workers"}), 0, "store: none");
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_and_made_up_for) {
  signal(SIGXFSZ, SIG_IGN); // the node inherits it: a write only fails
  scratch_folder folder;
  std::vector<std::string> args{"--name", "a", "--store", folder.path};
  {
    node x{args};
    set_disk_is_full(x, true);
    check(x.ask({"start-child", "workers", "worker", "--id", "lamp"}), 0,
          "lamp");
    check(x.ask({"status"}), 0, "FAILS");
    check(x.ask({"status", "workers"}), 0, "store: FAILS since 20");
    set_disk_is_full(x, false);
    auto deadline = std::chrono::steady_clock::now() + 40s;
    auto works = [&] {
      return says(x.ask({"status", "workers"}), "store: works");
    };
    while (!works() && std::chrono::steady_clock::now() < deadline)
      continue;
    BOOST_TEST(works());
    x.handle.signal(SIGKILL);
  }
  node again{args};
  check(again.ask({"children", "workers"}), 0, "lamp");
}

BOOST_AUTO_TEST_CASE(a_damaged_store_is_refused) {
  scratch_folder folder;
  auto file = folder / "workers.store";
  {
    node x{{"--store", folder.path}};
    check(x.ask({"start-child", "workers", "worker", "--id", "lamp"}), 0, "");
    x.handle.signal(SIGTERM);
    BOOST_TEST(x.handle.wait(20s).exit_code == 0);
  }
  auto bytes = read_file(file);
  auto at = bytes.find("lamp");
  BOOST_REQUIRE(at != std::string::npos);
  bytes[at] = 'd';
  std::ofstream{file, std::ios::binary} << bytes;
  // Before it would listen: nothing is told of the address, which is taken.
  node other;
  std::vector<std::string> args{"node",      "--listen", other.at, "--store",
                                folder.path, "--seed",   other.at};
  check_refusal(args, 1, file + "': is damaged");
  BOOST_TEST(read_file(file) == bytes); // it stays as it is
  std::ofstream{file, std::ios::binary} << "Dear diary";
  check_refusal(args, 1, file + "' is not a store");
}

BOOST_AUTO_TEST_CASE(a_store_in_use_is_refused_and_its_node_goes_on) {
  scratch_folder folder;
  node first{{"--store", folder.path}};
  check_refusal({"node", "--listen", "127.0.0.1:0", "--store", folder.path,
                 "--seed", first.at},
                1, folder / "workers.store" + "': is in use by another node");
  check(first.ask({"start-child", "workers", "worker", "--id", "lamp"}), 0,
        "lamp");
  BOOST_TEST(ask_json(first, {"status"})["nodes"].empty()); // it never came
}

BOOST_AUTO_TEST_CASE(a_store_of_another_cluster_is_refused) {
  scratch_folder folder;
  {
    node x{{"--store", folder.path, "--cluster", "one"}};
    check(x.ask({"start-child", "workers", "worker", "--cluster", "one"}), 0,
          "");
  }
  node other{{"--cluster", "two"}};
  check_refusal(
    {"node", "--listen", other.at, "--store", folder.path, "--cluster", "two"},
    1,
    folder / "workers.store"
      + "': was written in cluster 'one', and this is cluster "
        "'two'");
  // The secret may change: what is kept does not depend on it.
  node x{{"--store", folder.path, "--cluster", "one", "--secret",
          "the new secret of all"}};
  check(x.ask({"children", "workers", "--cluster", "one", "--secret",
               "the new secret of all"}),
        0, "worker");
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_used_is_named) {
  scratch_folder folder;
  auto file = folder / "file";
  std::ofstream{file} << "a file";
  check_refusal({"node", "--store", file}, 2, file);
  check_refusal({"node", "--store", folder / "none/store"}, 2, "none/store");
  check_refusal({"node", "--store", ""}, 2, "--store");
  auto config = folder / "config";
  std::ofstream{config} << "horde { store = \"" << file << "\" }\n";
  check_refusal({"node", "--config", config}, 2, file);
}

BOOST_AUTO_TEST_CASE(the_directory_may_come_from_the_configuration_file) {
  scratch_folder folder;
  auto config = folder / "config";
  std::ofstream{config} << "horde {\n  store = \"" << (folder / "kept")
                        << "\"\n  supervisors = [\"a/b\"]\n}\n";
  node x{{"--config", config}};
  check(x.ask({"status"}), 0, "works");
  BOOST_TEST(fs::exists(folder / "kept/a%2fb.store"));
}

BOOST_AUTO_TEST_SUITE_END()
