// SPDX-License-Identifier: MIT
//
// Looks at SQLite's write-ahead log before SQLite does: SQLite takes the frames
// up to the first one that does not fit and forgets the rest without a word. A
// process that was killed leaves at most one short frame, at the end; all else
// is damage, or a machine that lost power. (The file format is documented at
// sqlite.org/fileformat2.html, section 4.)

#pragma once

#include <string>

namespace horde::storage {

enum class log_condition {
  absent,   ///< no such file
  whole,    ///< all frames fit; one may be cut short at the end
  broken,   ///< a frame of full length does not fit
  headless, ///< there are frames, but none can be told from its header
};

log_condition inspect_log(const std::string& path);

} // namespace horde::storage
