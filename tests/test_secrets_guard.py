"""The secrets guard, on small git repositories of its own, and on this one."""

import base64
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from tools import secrets_guard

from .test_env_files import PIECES

ROOT = Path(__file__).resolve().parent.parent
SECRET = "Kd93jfKq02" + "mfLs9X1pQz7"  # in two parts, or the guard would find it here
TOKEN = "U0pD" + "MDFQMTFQQVMwMHxBQUJ5Z1dtcHpxQ1Zr"
JWT = ".".join(["eyJraWQiOiI4NzYyZjU5OGQwNTk0NGRiODYiLCJ0eXAiOiJKV1QifQ", "eyJzdWIiOiIxMjM0NTYifQ", "c2lnbmF0dXJl"])
BLANK = "RC_CLIENT_ID=\nRC_CLIENT_SECRET=\nRC_SERVER_URL=https://platform.ringcentral.com\n"
FILLED = BLANK.replace("SECRET=", f"SECRET={SECRET}")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A git repository with a blank template, and the person's git settings out of the way."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "ada@example.com")
    git(tmp_path, "init", "-q")
    stage(tmp_path, ".env-production", BLANK)
    return tmp_path


def git(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)


def stage(folder, name, text):
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    assert git(folder, "add", "-f", name).returncode == 0


def notebook(text, **metadata):
    output = {"output_type": "stream", "name": "stdout", "text": ["before\n", text]}
    cell = {"cell_type": "code", "metadata": {}, "source": [], "outputs": [output], "execution_count": 1}
    return json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 4}, indent=1)


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no clone: git keeps nothing here")
def test_this_repository_is_clean():
    assert secrets_guard.look(ROOT) == []


def test_blank_templates_pass(repository):
    assert secrets_guard.look(repository) == []


def test_a_filled_in_file_that_is_not_staged_passes(repository):
    (repository / ".env-production").write_text(FILLED, encoding="utf-8")
    assert secrets_guard.look(repository) == []


@pytest.mark.parametrize("name", [".env-production", ".env-sandbox", "copy/.env-mine"])
@pytest.mark.parametrize(
    "line",
    [
        "RC_CLIENT_SECRET={}",
        "\ufeffRC_CLIENT_ID = '{}'",
        "export RC_CLIENT_ID={} # x",
        "RC_PRODUCTION_CLIENT_SECRET={}",
    ],
)
def test_a_staged_credential(repository, name, line):
    stage(repository, name, "# mine\n" + line.format(SECRET))
    (finding,) = secrets_guard.look(repository)
    assert (finding.path, finding.line) == (name, 2)
    assert "filled in" in finding.what
    assert "git restore --staged" in finding.cure


@pytest.mark.parametrize(
    "name",
    [
        *(".env-practice", ".practice/apps.json", "notebooks/.practice/apps.json", ".env-practice.txt", "practice.env"),
        *("Copy of .env-practice", ".env-practice (1)", "env_practice.bak"),
    ],
)
def test_what_belongs_to_one_learner(repository, name):
    stage(repository, name, "{}")
    (finding,) = secrets_guard.look(repository)
    assert finding.path == name
    assert "git rm --cached" in finding.cure


def test_the_learners_own_secret_in_any_file(repository):
    (repository / ".env-production").write_text(FILLED, encoding="utf-8")
    stage(repository, "src/app.py", f"# one\nsecret = '{SECRET}'\n")
    (finding,) = secrets_guard.look(repository)
    assert (finding.path, finding.line) == ("src/app.py", 2)
    assert "RC_CLIENT_SECRET in line 2 of .env-production" in finding.what


@pytest.mark.parametrize(
    "text",
    [
        f'{{"access_token": "{SECRET}"}}',
        f"{{'refresh_token': '{SECRET}'}}",
        f"client_secret = '{SECRET}'",
        f"code_verifier={SECRET}",
        f"grant_type=refresh_token&refresh_token={SECRET}",
        f"Authorization: Bearer {SECRET}",
        f"Authorization: Basic {SECRET}==",
        f"http://localhost:5000/oauth2callback?code={SECRET}&state=abc",
        f"https://server.example/restapi/oauth/authorize?client_id=abc&amp;state={SECRET}",
        f"os.environ['RC_CLIENT_SECRET'] = '{SECRET}'",
        f"%env RC_PRODUCTION_CLIENT_SECRET={SECRET}",
        f"token = '{SECRET}'",
        f"{{&quot;id_token&quot;: &quot;{SECRET}&quot;}}",
        f"next=http%3A%2F%2Flocalhost%2Fcb%3Fcode%3D{SECRET}",
        f"\x1b[31maccess_token\x1b[0m='{SECRET}'",
        TOKEN,
        JWT,
    ],
)
def test_tokens_and_codes(repository, text):
    stage(repository, "notebooks/01.ipynb", notebook(text))
    stage(repository, "README.md", f"one\n\n{text}\n")
    readme, in_notebook = secrets_guard.look(repository)
    assert (readme.path, readme.line) == ("README.md", 3)
    assert in_notebook.path == "notebooks/01.ipynb"
    assert "before" in (repository / in_notebook.path).read_text().splitlines()[in_notebook.line - 2]
    assert SECRET not in f"{readme}{in_notebook}"


