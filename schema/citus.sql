-- Turns a waxseal database, empty or full, into a Citus cluster: run it once on the coordinator, as the owner, while the daemons are
-- stopped.  docs/SCALE.md says what to expect.   psql -v ON_ERROR_STOP=1 [-v shards=32] -f schema/citus.sql URL
\set ON_ERROR_STOP on
\if :{?shards}
\else
  \set shards 32
\endif
CREATE EXTENSION IF NOT EXISTS citus;
SELECT set_config('citus.shard_count', :'shards', false);

-- Group A: one account is on one shard.  Referenced tables first.
SELECT create_distributed_table('accounts', 'account_id', colocate_with => 'none');
SELECT create_distributed_table('account_state', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('api_tokens', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('mailboxes', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('threads', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('thread_refs', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('blobs', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('blob_chunks', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('emails', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('email_meta', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('email_mailbox', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('email_keyword', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('deliveries', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('tombstones', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('email_smime', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('email_signers', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('at_delivery_history', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('push_subscriptions', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('identities', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('email_submissions', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('outgoing', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('daily_counts', 'account_id', colocate_with => 'accounts');
SELECT create_distributed_table('sent_counts', 'account_id', colocate_with => 'accounts');

-- Group B: certificates and verdicts that accounts share.
SELECT create_distributed_table('certificates', 'bucket', colocate_with => 'none');
SELECT create_distributed_table('units', 'bucket', colocate_with => 'certificates');
SELECT create_distributed_table('unit_holders', 'bucket', colocate_with => 'certificates');
SELECT create_distributed_table('revocation_entries', 'bucket', colocate_with => 'certificates');
SELECT create_distributed_table('unit_history', 'bucket', colocate_with => 'certificates');
SELECT create_distributed_table('revocation_lists', 'bucket', colocate_with => 'certificates');
SELECT create_distributed_table('revocation_list_history', 'bucket', colocate_with => 'certificates');
SELECT create_distributed_table('revocation_loads', 'bucket', colocate_with => 'certificates');
SELECT create_distributed_table('ocsp_answers', 'bucket', colocate_with => 'certificates');
SELECT create_distributed_table('fetch_faults', 'bucket', colocate_with => 'certificates');
SELECT create_distributed_table('unit_certificates', 'bucket', colocate_with => 'certificates');

-- Group C: small, read by everybody.
SELECT create_reference_table('logins');
SELECT create_reference_table('addresses');
SELECT create_reference_table('leases');
SELECT create_reference_table('trust_state');
SELECT create_reference_table('verifier_state');
SELECT create_reference_table('trust_anchors');
SELECT create_reference_table('intermediates');
SELECT create_reference_table('crls');
SELECT create_reference_table('fetches');
SELECT create_reference_table('revocation_state');

-- The rows that were here before are in the shards now: free the old copies.
SELECT format('SELECT truncate_local_data_after_distributing_table(%L)', table_name) FROM citus_tables \gexec
