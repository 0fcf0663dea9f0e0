// SPDX-License-Identifier: MIT
//
// The program `horde_sim`: runs the simulation of replicas over a range of
// seeds, each in a child process, so that a broken invariant or an endless loop
// is a failure like others. At the first failure it makes the scenario small
// and prints it; that text can be run again with --replay. Results go to the
// standard output, progress to the standard error.
//
// Exit codes: 0 all is well, 1 something failed, 2 wrong input.

#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "sim/replica_generator.hpp"
#include "sim/replica_seeds.hpp"
#include "sim/replica_shrink.hpp"
#include "sim/replica_sim.hpp"

namespace {

using namespace horde::sim;
using real_clock = std::chrono::steady_clock;
using range = replica_seeds::range;

constexpr std::uint64_t seeds_of_a_job = 50;
constexpr time_t longest_run_seconds = 10; ///< of processor time

struct options {
  std::uint64_t from = 1;
  std::uint64_t seeds = 1000;
  std::size_t jobs = 1;
  std::string record;
  std::string replay;
  mutation broken = mutation::none;
  bool is_quick = false;
};

struct wrong_input {
  std::string what;
};

// -- child processes ---------------------------------------------------------

/// What a child has written into its pipe, and how it ended.
struct ending {
  std::string output;
  int status = 0;

  bool is_good() const { return WIFEXITED(status) && WEXITSTATUS(status) == 0; }
};

struct child {
  pid_t pid = 0;
  int output = 0;
  range seeds; ///< what it is for
};

/// Runs `f(pipe)` in a child; what it returns is the exit code.
template <class F>
child start_child(range seeds, F f) {
  int ends[2];
  if (pipe(ends) != 0)
    throw wrong_input{std::string{"pipe: "} + std::strerror(errno)};
  auto pid = fork();
  if (pid < 0)
    throw wrong_input{std::string{"fork: "} + std::strerror(errno)};
  if (pid == 0) {
    close(ends[0]);
    _exit(f(ends[1]));
  }
  close(ends[1]);
  return {pid, ends[0], seeds};
}

/// From now on, so much processor time until it ends by a signal.
void limit_time() {
  itimerval limit{};
  limit.it_value.tv_sec = longest_run_seconds;
  setitimer(ITIMER_VIRTUAL, &limit, nullptr);
}

void tell(int pipe, std::string_view text) {
  if (write(pipe, text.data(), text.size())
      != static_cast<ssize_t>(text.size()))
    _exit(3);
}

std::string all_of(int pipe) {
  std::string result;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(pipe, buffer, sizeof(buffer))) > 0;)
    result.append(buffer, static_cast<std::size_t>(n));
  close(pipe);
  return result;
}

/// The judge of shrinking: what is wrong with one scenario.
std::string run_alone(const scenario& x) {
  auto runner = start_child({}, [&](int pipe) {
    limit_time();
    tell(pipe, replica_sim{x}.run());
    return 0;
  });
  ending end;
  end.output = all_of(runner.output);
  waitpid(runner.pid, &end.status, 0);
  if (WIFSIGNALED(end.status))
    return std::string{"it ended by a signal: "}
           + strsignal(WTERMSIG(end.status));
  return end.is_good() ? end.output : "it ended by itself";
}

scenario scenario_of(std::uint64_t seed, const options& x) {
  auto result = generate(seed);
  result.params.broken = static_cast<std::uint64_t>(x.broken);
  return result;
}

/// Tells each seed before it runs it, so that the last one told is the one
/// that failed, however the child ends.
int run_range(range seeds, const options& x, int pipe) {
  for (auto seed = seeds.first; seed <= seeds.last; ++seed) {
    tell(pipe, std::to_string(seed) + '\n');
    limit_time();
    if (!replica_sim{scenario_of(seed, x)}.run().empty())
      return 1;
  }
  return 0;
}

/// The last line.
std::uint64_t last_told(const std::string& output) {
  std::istringstream lines{output};
  std::uint64_t result = 0;
  while (lines >> result) {
    // nop
  }
  return result;
}

// -- a range of seeds --------------------------------------------------------

class search {
public:
  explicit search(const options& x)
      : options_(x), planned_{x.from, x.from + x.seeds - 1} {
    load();
    started_ = done_.count();
  }

  /// Returns the first seed that failed.
  std::optional<std::uint64_t> run() {
    while (start_jobs() || !jobs_.empty()) {
      if (auto seed = end_a_job()) {
        stop_jobs();
        return seed;
      }
      show_progress(false);
    }
    show_progress(true);
    return std::nullopt;
  }

private:
  void load() {
    if (options_.record.empty())
      return;
    std::ifstream file{options_.record};
    if (!file)
      return; // a new one
    std::ostringstream text;
    text << file.rdbuf();
    auto known = replica_seeds::from(text.str());
    if (!known)
      throw wrong_input{options_.record
                        + " is no record of seeds of this generator"};
    done_ = planned_or_done_ = *known;
  }

