// SPDX-License-Identifier: MIT
//
// `horde watch-children`: the children of a supervisor, then what happens to
// each, until it is ended or has told as much as it should.

#include <iomanip>

#include "remote.hpp"
#include "watching.hpp"

namespace horde::tools {

namespace {

/// Writes events line by line: they may go on for ever.
class teller {
public:
  teller(const remote& to, std::optional<std::uint64_t> at_most)
      : to_(to), told_(at_most) {
    if (!to_.json)
      line("TIME", "EVENT", "CHILD  TYPE  MEMBER  PROCESS  START  REASON");
  }

  void tell(child_events x) {
    told_.note_there(x.children);
    told_.note_events(x.events);
    told_.note_complete(x.is_last);
    if (to_.json)
      to_.print_line(x);
    else
      tell_people(x);
  }

  /// All that it should tell is told.
  bool is_done() const { return told_.is_done(); }

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
      std::cout << told_.there() << " children in " << x.supervisor
                << ", events follow" << std::endl;
  }

  const remote& to_;
  tally told_;
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
  add_watching_command(
    app, todo, "watch-children",
    "Tells the children of a supervisor, then what happens to each", watch);
}

} // namespace horde::tools
