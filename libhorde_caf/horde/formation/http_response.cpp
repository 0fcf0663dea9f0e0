// SPDX-License-Identifier: MIT

#include "horde/formation/http_response.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace horde::formation {

namespace {

constexpr std::uint64_t until_close = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t max_line = 1024; // between chunks and after them

std::string lower(std::string_view text) {
  std::string result{text};
  for (char& x : result)
    if (x >= 'A' && x <= 'Z')
      x = static_cast<char>(x - 'A' + 'a');
  return result;
}

std::string_view trimmed(std::string_view x) {
  while (!x.empty() && (x.front() == ' ' || x.front() == '\t'))
    x.remove_prefix(1);
  while (!x.empty() && (x.back() == ' ' || x.back() == '\t'))
    x.remove_suffix(1);
  return x;
}

/// Digits and nothing else.
std::optional<std::uint64_t> number(std::string_view text, int base) {
  std::uint64_t result = 0;
  auto end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, result, base);
  if (error != std::errc{} || stop != end || result == until_close)
    return std::nullopt;
  return result;
}

} // namespace

void http_response::take(std::string_view bytes) {
  if (state_ == state::complete || state_ == state::invalid)
    return;
  unread_ += bytes;
  while (state_ == state::head && take_head()) {
  }
  while (state_ == state::body && take_part()) {
  }
}

void http_response::close() {
  auto is_end =
    state_ == state::body && part_ == part::plain && left_ == until_close;
  if (is_end)
    state_ = state::complete;
  else if (state_ != state::complete && state_ != state::invalid)
    refuse("the answer is cut off");
}

std::string http_response::take_body() {
  return std::exchange(body_, {});
}

void http_response::refuse(std::string problem) {
  state_ = state::invalid;
  problem_ = std::move(problem);
  unread_.clear();
}

/// One line. False: there is none yet, or the head is over.
bool http_response::take_head() {
  auto end = unread_.find('\n');
  if (end == std::string::npos) {
    if (head_size_ + unread_.size() > max_head)
      refuse("the head of the answer is too large");
    return false;
  }
  head_size_ += end + 1;
  if (head_size_ > max_head) {
    refuse("the head of the answer is too large");
    return false;
  }
  auto line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  if (line.ends_with('\r'))
    line.pop_back();
  if (status_ == 0)
    return take_status(line);
  if (!line.empty())
    return take_field(line);
  if (status_ < 200) { // there is another one to come
    status_ = 0;
    chunked_ = has_length_ = false;
    return true;
  }
  begin_body();
  return false;
}

bool http_response::take_status(std::string_view line) {
  constexpr std::size_t code_at = 9; // after HTTP/1.1 and a blank
  auto is_known =
    line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  auto code = line.substr(std::min(code_at, line.size()), 3);
  auto is_end = line.size() <= code_at + 3 || line[code_at + 3] == ' ';
  auto x = number(code, 10);
  if (!is_known || !is_end || code.size() != 3 || !x || *x < 100) {
    refuse("the answer is not HTTP/1.1");
    return false;
  }
  status_ = static_cast<unsigned>(*x);
  return true;
}

bool http_response::take_field(std::string_view line) {
  auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || line[0] == ' '
      || line[0] == '\t') {
    refuse("the answer has a header that is none");
    return false;
  }
  auto name = lower(line.substr(0, colon));
  auto value = trimmed(line.substr(colon + 1));
  if (name == "transfer-encoding") {
    if (lower(value) != "chunked" || std::exchange(chunked_, true))
      refuse("the answer has an unknown transfer encoding");
  } else if (name == "content-length") {
    auto x = number(value, 10);
    if (!x || (has_length_ && left_ != *x))
      refuse("the answer has a length that is none");
    else
      left_ = *x;
    has_length_ = true;
  } else if (name == "content-encoding" && lower(value) != "identity") {
    refuse("the answer is compressed, which was not asked for");
  }
  return state_ == state::head;
}

void http_response::begin_body() {
  if (chunked_ && has_length_) // who is wrong?
    return refuse("the answer has two lengths");
  state_ = state::body;
  auto is_empty =
    status_ == 204 || status_ == 304 || (has_length_ && left_ == 0);
  if (is_empty)
    state_ = state::complete;
  else if (chunked_)
    part_ = part::chunk_size;
  else if (!has_length_)
    left_ = until_close;
}

/// False: more bytes are needed, or it is over.
bool http_response::take_part() {
  return part_ == part::plain || part_ == part::chunk ? take_bytes()
                                                      : take_line();
}

bool http_response::take_bytes() {
  auto n =
    static_cast<std::size_t>(std::min<std::uint64_t>(left_, unread_.size()));
  body_.append(unread_, 0, n);
  unread_.erase(0, n);
  if (left_ != until_close)
    left_ -= n;
  if (left_ > 0)
    return false;
  if (part_ == part::plain)
    state_ = state::complete;
  part_ = part::chunk_end;
  return state_ == state::body;
}

bool http_response::take_line() {
  auto end = unread_.find('\n');
  if (std::min(end, unread_.size()) > max_line || head_size_ > max_head) {
    refuse("the answer has a line that is too long");
    return false;
  }
  if (end == std::string::npos)
    return false;
  auto line = unread_.substr(0, end);
  unread_.erase(0, end + 1);
  if (line.ends_with('\r'))
    line.pop_back();
  if (part_ == part::trailer) {
    head_size_ += end + 1;
    if (line.empty())
      state_ = state::complete;
    return state_ == state::body;
  }
  if (part_ == part::chunk_end) {
    if (!line.empty())
      refuse("the answer has a chunk of another size");
    part_ = part::chunk_size;
    return state_ == state::body;
  }
  auto size = number(trimmed(line.substr(0, line.find(';'))), 16);
  if (!size) {
    refuse("the answer has a chunk without a size");
    return false;
  }
  left_ = *size;
  part_ = left_ == 0 ? part::trailer : part::chunk;
  return true;
}

} // namespace horde::formation
