// SPDX-License-Identifier: MIT
//
// How much of one neighbour's log we have applied. Groups come in order unless
// the neighbour skipped what its bounded log no longer has; then there is a gap
// that only a reconciliation closes. Until that has finished, the groups beyond
// the gap are remembered as one run.

#pragma once

#include <algorithm>
#include <cstdint>

namespace horde::sync {

class intake {
public:
  /// A group with the sequences `previous < x <= upto` was applied.
  void applied(std::uint64_t previous, std::uint64_t upto) {
    if (previous > run_upto_) {
      // Only the later run is kept: that claims less than was applied.
      run_previous_ = previous;
      run_upto_ = upto;
    } else if (upto >= run_previous_) {
      run_previous_ = std::min(run_previous_, previous);
      run_upto_ = std::max(run_upto_, upto);
    }
    if (previous <= have_)
      have_ = std::max(have_, upto);
    close_gap();
  }

  /// A reconciliation brought everything up to `sequence`.
  void caught_up(std::uint64_t sequence) {
    have_ = std::max(have_, sequence);
    close_gap();
  }

  /// The neighbour said how long its log is.
  void announced(std::uint64_t sequence) {
    announced_ = std::max(announced_, sequence);
  }

  /// Everything up to here is applied, without a gap.
  std::uint64_t have() const { return have_; }

  bool has_gap() const { return run_upto_ > have_; }

  /// True also while a group is on its way.
  bool is_behind() const { return announced_ > have_; }

private:
  void close_gap() {
    if (run_previous_ <= have_)
      have_ = std::max(have_, run_upto_);
  }

  std::uint64_t have_ = 0;
  std::uint64_t run_previous_ = 0;
  std::uint64_t run_upto_ = 0;
  std::uint64_t announced_ = 0;
};

} // namespace horde::sync
