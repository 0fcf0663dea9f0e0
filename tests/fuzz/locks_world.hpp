// SPDX-License-Identifier: MIT
//
// Three members that want locks of the whole horde, as a script says: what they
// tell each other is late, repeated or lost, links come and go. Beside that,
// members are restarted, or their list changes; or the first member is lied to
// as well. Whoever hears what: each caller is told once, and what is told to
// others can be read. Without lies at most one has a key, and tokens grow. In
// the end all get what they ask for, and nothing is left in memory.

#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/script.hpp"
#include "horde/naming/cluster_locks.hpp"

namespace horde::fuzz {

class locks_world {
public:
  static constexpr std::size_t crowd = 3;

  /// What happens beside mail and links. Restarts and changes of the list at a
  /// time are more than is promised (docs/locks.md).
  enum class kind : std::uint8_t { restarts, lists, lies };

  enum op : std::uint8_t {
    op_ask, ///< and its twin below
    op_ask_too,
    op_release,
    op_pass_time,
    op_run,
    op_deliver,
    op_repeat,
    op_lose,
    op_look,
    op_link,
    op_unlink,
    op_restart,
    op_begin_anew,
    op_list,
    op_stopped,
    op_damaged,
    op_raw,
    op_made,
    op_made_too,
    ops,
  };

  explicit locks_world(script in);

  void run();

private:
  static constexpr auto nobody = ~std::size_t{0};

  struct letter {
    replica_id from{};
    replica_id to{};
    std::string bytes;
  };

  struct wish {
    std::string key;
    std::uint64_t token = 0; ///< zero: waits
  };

  /// The latest list wins, as in the shared map.
  struct version {
    std::uint64_t number = 0;
    std::size_t by = 0;
    std::set<std::size_t> list;
    friend auto operator<=>(const version&, const version&) = default;
  };

  struct place {
    std::unique_ptr<naming::cluster_locks> locks;
    replica_id id{};
    std::set<std::size_t> reach;
    version members;
    std::map<naming::lock_ticket, wish> wishes;
  };

  void step(op x);
  void lie(op x);
  void some_mail(op x);
  void deliver(const letter& x);
  void deliver_all();
  void ask(std::size_t i);
  void release(std::size_t i, naming::lock_ticket ticket);
  void look(std::size_t i);
  void change_list(std::size_t i, std::set<std::size_t> list);
  void start(std::size_t i);
  void begin_anew(std::size_t i);
  void pass(duration x, std::size_t asleep = nobody);
  void calm_down();
  void run_for(duration x);

  template <class F>
  void on(std::size_t i, F event);
  void perform(std::size_t i, const naming::lock::effect& x);
  void granted(std::size_t i, const naming::lock::grant& x);
  void check(const place& x) const;
  void check_holders() const;
  void check_nothing_is_left() const;

  /// Of another member than the first.
  replica_id some_sender() {
    auto n = in_.below(8);
    return n < 6 ? places_[1 + n % 2].id : replica_id{in_.number()};
  }
  std::string some_key() { return "k" + std::to_string(in_.below(3)); }

  script in_;
  kind kind_;
  moment now_{instant{std::chrono::hours{1}},
              wall_time{std::chrono::hours{1000}}};
  naming::lock_config cfg_;
  std::vector<place> places_;
  std::deque<letter> mail_;
  std::uint64_t lives_ = 0;
  std::uint64_t tickets_ = 0;
  std::map<std::string, std::uint64_t> tokens_; ///< the last one of each key
  bool is_calm_ = false;
  std::size_t last_grants_ = 0; ///< when all is calm
};

} // namespace horde::fuzz
