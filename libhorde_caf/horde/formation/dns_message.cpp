// SPDX-License-Identifier: MIT

#include "horde/formation/dns_message.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace horde::formation {

namespace {

constexpr std::uint16_t class_internet = 1;
constexpr std::uint16_t type_cname = 5;
constexpr std::size_t max_name_size = 255;

/// Big endian. Once it failed it stays failed and yields zeros.
class message_reader {
public:
  explicit message_reader(std::string_view all) : all_(all) {}

  std::size_t at() const { return at_; }
  bool failed() const { return failed_; }

  std::uint64_t number(std::size_t size) {
    std::uint64_t result = 0;
    for (auto c : bytes(size))
      result = result << 8 | static_cast<unsigned char>(c);
    return result;
  }
  std::uint16_t number16() { return static_cast<std::uint16_t>(number(2)); }

  std::string_view bytes(std::size_t size) {
    if (failed_ || size > all_.size() - at_) {
      failed_ = true;
      return {};
    }
    at_ += size;
    return all_.substr(at_ - size, size);
  }

  /// A name, with dots between its parts. Where it goes on elsewhere, that is
  /// further up; a circle ends when the name is too long.
  std::string name() {
    std::string result;
    message_reader part{*this}; // follows, we stay
    auto is_elsewhere = false;
    for (;;) {
      auto size = part.number(1);
      if (!is_elsewhere)
        at_ = part.at_;
      if (part.failed_ || result.size() > max_name_size)
        return fail();
      if (size == 0)
        return result;
      if (size >= 0xc0) {
        auto begin = part.at_ - 1;
        auto to = (size & 0x3f) << 8 | part.number(1);
        if (!is_elsewhere)
          at_ = part.at_;
        if (part.failed_ || to >= begin)
          return fail();
        is_elsewhere = true;
        part.at_ = to;
        continue;
      }
      auto label = part.bytes(size);
      if (size > 63 || part.failed_)
        return fail();
      result += (result.empty() ? "" : ".") + std::string{label};
      if (!is_elsewhere)
        at_ = part.at_;
    }
  }

private:
  std::string fail() {
    failed_ = true;
    return {};
  }

  std::string_view all_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

std::string ipv4(std::string_view bytes) {
  std::string result;
  for (unsigned char x : bytes)
    result += (result.empty() ? "" : ".") + std::to_string(x);
  return result;
}

/// As RFC 5952 wants it: the longest run of zeros is left out.
std::string ipv6(std::string_view bytes) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 16; ++i)
    groups[i / 2] = groups[i / 2] << 8 | static_cast<unsigned char>(bytes[i]);
  std::size_t best = 0, best_size = 1; // one zero is written
  for (std::size_t i = 0; i < 8; ++i) {
    auto end = i;
    while (end < 8 && groups[end] == 0)
      ++end;
    if (end - i > best_size) {
      best = i;
      best_size = end - i;
    }
  }
  std::string result;
  for (std::size_t i = 0; i < 8; ++i) {
    if (best_size > 1 && i == best) {
      result += "::";
      i += best_size - 1;
      continue;
    }
    if (!result.empty() && result.back() != ':')
      result += ':';
    char digits[4];
    auto end = std::to_chars(digits, digits + 4, groups[i], 16).ptr;
    result.append(digits, end);
  }
  return result;
}

/// It is printed and dialled: what host names are made of, and `_`.
bool is_host_name(std::string_view x) {
  return !x.empty() && std::all_of(x.begin(), x.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

/// False: the message is malformed. An SRV record with the target "." says that
/// the service is nowhere.
bool read_record(message_reader& in, dns_type type, std::size_t size,
                 std::vector<dns_record>& out) {
  auto begin = in.at();
  switch (type) {
  case dns_type::a:
    if (size != 4)
      return false;
    out.push_back({ipv4(in.bytes(4)), 0});
    break;
  case dns_type::aaaa:
    if (size != 16)
      return false;
    if (auto bytes = in.bytes(16); bytes.size() == 16)
      out.push_back({ipv6(bytes), 0});
    break;
  case dns_type::srv: {
    in.number(4); // priority and weight: all nodes are wanted
    auto port = in.number16();
    auto host = in.name();
    if (is_host_name(host) && port != 0)
      out.push_back({std::move(host), port});
    break;
  }
  }
  return !in.failed() && in.at() == begin + size;
}

} // namespace

std::optional<dns_answer> parse_dns_answer(std::string_view message,
                                           dns_type wanted) {
  message_reader in{message};
  dns_answer result;
  in.number(2); // the query's number
  auto flags = in.number16();
  if ((flags & 0x8000) == 0) // a query
    return std::nullopt;
  result.code = flags & 0xf;
  result.truncated = (flags & 0x0200) != 0;
  auto questions = in.number16();
  auto answers = in.number16();
  in.number(4);
  for (; questions > 0 && !in.failed(); --questions) {
    in.name();
    in.number(4);
  }
  std::uint64_t ttl = ~0ULL;
  for (; answers > 0 && !in.failed(); --answers) {
    in.name();
    auto type = in.number16();
    auto of_class = in.number16();
    auto its_ttl = in.number(4);
    auto size = in.number16();
    auto is_wanted =
      of_class == class_internet && type == static_cast<std::uint16_t>(wanted);
    if (is_wanted || type == type_cname) // an alias on the way counts, too
      ttl = std::min(ttl, its_ttl >> 31 ? 0 : its_ttl); // RFC 2181, section 8
    if (!is_wanted)
      in.bytes(size);
    else if (!read_record(in, wanted, size, result.records))
      return std::nullopt;
  }
  if (in.failed())
    return std::nullopt;
  if (!result.records.empty())
    result.valid_for = std::chrono::seconds{ttl};
  return result;
}

} // namespace horde::formation