@pytest.mark.parametrize(
    "text",
    [
        "access_token, refresh_token and client_secret are secrets",
        "client_secret=environment.client_secret, code_verifier=attempt.code_verifier",
        "Authorization: Basic base64(client_id:client_secret)",
        "Authorization: Bearer <the access token you were given>",
        '"access_token": "U0pDMDFQMTFQ…", "refresh_token": "••••••••••••••••••••"',
        "access_token=xxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "http://localhost:5000/oauth2callback?code=…&state=…",
        "?code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'",
    ],
)
def test_what_only_looks_like_a_secret_passes(repository, text):
    stage(repository, "notebooks/01.ipynb", notebook(text))
    stage(repository, "README.md", text)
    assert secrets_guard.look(repository) == []


# --- One reader: what python-dotenv would load from a staged file is found


@pytest.mark.parametrize(
    "name",
    [
        *(".env", ".env-production", ".env.local", "a/env-production", "production.env", "Copy of .env-production"),
        *(
            "env_sandbox (1).txt",
            "#.env-sandbox#",
            "prod.env.bak",
            "env.production",
            ".ENV-PRODUCTION - Copy",
            "env.txt",
        ),
    ],
)
def test_an_env_file_is_known_by_its_name(repository, name):
    stage(repository, name, "export\tRC_USER_JWT=abc\n")
    (finding,) = secrets_guard.look(repository)
    assert (finding.path, finding.line, finding.what) == (name, 1, "RC_USER_JWT is filled in")


@pytest.mark.parametrize("name", ["env.py", "environment.yml", "test_env.py", "docs/env.md", ".env-practice.example"])
def test_another_file_is_no_env_file(repository, name):
    stage(repository, name, "client_id = os.environ['RC_CLIENT_ID']\n" if name.endswith(".py") else "RC_CLIENT_ID=\n")
    assert secrets_guard.look(repository) == []


@pytest.mark.parametrize(
    "line",
    [
        "export\tRC_CLIENT_SECRET={}",
        "export \t RC_CLIENT_SECRET\t=\t{}",
        "\x0bRC_CLIENT_SECRET={}",
        "RC_CLIENT_SECRET\xa0=\xa0{}",
        "'RC_CLIENT_SECRET'={}",
        'RC_CLIENT_SECRET="\n{}"',
        "RC_CLIENT_SECRET='{}' # mine",
        "RC_CLIENT_SECRET=\\{}",
        "\u200bRC_CLIENT_SECRET={}",
        'RC_CLIENT_SECRET="{}',
        "set RC_CLIENT_SECRET={}",
        "$env:RC_CLIENT_SECRET={}",
        "rc_client_secret={}",
        "RC_APP_CLIENT_SECRET={}",
        "RC_PRODUCTION_CLIENT_SECRET={}",
        "RINGCENTRAL_CLIENT_SECRET={}",
        "RC_USER_JWT={}",
        "RC_JWT={}",
        "RINGCENTRAL_JWT_TOKEN={}",
        "SDK_CLIENT_SECRET={}",
        "CLIENT_SECRET={}",
        "RC_ACCESS_TOKEN={}",
        "RC_AUTH_CODE={}",
        "RC_USER_PASSWORD={}",
        "OTHER_API_TOKEN={}",
        "RC_CLIENT_SECRET=${{OTHER:-{}}}",
        "RC_CLIENT_SECRET=<{}>",
    ],
)
def test_a_credential_in_whatever_form_is_found_in_an_env_file(line):
    (finding,) = secrets_guard.check_env_file(".env", "# mine\n" + line.format(SECRET) + "\n")
    assert finding.line == 2
    assert SECRET not in str(finding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_an_env_file_as_windows_saves_it(repository, encoding, end):
    (repository / ".env-production").write_bytes(FILLED.replace("\n", end).encode(encoding))
    assert git(repository, "add", ".env-production").returncode == 0
    assert {finding.line for finding in secrets_guard.look(repository)} == {2}


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=20))
@settings(max_examples=300, deadline=None)
def test_what_python_dotenv_loads_the_guard_finds(pieces):
    text = "".join(["\n" if piece == "\n" else piece for piece in pieces])
    loaded = {
        name: value
        for name, value in dotenv_values(stream=io.StringIO(text), interpolate=False).items()
        if name in ("RC_CLIENT_ID", "RC_CLIENT_SECRET") and value and value.strip().strip("\"'")
    }
    found = {name for _, name, _ in secrets_guard.credentials(text)}
    meant = {
        name for name, value in loaded.items() if not re.match(r"\$[({\w]|\{\{|%\w+%$", value.strip().strip("\"'"))
    }
    assert meant <= found


