// SPDX-License-Identifier: MIT

#include "storage/store_folder.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <utility>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

namespace horde::test {

namespace fs = std::filesystem;

namespace {

/// Waiting for a disk would be most of the time of these tests.
fs::path folder_in_memory() {
  fs::path shared_memory{"/dev/shm"};
  return access(shared_memory.c_str(), W_OK) == 0 ? shared_memory
                                                  : fs::temp_directory_path();
}

} // namespace

store_folder::store_folder() {
  auto name = (folder_in_memory() / "horde-store-XXXXXX").string();
  BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

store_folder::~store_folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void model::step(const std::string& new_header,
                 const std::vector<stored_record>& changed) {
  header = new_header;
  for (const auto& x : changed) {
    if (x.bytes.empty())
      records.erase(x.hash);
    else
      records[x.hash] = x.bytes;
  }
}

stored_state model::state() const {
  stored_state result{header, {}};
  for (const auto& [hash, bytes] : records)
    result.records.push_back({hash, bytes});
  return result;
}

model model_of(const stored_state& x) {
  model result{x.header, {}};
  for (const auto& r : x.records)
    BOOST_REQUIRE(result.records.emplace(r.hash, r.bytes).second);
  return result;
}

store_ptr open_store(const std::string& path,
                     const storage::sqlite_options& options) {
  auto result = sqlite_storage::open(path, options);
  if (auto* error = std::get_if<failure>(&result))
    BOOST_FAIL(error->what);
  return std::get<store_ptr>(std::move(result));
}

loaded load(sqlite_storage& store) {
  auto result = store.load();
  if (auto* error = std::get_if<failure>(&result))
    return {std::nullopt, *error};
  const auto& state = std::get<std::optional<stored_state>>(result);
  return {state ? std::optional{model_of(*state)} : std::nullopt, {}};
}

loaded open_and_load(const std::string& path) {
  auto result = sqlite_storage::open(path);
  if (auto* error = std::get_if<failure>(&result))
    return {std::nullopt, *error};
  return load(*std::get<store_ptr>(result));
}

std::vector<stored_record> changes_of_step(std::uint64_t step) {
  random_engine rng{step};
  std::vector<stored_record> result;
  auto n = 1 + below(rng, 8);
  for (std::uint64_t i = 0; i < n; ++i) {
    auto size = below(rng, 4) == 0 ? 0 : below(rng, 700);
    auto byte = static_cast<char>('a' + below(rng, 26));
    result.push_back({below(rng, 60), std::string(size, byte)});
  }
  return result;
}

std::string header_of_step(std::uint64_t step) {
  return "step " + std::to_string(step);
}

model after_steps(std::uint64_t steps) {
  model result;
  for (std::uint64_t i = 1; i <= steps; ++i)
    result.step(header_of_step(i), changes_of_step(i));
  return result;
}

bool append_step(sqlite_storage& store, std::uint64_t step) {
  return !store.append(header_of_step(step), changes_of_step(step));
}

std::string read_file(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream out{path, std::ios::binary | std::ios::trunc};
  out << bytes;
}

child::child(const std::function<int(int)>& work) {
  int ends[2];
  BOOST_REQUIRE(pipe(ends) == 0);
  pid_ = fork();
  if (pid_ == 0) {
    close(ends[0]);
    signal(SIGABRT, SIG_DFL); // Boost's handlers are not for us
    signal(SIGSEGV, SIG_DFL);
    _exit(work(ends[1]));
  }
  close(ends[1]);
  pipe_ = ends[0];
}

child::~child() {
  kill();
  close(pipe_);
}

std::optional<char> child::read(std::chrono::seconds limit) {
  pollfd want{pipe_, POLLIN, 0};
  char result = 0;
  auto ms = std::chrono::milliseconds{limit}.count();
  if (poll(&want, 1, static_cast<int>(ms)) > 0
      && ::read(pipe_, &result, 1) == 1)
    return result;
  return std::nullopt;
}

void child::kill() {
  if (pid_ <= 0)
    return;
  ::kill(pid_, SIGKILL);
  waitpid(std::exchange(pid_, 0), nullptr, 0);
}

int child::wait() {
  int status = 0;
  waitpid(std::exchange(pid_, 0), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_and_vanish(const std::function<int()>& work) {
  child x{[&](int) { return work(); }};
  // Its end of the pipe closes when it ends; it never writes.
  BOOST_TEST(!x.read(std::chrono::seconds{60}));
  return x.wait();
}

} // namespace horde::test
