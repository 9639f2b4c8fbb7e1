"""Login: the registered apps, the OAuth protocol, and what it hands out.

An app asks for a person's permission, gets a code, and trades it for a session's tokens. This room may touch the
people of the company, the clock and the errors. It knows nothing of HTTP and nothing of the class.
"""
