// SPDX-License-Identifier: MIT

#include "demo_command.hpp"

#include <iomanip>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include <stdlib.h>

#include "demo_cluster.hpp"
#include "remote.hpp"

namespace horde::tools {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t node_count = 3;
constexpr std::size_t child_count = 30;
constexpr duration patience = 10s;
constexpr duration answer_limit = 5s;

std::string seconds(duration x) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2)
      << std::chrono::duration<double>(x).count() << " s";
  return out.str();
}

/// A promise that did not hold ends the demo.
struct broken_promise {
  std::string what;
};

[[noreturn]] void broken(std::string what) {
  if (interrupted())
    throw broken_promise{"interrupted"};
  throw broken_promise{std::move(what)};
}

void demand(const std::optional<failure>& problem) {
  if (problem)
    broken(problem->what);
}

template <class T>
T demand(caf::expected<T> x) {
  if (!x)
    broken(render(x.error()));
  return std::move(*x);
}

/// Where the children run: by id.
using children = std::map<std::string, scheduling::child_info>;

class demo {
public:
  demo(caf::actor_system& sys, std::filesystem::path folder,
       std::string formation)
      : sys_(sys), folder_(std::move(folder)),
        formation_(std::move(formation)) {
    for (std::size_t i = 1; i <= node_count; ++i)
      nodes_.push_back(
        std::make_unique<demo_node>("node-" + std::to_string(i), folder_));
  }

  void run(bool keep) {
    form();
    start_children();
    find_names();
    auto victim = kill_one();
    bring_back(*victim);
    if (keep)
      return leave_running();
    stop_all();
    say("\nEvery promise held. " + seconds(whole_.passed()) + " in all.");
  }

private:
  // -- the story -------------------------------------------------------------

  void form() {
    heading("Three nodes start and find each other (" + formation_ + ")");
    stopwatch watch;
    for (auto& x : nodes_) {
      demand(x->start({"127.0.0.1", 0}, topology()));
      note(x->name() + " is process " + std::to_string(x->process())
           + ", listens on " + to_string(x->at()));
    }
    for (auto& x : nodes_)
      demand(x->connect(sys_, answer_limit));
    wait_for_cluster();
    held("each sees the two others, and all three are members of both hordes",
         watch.passed());
  }

  void start_children() {
    heading("30 supervised children start, asked of one node after the other");
    stopwatch watch;
    for (std::size_t i = 0; i < child_count; ++i) {
      child_spec spec;
      spec.id = child_name(i);
      spec.type = "worker";
      auto& node = *nodes_[i % nodes_.size()];
      demand(node.link().request<child_started>(node.supervisor(),
                                                start_child{spec}));
    }
    auto took = watch.passed();
    for (auto& x : nodes_)
      if (!until(patience, [&] { return all_run(children_at(*x)); }))
        broken("not all 30 children run, as " + x->name() + " sees it");
    auto now = children_at(*nodes_.front());
    note(spread(now));
    for (auto& x : nodes_)
      if (count_on(now, x->name()) == 0)
        broken("no child was placed on " + x->name());
    held("all run, spread over all three nodes", took);
  }

  void find_names() {
    heading("Each child took a name; every name is found from every node");
    held("90 lookups tell the right process", wait_for_names());
  }

  /// Returns the node that is gone.
  demo_node* kill_one() {
    auto& victim = *nodes_[1];
    heading("kill -9 " + std::to_string(victim.process()) + ": " + victim.name()
            + " dies without a word");
    auto before = children_at(*nodes_.front());
    note(std::to_string(count_on(before, victim.name()))
         + " children and their names go down with it");
    stopwatch watch;
    victim.kill();
    wait_for_children(watch);
    wait_for_names();
    note(spread(children_at(*nodes_.front())));
    held("their names lead to the new processes, from every node",
         watch.passed());
    auto after = children_at(*nodes_.front());
    for (const auto& [id, x] : before)
      if (x.member.node != victim.name() && after[id].pid != x.pid)
        broken(id + " was moved though its node lives");
    held("children of the other nodes were left alone");
    return &victim;
  }

