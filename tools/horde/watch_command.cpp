// SPDX-License-Identifier: MIT
//
// `horde watch`: the names in a registry, then each change with its cause,
// until it is ended or has told as much as it should.

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
      line("TIME", "CHANGE", "CAUSE", "NAME  PROCESS  MEMBER  VALUE");
  }

  void tell(name_events x) {
    if (!x.is_snapshot && at_most_)
      x.events.resize(std::min(x.events.size(), *at_most_ - changes_));
    (x.is_snapshot ? names_ : changes_) += x.events.size();
    is_complete_ |= x.is_last;
    for (auto& event : x.events)
      event.entry.value = to_.readable(event.entry.value);
    if (to_.json)
      to_.print_line(x);
    else
      tell_people(x);
  }

  /// All that it should tell is told.
  bool is_done() const {
    return at_most_ && changes_ >= *at_most_ && (changes_ > 0 || is_complete_);
  }

private:
  static void line(const std::string& time, const std::string& change,
                   const std::string& cause, const std::string& rest) {
    std::cout << std::left << std::setw(26) << time << std::setw(14) << change
              << std::setw(16) << cause << rest << std::endl;
  }

  void tell_people(const name_events& x) const {
    auto now =
      iso_time(wall_time{std::chrono::system_clock::now().time_since_epoch()});
    for (const auto& [what, cause, entry] : x.events)
      line(now, x.is_snapshot ? "there" : to_string(what),
           x.is_snapshot ? "-" : to_string(cause),
           entry.name + "  " + to_string(entry.who) + "  "
             + to_string(entry.member) + "  " + entry.value);
    if (x.is_last)
      std::cout << names_ << " names in " << x.registry << ", changes follow"
                << std::endl;
  }

  const remote& to_;
  std::optional<std::uint64_t> at_most_; ///< changes
  std::uint64_t names_ = 0;
  std::uint64_t changes_ = 0;
  bool is_complete_ = false; ///< all names that there were are told
};

caf::error watch(const remote& to, const watch_options& x) {
  auto member = to.node.find(horde_kind::registry, x.horde);
  if (!member)
    return std::move(member.error());
  teller out{to, x.count};
  return watch_member<name_events>(to, *member, subscribe_names{}, x.limit,
                                   out);
}

} // namespace

void add_watch_command(CLI::App& app, action& todo) {
  auto x = std::make_shared<watch_options>();
  auto* cmd = add_remote_command(
    app, todo, "watch",
    "Tells the names in a registry, then each change and its cause",
    [x](const remote& to) { return watch(to, *x); });
  cmd->add_option("HORDE", x->horde, "Its name; not needed if there is one");
  cmd->add_option("--count", x->count, "Ends after so many changes")
    ->check(is_count());
  cmd->add_option("--for", x->limit, "Ends after this time")
    ->check(is_duration());
}

} // namespace horde::tools
