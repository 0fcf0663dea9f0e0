// SPDX-License-Identifier: MIT

#include "sim/replica_shrink.hpp"

#include <algorithm>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace horde::sim {

namespace {

template <class T>
constexpr bool is_member = std::is_same_v<std::remove_cvref_t<T>, member_no>;

/// Calls `f` for each member that an act names.
template <class Act, class F>
void for_each_member(Act& x, F f) {
  std::visit(
    [&](auto& what) {
      for_each_field(what, [&](const char*, auto& value) {
        if constexpr (is_member<decltype(value)>)
          f(value);
      });
    },
    x);
}

bool names(const act& x, member_no who) {
  auto result = false;
  for_each_member(x, [&](member_no y) { result = result || y == who; });
  return result;
}

/// Those behind `who` move up.
void close_gap(act& x, member_no who) {
  for_each_member(x, [&](member_no& y) {
    if (y > who)
      y = member_no{static_cast<std::uint32_t>(y) - 1};
  });
}

/// One more than the last member there is or will be.
std::uint32_t members_of(const scenario& x) {
  auto result = static_cast<std::uint32_t>(x.params.members);
  for (const auto& a : x.acts)
    for_each_member(a.what, [&](member_no y) {
      result = std::max(result, static_cast<std::uint32_t>(y) + 1);
    });
  return result;
}

/// The keys of an act that has many.
struct key_range {
  std::uint64_t* first;
  std::uint64_t* count;
};

std::optional<key_range> range_of(act& x) {
  return std::visit(
    [](auto& what) -> std::optional<key_range> {
      if constexpr (requires { what.count; })
        return key_range{&what.first, &what.count};
      else
        return std::nullopt;
    },
    x);
}

/// One more than the last key that an act names.
std::uint64_t keys_of(act& x) {
  if (auto range = range_of(x))
    return *range->first + *range->count;
  return std::visit(
    [](const auto& what) -> std::uint64_t {
      if constexpr (requires { what.key; })
        return what.key + 1;
      else
        return 0;
    },
    x);
}

/// The fields of the parameters that may become simpler.
std::vector<std::uint64_t*> knobs_of(parameters& x) {
  std::vector<std::uint64_t*> result;
  for_each_field(x, [&](const char*, std::uint64_t& value) {
    if (&value != &x.members) // see remove_members
      result.push_back(&value);
  });
  return result;
}

bool forgets(const scenario& x) {
  return std::ranges::any_of(x.acts, [](const timed_act& a) {
    return std::holds_alternative<acts::forget>(a.what);
  });
}

/// Sets the first field that is not what it is by default, from the `from`th
/// on, and returns the number of the next one. Zero: there was none.
std::size_t simplify(act& x, std::size_t from) {
  return std::visit(
    [&](auto& what) {
      std::remove_cvref_t<decltype(what)> simple;
      std::size_t number = 0;
      std::size_t result = 0;
      auto compare = [&](auto& value, const auto& by_default) {
        using type = std::remove_cvref_t<decltype(value)>;
        if (number++ < from || result != 0
            || is_member<type> || value == by_default)
          return;
        value = by_default;
        result = number;
      };
      auto mine = what.fields(what).fields;
      auto theirs = simple.fields(simple).fields;
      [&]<std::size_t... I>(std::index_sequence<I...>) {
        (compare(std::get<I>(mine).value, std::get<I>(theirs).value), ...);
      }
      (std::make_index_sequence<std::tuple_size_v<decltype(mine)>>{});
      return result;
    },
    x);
}

class shrinker {
public:
  shrinker(scenario x, const judge& f, std::size_t most_runs)
      : best_{std::move(x), {}, 0}, judge_(f), most_runs_(most_runs) {}

  shrunk run() {
    accepts(best_.smallest);
    do {
      smaller_ = false;
      remove_acts();
      remove_members();
      simplify_parameters();
      simplify_acts();
    } while (smaller_);
    return std::move(best_);
  }

private:
  /// Takes `x` if it fails as well.
  bool accepts(scenario x) {
    if (best_.runs == most_runs_)
      return false;
    ++best_.runs;
    auto problem = judge_(x);
    if (problem.empty())
      return false;
    best_.smallest = std::move(x);
    best_.problem = std::move(problem);
    smaller_ = true;
    return true;
  }

