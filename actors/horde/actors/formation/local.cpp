// SPDX-License-Identifier: MIT

#include "horde/actors/formation/local.hpp"

#include <utility>

#include <sys/inotify.h>

#include "horde/actors/formation/change_watch.hpp"

namespace horde::formation {

namespace {

class local_strategy : public strategy {
public:
  local_strategy(std::string directory, const seeker& who)
      : directory_(std::move(directory)), cluster_(who.cluster),
        entry_(directory_, cluster_, who.self, who.at) {}

  std::optional<failure> keep() { return entry_.keep(); }

  lookup_result look_up(waker&) override {
    if (auto problem = entry_.keep())
      return *problem;
    // A node writes its file, and lets it go when its process ends.
    watch_.add(entry_.folder(), IN_MODIFY | IN_CLOSE_WRITE | IN_DELETE);
    auto nodes = local_nodes(directory_, cluster_);
    if (auto* problem = std::get_if<failure>(&nodes))
      return *problem;
    lookup result;
    for (auto& x : std::get<std::vector<local_node>>(nodes))
      result.nodes.push_back(std::move(x.at));
    return result;
  }

  void wait(duration limit, waker& by) override {
    (void)watch_.wait(limit, by);
  }

private:
  std::string directory_;
  std::string cluster_;
  local_entry entry_;
  change_watch watch_;
};

} // namespace

topology local_topology(std::string name, local_settings settings) {
  auto make = [name, settings = std::move(settings)](
                const seeker& who) -> outcome<strategy_ptr> {
    auto directory =
      settings.directory.empty() ? local_directory() : settings.directory;
    auto result = std::make_unique<local_strategy>(std::move(directory), who);
    if (auto problem = result->keep())
      return failure{problem->code, "topology " + name + ": " + problem->what};
    return result;
  };
  return {std::move(name), "local", std::move(make)};
}

outcome<topology> read_local(const std::string& name, settings_reader& from) {
  local_settings settings;
  from.take_text("directory", settings.directory);
  return local_topology(name, std::move(settings));
}

} // namespace horde::formation
