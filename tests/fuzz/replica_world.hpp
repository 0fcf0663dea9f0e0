// SPDX-License-Identifier: MIT
//
// One replica between two honest neighbours on a line that lies: what it hears
// is late, repeated, damaged, forged or from strangers. It may be told wrong
// things, but it must refuse nonsense whole, keep its own writes unless a peer
// says that they are gone or that it was forgotten, say only what it can stand
// for, and any honest replica must still be able to become equal to it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "fuzz/harness.hpp"
#include "fuzz/script.hpp"
#include "horde/sync/replica.hpp"
#include "support/map_writes.hpp"
#include "support/sim_network.hpp"

namespace horde::fuzz {

class replica_world {
public:
  enum op : std::uint8_t {
    op_put,
    op_erase,
    op_pass_time,
    op_run,
    op_deliver,
    op_deliver_again,
    op_damaged,
    op_raw,
    op_made,
    op_link,
    op_forget,
    ops,
  };

  /// Of `op_made`: well formed, with any numbers.
  enum kind : std::uint8_t {
    made_ack,
    made_compare,
    made_compare_of_equals,
    made_equal,
    made_noted,
    made_notice,
    made_clear,
    made_differs,
    made_hail,
    made_stance,
    made_judgement,
    made_answer, ///< `differs` to what the sender was asked last
    made_report, ///< to a probe that the sender got
    kinds,
  };

  /// What a made report says, as bits.
  enum told : std::uint8_t {
    told_forgotten = 1,  ///< all dots that were listed
    told_gone = 2,       ///< the same
    told_versions = 4,   ///< of all keys that fit
    told_half = 8,       ///< not all questions are answered
    told_unlisted = 16,  ///< a forgotten dot that was not listed
    told_different = 32, ///< digests
  };

  static constexpr std::size_t subject = 0;
  static constexpr std::size_t keys = 12;

  /// Small messages, so that there are many.
  static sync::config limits();
  static replica_id id_of(std::size_t i) { return replica_id{i + 1}; }
  static std::string key_of(std::size_t i) {
    return "key " + std::to_string(i);
  }

  explicit replica_world(script in);

  void run() {
    while (!in_.is_over())
      step(static_cast<op>(in_.below(ops)));
  }

  /// An honest replica that never heard a lie meets the subject.
  void meet_somebody_honest();

  /// How many rounds of the subject ended in which it was told of the
  /// forgotten, so that something was gone and somebody forgotten.
  std::size_t forgetting_rounds() const { return forgetting_rounds_; }

private:
  /// What the subject asks one of the others, as far as it is not answered.
  struct questions {
    sync::compare begin;
    std::deque<sync::probe> probes;
    std::uint64_t forgettings = 0;     ///< as the answer to `begin` told
    bool is_told_of_forgotten = false; ///< by a report
  };

  void step(op x);
  void put(std::size_t i);
  void link(std::size_t i);
  void begun_anew(std::size_t i);
  void pass_time(duration x);
  void receive(std::size_t i, replica_id from, std::string_view bytes);
  void receive_as_subject(replica_id from, std::string_view bytes);
  void deliver(sim::packet x);
  void deliver_all();
  void finish(std::size_t i);
  void check_step(const sync::step& x);
  void note_question(replica_id to, const sync::message& x);

  // Made messages (replica_made.cpp).
  sync::message made(replica_id from);
  sync::side any_side();
  sync::message stance_made();
  sync::message judgement_made();
  sync::message notice_made();
  sync::message differs_made();
  sync::message answer_made(replica_id from);
  sync::message report_made(replica_id from);

  std::string key() { return key_of(in_.below(keys)); }
  std::set<std::uint64_t> own_dots() const;
  std::uint64_t made_by_subject() const {
    return all_[subject].map().seen().latest(all_[subject].id());
  }
  /// The present id of one of the three, or of somebody else.
  replica_id id_now(std::size_t i) const {
    return i < all_.size() ? all_[i].id() : id_of(i);
  }

  script in_;
  moment now_{instant{std::chrono::hours{1}},
              wall_time{std::chrono::hours{1000}}};
  std::deque<sync::replica> all_;
  std::deque<sim::packet> mail_;
  std::size_t events_ = 0;   ///< of the subject since its last step
  crdt::contents shown_;     ///< of the subject after its last step
  std::uint64_t writes_ = 0; ///< of the subject
  std::map<replica_id, std::size_t> places_; ///< of all ids ever
  std::map<replica_id, questions> asked_;    ///< by who was asked
  std::size_t forgetting_rounds_ = 0;
};

} // namespace horde::fuzz
