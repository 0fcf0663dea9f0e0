// SPDX-License-Identifier: MIT
//
// Hosts on one switch: each a network namespace of Linux with one cable, the
// switch a bridge in a namespace of its own. Nothing is left outside of them,
// and nothing of them remains after the test. Takes root.

#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace horde::test {

/// For one thread at a time.
class network {
public:
  using host = std::size_t;
  using hosts = std::set<host>;

  /// At most 9 hosts. Fails with a sentence that names what this machine lacks.
  explicit network(std::size_t size);
  network(const network&) = delete;
  network& operator=(const network&) = delete;
  ~network();

  std::size_t size() const { return size_; }
  static std::string address(host x);

  /// The command that runs `args[0]` on that host, in the same process.
  std::vector<std::string> on(host x, std::vector<std::string> args) const;

  /// Moves the calling thread there, for ever: sockets that it opens from now
  /// on are that host's.
  void enter(host x) const;

  // -- cables ----------------------------------------------------------------

  /// One more between two hosts, beside the switch: `eth1` at both ends, and
  /// addresses of another network.
  void connect_directly(host a, host b);
  static std::string direct_address(host x);

  void unplug(host x);
  void plug_in(host x);

  // -- loss ------------------------------------------------------------------

  /// Which share of what one host sends to another is lost, at random: 0
  /// nothing, 1 all. The other direction is a matter of its own.
  struct loss {
    host from;
    host to;
    double share;
  };

  void lose(const std::vector<loss>& changes);

  /// The same for every pair of hosts.
  void lose_everywhere(double share);

  /// Loses all between these hosts and the others, in both directions.
  void split(const hosts& side);

  /// No more loss. Cables stay as they are.
  void heal() { lose_everywhere(0); }

private:
  void set_up();
  void tear_down() noexcept;
  /// One line for each namespace.
  std::string for_spaces(const std::string& command) const;
  std::string space(const std::string& of) const;
  std::string space(host x) const;

  std::size_t size_;
  std::string name_;
  std::set<host> with_filters_; ///< whose port on the switch takes filters
  std::map<std::pair<host, host>, double> lost_;
};

/// Removes what runs left that were killed.
void remove_old_networks();

} // namespace horde::test