  void bring_back(demo_node& victim) {
    heading(victim.name() + " comes back at " + to_string(victim.at()));
    stopwatch watch;
    demand(victim.start(victim.at(), topology()));
    demand(victim.connect(sys_, answer_limit));
    wait_for_cluster();
    held("it is a member again, as all three nodes see it", watch.passed());
    wait_for_children(watch);
    wait_for_names();
    held("it knows all children and names", watch.passed());
  }

  void stop_all() {
    heading("All nodes are stopped (SIGTERM), one after the other");
    for (auto& x : nodes_) {
      stopwatch watch;
      auto name = x->name();
      auto code = x->stop(20s);
      if (!code)
        broken(name + " did not end within 20 s after SIGTERM");
      if (*code != 0)
        broken(name + " ended with exit code " + std::to_string(*code));
      held(name + " handed over, said goodbye and ended with exit code 0",
           watch.passed());
      if (running() > 0) {
        stopwatch moved;
        wait_for_children(moved);
        wait_for_names();
        note("its children and names live on: " + spread(seen_by_first()));
      }
    }
  }

  void leave_running() {
    auto at = to_string(nodes_.front()->at());
    std::string self = std::filesystem::read_symlink("/proc/self/exe");
    say("\nEvery promise held. The nodes keep running. Try:\n");
    say("  export HORDE_NODE=" + at);
    for (const auto* x :
         {"status", "names", "children", "whereis names worker-07",
          "start-child workers worker --id lamp",
          "start-child workers crasher 2", "status workers"})
      say("  " + self + " " + x);
    std::string all;
    for (auto& x : nodes_)
      all += " " + std::to_string(x->process());
    say("  kill -9 " + std::to_string(nodes_.back()->process()) + "     # "
        + nodes_.back()->name() + ", then: children");
    say("\nStop them with:\n  kill" + all);
    say("What they write is in " + folder_.string());
    for (auto& x : nodes_)
      x->leave_running();
  }

  std::string topology() const {
    return demo_topology(formation_, folder_, nodes_.front()->at());
  }

  // -- asking ----------------------------------------------------------------

  static std::string child_name(std::size_t i) {
    auto number = std::to_string(i + 1);
    return "worker-" + std::string(number.size() < 2 ? 1 : 0, '0') + number;
  }

  static std::size_t alive(const std::vector<member_info>& members) {
    std::size_t result = 0;
    for (const auto& x : members)
      result += x.status == member_status::alive && x.linked ? 1 : 0;
    return result;
  }

  bool sees_all(const demo_node& x) const {
    auto node = x.link().request<node_status>(get_status{});
    auto names = x.link().request<member_list>(x.registry(), get_members{});
    auto workers = x.link().request<member_list>(x.supervisor(), get_members{});
    if (!node || !names || !workers)
      return false;
    std::size_t up = 1;
    for (const auto& y : node->nodes)
      up += y.state == node_state::up ? 1 : 0;
    return up == node_count && alive(names->members) == node_count
           && alive(workers->members) == node_count;
  }

  void wait_for_cluster() const {
    for (const auto& x : nodes_)
      if (!until(patience, [&] { return sees_all(*x); }))
        broken(x->name() + " does not see all members");
  }

  static children children_at(const demo_node& x) {
    children result;
    auto list = x.link().request<child_list>(x.supervisor(), which_children{});
    if (list)
      for (auto& y : list->children)
        result.emplace(y.id, std::move(y));
    return result;
  }

  children seen_by_first() const {
    for (const auto& x : nodes_)
      if (x->running())
        return children_at(*x);
    return {};
  }

  /// On nodes that live.
  bool all_run(const children& x) const {
    if (x.size() != child_count)
      return false;
    std::set<incarnation> lives;
    for (const auto& node : nodes_)
      if (node->running())
        lives.insert(node->life());
    return std::all_of(x.begin(), x.end(), [&](const auto& y) {
      return y.second.state == scheduling::child_state::running
             && lives.contains(y.second.pid.node);
    });
  }

