// SPDX-License-Identifier: MIT
//
// Lies about locks of the whole horde that are well-formed: numbers near those
// that are true, as a script says.

#pragma once

#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

#include "fuzz/script.hpp"
#include "horde/naming/cluster_locks.hpp"

namespace horde::fuzz {

class lock_liar {
public:
  /// `victim` is whom it will be told.
  lock_liar(script in, const naming::cluster_locks& victim, moment now)
      : in_(in), victim_(victim), now_(now) {}

  naming::lock_message message() {
    return any_kind(
      std::make_index_sequence<std::variant_size_v<naming::lock_message>>{});
  }

  /// What it has not used.
  script rest() const { return in_; }

private:
  template <std::size_t... Is>
  naming::lock_message any_kind(std::index_sequence<Is...>) {
    naming::lock_message result;
    auto kind = in_.below(sizeof...(Is));
    auto try_one = [&](auto index) {
      if (kind == index)
        fill("", result.emplace<index>());
    };
    (try_one(std::integral_constant<std::size_t, Is>{}), ...);
    return result;
  }

  template <class T>
  requires has_fields<T>
  void fill(std::string_view, T& x) {
    for_each_field(x, [&](const char* name, auto& y) { fill(name, y); });
  }

  template <class T>
  void fill(std::string_view name, std::vector<T>& xs) {
    xs.resize(in_.below(4));
    for (auto& x : xs)
      fill(name, x);
  }

  void fill(std::string_view name, std::uint64_t& x) {
    auto is_true = in_.below(8) != 0;
    if (name == "list" && is_true)
      x = victim_.electorate().list();
    else if (name == "name" && is_true)
      x = naming::lock_name(some_member());
    else if ((name == "token" || name == "number" || name == "highest"
              || name == "turn")
             && is_true)
      x = victim_.voter().highest() + in_.below(4);
    else if (name == "token" || name == "highest")
      x = naming::largest_token(now_.wall) - in_.below(3);
    else
      x = in_.number();
  }

  void fill(std::string_view, replica_id& x) { x = replica_id{in_.number()}; }

  void fill(std::string_view, std::string& x) {
    auto n = in_.below(16);
    x = n == 15 ? std::string(17, 'x') : "k" + std::to_string(n % 4);
  }

  void fill(std::string_view, bool& x) { x = in_.flag(); }

  /// Now and then absurd.
  void fill(std::string_view, duration& x) {
    x = in_.below(8) != 0 ? in_.byte() * duration{std::chrono::milliseconds{20}}
                          : duration{static_cast<duration::rep>(in_.number())};
  }

  void fill(std::string_view, member_id& x) { x = some_member(); }

  member_id some_member() { return {"h", "n" + std::to_string(in_.below(4))}; }

  script in_;
  const naming::cluster_locks& victim_;
  moment now_;
};

} // namespace horde::fuzz
