// SPDX-License-Identifier: MIT
//
// `horde watch-children`: the children of a supervisor, then what happens to
// each, until it is ended or has told as much as it should.

#include <iomanip>

#include "remote.hpp"
#include "watching.hpp"

namespace horde::tools {

namespace {

struct watch_options {
  std::string horde;
  std::optional<std::uint64_t> count;
  std::string limit;
};

/// Writes events line by line: they may go on for ever.
class teller {
public:
  teller(const remote& to, std::optional<std::uint64_t> at_most)
      : to_(to), at_most_(at_most) {
    if (!to_.json)
      line("TIME", "EVENT", "CHILD  TYPE  MEMBER  PROCESS  START  REASON");
  }

  void tell(child_events x) {
    if (at_most_)
      x.events.resize(std::min(x.events.size(), *at_most_ - events_));
    events_ += x.events.size();
    children_ += x.children.size();
    is_complete_ |= x.is_last;
    if (to_.json)
      to_.print_line(x);
    else
      tell_people(x);
  }

  /// All that it should tell is told.
  bool is_done() const {
    return at_most_ && events_ >= *at_most_ && (events_ > 0 || is_complete_);
  }

private:
  static void line(const std::string& time, const std::string& what,
                   const std::string& rest) {
    std::cout << std::left << std::setw(26) << time << std::setw(13) << what
              << rest << std::endl;
  }

  static std::string or_dash(const std::string& x) {
    return x.empty() ? "-" : x;
  }

  template <class Child>
  static std::string row(const Child& x, const std::string& reason) {
    return x.id + "  " + x.type + "  " + or_dash(to_string(x.member)) + "  "
           + (x.pid ? to_string(x.pid) : "-") + "  " + std::to_string(x.attempt)
           + "  " + or_dash(reason);
  }

  void tell_people(const child_events& x) const {
    auto now =
      iso_time(wall_time{std::chrono::system_clock::now().time_since_epoch()});
    for (const auto& child : x.children)
      line(now, to_string(child.state), row(child, child.last_end));
    for (const auto& event : x.events)
      line(iso_time(event.at), to_string(event.what), row(event, event.reason));
    if (x.is_last)
      std::cout << children_ << " children in " << x.supervisor
                << ", events follow" << std::endl;
  }

  const remote& to_;
  std::optional<std::uint64_t> at_most_; ///< events
  std::uint64_t children_ = 0;
  std::uint64_t events_ = 0;
  bool is_complete_ = false; ///< all children that there were are told
};

caf::error watch(const remote& to, const watch_options& x) {
  auto member = to.node.find(horde_kind::supervisor, x.horde);
  if (!member)
    return std::move(member.error());
  teller out{to, x.count};
  return watch_member<child_events>(to, *member, subscribe_children{}, x.limit,
                                    out);
}

} // namespace

void add_watch_children_command(CLI::App& app, action& todo) {
  auto x = std::make_shared<watch_options>();
  auto* cmd = add_remote_command(
    app, todo, "watch-children",
    "Tells the children of a supervisor, then what happens to each",
    [x](const remote& to) { return watch(to, *x); });
  cmd->add_option("HORDE", x->horde, "Its name; not needed if there is one");
  cmd->add_option("--count", x->count, "Ends after so many events")
    ->check(is_count());
  cmd->add_option("--for", x->limit, "Ends after this time")
    ->check(is_duration());
}

} // namespace horde::tools
