// SPDX-License-Identifier: MIT
//
// A cluster of `horde node` processes in a network of its own, and what must be
// true of it: all nodes of one side of a network say the same. Each node runs
// the registry `names`, the supervisor `workers`, whose children move, and a
// supervisor of its own, whose only child stays at home and has its name.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/network.hpp"
#include "support/network_node.hpp"

namespace horde::test {

/// A silent node is down by then: after 2.75 s, up to twice as long if its
/// beats came unevenly, as on a machine with little time for it.
constexpr auto silence_limit = std::chrono::milliseconds{6500};

/// A node that is there again is up by then: a dial may take 5 s to fail, and
/// the next comes up to 6 s later.
constexpr auto redial_limit = std::chrono::seconds{20};

constexpr auto agreement_limit = std::chrono::seconds{30};

class network_cluster {
public:
  using clock = network_node::clock;
  using duration = network_node::duration;

  /// An instant, and what was in the logs by then.
  struct mark {
    clock::time_point at;
    std::vector<std::size_t> lines; ///< of each node
  };

  /// Starts all at the same instant. `title` stands before what is noted.
  network_cluster(std::string title, std::size_t size);

  /// Waits until all are linked.
  void form();

  /// Prints what was measured.
  void note(const std::string& text) const;

  // -- nodes -----------------------------------------------------------------

  network& net() { return net_; }
  network_node& operator[](network::host x) { return *nodes_[x]; }
  network::hosts all() const;
  network::hosts all_but(const network::hosts& some) const;

  /// A new process on the host, where none runs any more.
  void start_again(network::host x);

  /// A child of `workers`, asked of that node; fine if it runs already.
  void start_child(const std::string& id, network::host asked = 0);

  /// Some children of `workers`, one at home on each of these, and agreement.
  void start_children(const network::hosts& homes);

  /// A child of the node's own supervisor.
  void settle_at_home(network::host x);

  // -- events ----------------------------------------------------------------

  mark now() const;

  /// How long it took until the last witness told this event of the node.
  duration wait_for(const std::string& event, network::host whom,
                    const network::hosts& witnesses, const mark& since,
                    duration limit);

  /// All lines of the nodes' logs with this text.
  std::vector<std::string> lines_with(const std::string& text,
                                      const network::hosts& of,
                                      const mark& since) const;

  /// Nobody was given up.
  void require_no_down(const network::hosts& by, const mark& since) const;

  /// All logs, for whoever wonders what went wrong.
  std::string logs() const;

  // -- agreement -------------------------------------------------------------

  /// How long it took until all of this side agree: they are linked with each
  /// other and take all others for gone, every child runs once on this side,
  /// and there are exactly the names of these children and of those at home.
  duration wait_for_agreement(const network::hosts& side) const;
  duration wait_for_agreement() const { return wait_for_agreement(all()); }

private:
  struct view;

  void require_agreement(const network::hosts& side) const;
  /// Returns how many children of `workers` the node runs.
  std::size_t require_members(network::host x,
                              const network::hosts& side) const;
  view look(network::host x, const network::hosts& side) const;

  std::string title_;
  clock::time_point begin_; ///< of the processes
  network net_;
  std::vector<std::unique_ptr<network_node>> nodes_;
  std::set<std::string> children_;
  network::hosts at_home_;
};

/// What happens to a formed cluster of this size. Fails by an exception.
struct scenario {
  std::string title;
  std::size_t size;
  std::function<void(network_cluster&)> play;
};

/// Plays them at the same time, each with a cluster of its own: most of their
/// time is waiting. A failure is one of the test case, with all logs.
void play(const std::vector<scenario>& side_by_side);

/// Calls `check` until it throws nothing; throws what it threw last. Returns
/// how long it took.
network_cluster::duration eventually(network_cluster::duration limit,
                                     const std::function<void()>& check);

[[noreturn]] void fail(const std::string& why);

std::string seconds(network_cluster::duration x);

} // namespace horde::test
