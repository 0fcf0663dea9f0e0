// SPDX-License-Identifier: MIT

#include "bench_command.hpp"

#include <iomanip>
#include <iostream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "bench_holder.hpp"
#include "bench_registry.hpp"
#include "bench_supervisor.hpp"
#include "bench_sync.hpp"
#include "table.hpp"

namespace horde::tools {

namespace {

std::string rounded(double x) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(x >= 100 || x == 0 ? 0 : 2) << x;
  return out.str();
}

nlohmann::ordered_json to_json(std::size_t keys, const figure& x) {
  return {{"what", x.what},
          {"keys", keys},
          {"figure", x.value},
          {"unit", x.unit},
          {"yardstick", x.yardstick},
          {"beside", x.beside},
          {"ratio", x.ratio()},
          {"target", x.target},
          {"ok", x.ok}};
}

table::row to_row(std::size_t keys, const figure& x) {
  auto beside = x.yardstick.empty() ? "-"
                                    : x.yardstick + " " + rounded(x.beside)
                                        + ", ratio " + rounded(x.ratio());
  return {x.what,
          std::to_string(keys),
          rounded(x.value) + " " + x.unit,
          beside,
          x.target.empty() ? "-" : x.target,
          x.target.empty() ? "-" : (x.ok ? "ok" : "MISSED")};
}

/// Exit code 1 if a target was missed.
int run_benchmark(const benchmark& measure,
                  const std::vector<std::size_t>& sizes, bool as_json) {
  table rows{{"WHAT", "KEYS", "FIGURE", "BESIDE", "TARGET", ""}};
  auto all = nlohmann::ordered_json::array();
  auto is_good = true;
  for (auto keys : sizes)
    measure(keys, [&](const figure& x) {
      is_good = is_good && x.ok;
      rows.add(to_row(keys, x));
      all.push_back(to_json(keys, x));
    });
  if (as_json)
    std::cout << all.dump(2) << std::endl;
  else
    std::cout << rows << std::flush;
  return is_good ? 0 : 1;
}

struct subject {
  std::string name;
  std::string about;
  benchmark measure;
  std::string size_option = "--keys";
  std::vector<std::size_t> sizes{1000, 100'000, 1'000'000};
};

void add_benchmark(CLI::App& bench, action& todo, const subject& x) {
  struct settings {
    std::vector<std::size_t> sizes;
    bool as_json = false;
  };
  auto given = std::make_shared<settings>(settings{x.sizes});
  auto* cmd = bench.add_subcommand(
    x.name, x.about
              + ", each figure beside a yardstick of the same run; exit code "
                "1 if a target is missed");
  cmd
    ->add_option(x.size_option, given->sizes,
                 "How many there are; more than one number: one run each")
    ->delimiter(',')
    ->check(CLI::Range(std::size_t{100}, std::size_t{100'000'000}));
  cmd->add_flag("--json", given->as_json, "Print JSON");
  cmd->callback([&todo, given, measure = x.measure] {
    todo = [given, measure] {
      return run_benchmark(measure, given->sizes, given->as_json);
    };
  });
}

} // namespace

void add_bench_command(CLI::App& app, action& todo) {
  auto* bench =
    app.add_subcommand("bench", "Measures parts of horde on this machine");
  bench->require_subcommand(1);
  add_benchmark(*bench, todo, {"sync", "Measures the shared map", bench_sync});
  add_benchmark(*bench, todo,
                {"registry",
                 "Measures the registry: reads, registrations, and what other "
                 "nodes see of them",
                 bench_registry});
  add_benchmark(*bench, todo,
                {"supervisor",
                 "Measures the supervisor: starts, places, and what happens to "
                 "children when their node dies or stops",
                 bench_supervisor,
                 "--children,--keys",
                 {5000}});
  add_holder_command(*bench, todo);
}

} // namespace horde::tools
