divert(-1)
# waxseal in sendmail.mc: include(`/etc/mail/m4/waxseal.m4')
# F=T: mail is tempfailed while the milter is away; F= accepts it unverified.
divert(0)dnl
INPUT_MAIL_FILTER(`waxseal', `S=local:/run/waxseal/milter.sock, F=T, T=C:30s;S:4m;R:4m;E:10m')dnl
