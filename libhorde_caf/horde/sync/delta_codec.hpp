// SPDX-License-Identifier: MIT
//
// The tight form of dots, stamps and deltas inside one message: a replica id is
// written once and then named by its place in the list of ids so far, stamps
// are written as the difference to the stamp before.

#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "horde/codec.hpp"
#include "horde/crdt/version.hpp"

namespace horde::sync {

class delta_writer {
public:
  void dots(writer& out, std::span<const crdt::dot> xs);
  /// `xs`: versions or views of them.
  template <class Versions>
  void versions(writer& out, const Versions& xs) {
    out.varint(xs.size());
    for (crdt::version_view x : xs)
      write(out, x);
  }

private:
  void write(writer& out, crdt::dot x);
  void write(writer& out, const crdt::version_view& x);

  std::vector<replica_id> ids_;
  std::size_t recent_ = 0; ///< place of the id written last
  std::uint64_t stamp_ = 0;
};

/// Undoes what one `delta_writer` did, in the same order.
class delta_reader {
public:
  void dots(reader& in, std::vector<crdt::dot>& xs);
  void versions(reader& in, std::vector<crdt::version>& xs);

private:
  crdt::dot read(reader& in);

  std::vector<replica_id> ids_;
  std::uint64_t stamp_ = 0;
};

} // namespace horde::sync
