// SPDX-License-Identifier: MIT

#include "sim/replica_generator.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <utility>

#include "horde/random.hpp"

namespace horde::sim {

namespace {

constexpr std::uint64_t forever = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t most_at_once = 12; ///< members, those that join included
constexpr std::uint64_t longest_pause_us = 15'000;
constexpr unsigned deep_percent = 45;      ///< of seeds: they take longer
constexpr unsigned forgetful_percent = 60; ///< of the others
constexpr std::uint64_t hour_ms = 3'600'000;

/// What can happen, with the chance of each.
enum class kind : std::uint8_t {
  write,
  fill,
  thin,
  clear,
  suspect,
  link,
  cut_one_way,
  cut_both_ways,
  split,
  mend,
  weather,
  clock,
  crash,
  leave,
  join,
  forget,
  part,
};

class generator {
public:
  explicit generator(std::uint64_t seed) : rng_(seed) { result_.seed = seed; }

  scenario make() {
    choose_parameters();
    if (chance(deep_percent))
      grow_deep();
    else if (chance(forgetful_percent))
      become_forgetful();
    choose_kinds();
    if (!is_forgetful_ && chance(15))
      make_strangers();
    set_initial_clocks();
    change_weather();
    if (is_deep())
      fill_up();
    auto count = 50 + below(rng_, 100);
    for (std::uint64_t i = 0; i < count; ++i) {
      now_ += below(rng_, longest_pause_us);
      something_happens();
    }
    std::ranges::stable_sort(result_.acts, {}, &timed_act::at_us);
    // What was to happen later than that is part of the healing.
    std::erase_if(result_.acts,
                  [this](const timed_act& x) { return x.at_us > now_; });
    return std::move(result_);
  }

private:
  // -- the frame -------------------------------------------------------------

  std::uint64_t pick(std::initializer_list<std::uint64_t> xs) {
    return std::data(xs)[below(rng_, xs.size())];
  }

  bool chance(unsigned percent) { return below(rng_, 100) < percent; }

  void choose_parameters() {
    auto& x = result_.params;
    // Two to nine, and more often few: a run of nine takes ten times as long.
    x.members = 2 + std::min(below(rng_, 8), below(rng_, 8));
    x.keys = pick({2, 6, 40});
    x.linked_percent = pick({50, 90, 100});
    x.max_group_bytes = pick({1, 150, 256 * 1024});
    x.max_group_keys = pick({1, 3, 4096});
    x.max_asked_nodes = pick({1, 3, 8192});
    x.max_probes = pick({1, 4});
    x.max_log_records = pick({1, 8, 65536});
    x.stores = pick({0, 1});
    x.eras_apart = pick({0, 0, 3, 300});
    x.healed_percent = pick({0, 30, 100, 100});
    x.reaches_all = 1;
    hot_keys_ = x.keys;
    alive_.resize(x.members, {0, forever});
  }

  bool is_deep() const { return hot_keys_ < result_.params.keys; }