@pytest.mark.parametrize(
    "line",
    [
        *("RC_CLIENT_SECRET=", "RC_CLIENT_SECRET=''", "RC_CLIENT_SECRET=  # a comment", "RC_CLIENT_SECRET=none"),
        *(
            "RC_CLIENT_SECRET=your-client-secret",
            "RC_CLIENT_ID=<paste here>",
            "RC_CLIENT_ID=xxx",
            "RC_USER_JWT=changeme",
        ),
        *(
            "RC_CLIENT_SECRET=${OTHER}",
            "RC_CLIENT_SECRET=$(cat file)",
            "RC_CLIENT_SECRET=$OTHER",
            "RC_JWT={{ secrets.JWT }}",
        ),
        *(
            "# RC_CLIENT_SECRET=",
            "RC_CLIENT_SECRET",
            "OTHER_TOKEN=short",
            "GOOGLE_CLIENT_ID=1234567890-abc",
            "PORT=5000",
        ),
        "RC_REDIRECT_URL=http://localhost:5000/oauth2callback",
    ],
)
def test_a_template_passes(line):
    assert list(secrets_guard.check_env_file(".env-example", line + "\n")) == []
    assert list(secrets_guard.check_patterns(".env-example", line + "\n")) == []


# --- Secrets that are written down, in any text file


OUR_NAMES = [
    *("RC_CLIENT_SECRET", "RC_APP_CLIENT_SECRET", "RC_PRODUCTION_CLIENT_SECRET", "RINGCENTRAL_CLIENT_SECRET", "RC_JWT"),
    *("RC_USER_JWT", "RINGCENTRAL_JWT_TOKEN", "SDK_CLIENT_SECRET", "RC_CLIENT_ID", "RC_SANDBOX_CLIENT_ID"),
]
FORMS = {
    "app.yaml": "env:\n  {name}: {value}\n",
    "quoted.yml": 'env:\n  - {name}: "{value}"  # mine\n',
    "list.yml": "environment:\n  - {name}={value}\n",
    "pod.yaml": "env:\n  - name: {name}\n    value: {value}\n",
    "app.json": '{{"{name}": "{value}"}}',
    "launch.json": '{{"env": {{"name": "{name}", "value": "{value}"}}}}',
    "app.toml": "{name} = '{value}'\n",
    "app.ini": "[rc]\n{name}={value}\n",
    "Dockerfile": "FROM python\nENV {name}={value}\n",
    "old/Dockerfile": "FROM python\nENV {name} {value}\n",
    "run.sh": "export {name}={value} && python app.py\n",
    "docker.sh": "docker run -e {name}={value} image\n",
    "run.bat": "set {name}={value}\r\n",
    "setx.bat": 'setx {name} "{value}"\r\n',
    "run.ps1": '$env:{name} = "{value}"\n',
    "Makefile": "{name} := {value}\n",
    "default/Makefile": "{name} ?= {value}\n",
    "config.fish": "set -gx {name} {value}\n",
    "ansi.sh": "export {name}=$'{value}'\n",
    "item.ps1": 'Set-Item -Path Env:{name} -Value "{value}"\n',
    "folded.py": 'os.environ["{name}"] = (\n    "{value}"\n)\n',
    "long.py": '{name} = """{value}"""\n',
    "assigned.js": "process.env.{name} ??= '{value}';\n",
    "default.rb": "ENV['{name}'] ||= '{value}'\n",
    "get.py": 'secret = os.getenv("{name}", "{value}")\n',
    "environ.py": "secret = os.environ.get('{name}', '{value}')\n",
    "lines.py": 'secret = os.getenv(\n    "{name}",\n    "{value}",\n)\n',
    "set.py": "os.environ['{name}'] = '{value}'\n",
    "default.py": 'os.environ.setdefault("{name}", "{value}")\n',
    "or.py": 'secret = os.getenv("{name}") or "{value}"\n',
    "typed.py": '{name}: str = "{value}"\n',
    "app.js": "const secret = process.env.{name} || '{value}';\n",
    "new.ts": "const secret = process.env.{name} ?? `{value}`;\n",
    "app.rb": 'ENV["{name}"] = "{value}"\n',
    "app.php": "putenv('{name}={value}');\n",
    "web.config": '<add key="{name}" value="{value}" />\n',
    "settings.xml": "<{name}>{value}</{name}>\n",
    "notes.txt": "my values: {name}={value}\n",
    "README.md": "Set it: `{name}={value}`\n",
    "folded.yml": "env:\n  {name}: >-\n    {value}\n",
    "literal.yml": "env:\n  {name}: |  # mine\n    {value}\n",
    "anchor.yml": "env:\n  {name}: &rc {value}\n",
    "block.yml": "- name: {name}\n  value: >-\n    {value}\n",
    "flow.yml": "env: {{{name}: {value}, X: 1}}\n",
    "compose.yml": "environment:\n  - {name}=${{{name}:-{value}}}\n",
    "workflow.yml": "env:\n  {name}: ${{{{ secrets.X || '{value}' }}}}\n",
    "step.yml": '- run: echo "{name}={value}" >> $GITHUB_ENV\n',
    "main.tf": 'variable "{name}" {{\n  type = string\n  default = "{value}"\n}}\n',
    "helm.tf": 'set {{\n  name  = "env.{name}"\n  value = "{value}"\n}}\n',
    "dict.json": '{{"{name}": {{"type": "plain", "value": "{value}"}}}}',
    "typed.json": '{{"name": "{name}", "type": "plain_text", "text": "{value}"}}',
    "other_way.json": '{{"value": "{value}", "name": "{name}"}}',
    "list.plist": "<key>{name}</key>\n<string>{value}</string>\n",
    "app.pl": '$ENV{{{name}}} = "{value}";\n',
    "here.sh": "cat > .env <<'EOF'\n{name}={value}\nEOF\n",
    "read.sh": "read {name} <<EOF\n{value}\nEOF\n",
    "printf.sh": "printf '{name}=%s\\n' '{value}' > .env\n",
    "next.sh": "export {name}=\\\n{value}\n",
    "cat.sh": "{name}=$(cat <<EOF\n{value}\nEOF\n)\n",
    "gh.sh": "gh secret set {name} --body {value}\n",
    "ssm.sh": "aws ssm put-parameter --value '{value}' --name {name}\n",
    "pipe.sh": "echo {value} | gh secret set {name}\n",
    "comment.py": "x = 1  # {name} {value}\n",
    "behind.yml": "x: {value}  # {name}\n",
    "resource.tf": 'resource "github_secret" "x" {{\n  secret_name = "{name}"\n  plaintext_value = "{value}"\n}}\n',
    "nested.tf": 'variable "{name}" {{\n  validation {{\n    x = 1\n  }}\n  default = "{value}"\n}}\n',
    "here.tf": "{name} = <<-EOT\n  {value}\nEOT\n",
    "inline.toml": '{name} = {{ value = "{value}", force = true }}\n',
    "field.py": 'secret = Field(default="{value}", alias="{name}")\n',
    "echo.sh": "{name}=`echo {value}`\n",
}