  void save() const {
    if (options_.record.empty())
      return;
    auto next = options_.record + ".new";
    std::ofstream{next} << done_.to_text();
    if (std::rename(next.c_str(), options_.record.c_str()) != 0)
      throw wrong_input{"cannot write " + options_.record};
  }

  bool start_jobs() {
    while (jobs_.size() < options_.jobs) {
      auto next = planned_or_done_.next(planned_, seeds_of_a_job);
      if (!next)
        return false;
      planned_or_done_.add(*next);
      jobs_.push_back(start_child(
        *next, [&](int pipe) { return run_range(*next, options_, pipe); }));
    }
    return true;
  }

  /// Waits for one. Returns the seed that failed, if one did.
  std::optional<std::uint64_t> end_a_job() {
    ending end;
    auto pid = waitpid(-1, &end.status, 0);
    auto i = std::ranges::find(jobs_, pid, &child::pid);
    if (i == jobs_.end())
      return std::nullopt;
    end.output = all_of(i->output);
    auto seeds = i->seeds;
    jobs_.erase(i);
    if (!end.is_good())
      return last_told(end.output);
    done_.add(seeds);
    save();
    return std::nullopt;
  }

  void stop_jobs() {
    for (const auto& x : jobs_) {
      kill(x.pid, SIGTERM);
      waitpid(x.pid, nullptr, 0);
      close(x.output);
    }
    jobs_.clear();
  }

  void show_progress(bool is_last) {
    auto now = real_clock::now();
    if (!is_last && now - shown_ < std::chrono::seconds{2})
      return;
    shown_ = now;
    auto seconds = std::chrono::duration<double>(now - begin_).count();
    auto count = done_.count() - started_;
    std::fprintf(stderr, "%llu of %llu seeds in %.1f s, %.1f seeds/s\n",
                 static_cast<unsigned long long>(count),
                 static_cast<unsigned long long>(options_.seeds), seconds,
                 static_cast<double>(count) / seconds);
  }

  const options& options_;
  range planned_;
  replica_seeds done_;
  replica_seeds planned_or_done_;
  std::uint64_t started_ = 0; ///< so many were done before
  std::vector<child> jobs_;
  real_clock::time_point begin_ = real_clock::now();
  real_clock::time_point shown_ = begin_;
};

// -- what the program does ---------------------------------------------------

void explain(std::uint64_t seed, const options& x) {
  auto big = scenario_of(seed, x);
  auto problem = run_alone(big);
  if (problem.empty()) {
    std::cout << "# seed " << seed << " failed once and cannot be repeated\n";
    return;
  }
  std::cout << "# seed " << seed << " failed: " << problem << std::endl;
  if (x.is_quick)
    return;
  std::fprintf(stderr, "shrinking %zu acts ...\n", big.acts.size());
  auto small = shrink(big, run_alone);
  std::cout << "# shrunk from " << big.acts.size() << " acts to "
            << small.smallest.acts.size() << " in " << small.runs
            << " runs, and fails: " << small.problem << '\n'
            << to_text(small.smallest);
}

int run_seeds(const options& x) {
  auto failed = search{x}.run();
  if (!failed) {
    std::cout << "seeds " << x.from << " to " << x.from + x.seeds - 1
              << ": all is well\n";
    return 0;
  }
  explain(*failed, x);
  return 1;
}

int replay(const options& x) {
  std::ifstream file{x.replay};
  if (!file)
    throw wrong_input{"cannot read " + x.replay};
  std::ostringstream text;
  text << file.rdbuf();
  auto read = scenario_from(text.str());
  if (auto what = std::get_if<std::string>(&read))
    throw wrong_input{x.replay + ": " + *what};
  const auto& what = std::get<scenario>(read);
  auto problem = run_alone(what);
  std::cout << what.acts.size() << " acts: "
            << (problem.empty() ? "all is well" : "failed: " + problem) << '\n';
  return problem.empty() ? 0 : 1;
}

void add_options(CLI::App& app, options& x) {
  app.add_option("--from", x.from, "first seed")
    ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62));
  app.add_option("--seeds", x.seeds, "how many")
    ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 62));
  app.add_option("--jobs", x.jobs, "how many at once")
    ->check(CLI::Range(std::size_t{1}, std::size_t{256}));
  auto record = app.add_option(
    "--record", x.record, "keeps the seeds that were run and leaves them out");
  auto replay =
    app.add_option("--replay", x.replay, "runs the scenario in this file");
  app.add_flag("--quick", x.is_quick, "does not make a failure small");
  auto broken = app.add_option_function<std::string>(
    "--break",
    [&x](const std::string&) { x.broken = mutation::restart_keeps_id; },
    "breaks a rule on purpose: restart_keeps_id");
  broken->check(CLI::IsMember({"restart_keeps_id"}));
  record->excludes(replay)->excludes(broken);
  replay->excludes(broken);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Simulates replicas over many seeds; tests/sim/README.md",
               "horde_sim"};
  options x;
  add_options(app, x);
  try {
    app.parse(argc, argv);
    return x.replay.empty() ? run_seeds(x) : replay(x);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  } catch (const wrong_input& problem) {
    std::cerr << "horde_sim: " << problem.what << '\n';
    return 2;
  }
}
