// SPDX-License-Identifier: MIT

#include "horde/formation/json_addresses.hpp"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "horde/formation/url.hpp"

namespace horde::formation {

namespace {

using nlohmann::json;

const std::string wildcard = "*";

std::string to_text(const json_path& x) {
  std::string result;
  for (const auto& token : x)
    result += "/" + token;
  return result;
}

failure unusable(const std::string& why) {
  return {errc::not_found, "the answer " + why};
}

/// Null: there is none.
const json* child(const json& x, const std::string& token) {
  if (x.is_object()) {
    auto i = x.find(token);
    return i == x.end() ? nullptr : &*i;
  }
  std::size_t place = 0;
  auto end = token.data() + token.size();
  auto [stop, error] = std::from_chars(token.data(), end, place);
  auto is_place = error == std::errc{} && stop == end && x.is_array();
  return is_place && place < x.size() ? &x[place] : nullptr;
}

/// What the wildcards of a pointer stand for, in order.
using bindings = std::vector<std::string>;

const json* find(const json& from, const json_path& path,
                 const bindings& stars) {
  auto star = stars.begin();
  auto* x = &from;
  for (const auto& token : path) {
    auto is_star = token == wildcard;
    x = child(*x, is_star ? *star : token);
    if (x == nullptr)
      return nullptr;
    star += is_star ? 1 : 0;
  }
  return x;
}

std::optional<std::uint16_t> port_of(const json* x) {
  if (x == nullptr)
    return std::nullopt;
  if (x->is_number_unsigned()) {
    auto number = x->get<std::uint64_t>();
    if (number >= 1 && number <= 65535)
      return static_cast<std::uint16_t>(number);
  } else if (x->is_string()) {
    auto parsed = parse_endpoint(":" + x->get_ref<const std::string&>());
    if (parsed && parsed->port != 0)
      return parsed->port;
  }
  return std::nullopt;
}

class reader {
public:
  reader(const json& answer, const json_layout& layout)
      : answer_(answer), layout_(layout) {}

  lookup_result read() {
    const auto& first = layout_.addresses.front();
    auto last_star = std::find(first.rbegin(), first.rend(), wildcard);
    visit(answer_, first, static_cast<std::size_t>(first.rend() - last_star));
    if (!problem_.empty() && (found_.nodes.empty() || is_hopeless_))
      return unusable(problem_);
    return std::move(found_);
  }

private:
  /// Runs over all that the first `depth` tokens of `path` stand for.
  void visit(const json& x, const json_path& path, std::size_t depth,
             std::size_t at = 0) {
    if (at == depth)
      return take_entry();
    if (path[at] != wildcard) {
      auto* next = child(x, path[at]);
      if (next != nullptr)
        return visit(*next, path, depth, at + 1);
      return note("has nothing at "
                  + to_text({path.begin(), path.begin() + step(at) + 1}));
    }
    if (!x.is_structured())
      return note("has no list at "
                  + to_text({path.begin(), path.begin() + step(at)}));
    for (const auto& [key, value] : x.items()) {
      stars_.push_back(key);
      visit(value, path, depth, at + 1);
      stars_.pop_back();
      if (is_hopeless_)
        return;
    }
  }

  static std::ptrdiff_t step(std::size_t x) {
    return static_cast<std::ptrdiff_t>(x);
  }

  void note(std::string problem) {
    if (problem_.empty())
      problem_ = std::move(problem);
  }

  void take_entry() {
    auto text = address();
    if (text.empty())
      return note("has no text at " + to_text(layout_.addresses.front()));
    if (found_.nodes.size() == max_json_addresses) {
      is_hopeless_ = true;
      problem_ =
        "has more than " + std::to_string(max_json_addresses) + " addresses";
      return;
    }
    auto result = parse_endpoint(text);
    if (!result) {
      if (text.starts_with('[') && text.ends_with(']'))
        text = text.substr(1, text.size() - 2);
      result = endpoint{text, port()};
    }
    if (!is_host(result->host))
      return note("has no host at " + to_text(layout_.addresses.front()));
    if (result->port == 0)
      return note("has no port for '" + result->host + "'");
    found_.nodes.push_back(std::move(*result));
  }

  std::string address() const {
    for (const auto& path : layout_.addresses)
      if (auto* x = find(answer_, path, stars_); x != nullptr && x->is_string())
        if (const auto& text = x->get_ref<const std::string&>(); !text.empty())
          return text;
    return {};
  }

  std::uint16_t port() const {
    if (!layout_.port)
      return layout_.usual_port;
    return port_of(find(answer_, *layout_.port, stars_)).value_or(0);
  }

  const json& answer_;
  const json_layout& layout_;
  bindings stars_;
  lookup found_;
  std::string problem_;
  bool is_hopeless_ = false;
};

} // namespace

std::optional<json_path> parse_json_pointer(std::string_view text) {
  json_path result;
  if (!text.empty() && text.front() != '/')
    return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') {
      result.emplace_back();
    } else if (text[i] != '~') {
      result.back() += text[i];
    } else {
      auto escape = i + 1 < text.size() ? text[i + 1] : '\0';
      if (escape != '0' && escape != '1')
        return std::nullopt;
      result.back() += escape == '0' ? '~' : '/';
      ++i;
    }
  }
  return result;
}

std::string problem_of(const json_layout& x) {
  auto stars = [](const json_path& path) {
    return std::count(path.begin(), path.end(), wildcard);
  };
  if (x.addresses.empty())
    return "no pointer to the addresses";
  auto all = x.addresses;
  if (x.port)
    all.push_back(*x.port);
  for (const auto& path : all)
    if (stars(path) > stars(x.addresses.front()))
      return to_text(path) + " has more wildcards than "
             + to_text(x.addresses.front());
  return {};
}

lookup_result read_addresses(std::string_view answer, const json_layout& x) {
  auto parsed = json::parse(answer, nullptr, false);
  if (parsed.is_discarded())
    return unusable("is no JSON");
  return reader{parsed, x}.read();
}

} // namespace horde::formation