@pytest.mark.parametrize("file", FORMS)
def test_a_secret_that_is_written_down_is_found(file):
    """All names in one test: seven hundred more tests would take longer to be counted than to look."""
    for name, value in [*itertools.product(OUR_NAMES, [SECRET]), *((name, JWT) for name in OUR_NAMES if "JWT" in name)]:
        text = FORMS[file].format(name=name, value=value)
        (finding,) = secrets_guard.check_patterns(file, text)
        assert value in text.splitlines()[finding.line - 1]
        assert value not in str(finding)


OTHER_FORMS = {
    "call.py": 'sdk = Environment(client_secret="{value}")\n',
    "spaces.py": "login(client_id=ID, client_secret = '{value}', code_verifier=verifier)\n",
    "dict.py": 'data = {{"client_secret": "{value}"}}\n',
    "sdk.py": 'rcsdk = SDK("kZ3vQ8xT1mN7", "{value}", "https://platform.ringcentral.com")\n',
    "auth.py": 'requests.post(url, auth=("kZ3vQ8xT1mN7", "{value}"))\n',
    "basic.py": "HTTPBasicAuth('kZ3vQ8xT1mN7', '{value}')\n",
    "app.js": "new SDK({{ clientId: id, clientSecret: '{value}' }})\n",
    "login.js": "await platform.login({{ jwt: '{value}' }})\n",
    "app.yml": "ringcentral:\n  client_secret: {value}\n",
    "spring.yml": "ringcentral:\n  client-secret: {value} # mine\n",
    "app.properties": "ringcentral.client-secret={value}\n",
    "collection.json": '{{"variable": [{{"key": "client_secret", "value": "{value}", "type": "string"}}]}}',
    "lines.json": '{{\n "key": "clientSecret",\n "value": "{value}"\n}}',
    "short.json": '{{"key":"clientSecret","value":"{value}"}}',
    "new.cs": 'var rc = new RestClient("kZ3vQ8xT1mN7", "{value}", server);\n',
    "bearer.py": 'headers = {{"Authorization": "Bearer {value}"}}\n',
    "bearer.http": "GET https://x\nAuthorization: Bearer {value}\n",
    "token.http": "refresh_token={value}&grant_type=refresh_token\n",
    "variables.http": "@clientSecret = {value}\n",
    "dots.properties": "rc.client.secret={value}\n",
    "remark.ini": "clientSecret: {value} ; mine\n",
    "typed.yml": "client_secret: !!str {value}\n",
    "access.log": '127.0.0.1 "GET /oauth2callback?code={value} HTTP/1.1"\n',
    "values.csv": "RC_CLIENT_SECRET,{value}\n",
    "table.md": "| Client secret | `{value}` |\n",
    "list.md": "- **Client secret**: `{value}`\n",
    "notes.txt": "Client Secret\n{value}\n",
    "mail.txt": "RC_CLIENT_SECRET is {value}\n",
    "curl.sh": 'curl -X POST "https://x/token" -u kZ3vQ8xT1mN7:{value} -d code=1\n',
    "user.sh": "curl --user 'kZ3vQ8xT1mN7:{value}' https://x\n",
    "form.sh": "curl -d 'grant_type=x&client_secret={value}' https://x\n",
    "remote.txt": "https://kZ3vQ8xT1mN7:{value}@proxy.example:8080\n",
    "oauth.py": 'OAuth2Session("kZ3vQ8xT1mN7", "{value}")\n',
    "named.py": 'SDK(key=ID, secret="{value}", server=server)\n',
    "half.py": 'sdk = SDK(os.environ["ID"], "{value}", server)\n',
    "lines.py": "RingCentral(\n    settings.client_id,\n    '{value}',\n)\n",
    "password.py": 'HTTPBasicAuth(username="kZ3vQ8xT1mN7", password="{value}")\n',
    "pair.py": 'ID, OTHER = "kZ3vQ8xT1mN7cR5yB2pL9w", "{value}"\n',
    "encode.py": 'header = b64encode(b"kZ3vQ8xT1mN7cR5yB2pL9w:{value}")\n',
    "login.py": 'platform.login(code="{value}", redirect_uri=uri)\n',
    "code.json": '{{"code": "{value}", "state": "x"}}',
    "grant.py": 'data = {{"grant_type": "authorization_code", "code": "{value}"}}\n',
    "auth_code.py": 'RC_AUTH_CODE = "{value}"\n',
    "auth_code.js": "const authCode = '{value}';\n",
    "or.py": 'secret = os.environ.get("X") or "{value}"\n',
    "secret.yml": "ringcentral:\n  secret: {value}\n",
    "secret.py": 'SECRET = "{value}"\n',
    "comment.py": "# my client id and its secret: {value}\n",
    "comment.js": "// secret {value}\n",
    "docstring.py": '"""The secret is {value}."""\n',
    "secure.ps1": 'ConvertTo-SecureString "{value}" -AsPlainText -Force\n',
    "string.ps1": "$s = ConvertTo-SecureString -String '{value}' -AsPlainText\n",
    "option.sh": "app --client-secret={value}\n",
    "wget.sh": "wget --user=kZ3vQ8xT1mN7 --password={value} https://x\n",
    "half.sh": 'curl -su "$ID:{value}" https://x\n',
    "http.sh": "http -a kZ3vQ8xT1mN7:{value} https://x\n",
    "curlrc": 'user = "kZ3vQ8xT1mN7cR5yB2pL9w:{value}"\n',
    ".netrc": "machine platform.ringcentral.com\n  login kZ3vQ8xT1mN7\n  password {value}\n",
    "arrow.r": 'client_secret <- "{value}"\n',
    "long.lua": "client_secret = [[{value}]]\n",
    "app.rs": 'const CLIENT_SECRET: &str = "{value}";\n',
    "async.py": 'AsyncOAuth2Client(client_id, "{value}")\n',
    "option.py": 'parser.add_argument("--client-secret", default="{value}")\n',
    "model.py": 'secret: Final = SecretStr("{value}")\n',
    "joined.py": 'headers = {{"Authorization": "Bearer " + "{value}"}}\n',
    "piped.ps1": "'{value}' | ConvertTo-SecureString -AsPlainText -Force\n",
    "flags.ps1": 'ConvertTo-SecureString -AsPlainText -Force -String "{value}"\n',
    "quotes.sh": 'curl -u "kZ3vQ8xT1mN7":"{value}" https://x\n',
    "pair.csv": "kZ3vQ8xT1mN7cR5yB2pL9w,{value}\n",
    "said.txt": "the authorization code is {value}\n",
    "code.log": "code={value} came in\n",
    "camel.yml": "config:\n  rcClientSecret: {value}\n",
}


