// SPDX-License-Identifier: MIT

#include "horde/scheduling/hand_offs.hpp"

namespace horde::scheduling {

void hand_offs::ask(const std::string& id, hand_off x) {
  due_.set(id, x.until);
  all_.insert_or_assign(id, std::move(x));
}

bool hand_offs::answered(const std::string& id, outcome<std::string> state,
                         instant until) {
  if (!is_asked(id))
    return false; // too late
  auto& x = all_.find(id)->second;
  x.is = hand_off_phase::failed;
  x.until = until;
  due_.set(id, until);
  auto given = std::get_if<std::string>(&state);
  if (given == nullptr) {
    x.problem = std::move(std::get<failure>(state).what);
  } else if (given->size() > max_state_bytes_) {
    x.problem = "it has " + std::to_string(given->size())
                + " bytes, max_state_bytes is "
                + std::to_string(max_state_bytes_);
  } else {
    x.is = hand_off_phase::kept;
    x.state = std::make_shared<const std::string>(std::move(*given));
  }
  return true;
}

void hand_offs::forget(const std::string& id) {
  due_.clear(id);
  all_.erase(id);
}

const hand_off* hand_offs::find(std::string_view id) const {
  auto known = all_.find(id);
  return known == all_.end() ? nullptr : &known->second;
}

bool hand_offs::is_asked(std::string_view id) const {
  auto x = find(id);
  return x != nullptr && x->is == hand_off_phase::asked;
}

state_bytes hand_offs::kept(std::string_view id, std::uint64_t attempt) const {
  auto x = find(id);
  return x != nullptr && x->attempt == attempt && !x->merges ? x->state
                                                             : nullptr;
}

std::vector<std::string> hand_offs::take_due(instant now, duration keep_for) {
  auto result = due_.take_due(now);
  for (const auto& id : result)
    answered(id, failure{errc::timeout, "it was not given in time"},
             now + keep_for);
  return result;
}

} // namespace horde::scheduling
