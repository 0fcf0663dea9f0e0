// SPDX-License-Identifier: MIT
//
// Who waits for what: starts (asked here or forwarded by another member) and
// terminates, each with its deadline, by child and by time. Pure bookkeeping;
// the scheduler decides.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "horde/due_queue.hpp"
#include "horde/member_id.hpp"
#include "horde/scheduling/effects.hpp"
#include "horde/scheduling/records.hpp"

namespace horde::scheduling {

///   parked       waits for another copy or start of the same id
///   local        the factory runs here
///   forwarded    another member was asked
///   replicating  it runs; waits until another member has the record
enum class progress : std::uint8_t { parked, local, forwarded, replicating };

struct start_request {
  request_id id;
  token caller = 0;     ///< only if we are the asker
  bool foreign = false; ///< the asker is another member
  start_ack ack = start_ack::replicated;
  bool finds = false;   ///< one that runs will do, too
  bool unasked = false; ///< nobody asked: we see to it that the child exists
  bool waits_for_pid = false; ///< also of a child that another start began
  supervision::child_spec spec;
  instant deadline{};
  std::uint32_t hops = 0;
  std::uint32_t turn = 0; ///< how often a member was chosen
  progress is = progress::parked;
  instant act_at = never; ///< retry, or stop waiting for replication
  replica_id target{};    ///< while forwarded
  member_id target_member;
  std::optional<member_id> counted_at; ///< as long as there is no record
  std::optional<start_result> result;  ///< known, not yet answered
  std::uint64_t sequence = 0;          ///< of our log, while replicating
};

class start_requests {
public:
  /// Requires: `x.id` is new.
  start_request& add(start_request x);
  void erase(const request_id& id);
  start_request* find(const request_id& id);

  /// Requests for one child, oldest first.
  std::vector<request_id> of_child(const std::string& id) const;
  std::vector<request_id> all() const;

  /// Call after `deadline` or `act_at` changed.
  void reschedule(const start_request& x);
  std::vector<request_id> take_due(instant now) { return due_.take_due(now); }
  instant next() const { return due_.next(); }

  /// The request that waits for the lowest log sequence to be replicated.
  void await_replication(start_request& x, std::uint64_t sequence);
  start_request* next_replication();

  std::size_t size() const { return requests_.size(); }

private:
  std::map<request_id, start_request> requests_;
  /// Ordered by arrival through the running number.
  std::map<std::string, std::map<std::uint64_t, request_id>> by_child_;
  std::map<request_id, std::uint64_t> arrivals_;
  std::uint64_t next_arrival_ = 0;
  due_queue<request_id> due_;
  std::set<std::pair<std::uint64_t, request_id>> replicating_;
};

struct terminate_request {
  token caller = 0;
  std::string child;
  std::uint64_t sequence = 0; ///< of our log, where it was written down
  instant replicate_until{};  ///< then it is answered: nobody confirmed it
};

class terminate_requests {
public:
  void add(terminate_request x, instant deadline);
  /// Removes and returns those that wait for `child`.
  std::vector<terminate_request> take(const std::string& child);
  std::vector<terminate_request> take_due(instant now);
  bool waits_for(const std::string& child) const;
  std::vector<std::string> children() const;

  /// The child of `x` is gone; only a second copy of that news is missing.
  void await_replication(terminate_request x);
  /// All were written down anew: they wait for this log sequence instead.
  void postpone(std::uint64_t sequence);
  const terminate_request* next_replication() const;
  terminate_request take_replication();

  instant next() const;
  std::size_t size() const { return requests_.size() + replicating_.size(); }

private:
  std::multimap<std::uint64_t, terminate_request> replicating_; ///< by sequence
  std::map<std::uint64_t, terminate_request> requests_;         ///< by arrival
  std::map<std::string, std::set<std::uint64_t>> by_child_;
  std::uint64_t next_arrival_ = 0;
  due_queue<std::uint64_t> due_;
};

} // namespace horde::scheduling
