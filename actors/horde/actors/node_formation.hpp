// SPDX-License-Identifier: MIT
//
// What a node's topologies tell: which addresses to connect to, which are
// withdrawn; and what is told of them: status, events, log lines. Belongs to
// the node actor. The topologies run in threads of their own.

#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/expected.hpp>

#include "horde/actors/audience.hpp"
#include "horde/actors/door/events.hpp"
#include "horde/actors/formation/runner.hpp"
#include "horde/actors/log.hpp"
#include "horde/formation/address_book.hpp"

namespace horde::actors {

/// The running topologies, and where their reports wait for the node actor.
class topologies {
public:
  using report = std::pair<const formation::runner*, formation::lookup_report>;

  topologies() = default;
  topologies(const topologies&) = delete;
  topologies& operator=(const topologies&) = delete;

  /// Makes the strategies. Fails with `bad_option`.
  std::optional<failure> add(const std::vector<topology>& all,
                             const formation::seeker& who);

  /// `whom` gets a `look_inside` when reports wait. Fails with `start_failed`.
  std::optional<failure> start(const caf::actor& whom);

  std::vector<report> take();

  void stop();
  /// After `stop`: waits for the threads, at most `limit`.
  void wait(duration limit);
  void set_secrets(const std::vector<std::string>& secrets);

  const std::vector<std::unique_ptr<formation::runner>>& all() const {
    return runners_;
  }

private:
  struct mailbox {
    std::mutex mutex;
    std::vector<report> reports;
  };

  std::vector<std::unique_ptr<formation::runner>> runners_;
  /// Shared with the threads, which may outlive us.
  std::shared_ptr<mailbox> mailbox_ = std::make_shared<mailbox>();
};

class node_formation {
public:
  /// `others` are addresses that no topology can withdraw.
  node_formation(std::shared_ptr<topologies> running,
                 const std::vector<endpoint>& others);

  /// Somebody else suggests it, too.
  void pin(const endpoint& at) { book_.pin(at); }

  struct advice {
    std::vector<endpoint> connect; ///< perhaps known
    std::vector<endpoint> withdraw;
  };
  /// What lookups gave since the last call.
  advice take();

  // How dials go.
  void dialing(const endpoint& to, moment now);
  void connected(const endpoint& to, moment now);
  void failed(const endpoint& to, const failure& why, moment now);

  std::vector<formation_status> status() const;
  /// Whose message `self` looks at.
  void subscribe(caf::event_based_actor* self) {
    subscribers_.add(self->current_sender());
  }
  /// Empty: all. Fails with `not_found`.
  caf::expected<void> refresh(const std::string& topology) const;

private:
  struct connects {
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    std::uint64_t strangers = 0;
  };

  void on(const formation::runner& from, const formation::lookup_report& x,
          advice& out);
  void tell_lookup(const std::string& topology,
                   const formation::lookup_report& x);
  /// Takes the dial and tells all topologies that name the address.
  template <class F>
  void ended(const endpoint& to, formation_event x, moment now, F count);

  std::shared_ptr<topologies> running_;
  formation::address_book book_;
  std::map<std::string, connects> connects_; ///< by topology
  std::map<endpoint, instant> dials_;        ///< of addresses that we name
  audience subscribers_;
  said_once said_;
};

} // namespace horde::actors
