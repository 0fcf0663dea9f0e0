// SPDX-License-Identifier: MIT

#include "horde/actors/caf_compat.hpp"

#include "horde/actors/type_ids.hpp"

#if !HORDE_CAF1
#include <caf/make_config_option.hpp>
#endif

namespace horde {

// -- errors ------------------------------------------------------------------

#if HORDE_CAF1

bool from_string(std::string_view text, errc& x) {
  for (std::uint8_t i = 0; i <= static_cast<std::uint8_t>(last_errc);
       ++i)
    if (to_string(static_cast<errc>(i)) == text)
      return from_integer(i, x);
  return false;
}

bool from_integer(std::uint8_t number, errc& x) {
  if (number > static_cast<std::uint8_t>(last_errc))
    return false;
  x = static_cast<errc>(number);
  return true;
}

namespace {
bool is_ours(const caf::error& x) {
  return x.category() == caf::type_id_v<errc>;
}
} // namespace

#else

#ifdef __clang__
namespace {
/// A program built with Clang shares this static of CAF's headers with Debian's
/// libcaf_core, which GCC built. Whoever comes first initialises it, and CAF's
/// code would leave the function pointers in it null: GCC has them in the file.
[[maybe_unused]] const auto options_work = [] {
  caf::make_config_option<std::string>("", "", "");
  caf::make_config_option<std::vector<std::string>>("", "", "");
  return true;
}();
} // namespace
#endif

namespace {
bool is_ours(const caf::error& x) {
  return x.category() == caf::make_error(errc::refused).category();
}
} // namespace

#endif

caf::error to_error(const failure& x) {
  return caf::make_error(x.code, x.what);
}

errc code_of(const caf::error& x) {
  return x && is_ours(x) ? static_cast<errc>(x.code()) : errc::none;
}

std::string render(const caf::error& x) {
  if (!x)
    return "no error";
  auto code = code_of(x);
  if (code == errc::none)
    return to_string(x);
  std::string result{to_string(code)};
  if (x.context().size() > 0 && x.context().match_element<std::string>(0))
    result += ": " + x.context().get_as<std::string>(0);
  return result;
}

bool is_clean_exit(const caf::error& reason) {
  return !reason || reason == caf::exit_reason::normal
         || reason == caf::exit_reason::user_shutdown;
}

} // namespace horde
