-- Records of mail that was sent are not kept for ever: what the clean-up of waxseal-jmapd looks for, oldest first.
CREATE INDEX email_submissions_ended ON email_submissions (send_at) WHERE undo_status > 0;
