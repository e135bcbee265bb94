#include "milter/message.h"

#include <gmock/gmock.h>

namespace waxseal::milter {
namespace {

using testing::ElementsAre;
using testing::Pair;

MessageOptions options(LeadingSpace leading_space = LeadingSpace::kKept) {
  MessageOptions out;
  out.leading_space = leading_space;
  out.hostname = "mx.example.net";
  return out;
}

const authres::Options kAuthres = {.authserv_id = "mx.example.net", .own_ids = {}};

TEST(Message, OctetsAreThoseThatTheMtaHandedOver) {
  Message message(options(), kAuthres);
  message.add_field("From", "alice@example.org");  // no space behind the colon
  message.add_field("Subject", "  two spaces\n\tand a fold");
  message.add_field("X-Empty", "");
  message.add_body("one\r\n");
  message.add_body("two\r\n");
  EXPECT_EQ(message.octets(),
            "From:alice@example.org\r\nSubject:  two spaces\r\n\tand a fold\r\nX-Empty:\r\n\r\none\r\ntwo\r\n");
}

TEST(Message, WithoutTheNegotiatedSpaceOneIsAdded) {
  Message message(options(LeadingSpace::kStripped), kAuthres);
  message.add_field("From", "alice@example.org");
  EXPECT_EQ(message.octets(), "From: alice@example.org\r\n\r\n");
}

TEST(Message, AFoldThatHasItsCrAlreadyGetsNoSecondOne) {
  Message message(options(), kAuthres);
  message.add_field("Subject", " a\r\n\tb");
  EXPECT_EQ(message.octets(), "Subject: a\r\n\tb\r\n\r\n");
}

TEST(Message, WithoutABodyTheHeaderStillEnds) {
  Message message(options(), kAuthres);
  message.add_field("Subject", " x");
  EXPECT_EQ(message.octets(), "Subject: x\r\n\r\n");
  EXPECT_EQ(message.octets(), "Subject: x\r\n\r\n");
}

TEST(Message, BodiesMayHoldAnyOctet) {
  Message message(options(), kAuthres);
  message.add_body(Octets("\0\xFF", 2));
  EXPECT_EQ(message.octets(), Octets("\r\n\0\xFF", 4));
}

TEST(Message, EnvelopeAddressesAreRead) {
  Message message(options(), kAuthres);
  message.set_sender("<>");
  EXPECT_EQ(message.sender(), "");
  message.set_sender("<\"a\"@b.c>");
  EXPECT_EQ(message.sender(), "a@b.c");
  message.add_recipient("<bob@example.org>");
  message.add_recipient("<root>");  // Sendmail's local names
  message.add_recipient("root", "root");
  message.add_recipient("<root>", "root@example.net");  // ... as Postfix resolves them
  message.add_recipient("<carol@example.org>", "other@example.net");
  EXPECT_THAT(message.recipients(), ElementsAre("bob@example.org", "root@mx.example.net", "root@mx.example.net",
                                                "root@example.net", "carol@example.org"));
}

TEST(Message, ForgedFieldsAreCountedAsTheMtaCountsThem) {
  Message message(options(), kAuthres);
  message.add_field("Authentication-Results", " other.example.org; spf=pass");
  message.add_field("X-Authentication-Results", " mx.example.net; smime=pass");
  message.add_field("authentication-RESULTS", " mx.example.net; smime=pass");
  message.add_field("X-SMIME-Status", " Good signature");
  EXPECT_THAT(message.forged_fields(),
              ElementsAre(Pair("Authentication-Results", ElementsAre(2)), Pair("X-SMIME-Status", ElementsAre(1))));
  Message trusted(options(), kAuthres, {.trusted = true});
  trusted.add_field("Authentication-Results", " mx.example.net; smime=pass");
  EXPECT_THAT(trusted.forged_fields(), testing::IsEmpty());
}

TEST(Message, OfASkippedMessageOnlyForgedFieldsAreRemembered) {
  Message message(options(), kAuthres, {.skipped = true});
  message.add_field("Authentication-Results", " mx.example.net; smime=pass");
  message.add_body(std::string(1000, 'x'));
  EXPECT_EQ(message.size(), 0u);
  EXPECT_EQ(message.forged_fields().size(), 1u);
}

TEST(Message, TheMessageIdIsKeptForTheLog) {
  Message message(options(), kAuthres);
  message.add_field("Message-Id", " <a@b>");
  message.add_field("Message-ID", " <second@b>");
  EXPECT_EQ(message.message_id(), "<a@b>");
}

TEST(Message, RecipientsBeyondWhatAnMtaSendsAreNotKept) {
  Message message(options(), kAuthres);
  for (std::size_t i = 0; i < kMaxRecipients; ++i) message.add_recipient("<a@b.c>");
  EXPECT_FALSE(message.excessive());
  message.add_recipient("<a@b.c>");
  EXPECT_TRUE(message.excessive());
  EXPECT_EQ(message.recipients().size(), kMaxRecipients);
}

TEST(Message, AboveTheLimitOctetsAreDroppedAndFieldsStillCounted) {
  MessageOptions small = options();
  small.max_octets = 20;
  Message fits(small, kAuthres), large(small, kAuthres);
  fits.add_body(std::string(18, 'x'));
  EXPECT_FALSE(fits.too_large());
  large.add_body(std::string(19, 'x'));
  EXPECT_TRUE(large.too_large());

  Message header(small, kAuthres);
  header.add_field("Subject", std::string(30, 'x'));
  header.add_field("Authentication-Results", " mx.example.net; smime=pass");
  EXPECT_TRUE(header.too_large());
  EXPECT_EQ(header.forged_fields().size(), 1u);
}

}  // namespace
}  // namespace waxseal::milter