  void wait_for_children(const stopwatch& watch) const {
    for (const auto& x : nodes_)
      if (x->running()
          && !until(patience, [&] { return all_run(children_at(*x)); }))
        broken("not all 30 children run, as " + x->name()
               + " sees it: " + spread(children_at(*x)));
    held("all 30 children run on the nodes that live", watch.passed());
  }

  /// From every running node every name leads to the child.
  duration wait_for_names() const {
    stopwatch watch;
    auto now = seen_by_first();
    for (const auto& x : nodes_)
      for (const auto& [id, child] : now) {
        if (!x->running())
          continue;
        std::string got = "nothing";
        auto right = until(patience, [&, name = id, pid = child.pid] {
          auto found =
            x->link().request<registration>(x->registry(), lookup_name{name});
          got = found ? to_string(found->who) : render(found.error());
          return found && found->who == pid;
        });
        if (!right)
          broken("the name " + id + " on " + x->name() + ": " + got
                 + ", expected " + to_string(child.pid));
      }
    return watch.passed();
  }

  std::size_t running() const {
    std::size_t result = 0;
    for (const auto& x : nodes_)
      result += x->running() ? 1 : 0;
    return result;
  }

  static std::size_t count_on(const children& x, const std::string& node) {
    return static_cast<std::size_t>(
      std::count_if(x.begin(), x.end(), [&](const auto& y) {
        return y.second.member.node == node;
      }));
  }

  std::string spread(const children& x) const {
    std::string result;
    for (const auto& node : nodes_)
      if (node->running())
        result += (result.empty() ? "" : ", ")
                  + std::to_string(count_on(x, node->name())) + " on "
                  + node->name();
    return result;
  }

  // -- telling ---------------------------------------------------------------

  static void say(const std::string& line) { std::cout << line << std::endl; }

  void heading(const std::string& what) {
    say("\n" + std::to_string(++step_) + ". " + what);
  }

  static void note(const std::string& what) { say("        " + what); }

  static void held(const std::string& what,
                   std::optional<duration> took = std::nullopt) {
    say("    ok  " + what + (took ? "  (" + seconds(*took) + ")" : ""));
  }

  caf::actor_system& sys_;
  std::filesystem::path folder_;
  std::string formation_;
  std::vector<std::unique_ptr<demo_node>> nodes_;
  stopwatch whole_;
  int step_ = 0;
};

int run_demo(bool keep, const std::string& formation) {
  catch_interrupts();
  // What is set for a cluster of one's own is not for the demo's.
  for (const auto* name :
       {"HORDE_NODE", "HORDE_CLUSTER", "HORDE_SECRET", "HORDE_TRANSPORT"})
    unsetenv(name);
  auto pattern =
    (std::filesystem::temp_directory_path() / "horde-demo-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr)
    return complain(to_error({errc::bad_option, "cannot make " + pattern}));
  std::filesystem::path folder{pattern};
  tool_config cfg;
  caf::actor_system sys{cfg};
  try {
    demo story{sys, folder, formation};
    story.run(keep);
  } catch (const broken_promise& x) {
    std::cout << "\nNOT HELD: " << x.what << std::endl;
    std::cout << "What the nodes wrote is in " << folder.string() << std::endl;
    return 1;
  }
  if (!keep)
    std::filesystem::remove_all(folder);
  return 0;
}

} // namespace

void add_demo_command(CLI::App& app, action& todo) {
  auto keep = std::make_shared<bool>(false);
  auto formation = std::make_shared<std::string>("static");
  auto* cmd = app.add_subcommand(
    "demo", "Shows three nodes on this machine surviving a kill -9");
  cmd->add_flag("--keep", *keep,
                "Leave the nodes running and print commands to try");
  cmd->add_option("--formation", *formation, "How the nodes find each other")
    ->check(CLI::IsMember({"static", "local", "gossip"}))
    ->capture_default_str();
  cmd->callback([&todo, keep, formation] {
    todo = [=] { return run_demo(*keep, *formation); };
  });
}

} // namespace horde::tools
