// SPDX-License-Identifier: MIT
//
// Counts what forgetting leads to in a run, by reading the messages of its
// replicas: whether the simulation gets to the rare paths of docs/protocol.md,
// "Forgetting".

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "horde/sync/message.hpp"
#include "horde/sync/replica.hpp"

namespace horde::sim {

class forgetting_census {
public:
  struct counts {
    // Who begins anew.
    std::uint64_t young = 0;   ///< and so yields to whoever has forgotten it
    std::uint64_t smaller = 0; ///< of two sides
    std::uint64_t younger = 0; ///< of two sides of one size
    std::uint64_t judges = 0;  ///< what they were told of made them yield

    // What else comes of meetings.
    std::uint64_t gives_up = 0; ///< others of its side
    std::uint64_t late_judgements = 0;
    std::uint64_t void_judgements = 0;     ///< it has forgotten the judge since
    std::uint64_t outgrown_judgements = 0; ///< its side has grown since

    // Rounds.
    std::uint64_t void_rounds = 0; ///< the asked side forgot somebody meanwhile
    std::uint64_t told_forgotten = 0;  ///< reports with forgotten dots
    std::uint64_t refused_answers = 0; ///< they had forgotten the asker

    // News.
    std::uint64_t learnt_by_round = 0; ///< that somebody is forgotten
    std::uint64_t learnt_by_clear = 0;
    std::uint64_t half_forgotten = 0; ///< pushes with what is not taken in

    counts& operator+=(const counts& x);

    std::uint64_t renewals() const {
      return young + smaller + younger + judges;
    }

    template <class Self>
    static auto fields(Self& x) {
      return make_record("forgetting", field("young", x.young),
                         field("smaller", x.smaller),
                         field("younger", x.younger), field("judges", x.judges),
                         field("gives_up", x.gives_up),
                         field("late_judgements", x.late_judgements),
                         field("void_judgements", x.void_judgements),
                         field("outgrown_judgements", x.outgrown_judgements),
                         field("void_rounds", x.void_rounds),
                         field("told_forgotten", x.told_forgotten),
                         field("refused_answers", x.refused_answers),
                         field("learnt_by_round", x.learnt_by_round),
                         field("learnt_by_clear", x.learnt_by_clear),
                         field("half_forgotten", x.half_forgotten));
    }
  };

  /// A replica sends this.
  void sends(replica_id from, replica_id to, std::string_view bytes);

  /// `who` is going to receive this.
  void receives(const sync::replica& who, replica_id from,
                std::string_view bytes);

  /// And has received it.
  void received(const sync::replica& who);

  const counts& result() const { return counts_; }

private:
  /// Of a replica and another one.
  struct link {
    std::optional<sync::stance> said;         ///< the newest
    std::uint64_t round = 0;                  ///< the newest that it began
    std::optional<std::uint64_t> forgettings; ///< as told in that round
  };

  /// `is_forgotten`: the judge, by now.
  void on(link& x, const sync::judgement& told, bool is_forgotten);
  void on(const sync::replica& who, link& x, const sync::differs& told);
  void on(link& x, const sync::report& told);
  void on(const sync::replica& who, const sync::push& told);

  std::map<std::pair<replica_id, replica_id>, link> links_;
  counts counts_;
  // Of what is being received.
  replica_id self_{};
  std::uint64_t forgettings_ = 0;
  bool is_stance_ = false;
  std::uint64_t* yields_ = nullptr; ///< what counts it, if it is told to yield
  bool is_clear_ = false;
};

/// Some lines to read.
std::string to_text(const forgetting_census::counts& x);

} // namespace horde::sim
