// SPDX-License-Identifier: MIT

#include "sim/replica_census.hpp"

#include <algorithm>
#include <functional>
#include <sstream>
#include <utility>

#include "sim/message_kind.hpp"

namespace horde::sim {

namespace {

crdt::tree_node place_of(const sync::question& x) {
  return std::visit([](const auto& q) { return q.where; }, x);
}

std::pair<unsigned, std::uint64_t> name_of(crdt::tree_node x) {
  return {x.level, x.prefix};
}

} // namespace

replica_census::counts& replica_census::counts::operator+=(const counts& x) {
  auto add = [](by_level& to, const by_level& more) {
    std::ranges::transform(to, more, to.begin(), std::plus{});
  };
  rounds += x.rounds;
  add(reached, x.reached);
  add(compared, x.compared);
  add(cut_off, x.cut_off);
  add(left_out, x.left_out);
  at_once += x.at_once;
  repeated += x.repeated;
  return *this;
}

void replica_census::sends(replica_id from, replica_id to,
                           std::string_view bytes) {
  if (!is_a<sync::compare>(bytes) && !is_a<sync::probe>(bytes)
      && !is_a<sync::report>(bytes))
    return;
  auto what = sync::decode_message(bytes);
  if (!what)
    return;
  if (auto begins = std::get_if<sync::compare>(&*what))
    counts_.rounds += rounds_.try_emplace({from, to, begins->round}).second;
  else if (auto asks = std::get_if<sync::probe>(&*what))
    count({from, to, asks->round}, *asks);
  else if (auto tells = std::get_if<sync::report>(&*what))
    count({to, from, tells->round}, *tells);
}

void replica_census::count(const round_id& where, const sync::probe& x) {
  auto& here = rounds_[where];
  if (x.part <= here.parts) {
    counts_.repeated += here.deepest > 2 ? 1 : 0;
    return;
  }
  here.parts = x.part;
  auto& open = here.open[x.part];
  for (const auto& q : x.questions) {
    open.push_back(place_of(q).level);
    count(here, q);
  }
  if (here.open.size() > 1 && !std::exchange(here.had_several, true))
    ++counts_.at_once;
}

void replica_census::count(round& here, const sync::question& x) {
  auto where = place_of(x);
  if (std::holds_alternative<sync::digest_question>(x)) {
    ++counts_.compared[where.level];
    here.compared.insert(name_of(where));
  } else {
    here.has_listed_root |= where.level == 0;
  }
  // Digests lead two levels down at a time. What is left of a list that was cut
  // off is in nodes of any level.
  if (where.level < 2)
    return;
  auto above = crdt::tree_node::of(where.first(), where.level - 2);
  auto is_led = here.compared.contains(name_of(above))
                || (where.level == 2 && !here.has_listed_root);
  for (; is_led && here.deepest < where.level; ++here.deepest)
    ++counts_.reached[here.deepest + 1];
}

void replica_census::count(const round_id& where, const sync::report& x) {
  auto open = rounds_[where].open.extract(x.part);
  if (!open)
    return; // an answer to a repetition
  const auto& asked = open.mapped();
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (i >= x.answers.size())
      ++counts_.left_out[asked[i]];
    else if (auto list = std::get_if<sync::list_answer>(&x.answers[i]))
      counts_.cut_off[asked[i]] += list->upto ? 1 : 0;
  }
}

std::string to_text(const replica_census::counts& x) {
  std::ostringstream out;
  out << x.rounds << " rounds, " << x.at_once
      << " with several probes on their way; " << x.repeated
      << " probes of rounds that were below level 2 were sent again";
  for (std::size_t i = 0; i < x.reached.size(); ++i)
    if (x.reached[i] + x.compared[i] + x.cut_off[i] + x.left_out[i] > 0)
      out << "\nlevel " << i << ": " << x.reached[i] << " rounds, "
          << x.compared[i] << " nodes compared by digests, " << x.cut_off[i]
          << " lists cut off, " << x.left_out[i] << " questions left out";
  return std::move(out).str();
}

} // namespace horde::sim