@pytest.mark.parametrize("file", OTHER_FORMS)
def test_a_secret_of_another_name_is_found(file):
    text = OTHER_FORMS[file].format(value=SECRET)
    (finding,) = secrets_guard.check_patterns(file, text)
    assert SECRET in text.splitlines()[finding.line - 1]


@pytest.mark.parametrize(
    "form", ["Authorization: Basic {}", "{}", 'BASIC = "{}"', "auth: {}", "_auth={}", '"Basic " + "{}"', "# {}"]
)
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_id_and_secret_in_base64_are_found_whatever_stands_around_them(form, encode):
    for secret in (SECRET, SECRET + "?>" * 3):  # one of them with + and / in base64, if it were taken
        pair = encode(f"kZ3vQ8xT1mN7cR5yB2pL9w:{secret.rstrip('?>')}".encode()).decode()
        (finding,) = secrets_guard.check_patterns("a.txt", f"first\n{form.format(pair)}\n")
        assert finding.line == 2
        assert pair not in str(finding)


@pytest.mark.parametrize("place", ["notebooks", "elsewhere"])
def test_the_learners_own_secret_from_beside_a_notebook_or_from_a_folder_that_was_chosen(
    repository, tmp_path_factory, monkeypatch, place
):
    folder = repository / place if place == "notebooks" else tmp_path_factory.mktemp(place)
    folder.mkdir(exist_ok=True)
    monkeypatch.setenv("RC_ENV_DIRECTORY", str(folder) if place == "elsewhere" else "")
    (folder / ".env-sandbox").write_text(FILLED.replace(SECRET, "only-letters-in-it"), encoding="utf-8")
    stage(repository, "app.py", "x = 'only-letters-in-it'\n")
    (finding,) = secrets_guard.look(repository)
    assert "RC_CLIENT_SECRET in line 2 of .env-sandbox" in finding.what


def test_the_learners_own_secret_in_base64(repository):
    (repository / ".env-production").write_text(FILLED, encoding="utf-8")
    data = base64.b64encode(SECRET.encode()).decode()
    stage(repository, "secret.yaml", f"kind: Secret\ndata:\n  rc: {data}\n")
    (finding,) = secrets_guard.look(repository)
    assert (finding.path, finding.line) == ("secret.yaml", 3)
    assert "RC_CLIENT_SECRET in line 2 of .env-production" in finding.what


