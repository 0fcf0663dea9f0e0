// SPDX-License-Identifier: MIT
//
// Writes the seeds of all harnesses, one file each: DIRECTORY/HARNESS/NUMBER.
// What was in DIRECTORY/HARNESS before is removed.

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "fuzz/harness.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_write_seeds DIRECTORY\n");
    return 2;
  }
  for (const auto& harness : horde::fuzz::harnesses()) {
    auto folder = std::filesystem::path{argv[1]} / harness.name;
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    auto seeds = harness.seeds();
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      std::ofstream out{folder / std::to_string(i), std::ios::binary};
      out << seeds[i];
      if (!out.flush()) {
        std::fprintf(stderr, "cannot write to %s\n", folder.c_str());
        return 1;
      }
    }
    std::printf("%s: %zu seeds\n", folder.c_str(), seeds.size());
  }
}
