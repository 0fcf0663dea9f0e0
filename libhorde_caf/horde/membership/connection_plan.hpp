// SPDX-License-Identifier: MIT
//
// Which addresses to dial, and when. In: addresses that somebody suggested
// (remembered, unless there are too many: then the one that failed most makes
// room), nodes that are missing at theirs, how dials ended. Out: addresses to
// dial now, at most `max_dials` open at a time.
//
// An address rests while the node that answers there is linked. Otherwise it
// is dialled with back-off: at once when its node was lost, slowly when its
// node said goodbye (nobody is missing, but the next incarnation may come to
// that address). Addresses that are not remembered are dropped when they rest.
// When more are due than may be dialled, those that failed least go first, so
// that long-dead addresses never hold up a fresh one.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "horde/endpoint.hpp"
#include "horde/membership/backoff.hpp"
#include "horde/membership/cluster_config.hpp"

namespace horde::membership {

class connection_plan {
public:
  connection_plan(endpoint self_at, const cluster_config& cfg,
                  std::uint64_t seed);

  /// Dials `to` whenever no node there is linked. False if it is remembered
  /// already, or cannot be.
  bool remember(const endpoint& to, instant now);

  /// Takes `remember` back: `to` is dialled on only while a node is missing
  /// there. The node that answered there, as far as known.
  std::string withdraw(const endpoint& to);

  bool is_remembered(const endpoint& to) const;

  /// Node `who` is missing at `at`: all its addresses are dialled from
  /// `first_dial` on, with fresh back-off.
  void seek(const std::string& who, const endpoint& at, instant first_dial);

  /// There is news of the missing `who`: dials its addresses now. False if they
  /// are being dialled, or due.
  bool hurry(const std::string& who, instant now);

  /// `who`, which listens at `at`, is linked, perhaps through our dial.
  void reached(const std::string& who, const endpoint& at,
               const std::optional<endpoint>& dialled);

  /// `who` said goodbye and is not linked.
  void left(const std::string& who, instant now);

  /// `who` is of no interest any more, or may have moved; remembered addresses
  /// are dialled to see who is there.
  void forget(const std::string& who, instant now);

  /// False if no such dial is open.
  bool failed(const endpoint& to, instant now);

  /// `to` is our own address: never dialled again.
  void found_self(const endpoint& to);

  /// `who` answers at `to`; if it is not linked we try again later.
  void found(const endpoint& to, const std::string& who, bool is_linked,
             instant now);

  /// Gives up on unanswered dials, then opens those that are due.
  std::vector<endpoint> start_due(instant now);

  instant wake_at() const;

  /// The wait after this many failures in a row.
  duration delay(unsigned failures);

private:
  struct target {
    bool is_remembered = false;
    bool rests = false;     ///< a node there is linked
    bool is_slow = false;   ///< the node there said goodbye
    bool is_sought = false; ///< the node `who` is missing there
    std::string who;        ///< who answers there as far as known
    unsigned failures = 0;  ///< in a row
    bool is_open = false;   ///< a dial is under way
    instant due;            ///< the next dial, or when the open one is lost
  };
  using targets = std::map<endpoint, target>;

  targets::iterator rest(targets::iterator i, const std::string& who);
  void wake(target& x, instant first_dial);
  void close(target& x);
  void fail(target& x, instant now);
  bool make_room();

  cluster_config cfg_;
  random_engine rng_;
  std::set<endpoint> own_; ///< addresses that turned out to be ours
  targets targets_;
  unsigned open_ = 0; ///< dials under way
  std::size_t remembered_ = 0;
};

} // namespace horde::membership