@pytest.mark.parametrize("form", [*FORMS.values(), *OTHER_FORMS.values()])
def test_a_secret_in_a_notebook_is_found_in_its_source_and_in_its_output(form):
    text = form.format(name="RC_USER_JWT", value=SECRET)
    for lines in (text.splitlines(keepends=True), text):
        cell = {"cell_type": "code", "metadata": {}, "source": lines, "outputs": [], "execution_count": 1}
        book = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, indent=1)
        findings = list(secrets_guard.check_patterns("01.ipynb", book))
        assert [SECRET in book.splitlines()[finding.line - 1] for finding in findings] == [True]
    assert list(secrets_guard.check_patterns("01.ipynb", notebook(text)))


@pytest.mark.parametrize(
    "text",
    [
        'os.getenv("RC_CLIENT_SECRET")',
        'os.getenv("RC_CLIENT_SECRET", "")',
        'os.getenv("RC_CLIENT_SECRET", DEFAULT_SECRET_2)',
        'os.getenv("RC_CLIENT_SECRET", "RC_PRODUCTION_CLIENT_SECRET_2")',
        'os.environ["RC_CLIENT_SECRET"] = secrets2.client_secret',
        "RC_CLIENT_SECRET=${RC_PRODUCTION_CLIENT_SECRET_2}",
        "RC_CLIENT_SECRET: ${{ secrets.RC_CLIENT_SECRET_2 }}",
        "RC_CLIENT_SECRET=$RC_CLIENT_SECRET_NUMBER_2",
        "RC_CLIENT_SECRET=$(vault read -field=secret kv2/rc/client1)",
        "RC_CLIENT_SECRET=%RC_CLIENT_SECRET2%",
        "RC_CLIENT_SECRET: !vault kv2/data/rc#client_secret1",
        "{{ secrets.RC_CLIENT_SECRET2 }}",
        "RC_CLIENT_SECRET=your-client-secret-1",
        "RC_CLIENT_SECRET=<paste your 22 characters here>",
        "RC_USER_JWT=xxxxxxxxxxxxxxxx1",
        "RC_CLIENT_SECRET is the 2nd of the 4 values; RC_CLIENT_ID is the first1234567",
        "RC_CLIENT_ID, RC_CLIENT_SECRET and RC_SERVER_URL: https://platform2.ringcentral.com/restapi/v1.0",
        "RC_CLIENT_SECRET = settings2.client_secret",
        "RC_CLIENT_SECRET = read_secret_2(path)",
        "RC_CLIENT_SECRET = load2SecretFromVault('x')",
        "client_secret: str = field(default='')",
        "client_secret=environment1.client_secret2, code_verifier=attempt2.code_verifier1",
        "client_secret = self.apps[0].client_secret_v2",
        "def login(client_secret: str, jwt: str | None = None) -> None:",
        "const clientSecret = config1.secrets.clientSecret2;",
        "headers = {'Authorization': f'Basic {encoded_2}'}",
        'curl -u "$RC_CLIENT_ID:$RC_CLIENT_SECRET" https://x',
        "curl -u client_id:client_secret https://x",
        "curl -u ${ID2}:${SECRET2} https://x",
        "docker run -u 1000:1000 -e RC_CLIENT_SECRET image2",
        "https://user:password@proxy.example:8080",
        "http://localhost:5000/oauth2callback",
        "platform = SDK(os.environ['RC_CLIENT_ID2'], os.environ['RC_CLIENT_SECRET2'], server)",
        '{"name": "RC_CLIENT_SECRET", "valueFrom": {"secretKeyRef": {"name": "rc2", "key": "client-secret1"}}}',
        '{"key": "client_secret", "value": "{{client_secret_2}}"}',
        "next_page_token: string2",
        '"token_type": "bearer", "expires_in": 3600',
        "monkeypatch.setenv('RC_CLIENT_SECRET', 'secret-1')",
        "csrf_token = soup.find2('input')['value']",
        "access_token = oauth2AccessTokenOfTheUser(x)",
        "| RC_CLIENT_SECRET | the 22 characters of the app's page | RC_CLIENT_ID |",
        "The client secret: OAuth2 (RFC6749) keeps it; refresh token: grant2refresh-token-rotation",
        "Authorization: Basic <base64 of client-id-1:client-secret-2>",
        "headers = {'Authorization': f'Bearer {session2.access_token1}'}",
        "Authorization: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW",
        "GET https://client.example.com/cb?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz",
        "client secret: https://developer.ringcentral.com/my-account.html#/app2/Settings3",
        'variable "rc_client_secret" {\n  description = "The secret of app2"\n  type = string\n}',
        'variable "rc_client_secret" {\n  default = var.other_secret_2\n}\nregion = "eu-central-1a2b3c"',
        "RC_CLIENT_SECRET: >-\n  ${{ secrets.RC_CLIENT_SECRET2 }}",
        "RC_CLIENT_SECRET: |\n  <paste your 22 characters here>",
        "RC_CLIENT_SECRET: *anchor_of_secret_2",
        "- name: RC_CLIENT_SECRET\n  valueFrom:\n    name: x\n- name: HASH\n  value: a1b2c3d4e5f6a7b8",
        "secretName: rc-secret-7f9c2d4b8",
        "secret: rc-client-secret-v2",
        "password: correct-horse-2-battery-staple",
        'ConvertTo-SecureString $env:RC_CLIENT_SECRET2 -AsPlainText; ConvertTo-SecureString "$secret2" -Force',
        'SDK(os.environ["RC_CLIENT_ID"], os.environ["RC_CLIENT_SECRET"], "https://platform2.ringcentral.com")',
        'OAuth2Session(client_id2, redirect_uri="http://localhost:5000/oauth2callback")',
        "SDK(key=settings2.client_id, secret=settings2.client_secret2, server=server2)",
        "secret = os.environ.get('RC_CLIENT_SECRET2') or 'your-client-secret-2'",
        'base64.b64encode(f"{client_id2}:{client_secret2}".encode())',
        "Authorization: Basic $(echo -n $RC_CLIENT_ID2:$RC_CLIENT_SECRET2 | base64)",
        '{"code": "InvalidParameter2", "state": "Disabled1"}',
        'platform.login(code=query["code"], redirect_uri=uri2)',
        "RC_AUTH_CODE=$CODE_OF_THE_LOGIN_2",
        "machine platform.ringcentral.com login me2 password $RC_PASSWORD_OF_MINE_2",
        "read RC_CLIENT_SECRET <<EOF\n$RC_CLIENT_SECRET_NUMBER_2\nEOF",
        "export RC_CLIENT_SECRET=\\\n$(vault read -field=secret kv2/rc/client1)",
        "app --client-secret=$RC_CLIENT_SECRET2 --token-file token2.json",
        "uses: actions/checkout@8e5e7e5ab8b370d6c329ec480221332ada57f0ab",
        '"integrity": "sha512-kZ3vQ8xT1mN7cR5yB2pL9wH4dF6gJ0sA1eU8iO3qXzYkZ3vQ8xT1mN7cR5yB2pL9w=="',
        "--hash=sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "image: registry.example/rc2@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "Modules64 = GuessStringType(SymEnumerateModules64A, SymEnumerateModules64W)",
        "Vdw6sz478axa8tgwG65GPa/4lRZCfPYd62pA2HLlfFwjgDC5x1cOU6YRHVdX1VJ0",
        "The secret is 22 characters; its SHA256withRSA signature is not.",
    ],
)
@pytest.mark.parametrize("file", ["app.py", "app.yml", "README.md", "01.ipynb", "Dockerfile"])
def test_what_only_names_a_secret_passes(file, text):
    whole = notebook(text) if file.endswith(".ipynb") else f"# first\n{text}\n"
    assert list(secrets_guard.check_patterns(file, whole)) == []


