// The Session resource (RFC 8620 section 2): what this server offers to one principal.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "jmapd/method.h"

namespace waxseal::jmapd {

// The keys of Session.capabilities: those that have a row in the method table, and smimeverify, which only adds
// properties and conditions to Email (RFC 9219 section 3).
std::set<std::string, std::less<>> served_capabilities(const std::vector<MethodRow>& methods);

// `base_url` without a "/" at its end, "https://mail.example.net".  `state` is the digest of everything else.
Json session_object(const store::Principal&, const Limits&, const std::vector<MethodRow>& methods,
                    std::string_view base_url);

// All that sessions of one server differ in: equal keys, equal sessions.
std::string session_key(const store::Principal&, std::string_view base_url);

}  // namespace waxseal::jmapd
