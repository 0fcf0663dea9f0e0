// SPDX-License-Identifier: MIT

#include "horde/errc.hpp"

namespace horde {

const char* to_string(errc x) {
  switch (x) {
  case errc::none: return "none";
  case errc::already_registered: return "already_registered";
  case errc::not_registered: return "not_registered";
  case errc::not_owner: return "not_owner";
  case errc::not_a_member: return "not_a_member";
  case errc::name_conflict: return "name_conflict";
  case errc::already_started: return "already_started";
  case errc::not_found: return "not_found";
  case errc::no_alive_nodes: return "no_alive_nodes";
  case errc::quorum_not_met: return "quorum_not_met";
  case errc::shutting_down: return "shutting_down";
  case errc::node_down: return "node_down";
  case errc::hops_exhausted: return "hops_exhausted";
  case errc::timeout: return "timeout";
  case errc::max_children: return "max_children";
  case errc::unknown_child_type: return "unknown_child_type";
  case errc::unknown_type: return "unknown_type";
  case errc::bad_child_spec: return "bad_child_spec";
  case errc::bad_option: return "bad_option";
  case errc::name_in_use: return "name_in_use";
  case errc::forgotten: return "forgotten";
  case errc::refused: return "refused";
  case errc::incompatible_version: return "incompatible_version";
  case errc::too_large: return "too_large";
  case errc::start_failed: return "start_failed";
  case errc::ignored: return "ignored";
  case errc::cannot_listen: return "cannot_listen";
  case errc::cannot_connect: return "cannot_connect";
  case errc::unknown_horde: return "unknown_horde";
  case errc::store_damaged: return "store_damaged";
  case errc::store_unusable: return "store_unusable";
  case errc::superseded: return "superseded";
  case errc::no_place: return "no_place";
  case errc::not_quarantined: return "not_quarantined";
  case errc::too_many_restarts: return "too_many_restarts";
  }
  return "???";
}

} // namespace horde