def test_what_a_person_has_thought_up_passes_in_a_program_but_not_under_our_names():
    assert list(secrets_guard.check_patterns("a.py", 'TOKENS = {"access_token": "access-token-12345"}')) == []
    assert (
        len(list(secrets_guard.check_patterns("a.py", 'os.environ["RC_JWT"] = "{}"'.format("my-own-jwt-12345")))) == 1
    )
    assert len(list(secrets_guard.check_patterns("a.md", "access_token = 'access-token-12345'"))) == 1


def test_binary_files_are_no_text(repository):
    (repository / "picture.png").write_bytes(b"\x89PNG\0\0\0" + FILLED.encode())
    assert git(repository, "add", "picture.png").returncode == 0
    assert secrets_guard.look(repository) == []
    (repository / ".env-production").write_text(FILLED)  # one's own is found wherever it is
    assert len(secrets_guard.look(repository)) == 1


def test_a_filled_in_file_that_was_renamed_or_is_blank_again(repository):
    stage(repository, "config.txt", FILLED)
    assert {finding.path for finding in secrets_guard.look(repository)} == {"config.txt"}


def test_a_filled_in_file_as_windows_saves_it(repository):
    (repository / ".env-production").write_bytes(FILLED.encode("utf-16"))
    stage(repository, "app.py", f"secret = '{SECRET}'")
    assert git(repository, "add", ".env-production").returncode == 0
    assert {finding.path for finding in secrets_guard.look(repository)} == {".env-production", "app.py"}


def test_a_folder_that_is_named_like_a_file(repository):
    (repository / ".env-old").mkdir()
    assert secrets_guard.look(repository) == []


@pytest.mark.skipif(sys.platform != "linux", reason="macOS and Windows allow no such names")
def test_a_name_that_is_no_text(repository):
    with open(os.fsencode(repository) + b"/\xff.txt", "w") as file:
        file.write("x")
    assert git(repository, "add", ".").returncode == 0
    assert secrets_guard.look(repository) == []


def test_a_token_that_a_cell_just_shows(repository):
    stage(repository, "notebooks/01.ipynb", notebook("'kZ3vQ8xT1mN7cR5yB2pL9wH4dF6gJ0sA1eU8iO3qXzY'"))
    assert len(secrets_guard.look(repository)) == 1
    stage(
        repository,
        "notebooks/01.ipynb",
        notebook("commit 3f786850e387550fdab836ed7e6dc881de23001b " + "iVBOR/w0K" * 99),
    )
    assert secrets_guard.look(repository) == []


