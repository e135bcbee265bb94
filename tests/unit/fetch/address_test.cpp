#include "fetch/address.h"

#include <gtest/gtest.h>

namespace waxseal::fetch {
namespace {

bool routable(std::string_view text) {
  return globally_routable(IpAddress::parse(text).value());
}

TEST(Address, EveryRangeOfNet04IsRefusedToItsEdges) {  // NET-04
  for (const char* text :
       {"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
        "127.255.255.255", "169.254.0.0", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.255",
        "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.7",
        "203.0.113.7", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        // IPv6: not in 2000::/3
        "::", "::1", "::ffff:8.8.8.8", "::8.8.8.8", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "fc00::1", "fdff::1",
        "fe80::1", "fec0::1", "ff02::1", "1fff::1", "4000::1",
        // in 2000::/3, and yet not
        "2001::1", "2001:1ff:ffff::1", "2001:db8::1", "2002:808:808::1", "3fff::1", "3fff:fff::1"})
    EXPECT_FALSE(routable(text)) << text;
}

TEST(Address, NeighboursOfTheRangesAreRoutable) {
  for (const char* text :
       {"1.0.0.0",         "9.255.255.255",   "11.0.0.0",        "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.1",       "169.253.255.255", "169.255.0.0",    "172.15.255.255",
        "172.32.0.0",      "191.255.255.255", "192.0.1.0",       "192.0.3.0",      "192.88.98.1",
        "192.167.255.255", "192.169.0.0",     "198.17.255.255",  "198.20.0.0",     "198.51.99.1",
        "203.0.112.1",     "223.255.255.255", "2000::1",         "2001:200::1",    "2001:4860:4860::8888",
        "2003::1",         "2a00::1",         "3ffe::1",         "3fff:1000::1"})
    EXPECT_TRUE(routable(text)) << text;
}

TEST(Address, TextIsStrict) {
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "0x7f.0.0.1", "1.2.3.256", "[::1]", "fe80::1%eth0", "localhost"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  EXPECT_EQ(IpAddress::parse("2001:DB8:0::1")->text(), "2001:db8::1");
}

TEST(Network, ContainsWhatItNames) {
  const Network net = Network::parse("172.16.0.0/12").value();
  EXPECT_TRUE(net.contains(*IpAddress::parse("172.31.255.255")));
  EXPECT_FALSE(net.contains(*IpAddress::parse("172.32.0.0")));
  EXPECT_FALSE(net.contains(*IpAddress::parse("::ffff:172.16.0.1")));
  EXPECT_TRUE(Network::parse("fd00::/8")->contains(*IpAddress::parse("fdab::1")));
  EXPECT_TRUE(Network::parse("192.0.2.1")->contains(*IpAddress::parse("192.0.2.1")));
  EXPECT_FALSE(Network::parse("192.0.2.1")->contains(*IpAddress::parse("192.0.2.2")));
  EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains(*IpAddress::parse("192.0.2.2")));
}

TEST(Network, MistakesAreNamed) {
  for (const char* text :
       {"", "10/8", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "host/8"})
    EXPECT_FALSE(Network::parse(text)) << text;
}

}  // namespace
}  // namespace waxseal::fetch
