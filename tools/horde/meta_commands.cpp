// SPDX-License-Identifier: MIT
//
// `horde meta`, `horde put-meta` and `horde delete-meta`: meta data of a
// registry, which all its members keep.

#include "remote.hpp"

namespace horde::tools {

namespace {

struct meta_options {
  std::string horde;
  std::string key;
  std::string value;
  std::uint64_t limit = 1000;
  bool has_key = false;
};

table meta_table(const std::vector<meta_entry>& entries) {
  table result{{"KEY", "VALUE"}};
  for (const auto& x : entries)
    result.add({x.key, x.value});
  return result;
}

/// As bytes, so that values of types that only nodes know can be asked for.
caf::expected<meta_entry> find_meta(const remote& to,
                                    const hosted_member& member,
                                    const std::string& key) {
  auto found = to.node.request<meta_list>(member.actor, list_meta{1, key});
  if (!found)
    return std::move(found.error());
  if (found->entries.empty() || found->entries.front().key != key)
    return to_error(
      {errc::not_found,
       "'" + member.who.horde + "' has no meta data under '" + key + "'"});
  auto result = std::move(found->entries.front());
  result.value = to.readable(result.value);
  return result;
}

caf::error show_entry(const remote& to, const hosted_member& member,
                      const std::string& key) {
  auto found = find_meta(to, member, key);
  if (!found)
    return std::move(found.error());
  to.print(*found, [&] { std::cout << meta_table({*found}); });
  return {};
}

caf::error show_all(const remote& to, const hosted_member& member,
                    std::uint64_t limit) {
  auto list = to.node.request<meta_list>(member.actor, list_meta{limit, {}});
  if (!list)
    return std::move(list.error());
  for (auto& x : list->entries)
    x.value = to.readable(x.value);
  to.print(*list, [&] {
    std::cout << meta_table(list->entries) << '\n'
              << list->entries.size() << " keys in " << member.who.horde
              << (list->is_all ? "\n" : " shown, there are more (--limit)\n");
  });
  return {};
}

caf::error show(const remote& to, const meta_options& x) {
  auto member = to.node.find(horde_kind::registry, x.horde);
  if (!member)
    return std::move(member.error());
  return x.has_key ? show_entry(to, *member, x.key)
                   : show_all(to, *member, x.limit);
}

caf::error put(const remote& to, const meta_options& x) {
  auto member = to.node.find(horde_kind::registry, x.horde);
  if (!member)
    return std::move(member.error());
  auto done = to.node.request<void>(
    member->actor, put_meta{x.key, caf::make_message(x.value)});
  if (!done)
    return std::move(done.error());
  return show_entry(to, *member, x.key);
}

caf::error remove(const remote& to, const meta_options& x) {
  auto member = to.node.find(horde_kind::registry, x.horde);
  if (!member)
    return std::move(member.error());
  // To delete what is not there is no error, but who types it should know.
  auto former = find_meta(to, *member, x.key);
  if (!former)
    return std::move(former.error());
  auto done = to.node.request<void>(member->actor, delete_meta{x.key});
  if (!done)
    return std::move(done.error());
  to.print(*former, [&] { std::cout << "deleted " << x.key << '\n'; });
  return {};
}

} // namespace

void add_meta_commands(CLI::App& app, action& todo) {
  auto x = std::make_shared<meta_options>();
  auto* list = add_remote_command(
    app, todo, "meta", "Shows meta data of a registry: all, or one key",
    [x](const remote& to) { return show(to, *x); });
  list->add_option("HORDE", x->horde, "Its name; not needed if there is one");
  list->add_option_function<std::string>(
    "KEY",
    [x](const std::string& text) {
      x->key = text;
      x->has_key = true;
    },
    "Only this key");
  list->add_option("--limit", x->limit, "At most so many")
    ->check(is_count())
    ->capture_default_str();

  auto* add = add_remote_command(
    app, todo, "put-meta", "Writes meta data of a registry, for all members",
    [x](const remote& to) { return put(to, *x); });
  add->add_option("HORDE", x->horde, "Name of the registry")->required();
  add->add_option("KEY", x->key, "The key")->required();
  add->add_option("VALUE", x->value, "A text")->required();

  auto* erase = add_remote_command(
    app, todo, "delete-meta", "Removes meta data of a registry",
    [x](const remote& to) { return remove(to, *x); });
  erase->add_option("HORDE", x->horde, "Name of the registry")->required();
  erase->add_option("KEY", x->key, "The key")->required();
}

} // namespace horde::tools
