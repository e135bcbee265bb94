"""A complete private installation in one directory: PostgreSQL, the four daemons, a PKI and demo mail.

`packaging/quickstart` and the integration tests use the same code, so that what a newcomer sees is what is tested.
Standard library only, plus the `openssl` command for certificates and signatures.
"""
