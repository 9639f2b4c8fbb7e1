"""What a server's certificate is compared with, and what is wrong when it does not pass.

A company's certificates live in the operating system's store, so that store counts (the ``truststore`` library);
certifi's list does where a machine has no store. Who names certificates in a variable means these, and these alone.
"""

from __future__ import annotations

import os
import re
import ssl
import sys
from pathlib import Path

from .errors import ConfigurationError, PlatformUnreachable, causes_of

FILE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Who names a file of certificates, or a folder; the first that is set counts."""
FOLDER_VARIABLE = "SSL_CERT_DIR"
"""Who names folders of certificates. As for OpenSSL, they count beside SSL_CERT_FILE."""

_CLOCK_MATTERS_SECONDS = 3600

# Where Linux distributions keep theirs when OpenSSL was built for somewhere else: truststore's own list.
_STORES = (
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/ca-bundle.pem",
)

# OpenSSL's numbers (x509_vfy.h). macOS and Windows put their systems' own into the same place: read in truststore's
# source, Apple's SecBase.h and Microsoft's winerror.h, and not tried.
_EXPIRED = {10, -67818}
_NOT_YET_VALID = {9, -67819}
_DATES = {0x800B0101}  # Windows: expired or not yet valid
_NAME = {62, 64, -67602, 0x800B010F}  # 64: an IP address
_SELF_SIGNED = {18}
_ISSUER = {2, 19, 20, 21, 85, -67843, 0x800B0109, 0x800B010A}  # 85: a root of an old form, strictly looked at
_PURPOSE = {26, 0x800B0110}


def choice() -> tuple[tuple[str, str, int], ...]:
    """What is named now: variable, path and age of each. Another value means that connections have to be made anew."""
    return tuple((variable, path, _age(path)) for variable in _variables() for path in _paths(variable))


def tls_context() -> ssl.SSLContext:
    """How servers are verified: by what a variable names, else by the operating system's store.

    Raises:
        ConfigurationError: What a variable names cannot be used.
    """
    variables = _variables()
    context = _context_of(variables) if variables else _system_context()
    # A certificate without alternative names is for nobody (RFC 9110 §4.3.4); truststore would take its common name.
    context.hostname_checks_common_name = False
    return context


def explain_certificate(
    error: BaseException, server: str, *, clock_ahead: float = 0.0, place: str = ""
) -> PlatformUnreachable | None:
    """What is wrong with a server's certificate.

    Args:
        error: What the connection failed with.
        server: Whose certificate it is: its address.
        clock_ahead: How many seconds the server's clock is ahead of ours, by an earlier answer; 0 when none has told.
        place: Where the address is written, when not in the .env file.

    Returns:
        The lesson; None when the failure is not about a certificate.
    """
    refusal = next((each for each in causes_of(error) if isinstance(each, ssl.SSLCertVerificationError)), None)
    if refusal is None:
        return None
    code = getattr(refusal, "verify_code", 0)
    code = code & 0xFFFFFFFF if code < -0x1000000 else code  # Windows' numbers have no sign; some ways give them one
    if code in _EXPIRED | _NOT_YET_VALID | _DATES:
        return _out_of_date(code, server, clock_ahead)
    if code in _NAME:
        return PlatformUnreachable(
            f"The certificate that came from {server} belongs to another name.",
            why="The address is not the server's own, or another machine has answered in its place.",
            cure=f"Check the address in {place or 'RC_SERVER_URL in the .env file'}, letter by letter. It has to be "
            "one that the certificate names; an IP address or a short name is seldom among them.",
        )
    if code in _PURPOSE:
        return PlatformUnreachable(
            f"The certificate that came from {server} is not one for servers.",
            why="It was made for something else, such as a person or an e-mail program.",
            cure="Whoever runs the server, or the proxy before it, has to give it a server's certificate.",
        )
    if code in _ISSUER | _SELF_SIGNED:
        return _unknown_issuer(code, server)
    words = re.sub(r"\s+", " ", str(getattr(refusal, "verify_message", "") or "no reason")).rstrip(".")
    return PlatformUnreachable(
        f"The certificate of {server} could not be verified.",
        why=f"The system says: {words[:200]}.",
        cure="Show these words to your administrator. Nothing was sent.",
    )


def _out_of_date(code: int, server: str, clock_ahead: float) -> PlatformUnreachable:
    if code in _EXPIRED:
        what = f"The certificate of {server}, or one that vouches for it, has expired."
    elif code in _NOT_YET_VALID:
        what = f"The certificate of {server}, or one that vouches for it, is not valid yet."
    else:
        what = f"The certificate of {server} has expired, or is not valid yet."
    renew = "Whoever runs the server has to renew its certificate. Until then it cannot be talked to safely."
    if not clock_ahead:
        return PlatformUnreachable(
            what,
            why="It is compared with this computer's clock, which may be wrong.",
            cure=f"Check this computer's date and time. If they are right: {renew[0].lower()}{renew[1:]}",
        )
    if abs(clock_ahead) > _CLOCK_MATTERS_SECONDS:
        hours = abs(clock_ahead) / 3600
        far = f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} hours"
        return PlatformUnreachable(
            what,
            why=f"This computer's clock is {far} {'behind' if clock_ahead > 0 else 'ahead of'} the server's.",
            cure="Set this computer's date and time right, then try again.",
        )
    return PlatformUnreachable(what, why="This computer's clock agrees with the server's.", cure=renew)


def _unknown_issuer(code: int, server: str) -> PlatformUnreachable:
    itself = "It vouches for itself." if code in _SELF_SIGNED else "It is signed by somebody who is not known here."
    possible = "Company proxies that read along sign in this way, and so do servers that somebody has set up at home."
    variables = _variables()
    if variables:
        names = " and ".join(variables)
        return PlatformUnreachable(
            f"The certificate of {server} could not be verified.",
            why=f"{itself} It was compared with what {names} names, and with nothing else. {possible}",
            cure=f"Add the company's certificate to what {names} names, beside those that are there. Or remove the "
            "variable and restart the kernel: then this computer's own store counts.",
        )
    return PlatformUnreachable(
        f"The certificate of {server} could not be verified.",
        why=f"{itself} {possible} An intermediate certificate that the server forgets to send looks the same.",
        cure="Ask your administrator for the company's certificate. Have it installed in this computer's store, or put "
        f"the path of its file into {FILE_VARIABLES[0]}.",
    )


# --- what a variable names


def _variables() -> list[str]:
    """The variables that count."""
    file = next(filter(os.environ.get, FILE_VARIABLES), "")
    beside = os.environ.get(FOLDER_VARIABLE) and file in ("", "SSL_CERT_FILE")
    return [*filter(None, [file]), *([FOLDER_VARIABLE] if beside else [])]


def _paths(variable: str) -> list[str]:
    value = os.environ.get(variable, "")
    return list(filter(None, value.split(os.pathsep))) if variable == FOLDER_VARIABLE else [value]


def _age(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def _context_of(variables: list[str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Somebody who names an intermediate certificate means it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    for variable in variables:
        for path in _paths(variable):
            if os.path.isdir(path):
                if variable == variables[0] and not _has_hashes(path):
                    raise _unusable(
                        variable,
                        "It is a folder whose files do not have the names that OpenSSL looks for, such as 9d66eef0.0.",
                        "Run openssl rehash on the folder, or name one file in which all the certificates are.",
                    )
                context.load_verify_locations(capath=path)
            elif variable == variables[0]:
                _load_file(context, variable, path)
    return context


def _load_file(context: ssl.SSLContext, variable: str, path: str) -> None:
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        why = f"It cannot be opened: {error.strerror}." if os.path.exists(path) else "It is missing."
        if path != path.strip(" \"'") or path.startswith("~"):
            why += " The quotes, the space or the ~ around its path are taken as a part of it."
        raise _unusable(variable, why, "Correct the path.") from None
    try:
        context.load_verify_locations(cafile=path)
        loaded = context.cert_store_stats()["x509"] > 0
    except (ssl.SSLError, OSError):
        loaded = False
    if not loaded:
        raise _unusable(variable, *_what_else(content))


def _what_else(content: bytes) -> tuple[str, str]:
    """What a file is that holds no certificates which OpenSSL could read, and what to do about it."""
    anew = "Get the file once more, as text: it looks like -----BEGIN CERTIFICATE-----."
    text = content.decode("latin-1").lstrip("\ufeffï»¿ \t\r\n")
    if not text.strip():
        return "It is empty.", anew
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00-\x00" in content[:200]:
        return (
            "It is text of two bytes a letter (UTF-16), as some Windows programs write.",
            "Save it as UTF-8 or ASCII.",
        )
    if re.match(r"(?i)<(!doctype|html|\?xml|head|body)", text):
        return "It is a web page: the download has brought something else than the file.", anew
    if "-----BEGIN PKCS7-----" in text:
        return "It is a PKCS #7 bundle.", "Convert it: openssl pkcs7 -print_certs -in FILE -out company.pem"
    if "BEGIN CERTIFICATE-----" in text or "BEGIN TRUSTED CERTIFICATE-----" in text:
        return "A certificate begins in it, and is cut off or damaged.", anew
    if "PRIVATE KEY-----" in text:
        return "It holds a private key and no certificate.", "Name the certificate's file. Keep the key to its owner."
    if content[:1] == b"\x30":
        return (
            "It is in the binary form (DER), as .cer and .der files often are.",
            "Convert it: openssl x509 -inform der -in company.cer -out company.pem",
        )
    return "It holds no certificates: they look like -----BEGIN CERTIFICATE-----.", anew


def _unusable(variable: str, why: str, cure: str) -> ConfigurationError:
    return ConfigurationError(
        f"The certificates that {variable} names cannot be used.",
        why=why,
        cure=f"{cure.rstrip('.')}. Or remove the variable {variable}: then this computer's own store counts.",
    )


# --- the operating system's store


def _system_context() -> ssl.SSLContext:
    import truststore  # here, because a practice platform on this machine needs none of it

    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.platform not in ("darwin", "win32") and not _machine_has_a_store():
        import certifi

        context.load_verify_locations(cafile=certifi.where())
    return context


def _machine_has_a_store() -> bool:
    """Whether truststore finds anything on a machine with OpenSSL; a small container may have nothing."""
    places = ssl.get_default_verify_paths()
    if places.cafile or (places.capath and _has_hashes(places.capath)):
        return True
    return any(map(os.path.isfile, _STORES))


def _has_hashes(folder: str) -> bool:
    """Whether a folder's files have names that OpenSSL looks for."""
    try:
        return any(re.fullmatch(r"[0-9a-f]{8}\.[0-9]+", name) for name in os.listdir(folder))
    except OSError:
        return False
