// SPDX-License-Identifier: MIT
//
// The one header for users.

#pragma once

#include "horde/actors/config.hpp"
#include "horde/actors/dynamic_supervisor.hpp"
#include "horde/actors/formation/custom.hpp"
#include "horde/actors/formation/dns.hpp"
#include "horde/actors/formation/environment.hpp"
#include "horde/actors/formation/gossip.hpp"
#include "horde/actors/formation/hosts_file.hpp"
#include "horde/actors/formation/http_json.hpp"
#include "horde/actors/formation/kubernetes.hpp"
#include "horde/actors/formation/local.hpp"
#include "horde/actors/formation/static_hosts.hpp"
#include "horde/actors/formation/strategies.hpp"
#include "horde/actors/log_level.hpp"
#include "horde/actors/messages.hpp"
#include "horde/actors/node.hpp"
#include "horde/actors/node_listener.hpp"
#include "horde/actors/registry.hpp"
#include "horde/actors/type_ids.hpp"
