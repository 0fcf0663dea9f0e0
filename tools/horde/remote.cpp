// SPDX-License-Identifier: MIT

#include "remote.hpp"

#include <chrono>
#include <ctime>
#include <iomanip>
#include <memory>
#include <sstream>

namespace horde::tools {

namespace {

int run(const remote_options& options, const remote_body& body) {
  auto settings = options.settings();
  if (!settings)
    return complain(settings.error());
  tool_config cfg;
  caf::actor_system sys{cfg};
  auto node = client::connect(sys, std::move(*settings));
  if (!node)
    return complain(node.error());
  if (auto problem = body({sys, *node, options.json}))
    return complain(problem);
  return 0;
}

} // namespace

tool_config::tool_config() {
  set_option(*this, "scheduler.max-threads", std::size_t{1});
}

int complain(const caf::error& why) {
  auto code = code_of(why);
  auto text = render(why);
  // The sentence says it; the code in front is for logs.
  auto prefix = std::string{to_string(code)} + ": ";
  if (code != errc::none && text.starts_with(prefix))
    text.erase(0, prefix.size());
  std::cerr << "horde: " << text << std::endl;
  return code == errc::bad_option ? 2 : 1;
}

CLI::App* add_remote_command(CLI::App& app, action& todo,
                             const std::string& name,
                             const std::string& description, remote_body body) {
  auto* cmd = app.add_subcommand(name, description);
  auto options = std::make_shared<remote_options>();
  options->add_to(*cmd);
  cmd->callback([&todo, options, body = std::move(body)] {
    todo = [=] { return run(*options, body); };
  });
  return cmd;
}

std::string remote::dump(const nlohmann::ordered_json& x, int indent) {
  return x.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace)
         + '\n';
}

std::string remote::readable(const std::string& value) const {
  if (value.empty())
    return {};
  auto decoded = decode_value(sys, value);
  if (auto problem = std::get_if<failure>(&decoded))
    return '(' + problem->what + ')';
  const auto& message = std::get<caf::message>(decoded);
  if (message.size() == 1 && message.match_element<std::string>(0))
    return message.get_as<std::string>(0);
  return to_string(message);
}

std::string iso_time(wall_time x) {
  using namespace std::chrono;
  auto ms = duration_cast<milliseconds>(x.time_since_epoch()).count();
  auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::ostringstream out;
  out << std::put_time(&utc, "%Y-%m-%dT%H:%M:%S") << '.' << std::setw(3)
      << std::setfill('0') << ms % 1000 << 'Z';
  return out.str();
}

table member_table(const std::vector<member_info>& members) {
  table result{{"MEMBER", "STATUS", "SINCE", "LINKED", "OTHERS REACH IT",
                "WEIGHT", "LABELS"}};
  auto labels = [](const member_info& x) {
    std::string all;
    for (const auto& label : x.labels)
      all += (all.empty() ? "" : " ") + label;
    return all.empty() ? "-" : all;
  };
  for (const auto& x : members)
    result.add({to_string(x.who), std::string{to_string(x.status)},
                iso_time(x.since), x.linked ? "yes" : "no",
                x.reached ? "yes" : "no", std::to_string(x.weight), labels(x)});
  return result;
}

} // namespace horde::tools
