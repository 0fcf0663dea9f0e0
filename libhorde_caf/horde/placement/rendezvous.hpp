// SPDX-License-Identifier: MIT
//
// Rendezvous hashing: like `uniform`, more even and without a ring to make, but
// a choice takes time in proportion to the members. And the same by a number
// that is drawn instead of the key (Horde row D4).

#pragma once

#include "horde/placement/strategy.hpp"

namespace horde::placement {

class rendezvous final : public strategy {
public:
  std::string_view name() const override { return "rendezvous"; }

protected:
  std::uint64_t score(const candidate& x, const wish& of,
                      const conditions& now) const override;
  std::size_t pick(const wish& x, const conditions& now,
                   const selection& some) const override;
  std::string_view reason() const override {
    return "has the lowest hash with the key";
  }
};

class at_random final : public strategy {
public:
  std::string_view name() const override { return "random"; }
  bool needs_draw() const override { return true; }

protected:
  std::uint64_t score(const candidate& x, const wish& of,
                      const conditions& now) const override;
  std::size_t pick(const wish& x, const conditions& now,
                   const selection& some) const override;
  std::string_view reason() const override { return "was drawn"; }
};

std::unique_ptr<strategy> make_rendezvous();
std::unique_ptr<strategy> make_random();

} // namespace horde::placement
