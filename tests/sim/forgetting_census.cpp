// SPDX-License-Identifier: MIT

#include "sim/forgetting_census.hpp"

#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

#include "sim/message_kind.hpp"

namespace horde::sim {

forgetting_census::counts&
forgetting_census::counts::operator+=(const counts& x) {
  // Both have the same fields in the same order.
  std::vector<std::uint64_t> more;
  for_each_field(x, [&](const char*, std::uint64_t n) { more.push_back(n); });
  auto next = more.begin();
  for_each_field(*this, [&](const char*, std::uint64_t& n) { n += *next++; });
  return *this;
}

void forgetting_census::sends(replica_id from, replica_id to,
                              std::string_view bytes) {
  if (!is_a<sync::stance>(bytes) && !is_a<sync::compare>(bytes))
    return;
  auto what = sync::decode_message(bytes);
  if (!what)
    return;
  auto& x = links_[{from, to}];
  if (auto says = std::get_if<sync::stance>(&*what)) {
    x.said = std::move(*says);
  } else if (auto begins = std::get_if<sync::compare>(&*what);
             begins->round != x.round) {
    x.round = begins->round;
    x.forgettings.reset();
  }
}

void forgetting_census::receives(const sync::replica& who, replica_id from,
                                 std::string_view bytes) {
  self_ = who.id();
  forgettings_ = who.map().forgettings();
  is_stance_ = is_a<sync::stance>(bytes);
  is_clear_ = is_a<sync::push>(bytes); // nothing else of it can
  auto is_of_interest =
    is_a<sync::judgement>(bytes) || is_a<sync::differs>(bytes)
    || is_a<sync::report>(bytes)
    || (is_a<sync::push>(bytes) && who.map().seen().horizon() > 0);
  if (!is_of_interest)
    return;
  auto neighbours = who.neighbours();
  if (std::ranges::find(neighbours, from) == neighbours.end())
    return;
  auto what = sync::decode_message(bytes, who.map().hash_key());
  if (!what)
    return;
  auto& x = links_[{self_, from}];
  if (auto told = std::get_if<sync::judgement>(&*what))
    on(x, *told, who.map().seen().is_forgotten(from));
  if (auto told = std::get_if<sync::differs>(&*what))
    on(who, x, *told);
  if (auto told = std::get_if<sync::report>(&*what))
    on(x, *told);
  if (auto told = std::get_if<sync::push>(&*what))
    on(who, *told);
}

void forgetting_census::received(const sync::replica& who) {
  if (auto yields = std::exchange(yields_, nullptr)) {
    ++(who.id() == self_ ? counts_.outgrown_judgements : *yields);
    return;
  }
  if (who.id() != self_) {
    counts_.judges += is_stance_ ? 1 : 0;
    return;
  }
  if (who.map().forgettings() == forgettings_)
    return;
  ++(is_clear_ ? counts_.learnt_by_clear : counts_.learnt_by_round);
}

void forgetting_census::on(link& x, const sync::judgement& told,
                           bool is_forgotten) {
  if (!x.said || told.number != x.said->number) {
    ++counts_.late_judgements;
    return;
  }
  const auto& ours = x.said->where;
  if (told.yields && ours.is_young)
    yields_ = &counts_.young;
  else if (told.yields && ours.side.size != told.side.size)
    yields_ = &counts_.smaller;
  else if (told.yields)
    yields_ = &counts_.younger;
  else if (is_forgotten)
    ++counts_.void_judgements;
  else if (!told.whom.empty())
    ++counts_.gives_up;
}

void forgetting_census::on(const sync::replica& who, link& x,
                           const sync::differs& told) {
  if (told.round != x.round || x.forgettings)
    return;
  if (told.seen.is_forgotten(who.id()))
    ++counts_.refused_answers;
  else
    x.forgettings = told.forgettings;
}

void forgetting_census::on(link& x, const sync::report& told) {
  if (told.round != x.round || !x.forgettings)
    return;
  counts_.void_rounds += told.forgettings != *x.forgettings ? 1 : 0;
  counts_.told_forgotten += told.forgotten.empty() ? 0 : 1;
}

void forgetting_census::on(const sync::replica& who, const sync::push& told) {
  const auto& map = who.map();
  auto is_half_forgotten = [&](const crdt::news& all) {
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t j = 0; j < all[i].size(); ++j)
        for (const auto& v : all[i][j].versions)
          if (map.seen().is_forgotten(v.id.who)
              && std::ranges::none_of(
                map.versions(all[i][j].name),
                [&](const auto& here) { return here.id == v.id; }))
            return true;
    return false;
  };
  counts_.half_forgotten +=
    is_half_forgotten(told.own) || is_half_forgotten(told.relayed) ? 1 : 0;
}

std::string to_text(const forgetting_census::counts& x) {
  std::ostringstream out;
  for_each_field(x, [&](const char* name, std::uint64_t n) {
    out << name << ": " << n << '\n';
  });
  return std::move(out).str();
}

} // namespace horde::sim
