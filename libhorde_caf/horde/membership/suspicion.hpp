// SPDX-License-Identifier: MIT
//
// The trial of one suspect node. In: what our peers say about reaching it, how
// our own redial ended. Out: whom to ask, and the verdict.
//
// The rule; "heard of" is what we heard of it, and what others say of when they
// did:
// - Somebody reaches it: one bad link is not death, it stays suspect. A report
//   stands until its peer takes it back, is no longer up, or did not renew it
//   for `down_after` (all are asked again at half that time). So a peer that
//   says nothing more delays the verdict by `down_after`, never for ever.
// - Nobody reaches it: it is down once its host refused our redial and every
//   up peer said that it does not reach it either; with other failures, or if
//   somebody does not answer, when nobody heard of it for `down_after`.
// - The last report is taken back: the refusal seen before is too old to
//   count.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "horde/node_id.hpp"
#include "horde/time.hpp"

namespace horde::membership {

class suspicion {
public:
  suspicion(duration down_after, instant last_heard, instant now);

  /// What `peer` says: whether it reaches the suspect, and else when it last
  /// heard of it, if it knows. Says whether the last one who reached it just
  /// took it back: time for a fresh redial.
  bool report(const std::string& peer, bool reaches,
              std::optional<instant> heard_at, instant now);

  /// It gave a sign of life, but it is not linked.
  void heard(instant at);

  /// We ourselves did not run for so long: nobody could tell us anything.
  void forgive(duration late, instant now);

  /// `peer` is no longer up: what it said counts no more. Returns as `report`.
  bool dismiss(const std::string& peer, instant now);

  /// How our redial ended.
  void redialled(bool refused_by_host) {
    refused_ = refused_by_host;
    asks_later_ = false;
  }

  /// Lets reports that were not renewed lapse. Returns as `report`.
  bool expire(instant now);

  /// The reason to give the suspect up, if there is one.
  std::optional<std::string_view> verdict(const std::vector<node_id>& peers,
                                          instant now) const;

  /// Who is to be asked now; each only once a round. Requires: `peers_changed`
  /// was called if `peers` are others than before.
  std::vector<node_id> to_ask(const std::vector<node_id>& peers, instant now);
  void peers_changed() { all_are_asked_ = false; }

  /// We only heard of it: nobody is asked before our dial failed, or half of
  /// the time is over.
  void ask_later() { asks_later_ = true; }

  /// Whether somebody reaches the suspect.
  bool is_held() const { return holders_ > 0; }

  /// What `peer` said; nothing if it did not answer yet.
  std::optional<bool> said(const std::string& peer) const;

  instant wake_at() const;

private:
  struct answer {
    std::optional<bool> reaches; ///< nothing: asked, not answered
    instant at;                  ///< of a positive answer
  };

  void set(answer& x, std::optional<bool> reaches);
  bool ended_if(bool was_held, instant heard_at);

  duration down_after_;
  instant last_heard_; ///< by anybody; meaningless while held
  instant ask_again_;
  bool refused_ = false;
  bool asks_later_ = false;
  bool all_are_asked_ = false;
  instant lapse_at_ = never; ///< no answer lapses before
  std::size_t holders_ = 0;  ///< answers that it is reached
  std::size_t deniers_ = 0;  ///< answers that it is not
  std::map<std::string, answer> answers_;
};

} // namespace horde::membership