  /// So many keys that the digest tree has several levels. Most writes go to a
  /// few of them, as before. Limits are somewhat larger, so that it ends.
  void grow_deep() {
    auto& x = result_.params;
    x.members = 2 + std::min(below(rng_, 4), below(rng_, 4));
    x.deep_levels = pick({0, 2, 2, 3, 3});
    // 128 versions: one more divides their node.
    x.keys = pick({100, 128, 128, 200}) * (x.deep_levels + 1);
    if (x.deep_levels == 0)
      x.keys = 1200;
    x.max_group_bytes = pick({400, 4'000, 256 * 1024});
    x.max_group_keys = pick({10, 100, 4096});
    x.max_asked_nodes = pick({2, 10, 8192});
    x.max_log_records = pick({8, 100, 65536});
    alive_.assign(x.members, {0, forever});
  }

  /// Nobody knows anybody before they heal to a mesh with holes.
  void make_strangers() {
    auto& x = result_.params;
    x.linked_percent = 0;
    x.healed_percent = pick({0, 10, 50});
    x.reaches_all = 1;
    kinds_.assign(40, kind::write);
    kinds_.insert(kinds_.end(), {kind::clear, kind::clock, kind::weather});
    if (is_deep())
      kinds_.insert(kinds_.end(), {kind::fill, kind::thin});
  }

  void choose_kinds() {
    kinds_.insert(kinds_.end(), 80, kind::write);
    auto add = [this](kind x, unsigned weight, unsigned percent) {
      if (chance(percent))
        kinds_.insert(kinds_.end(), weight, x);
    };
    if (is_deep()) {
      add(kind::fill, 3, 90);
      add(kind::thin, 2, 60);
    }
    add(kind::clear, 1, 40);
    add(kind::suspect, 2, 40);
    add(kind::link, 8, 60);
    add(kind::cut_one_way, 3, 50);
    add(kind::cut_both_ways, 3, 50);
    add(kind::split, 1, 40);
    add(kind::mend, 4, 80);
    add(kind::weather, 2, 50);
    add(kind::clock, 2, 50);
    add(kind::crash, 2, 50);
    add(kind::leave, 1, 40);
    add(kind::join, 1, 40);
    if (!is_forgetful_)
      return;
    add(kind::forget, 6, 90);
    add(kind::part, 2, 80);
    add(kind::crash, 2, 50);
    add(kind::join, 1, 50);
  }

  void something_happens() {
    switch (kinds_[below(rng_, kinds_.size())]) {
    case kind::write: return write();
    case kind::fill: return fill();
    case kind::thin: return thin();
    case kind::clear: return add(acts::clear{anybody()});
    case kind::suspect: return add(acts::suspect{anybody(), anybody()});
    case kind::link: return change_a_link();
    case kind::cut_one_way: return add(acts::cut{anybody(), anybody()});
    case kind::cut_both_ways: return cut_both_ways();
    case kind::split: return split();
    case kind::mend: return mend();
    case kind::weather: return change_weather();
    case kind::clock: return change_a_clock(anybody());
    case kind::crash: return end_a_replica(false);
    case kind::leave: return end_a_replica(true);
    case kind::join: return join();
    case kind::forget: return forget();
    case kind::part: return part();
    }
  }

  void add(const act& x, std::uint64_t later = 0) {
    result_.acts.push_back({now_ + later, x});
  }

  // -- members ---------------------------------------------------------------

  struct span {
    std::uint64_t from;
    std::uint64_t until;
  };

  bool is_alive(std::size_t i) const {
    return alive_[i].from <= now_ && now_ < alive_[i].until;
  }

  /// Mostly one that runs.
  member_no anybody() {
    auto i = below(rng_, alive_.size());
    for (int tries = 0; tries < 4 && !is_alive(i); ++tries)
      i = below(rng_, alive_.size());
    return member_no{static_cast<std::uint32_t>(i)};
  }

  void end_a_replica(bool by_leaving) {
    auto who = anybody();
    auto i = static_cast<std::size_t>(who);
    if (!is_alive(i))
      return;
    if (by_leaving)
      add(acts::leave{who});
    else
      add(acts::crash{who});
    for (auto x : others(who))
      if (!by_leaving && chance(90))
        add(acts::down{x, who}, below(rng_, pick({5'000, 300'000})));
    alive_[i] = {forever, forever};
    if (!chance(by_leaving ? 40 : 75))
      return;
    act how = acts::start{who};
    if (result_.params.stores != 0 && chance(70))
      how = acts::restart{who, pick({0, 0, below(rng_, 5), below(rng_, 50)})};
    start(who, how, pick({0, below(rng_, 20'000), below(rng_, 400'000)}));
  }

  void join() {
    if (alive_.size() == most_at_once)
      return;
    alive_.push_back({forever, forever});
    auto who = member_no{static_cast<std::uint32_t>(alive_.size() - 1)};
    start(who, acts::start{who}, 0);
  }

  void start(member_no who, const act& how, std::uint64_t later) {
    add(how, later);
    alive_[static_cast<std::size_t>(who)] = {now_ + later, forever};
    auto spread = pick({1, 5'000, 150'000});
    for (auto x : others(who)) {
      if (chance(90))
        add(acts::up{x, who}, later + below(rng_, spread));
      if (chance(90))
        add(acts::up{who, x}, later + below(rng_, spread));
    }
  }

  void become_forgetful() {
    is_forgetful_ = true;
    result_.params.remembered_ms = pick({100, 200});
    mistaken_percent_ = static_cast<unsigned>(pick({0, 5}));
    result_.params.healed_percent = pick({30, 100, 100});
  }

  /// Mostly somebody who departed, or was one that did before.
  void forget() {
    auto other = anybody();
    for (int tries = 0; tries < 3 && is_alive(static_cast<std::size_t>(other));
         ++tries)
      other = member_no{static_cast<std::uint32_t>(below(rng_, alive_.size()))};
    auto is_mistake = chance(mistaken_percent_) ? 1U : 0U;
    add(acts::forget{anybody(), other, pick({0, 0, 1, 1, 2}), is_mistake});
  }

  /// Two sides that take each other for departed, for long or for good.
  void part() {
    std::vector<std::pair<member_no, member_no>> across;
    std::vector<bool> left(alive_.size());
    for (std::size_t i = 0; i < left.size(); ++i)
      left[i] = chance(50);
    for (std::uint32_t i = 0; i < left.size(); ++i)
      for (std::uint32_t j = 0; j < left.size(); ++j)
        if (left[i] != left[j])
          across.emplace_back(member_no{i}, member_no{j});
    auto noticed = pick({5'000, 100'000});
    auto forgotten =
      noticed + 1'000 * result_.params.remembered_ms + below(rng_, 200'000);
    auto percent = static_cast<unsigned>(pick({10, 40, 90}));
    for (auto [a, b] : across) {
      add(acts::cut{a, b});
      if (chance(95))
        add(acts::down{a, b}, below(rng_, noticed));
      if (chance(percent))
        add(acts::forget{a, b, 0, 0}, forgotten + below(rng_, 50'000));
    }
    if (chance(40))
      return;
    auto again = forgotten + below(rng_, 300'000);
    add(acts::mend_all{}, again);
    for (auto [a, b] : across)
      if (chance(80))
        add(acts::up{a, b}, again + below(rng_, 100'000));
  }

  std::vector<member_no> others(member_no than) const {
    std::vector<member_no> result;
    for (std::uint32_t i = 0; i < alive_.size(); ++i)
      if (member_no{i} != than)
        result.push_back(member_no{i});
    return result;
  }

  // -- writes, links, network, clocks ----------------------------------------

  /// Writes of one member at one time are one step.
  void write() {
    auto who = anybody();
    auto count = chance(25) ? 1 + below(rng_, 5) : 1;
    for (std::uint64_t i = 0; i < count; ++i) {
      auto key = below(rng_, chance(70) ? hot_keys_ : result_.params.keys);
      if (chance(33))
        add(acts::erase{who, key, some_seed()});
      else
        add(acts::put{who, key, some_seed()});
    }
  }

  /// One writes all keys, or several write parts that may overlap.
  void fill_up() {
    if (chance(40))
      return add(acts::fill{anybody(), 0, result_.params.keys, some_seed()});
    for (auto n = 2 + below(rng_, 3); n > 0; --n) {
      auto half = result_.params.keys / 2;
      auto first = below(rng_, half);
      add(acts::fill{anybody(), first, half, some_seed()});
    }
  }

  void fill() {
    auto [first, count] = some_keys();
    add(acts::fill{anybody(), first, count, some_seed()});
  }

  void thin() {
    auto [first, count] = some_keys();
    add(acts::thin{anybody(), first, count, some_seed()});
  }

  struct key_range {
    std::uint64_t first;
    std::uint64_t count;
  };

  key_range some_keys() {
    auto keys = result_.params.keys;
    auto first = below(rng_, keys);
    return {first,
            1 + below(rng_, std::min(keys - first, pick({10, 50, 150, keys})))};
  }

  std::uint64_t some_seed() { return below(rng_, 1'000'000); }

  void change_a_link() {
    auto a = anybody();
    auto b = anybody();
    if (chance(50))
      return add(acts::up{a, b});
    add(acts::down{a, b});
    if (chance(50)) // a flap
      add(acts::up{a, b}, below(rng_, 50'000));
  }

  void cut_both_ways() {
    auto a = anybody();
    auto b = anybody();
    add(acts::cut{a, b});
    add(acts::cut{b, a});
  }

  void split() {
    std::vector<bool> left(alive_.size());
    for (std::size_t i = 0; i < left.size(); ++i)
      left[i] = chance(50);
    for (std::uint32_t i = 0; i < left.size(); ++i)
      for (std::uint32_t j = 0; j < left.size(); ++j)
        if (left[i] != left[j])
          add(acts::cut{member_no{i}, member_no{j}});
    if (chance(70))
      add(acts::mend_all{}, below(rng_, 500'000));
  }

  void mend() {
    if (chance(30))
      return add(acts::mend_all{});
    auto a = anybody();
    auto b = anybody();
    add(acts::mend{a, b});
    add(acts::mend{b, a});
  }

  void change_weather() {
    auto longest = pick({2'000, 5'000, 150'000});
    if (is_forgetful_) // nothing arrives half of that time later
      longest = std::min(longest, 400 * result_.params.remembered_ms);
    add(acts::weather{pick({0, 0, 20, below(rng_, 60)}),
                      pick({0, 20, below(rng_, 60)}), longest});
  }

  void set_initial_clocks() {
    auto apart = pick({0, 2'000, hour_ms});
    for (std::uint32_t i = 0; i < alive_.size() && apart > 0; ++i)
      add(acts::clock{member_no{i},
                      static_cast<std::int64_t>(below(rng_, apart)), 1000});
  }

  void change_a_clock(member_no who) {
    auto most = static_cast<std::int64_t>(pick({20'000, hour_ms}));
    auto offset = static_cast<std::int64_t>(
                    below(rng_, static_cast<std::uint64_t>(2 * most)))
                  - most;
    add(acts::clock{who, offset, pick({1000, 1000, 0, 900, 1100, 10'000})});
  }

  random_engine rng_;
  scenario result_;
  std::uint64_t now_ = 0;
  bool is_forgetful_ = false;
  unsigned mistaken_percent_ = 0; ///< of those who are forgotten
  std::uint64_t hot_keys_ = 0;    ///< most writes are to the first so many keys
  std::vector<span> alive_; ///< when each member runs, as far as is planned
  std::vector<kind> kinds_; ///< each as often as it is likely
};

} // namespace

scenario generate(std::uint64_t seed) {
  return generator{seed}.make();
}

} // namespace horde::sim