  void remove_acts() {
    for (auto size = best_.smallest.acts.size(); size > 0; size /= 2)
      remove_chunks(size);
  }

  /// From the end, since what comes last often matters least.
  void remove_chunks(std::size_t size) {
    auto end = best_.smallest.acts.size();
    while (end > 0) {
      auto begin = end - std::min(end, size);
      auto x = best_.smallest;
      x.acts.erase(x.acts.begin() + static_cast<std::ptrdiff_t>(begin),
                   x.acts.begin() + static_cast<std::ptrdiff_t>(end));
      accepts(std::move(x));
      end = begin;
    }
  }

  void remove_members() {
    for (auto i = members_of(best_.smallest); i > 0; --i)
      remove_member(member_no{i - 1});
  }

  void remove_member(member_no who) {
    auto x = best_.smallest;
    if (static_cast<std::uint64_t>(who) < x.params.members)
      --x.params.members;
    if (x.params.members == 0)
      return;
    std::erase_if(x.acts,
                  [&](const timed_act& a) { return names(a.what, who); });
    for (auto& a : x.acts)
      close_gap(a.what, who);
    accepts(std::move(x));
  }

  /// One after the other to its default.
  void simplify_parameters() {
    parameters simplest;
    auto wanted = knobs_of(simplest);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      auto x = best_.smallest;
      auto& knob = *knobs_of(x.params)[i];
      if (&knob == &x.params.remembered_ms && forgets(x))
        continue; // with nothing remembered more may fail
      if (std::exchange(knob, *wanted[i]) != *wanted[i])
        accepts(std::move(x));
    }
    auto x = best_.smallest;
    x.params.keys = 1;
    for (auto& a : x.acts)
      x.params.keys = std::max(x.params.keys, keys_of(a.what));
    if (x.params.keys < best_.smallest.params.keys)
      accepts(std::move(x));
  }

  void simplify_acts() {
    for (std::size_t i = 0; i < best_.smallest.acts.size(); ++i) {
      for (std::size_t from = 0;;) {
        auto x = best_.smallest;
        from = simplify(x.acts[i].what, from);
        if (from == 0)
          break;
        accepts(std::move(x));
      }
      narrow(i);
      shorten_pause(i);
    }
  }

  /// To one half of its keys, as often as that fails, too. Then a quarter less,
  /// and so on.
  void narrow(std::size_t i) {
    auto range = range_of(best_.smallest.acts[i].what);
    if (!range)
      return;
    for (auto less = *range->count / 2; less > 0;) {
      auto is_narrower = false;
      for (auto from_front : {false, true}) {
        auto x = best_.smallest;
        auto keys = *range_of(x.acts[i].what);
        if (*keys.count <= less)
          continue;
        *keys.count -= less;
        *keys.first += from_front ? less : 0;
        is_narrower = is_narrower || accepts(std::move(x));
      }
      if (!is_narrower)
        less /= 2;
    }
  }

  /// What comes behind it moves up with it.
  void shorten_pause(std::size_t i) {
    const auto& acts = best_.smallest.acts;
    auto before = i == 0 ? 0 : acts[i - 1].at_us;
    auto pause = acts[i].at_us - before;
    for (std::uint64_t shorter : {0, 1'000, 10'000, 100'000}) {
      if (shorter >= pause)
        return;
      auto x = best_.smallest;
      for (auto j = i; j < x.acts.size(); ++j)
        x.acts[j].at_us -= pause - shorter;
      if (accepts(std::move(x)))
        return;
    }
  }

  shrunk best_;
  const judge& judge_;
  std::size_t most_runs_;
  bool smaller_ = false;
};

} // namespace

shrunk shrink(scenario x, const judge& f, std::size_t most_runs) {
  return shrinker{std::move(x), f, most_runs}.run();
}

} // namespace horde::sim
