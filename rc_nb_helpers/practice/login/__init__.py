"""Login: the registered apps, the OAuth protocol, and what it hands out.

An app asks for a person's permission, gets a code, and exchanges it for the tokens of a session. This room may touch
the company's people, and what stands below all rooms: clock, errors, parameters, network, private_files, randomness. It
knows nothing of HTTP and nothing of the class.
"""
