dnl waxseal in sendmail.mc, before the MAILER lines: include(`/etc/mail/m4/waxseal.m4')dnl
dnl F=T: mail is tempfailed while the milter is away; F= accepts it unverified.
INPUT_MAIL_FILTER(`waxseal', `S=local:/run/waxseal/milter.sock, F=T, T=C:30s;S:4m;R:4m;E:10m')dnl
