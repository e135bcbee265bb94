#include "milter/message.h"

#include <gmock/gmock.h>

namespace waxseal::milter {
namespace {

using testing::ElementsAre;

MessageOptions options(LeadingSpace leading_space = LeadingSpace::kKept) {
  MessageOptions out;
  out.leading_space = leading_space;
  return out;
}

TEST(Message, OctetsAreThoseThatTheMtaHandedOver) {
  Message message(options());
  message.add_field("From", "alice@example.org");  // no space behind the colon
  message.add_field("Subject", "  two spaces\n\tand a fold");
  message.add_field("X-Empty", "");
  message.add_body("one\r\n");
  message.add_body("two\r\n");
  EXPECT_EQ(message.octets(),
            "From:alice@example.org\r\nSubject:  two spaces\r\n\tand a fold\r\nX-Empty:\r\n\r\none\r\ntwo\r\n");
}

TEST(Message, WithoutTheNegotiatedSpaceOneIsAdded) {
  Message message(options(LeadingSpace::kStripped));
  message.add_field("From", "alice@example.org");
  EXPECT_EQ(message.octets(), "From: alice@example.org\r\n\r\n");
}

TEST(Message, AFoldThatHasItsCrAlreadyGetsNoSecondOne) {
  Message message(options());
  message.add_field("Subject", " a\r\n\tb");
  EXPECT_EQ(message.octets(), "Subject: a\r\n\tb\r\n\r\n");
}

TEST(Message, WithoutABodyTheHeaderStillEnds) {
  Message message(options());
  message.add_field("Subject", " x");
  EXPECT_EQ(message.octets(), "Subject: x\r\n\r\n");
  EXPECT_EQ(message.octets(), "Subject: x\r\n\r\n");
}

TEST(Message, BodiesMayHoldAnyOctet) {
  Message message(options());
  message.add_body(Octets("\0\xFF", 2));
  EXPECT_EQ(message.octets(), Octets("\r\n\0\xFF", 4));
}

TEST(Message, EnvelopeAddressesAreRead) {
  Message message(options());
  message.set_sender("<>");
  EXPECT_EQ(message.sender(), "");
  message.set_sender("<\"a\"@b.c>");
  EXPECT_EQ(message.sender(), "a@b.c");
  message.add_recipient("<bob@example.org>");
  message.add_recipient("<root>");  // Sendmail's local names
  message.add_recipient("root");
  EXPECT_THAT(message.recipients(), ElementsAre("bob@example.org", "root", "root"));
}

TEST(Message, ResultFieldsAreCountedAsTheMtaCountsThem) {
  Message message(options());
  message.add_field("Authentication-Results", " one");
  message.add_field("X-Authentication-Results", " no");
  message.add_field("authentication-RESULTS", " two");
  EXPECT_THAT(message.result_fields(), ElementsAre(" one", " two"));
}

TEST(Message, AboveTheLimitOctetsAreDroppedAndFieldsStillCounted) {
  MessageOptions small = options();
  small.max_octets = 20;
  Message fits(small), large(small);
  fits.add_body(std::string(18, 'x'));
  EXPECT_FALSE(fits.too_large());
  large.add_body(std::string(19, 'x'));
  EXPECT_TRUE(large.too_large());

  Message header(small);
  header.add_field("Subject", std::string(30, 'x'));
  header.add_field("Authentication-Results", " forged");
  EXPECT_TRUE(header.too_large());
  EXPECT_THAT(header.result_fields(), ElementsAre(" forged"));
}

}  // namespace
}  // namespace waxseal::milter
