// A DER encoder for tests, by hand, so that every field of a certificate or of a CMS can also be encoded wrongly.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace waxseal::test::der {

std::string tlv(unsigned char tag, std::string_view content);
// 0x30, 0x31 with the length octet 0x80, the content, and end-of-contents.
std::string indefinite(unsigned char tag, std::string_view content);

std::string join(const std::vector<std::string>& parts);
std::string sequence(std::initializer_list<std::string_view> parts);
std::string sequence(const std::vector<std::string>& parts);
std::string set(const std::vector<std::string>& parts);               // in the given order
std::string set_of(std::vector<std::string> parts);                   // sorted, as DER wants
std::string explicit_tag(unsigned number, std::string_view content);  // [number], constructed
std::string implicit_tag(unsigned number, std::string_view content);  // [number], primitive

std::string oid(std::string_view dotted);
std::string integer(std::int64_t value);
std::string integer_octets(std::string_view octets);  // content as given
std::string boolean(bool value);
std::string null();
std::string octet_string(std::string_view octets);
std::string bit_string(std::string_view octets, unsigned unused_bits = 0);
std::string utf8_string(std::string_view text);
std::string ia5_string(std::string_view text);
std::string time(Time time);  // UTCTime up to 2049, else GeneralizedTime

// OCTET STRING in BER as streaming signers write it: constructed, indefinite, segments of at most `segment` octets.
std::string segmented_octets(unsigned char tag, std::string_view octets, std::size_t segment);

std::string algorithm(std::string_view oid_dotted);                               // parameters absent
std::string algorithm(std::string_view oid_dotted, std::string_view parameters);  // parameters as encoded

}  // namespace waxseal::test::der
