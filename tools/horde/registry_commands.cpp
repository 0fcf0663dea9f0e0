// SPDX-License-Identifier: MIT
//
// `horde names`, `horde whereis` and `horde register`.

#include "remote.hpp"

namespace horde::tools {

namespace {

table name_table(const std::vector<registration>& names) {
  table result{{"NAME", "PROCESS", "MEMBER", "NODE IS", "VALUE"}};
  for (const auto& x : names)
    result.add({x.name, to_string(x.who), to_string(x.member),
                x.suspect ? "suspect" : "up", x.value});
  return result;
}

caf::error show_names(const remote& to, const std::string& horde,
                      std::uint64_t limit) {
  auto member = to.node.find(horde_kind::registry, horde);
  if (!member)
    return std::move(member.error());
  auto list = to.node.request<name_list>(member->actor, list_names{limit});
  if (!list)
    return std::move(list.error());
  for (auto& x : list->names)
    x.value = to.readable(x.value);
  std::sort(list->names.begin(), list->names.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  to.print(*list, [&] {
    std::cout << name_table(list->names) << '\n'
              << list->total << " names in " << member->who.horde;
    if (list->names.size() < list->total)
      std::cout << ", " << list->names.size() << " shown (--limit)";
    std::cout << '\n';
  });
  return {};
}

caf::error show_name(const remote& to, const std::string& horde,
                     const std::string& name) {
  auto member = to.node.find(horde_kind::registry, horde);
  if (!member)
    return std::move(member.error());
  auto found = to.node.request<registration>(member->actor, lookup_name{name});
  if (!found)
    return std::move(found.error());
  found->value = to.readable(found->value);
  to.print(*found, [&] { std::cout << name_table({*found}); });
  return {};
}

struct new_name {
  std::string horde;
  std::string name;
  std::string who;
  std::string value;
  bool has_value = false;
};

caf::error give_name(const remote& to, const new_name& x) {
  auto member = to.node.find(horde_kind::registry, x.horde);
  if (!member)
    return std::move(member.error());
  register_pid request{x.name, {}, {}};
  parse_pid(x.who, request.who); // was checked
  if (x.has_value)
    request.value = caf::make_message(x.value);
  auto done = to.node.request<void>(member->actor, std::move(request));
  if (!done)
    return std::move(done.error());
  return show_name(to, x.horde, x.name);
}

CLI::Validator is_pid() {
  auto check = [](const std::string& text) -> std::string {
    pid parsed;
    return parse_pid(text, parsed)
             ? ""
             : "'" + text
                 + "': takes a process as `horde names` prints it, "
                   "like '<42@1732262400000-00c0ffee00c0ffee>'";
  };
  return {check, "PROCESS"};
}

} // namespace

void add_registry_commands(CLI::App& app, action& todo) {
  auto x = std::make_shared<new_name>();
  auto limit = std::make_shared<std::uint64_t>(1000);
  auto* list = add_remote_command(
    app, todo, "names", "Lists the names in a registry",
    [x, limit](const remote& to) { return show_names(to, x->horde, *limit); });
  list->add_option("HORDE", x->horde, "Its name; not needed if there is one");
  list->add_option("--limit", *limit, "At most so many")
    ->check(is_count())
    ->capture_default_str();

  auto* find = add_remote_command(
    app, todo, "whereis", "Tells which process has a name",
    [x](const remote& to) { return show_name(to, x->horde, x->name); });
  find->add_option("HORDE", x->horde, "Name of the registry")->required();
  find->add_option("NAME", x->name, "The name")->required();

  auto* add =
    add_remote_command(app, todo, "register", "Gives a process one more name",
                       [x](const remote& to) { return give_name(to, *x); });
  add->add_option("HORDE", x->horde, "Name of the registry")->required();
  add->add_option("NAME", x->name, "The new name")->required();
  add
    ->add_option("PROCESS", x->who,
                 "One that has a name or is supervised, as `horde names` and "
                 "`horde children` print it")
    ->required()
    ->check(is_pid());
  add->add_option_function<std::string>(
    "--value",
    [x](const std::string& text) {
      x->value = text;
      x->has_value = true;
    },
    "A text to keep with the name");
}

} // namespace horde::tools
