// SPDX-License-Identifier: MIT
//
// Three members of one horde on a line that lies, as a script says: mail is
// late, repeated, damaged or invented, links come and go, time passes. Member 0
// is who is lied to. A `Shell` wraps one machine, performs its effects, and
// stops the program when a promise is broken.

#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "fuzz/harness.hpp"
#include "fuzz/script.hpp"
#include "horde/member_id.hpp"
#include "horde/membership/member.hpp"
#include "horde/membership/roster.hpp"
#include "support/sim_network.hpp"

namespace horde::fuzz {

inline constexpr std::size_t crowd = 3;

inline replica_id replica_of(std::size_t i) {
  return replica_id{i + 1};
}

inline member_id member_of(std::size_t i) {
  return {"h", "n" + std::to_string(i)};
}

inline node_id node_of(std::size_t i) {
  return {"n" + std::to_string(i), {100 + i, i}};
}

inline membership::roster_config roster_of(std::size_t i, member_mode mode) {
  members list;
  for (std::size_t j = 0; j < crowd; ++j)
    list.push_back(member_of(j));
  return {member_of(i), node_of(i), mode, std::move(list)};
}

/// What shells send, by all of them.
using mail_queue = std::deque<sim::packet>;

enum peer_op : std::uint8_t {
  peer_act, ///< and its twin below: half of all steps are the machine's own
  peer_act_too,
  peer_pass_time,
  peer_run,
  peer_deliver,
  peer_repeat,
  peer_damaged,
  peer_raw,
  peer_link,
  peer_unlink,
  peer_ops,
};

template <class Shell>
class peers {
public:
  explicit peers(script in) : in_(in) {
    auto mode = static_cast<member_mode>(in_.below(3));
    for (std::size_t i = 0; i < crowd; ++i)
      all_.push_back(std::make_unique<Shell>(i, mode, mail_, now_));
    for (std::size_t i = 0; i < crowd; ++i)
      for (std::size_t j = 0; j < crowd; ++j)
        if (i != j)
          all_[i]->link(j, now_);
  }

  void run() {
    while (!in_.is_over())
      step(static_cast<peer_op>(in_.below(peer_ops)));
    calm_down();
  }

private:
  void step(peer_op x) {
    switch (x) {
    case peer_act:
    case peer_act_too: return all_[in_.below(crowd)]->act(in_, now_);
    case peer_pass_time:
      return pass(in_.byte() * std::chrono::milliseconds{50});
    case peer_run: return deliver_all();
    case peer_deliver:
    case peer_repeat:
    case peer_damaged: return some_mail(x);
    case peer_raw: {
      auto from = replica_id{in_.below(5)};
      return all_[0]->receive(from, in_.bytes(), now_);
    }
    case peer_link: {
      auto i = in_.below(crowd);
      return all_[i]->link((i + 1 + in_.below(crowd - 1)) % crowd, now_);
    }
    case peer_unlink: {
      auto i = in_.below(crowd);
      return all_[i]->unlink((i + 1 + in_.below(crowd - 1)) % crowd, in_, now_);
    }
    case peer_ops: return;
    }
  }

  void some_mail(peer_op x) {
    if (mail_.empty())
      return;
    auto at =
      mail_.begin() + static_cast<std::ptrdiff_t>(in_.byte() % mail_.size());
    auto mail = *at;
    if (x == peer_damaged)
      return all_[0]->receive(mail.from, damaged(in_, *mail.bytes), now_);
    if (x == peer_deliver)
      mail_.erase(at);
    deliver(mail);
  }

  void deliver(const sim::packet& x) {
    auto to = static_cast<std::size_t>(x.to) - 1;
    if (to < crowd)
      all_[to]->receive(x.from, *x.bytes, now_);
  }

  void deliver_all() {
    constexpr auto at_most = 300;
    for (auto n = 0; n < at_most && !mail_.empty(); ++n) {
      auto next = mail_.front();
      mail_.pop_front();
      deliver(next);
    }
    mail_.clear();
  }

  void pass(duration x) {
    now_.at += x;
    now_.wall += x;
    for (auto& who : all_) {
      auto ticks = 0;
      do {
        who->tick(now_);
        HORDE_ASSERT(++ticks < 1000); // or time would stand still
      } while (who->wake_at() <= now_.at);
    }
  }

  /// The lies end. What is owed must be paid at last.
  void calm_down() {
    for (auto n = 0; n < 6; ++n) {
      deliver_all();
      for (auto& who : all_)
        who->work(now_);
      pass(std::chrono::seconds{n < 5 ? 2 : 30});
    }
    pass(std::chrono::hours{25}); // longer than any deadline
    for (auto& who : all_) {
      who->work(now_);
      who->check_at_end();
    }
  }

  script in_;
  moment now_{instant{std::chrono::hours{1}},
              wall_time{std::chrono::hours{1000}}};
  mail_queue mail_;
  std::vector<std::unique_ptr<Shell>> all_;
};

/// A script of mostly the machine's own acts, with the mail delivered.
inline std::string busy_script(random_engine& rng, std::size_t n) {
  script_writer out;
  out.byte(below(rng, 3));
  for (std::size_t i = 0; i < n; ++i) {
    out.byte(peer_act).byte(below(rng, crowd)).noise(rng, 4);
    if (below(rng, 3) == 0)
      out.byte(peer_run);
    if (below(rng, 3) == 0)
      out.byte(peer_pass_time).byte(below(rng, 60));
    if (below(rng, 4) == 0)
      out.byte(peer_damaged).noise(rng, 6);
  }
  return out.take();
}

inline std::vector<std::string> busy_scripts() {
  random_engine rng{1};
  std::vector<std::string> result;
  for (std::size_t i = 1; i <= 24; ++i) {
    result.push_back(busy_script(rng, 3 * i));
    result.push_back(script_writer{}.noise(rng, 24 * i).take());
  }
  return result;
}

} // namespace horde::fuzz