def test_a_long_output_holds_up_no_commit(repository):
    stage(repository, "notebooks/01.ipynb", notebook("0123456789abcdef" * 20_000))
    begun = time.process_time()
    assert secrets_guard.look(repository) == []
    assert time.process_time() - begun < 5  # it was minutes


@pytest.mark.parametrize(
    "line",
    [
        *("a_" * 100_000, "token" * 50_000, "RC_" * 80_000, "RC_CLIENT_SECRET " * 15_000, "client_secret=" * 20_000),
        *("RC_JWT:" + " " * 250_000, "\\" * 250_000, "-" * 250_000, "key=" * 60_000, "://" * 80_000, "a.b" * 80_000),
        *(
            '"name": "RC_JWT", ' * 15_000,
            "SDK('" + "a" * 250_000,
            " -u " * 60_000,
            "RC_A_A_A_A_" * 25_000,
            "jwt: x[" * 40_000,
            '"RC_JWT": {' * 25_000,
            "RC_JWT: >-\n" * 20_000,
            "secret >" * 30_000,
            "value " * 40_000,
            "state code" * 25_000,
            "login x password " * 15_000,
            "SDK(a(" * 40_000,
            "echo aB12" * 25_000,
            "aB12" * 60_000,
            "aB12:" * 50_000,
            "secret or " * 25_000,
            '"name": "' * 25_000,
        ),
    ],
)
@pytest.mark.parametrize("file", ["long.py", "long.ipynb"])
def test_a_long_line_holds_up_no_commit(file, line):
    begun = time.process_time()
    list(secrets_guard.check_patterns(file, line))
    assert time.process_time() - begun < 5


def test_widget_state(repository):
    state = {secrets_guard.WIDGET_STATE: {"state": {}}}
    stage(repository, "notebooks/01.ipynb", notebook("x", widgets=state))
    (finding,) = secrets_guard.look(repository)
    assert secrets_guard.WIDGET_STATE in (repository / finding.path).read_text().splitlines()[finding.line - 1]


def test_names_beyond_ascii_and_binary_files(repository):
    (repository / "größe.bin").write_bytes(b"\x00\xff\n" * 3)
    stage(repository, "leer.md", "")
    assert git(repository, "add", "größe.bin").returncode == 0
    assert secrets_guard.look(repository) == []


# --- As a command and as a hook ---------------------------------------------------------------------


def run_guard(folder):
    command = [sys.executable, str(ROOT / "tools" / "secrets_guard.py")]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)


def test_the_command(repository):
    assert run_guard(repository).returncode == 0
    stage(repository, ".env-production", FILLED)
    found = run_guard(repository)
    assert found.returncode == 1
    assert ".env-production, line 2" in found.stderr
    assert SECRET not in found.stderr


@pytest.mark.parametrize("broken", ["missing", "syntax", "crash"])
def test_a_guard_that_cannot_do_its_work_stops_the_commit(repository, tmp_path, broken):
    copy = tmp_path / "copy"
    for part in ("tools", "rc_nb_helpers"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    reader = copy / "rc_nb_helpers" / "env_files.py"
    if broken == "missing":
        reader.unlink()
    elif broken == "syntax":
        reader.write_text("<<<<<<< HEAD\n")
    else:
        reader.write_text(reader.read_text().replace("def assignments(", "def assignments(not_this, "))
    command = [sys.executable, "-I", "-S", str(copy / "tools" / "secrets_guard.py")]  # no other copy is installed there
    stopped = subprocess.run(command, cwd=repository, capture_output=True, encoding="utf-8", check=False)
    assert stopped.returncode != 0
    assert "so this commit was stopped" in stopped.stderr
    assert "git commit --no-verify" in stopped.stderr
    assert "Traceback" not in stopped.stderr


def test_outside_of_a_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    outside = run_guard(tmp_path)
    assert outside.returncode == 2
    assert "Traceback" not in outside.stderr


def test_the_hook_stops_a_commit(repository):
    for part in ("tools", "rc_nb_helpers"):
        shutil.copytree(ROOT / part, repository / part, ignore=shutil.ignore_patterns("__pycache__"))
    git(repository, "config", "core.hooksPath", "tools/hooks")
    assert git(repository, "commit", "-qm", "blank").returncode == 0
    stage(repository, ".env-production", FILLED)
    stopped = git(repository, "commit", "-qm", "filled in")
    assert stopped.returncode == 1
    assert ".env-production, line 2" in stopped.stderr
    assert git(repository, "log", "--oneline").stdout.count("\n") == 1


@pytest.mark.skipif(os.name == "nt", reason="on Windows, sh comes with git and finds python by itself")
def test_the_hook_without_a_python_stops_and_says_what_to_do(tmp_path):
    hook = str(ROOT / "tools" / "hooks" / "pre-commit")
    stopped = subprocess.run(
        ["/bin/sh", hook], cwd=tmp_path, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert stopped.returncode == 1
    assert "git commit --no-verify" in stopped.stderr
