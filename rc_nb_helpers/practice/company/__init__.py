"""Company: the made-up bookshop whose people, calls and messages the REST API tells of.

Everything here is made up from a seed and the clock, and shown in the shapes of RingCentral's OpenAPI. This room may
touch the clock and the errors. It knows nothing of tokens, of HTTP or of the class.
"""
