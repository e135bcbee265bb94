// The tables whose rows belong to an email.  They have no foreign keys to it (schema/README.md): a row of theirs is
// written and deleted together with the email's.  Private to lib/store.
#pragma once

#include <array>

#include "store/transaction.h"

namespace waxseal::store {

// Beside email_mailbox, which repeats columns of emails.
struct EmailTable {
  const char* name;
  const char* columns;  // all after (account_id, email_id)
};
inline constexpr std::array kEmailTables{
    EmailTable{"email_meta",
               "received_at, sent_at, size, has_attachment, blob_id, subject, preview, from_text, to_text, cc_text, "
               "bcc_text, envelope, received_at_trusted, from_key, to_key, subject_key, headers, body, signers, "
               "from_name, to_name, subject_base"},
    EmailTable{"email_keyword", "keyword, received_at"},
    EmailTable{
        "email_smime",
        "facts_at, dlv_at, finalised_at, retry_at, trust_version, facts_version, dlv_status, recheck, dlv_codes, "
        "policy_version, evidence, facts"},
    EmailTable{"at_delivery_history", "changed_at, status, codes, trust_version"},
    EmailTable{"email_signers", "ordinal, unit_id, applied_gen"},
};

// `ids`: an array of PostgreSQL.
void delete_email_rows(Transaction&, AccountId, const std::string& ids);

}  // namespace waxseal::store
