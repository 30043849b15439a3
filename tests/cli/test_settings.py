"""The settings: what a minimal file means, what is refused, and with which words."""

import json
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tongxing.adapters.credential import Credential
from tongxing.adapters.http_client import HttpClient
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.service_links import is_of_a_service
from tongxing.gateway.settings import SHIPPED_DOCUMENTS, SHIPPED_POLICIES, Profile, Settings
from tongxing.gateway.settings_checks import SettingsRefused, authenticates_issuer
from tongxing.gateway.settings_file import load_settings

GOLDEN = Path(__file__).parent / "golden"
MINIMAL = """\
[hub]
id = "tongxing-zhenjiang"
region = "321100"

[[issuers]]
id = "zhenjiang"
dialect = "zhenjiang"
url = "https://issuer.example"
credential = "issuers/zhenjiang/credential"
"""
ISSUER = MINIMAL[MINIMAL.index("[[issuers]]") :]
OTHER_HUB = """
[[hubs]]
id = "tongxing-city"
url = "https://city.example"
client_id = "tongxing-zhenjiang"
key = "hubs/city.pem"
"""
BEHIND = """
[[issuers]]
id = "sukangma"
dialect = "sukangma"
through = "tongxing-city"
"""


def _load(directory: Path, text: str = MINIMAL, **environment: str) -> Settings:
    file = directory / "settings.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file, environment)


def _refusal(directory: Path, text: str, **environment: str) -> tuple[str, str]:
    with pytest.raises(SettingsRefused) as refused:
        _load(directory, text, **environment)
    assert str(refused.value).startswith(refused.value.source)
    return refused.value.key, refused.value.reason


def _shown(value: object, directory: Path) -> object:
    if isinstance(value, Path):
        return (
            ""
            if value in {SHIPPED_POLICIES, SHIPPED_DOCUMENTS}
            else str(value.relative_to(directory))
        )
    if isinstance(value, DatabasePlace):
        return _shown(value.file, directory)
    return value


def _without_none(value: Any) -> Any:
    """TOML has no null: what is not set is not there."""
    if isinstance(value, list):
        return [_without_none(each) for each in value]
    if isinstance(value, dict):
        return {key: _without_none(each) for key, each in value.items() if each is not None}
    return value


def test_a_database_server_is_named_without_who_connects(tmp_path: Path) -> None:
    url = "postgresql://hub:s3cret@db.example:5433/tongxing"
    database = _load(tmp_path, MINIMAL, TONGXING_DATABASE=url).database
    assert database.url == url
    assert database.file == tmp_path / "tongxing.postgresql"
    assert str(database) == "postgresql://db.example:5433/tongxing"
    assert "s3cret" not in repr(database)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://hub:s3c/ret@db.example/tongxing",
        "postgresql://hub:s3c#ret@db.example/tongxing",
        "postgresql://hub:s3c?ret@db.example/tongxing",
        "postgresql://hub:s3c[ret@db.example/tongxing",
        "postgresql://hub:x@s3c@db.example/tongxing",
        "postgresql://hub:x/x@s3c@db.example/tongxing",
        "postgresql://db.example:s3c/tongxing",
        "postgresql://db.example/tongxing?password=s3c",
        "postgresql://db.example/tongxing?password=x@s3c",
        "postgresql://db.example?password=x@s3c",
        "postgresql://hub:s3c\u2100ret@db.example/tongxing",
        "postgres://hub:s3c%zz@db.example/tongxing",
    ],
)
def test_a_password_is_not_shown_however_it_is_written(tmp_path: Path, url: str) -> None:
    """People forget to encode it."""
    database = _load(tmp_path, MINIMAL, TONGXING_DATABASE=url).database
    assert database.url == url
    assert "s3c" not in str(database)
    assert "ret" not in repr(database)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql:hub:s3cret@db.example/tongxing",
        "PostgreSQL://hub:s3cret@db.example/tongxing",
        "mysql://hub:s3cret@db.example/tongxing",
        "host=db.example dbname=tongxing password=s3cret",
        "dbname = tongxing",
    ],
)
def test_an_address_in_other_words_is_not_taken_for_a_file(tmp_path: Path, text: str) -> None:
    key, reason = _refusal(tmp_path, MINIMAL, TONGXING_DATABASE=text)
    assert key == "database"
    assert "postgresql://" in reason
    assert "s3cret" not in reason


def test_the_defaults_are_those_of_the_golden_file(tmp_path: Path) -> None:
    golden = tomllib.loads((GOLDEN / "default_settings.toml").read_text("utf-8"))
    shown = msgspec.json.encode(_load(tmp_path), enc_hook=lambda value: _shown(value, tmp_path))
    decoded = msgspec.json.decode(shown)
    assert _without_none(decoded) == golden


def test_the_environment_stands_over_the_file(tmp_path: Path) -> None:
    settings = _load(
        tmp_path,
        "deadline_seconds = 2.0\n" + MINIMAL,
        TONGXING_PROFILE="open",
        TONGXING_DEADLINE_SECONDS="1.5",
        TONGXING_LISTEN__PORT="8000",
        TONGXING_KEYS__HOLDER="elsewhere/holder.key",
        TONGXING_POLICIES="/etc/policies",
        TONGXING_VECTORS="not a setting",
        PATH="not ours",
    )
    assert settings.profile is Profile.OPEN
    assert settings.deadline_seconds == 1.5
    assert settings.listen.port == 8000
    assert settings.keys.holder == tmp_path / "elsewhere/holder.key"
    assert settings.policies == Path("/etc/policies")


def test_a_required_key_may_come_from_the_environment(tmp_path: Path) -> None:
    settings = _load(tmp_path, ISSUER, TONGXING_HUB__ID="hub", TONGXING_HUB__REGION="320000")
    assert (settings.hub.id, settings.hub.region) == ("hub", "320000")


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        _load(tmp_path).listen.port = 1  # type: ignore[misc]


FILES_REFUSED = {
    "not TOML": ("profile", "", "is not TOML"),
    "an unknown key": ("profil = 'open'\n" + MINIMAL, "profil", "unknown key"),
    "an unknown key in a table": (
        MINIMAL + "[listen]\nports = 1\n",
        "listen.ports",
        "unknown key",
    ),
    "an unknown key of an issuer": (
        MINIMAL + "token = 'secret'\n",
        "issuers[0].token",
        "unknown key",
    ),
    "a missing table": (ISSUER, "hub", "is missing"),
    "a missing key": (MINIMAL.replace('region = "321100"\n', ""), "hub.region", "is missing"),
    "no issuer": (MINIMAL.replace(ISSUER, ""), "issuers", "is missing"),
    "an empty list of issuers": ("issuers = []\n" + MINIMAL.replace(ISSUER, ""), "issuers", ">= 1"),
    "an issuer twice": (MINIMAL + ISSUER, "issuers[1].id", "listed twice"),
    "an issuer without a credential": (
        MINIMAL.replace(ISSUER, ISSUER.replace("credential", "cust_num")),
        "issuers[0].credential",
        "is missing",
    ),
    "an issuer through a hub that is not there": (
        MINIMAL + BEHIND,
        "issuers[1].through",
        "is none of hubs",
    ),
    "an issuer with an address besides its hub": (
        MINIMAL + OTHER_HUB + BEHIND + 'url = "https://direct.example"\n',
        "issuers[1].url",
        "asked through a hub has none",
    ),
    "a hub as an issuer": (
        MINIMAL + OTHER_HUB + BEHIND.replace("sukangma", "tongxing-city"),
        "issuers[1].id",
        "is a hub, and no issuer",
    ),
    "a hub twice": (MINIMAL + OTHER_HUB + OTHER_HUB, "hubs[1].id", "is listed twice"),
    "a hub that is asked in another hub's name": (
        MINIMAL + OTHER_HUB.replace("tongxing-zhenjiang", "tongxing-province"),
        "hubs[0].client_id",
        "under its own hub.id",
    ),
    "a hub that is asked over plain HTTP": (
        MINIMAL + OTHER_HUB.replace("https", "http"),
        "hubs[0].url",
        "must be https",
    ),
    "a port as text": (MINIMAL + "[listen]\nport = '80'\n", "listen.port", "Expected `int`"),
    "a port too high": (MINIMAL + "[listen]\nport = 65536\n", "listen.port", "<= 65535"),
    "no time at all": ("deadline_seconds = 0.0\n" + MINIMAL, "deadline_seconds", "> 0"),
    "an unknown profile": ("profile = 'test'\n" + MINIMAL, "profile", "Invalid enum"),
    "a table that is a number": ("listen = 8000\n" + MINIMAL, "listen", "Expected `object`"),
    "an empty path": ("database = ''\n" + MINIMAL, "database", "neither a path"),
    "an address of something else": (
        "database = 'mysql://host/hub'\n" + MINIMAL,
        "database",
        "neither a path",
    ),
    "a region of five digits": (MINIMAL.replace("321100", "32110"), "hub.region", "six digits"),
    "an address without a scheme": (
        MINIMAL.replace("https://issuer", "issuer"),
        "issuers[0].url",
        "http or https",
    ),
    "a credential in an address": (
        MINIMAL.replace("https://", "https://me:secret@"),
        "issuers[0].url",
        "must not carry credentials",
    ),
    "plain HTTP to another machine": (
        MINIMAL.replace("https:", "http:"),
        "issuers[0].url",
        "must be https",
    ),
}


HOSTS = {
    "an address": ("10.0.0.1", ""),
    "all addresses, said so": ("0.0.0.0", ""),  # noqa: S104 - the case
    "all addresses of IPv6, said so": ("::", ""),
    "an address of IPv6": ("::1", ""),
    "a name": ("localhost", ""),
    "a name with dots": ("hub-1.example", ""),
    "nothing": ("", "is empty"),
    "a space": (" ", "neither an IP address nor a host name"),
    "a star": ("*", "neither an IP address nor a host name"),
    "nought, which the system reads as all addresses": ("0", "neither an IP address"),
    "the same in hexadecimal": ("0x0", "neither an IP address"),
    "an address cut short": ("127.1", "neither an IP address"),
    "an address with an octal part": ("010.0.0.1", "neither an IP address"),
    "an address that is too long": ("10.0.0.1.1", "neither an IP address"),
    "a word of the library": ("<broadcast>", "neither an IP address"),
    "brackets": ("[::1]", "neither an IP address"),
    "a port": ("127.0.0.1:8321", "neither an IP address"),
    "an address with a scheme": ("http://127.0.0.1", "neither an IP address"),
    "a line feed": ("127.0.0.1\n", "neither an IP address"),
}


@pytest.mark.parametrize(("host", "reason"), HOSTS.values(), ids=HOSTS)
def test_the_hub_listens_only_where_it_was_told_to(tmp_path: Path, host: str, reason: str) -> None:
    """An empty host would mean all interfaces, in plain HTTP."""
    if not reason:
        assert _load(tmp_path, TONGXING_LISTEN__HOST=host).listen.host == host
        return
    for text, environment in (
        (MINIMAL, {"TONGXING_LISTEN__HOST": host}),
        (MINIMAL + f"[listen]\nhost = {json.dumps(host)}\n", {}),
    ):
        key, found = _refusal(tmp_path, text, **environment)
        assert key == "listen.host"
        assert reason in found


URLS = {
    "a space inside": "https://issuer.example/city code",
    "a space behind": "https://issuer.example ",
    "a tab, which the library drops": "https://issuer.ex\tample",
    "a line feed": "https://issuer.example\n",
    "Chinese characters": "https://健康码.example",
    "a full-width letter": "https://issuer.ｅxample",
    "a port that is no number": "https://issuer.example:https",
    "a port too high": "https://issuer.example:65536",
    "port nought": "https://issuer.example:0",
    "an open bracket": "https://[::1",
    "no IPv6 address": "https://[::g]",
    "no host": "https:///path",
    "a host with an underscore at the dot": "https://issuer..example",
    "an empty query": "https://issuer.example?",
    "an empty fragment": "https://issuer.example#",
    "an empty user": "https://@issuer.example",
    "a backslash": "https://issuer.example\\path",
    "a percent sign": "https://issuer.example/%zz",
    "another scheme": "ftp://issuer.example",
}


@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_an_issuers_address_that_cannot_be_asked_is_refused_when_it_is_read(
    tmp_path: Path, url: str
) -> None:
    """So that ``doctor`` and ``serve`` say the same."""
    text = MINIMAL.replace('"https://issuer.example"', json.dumps(url, ensure_ascii=False))
    assert _refusal(tmp_path, text)[0] == "issuers[0].url"


GOOD_URLS = [
    "https://issuer.example",
    "https://issuer.example:8443/",
    "https://issuer.example/city/~v1/a%20b",
    "https://10.0.0.1",
    "https://[2001:db8::1]:8443",
    "http://localhost:8331",
    "HTTPS://Issuer.Example",
    "https://xn--fiq228c.example",
]


@pytest.mark.parametrize("url", GOOD_URLS)
def test_every_address_that_passes_can_be_asked(tmp_path: Path, url: str) -> None:
    settings = _load(tmp_path, MINIMAL.replace("https://issuer.example", url))
    assert HttpClient(settings.issuers[0].url, Credential("credential")) is not None


REPLICAS = {
    "one that cannot be asked": ('["ftp://issuer.example"]', "issuers[0].replicas[0]"),
    "the second over plain HTTP": (
        '["https://b.example", "http://c.example"]',
        "issuers[0].replicas[1]",
    ),
    "the address itself": ('["https://issuer.example"]', "issuers[0].replicas[0]"),
    "one twice": ('["https://b.example", "https://b.example"]', "issuers[0].replicas[1]"),
    "too many": (json.dumps([f"https://{n}.example" for n in range(8)]), "issuers[0].replicas"),
    "no list": ('"https://b.example"', "issuers[0].replicas"),
}


@pytest.mark.parametrize(("replicas", "key"), REPLICAS.values(), ids=REPLICAS)
def test_replicas_that_cannot_be_asked_are_refused(tmp_path: Path, replicas: str, key: str) -> None:
    assert _refusal(tmp_path, f"{MINIMAL}replicas = {replicas}\n")[0] == key


def test_an_issuer_with_replicas_proves_who_answers_if_each_does(tmp_path: Path) -> None:
    text = f'profile = "open"\n{MINIMAL}replicas = ["{{}}"]\n'
    for url, proves in (("https://b.example", True), ("http://b.example", False)):
        (issuer,) = _load(tmp_path, text.format(url)).issuers
        assert issuer.urls == ("https://issuer.example", url)
        assert authenticates_issuer(issuer) is proves


def _service(name: str) -> dict[str, str]:
    """What Kubernetes sets in every container beside a service of that name."""
    variable = name.upper().replace("-", "_")
    return {
        f"{variable}_SERVICE_HOST": "10.96.0.17",
        f"{variable}_SERVICE_PORT": "8321",
        f"{variable}_SERVICE_PORT_HTTP": "8321",
        f"{variable}_SERVICE_PORT_HTTP_METRICS": "8322",
        f"{variable}_PORT": "tcp://10.96.0.17:8321",
        f"{variable}_PORT_8321_TCP": "tcp://10.96.0.17:8321",
        f"{variable}_PORT_8321_TCP_PROTO": "tcp",
        f"{variable}_PORT_8321_TCP_PORT": "8321",
        f"{variable}_PORT_8321_TCP_ADDR": "10.96.0.17",
        f"{variable}_PORT_53_UDP": "udp://10.96.0.17:53",
        f"{variable}_PORT_53_UDP_PROTO": "udp",
        f"{variable}_PORT_53_UDP_PORT": "53",
        f"{variable}_PORT_53_UDP_ADDR": "10.96.0.17",
        f"{variable}_PORT_9_SCTP": "sctp://[fd00::17]:9",
    }


@pytest.mark.parametrize(
    "service", ["tongxing", "tongxing-hub", "tongxing-listen", "tongxing-2020", "tongxing--hub"]
)
def test_a_service_of_the_hubs_name_is_no_setting(tmp_path: Path, service: str) -> None:
    assert _load(tmp_path, **_service(service)) == _load(tmp_path)


def test_a_container_linked_by_docker_is_no_setting(tmp_path: Path) -> None:
    linked = {"TONGXING_NAME": "/web/tongxing", "TONGXING_ENV_LANG": "C.UTF-8"}
    assert _load(tmp_path, **_service("tongxing"), **linked) == _load(tmp_path)


MISTAKEN = {
    "a port in the wrong place": {"TONGXING_PORT": "8000"},
    "a host in the wrong place": {"TONGXING_HOST": "127.0.0.1"},
    "one underscore too few": {"TONGXING_LISTEN_PORT": "8000"},
    "a setting that a service's address reached": {
        "TONGXING_LISTEN__PORT": "tcp://10.96.0.17:8321"
    },
    "a name that is none": {"TONGXING_NAME": "hub"},
}


@pytest.mark.parametrize("variable", MISTAKEN.values(), ids=MISTAKEN)
def test_a_mistaken_setting_is_not_taken_for_a_service(
    tmp_path: Path, variable: dict[str, str]
) -> None:
    _refusal(tmp_path, MINIMAL, **variable)


def test_no_setting_has_the_name_of_a_services_variable(tmp_path: Path) -> None:
    """Else it could not be set from the environment."""
    tree = msgspec.to_builtins(_load(tmp_path), enc_hook=str)
    names = [
        f"TONGXING_{table}__{key}".upper()
        for table, inner in tree.items()
        if isinstance(inner, dict)
        for key in inner
    ]
    names += [f"TONGXING_{key}".upper() for key in tree]
    assert [name for name in names if is_of_a_service(name, "tcp://10.96.0.17:8321")] == [
        "TONGXING_LISTEN__PORT",
        "TONGXING_OPERATION__PORT",
    ]


@pytest.mark.parametrize(("text", "key", "reason"), FILES_REFUSED.values(), ids=FILES_REFUSED)
def test_a_file_is_refused_for(tmp_path: Path, text: str, key: str, reason: str) -> None:
    found_key, found_reason = _refusal(tmp_path, text)
    assert found_key == key
    assert reason in found_reason
    assert "secret" not in found_reason


VARIABLES_REFUSED = {
    "an unknown key": ("TONGXING_PROFIL", "open", "unknown key"),
    "an unknown key in a table": ("TONGXING_LISTEN__PORTS", "1", "unknown key"),
    "an unknown table": ("TONGXING_HUBZ__ID", "x", "unknown key"),
    "a nesting that is too deep": ("TONGXING_LISTEN__PORT__X", "1", "is not a table"),
    "a table given as text": ("TONGXING_LISTEN", "8000", "is not a value"),
    "an entry of a list": ("TONGXING_ISSUERS__0__URL", "x", "set it in the file"),
    "a port that is no number": ("TONGXING_LISTEN__PORT", "http", "is not a value"),
    "a profile that is none": ("TONGXING_PROFILE", "prod", "setting: open, production"),
    "a port too high": ("TONGXING_LISTEN__PORT", "65536", "is not a value"),
}


@pytest.mark.parametrize(
    ("name", "text", "reason"), VARIABLES_REFUSED.values(), ids=VARIABLES_REFUSED
)
def test_a_variable_is_refused_for(tmp_path: Path, name: str, text: str, reason: str) -> None:
    assert reason in _refusal(tmp_path, MINIMAL, **{name: text})[1]


def test_a_variable_does_not_mend_a_file_whose_table_is_a_number(tmp_path: Path) -> None:
    key, reason = _refusal(tmp_path, "listen = 1\n" + MINIMAL, TONGXING_LISTEN__PORT="1")
    assert (key, reason) == ("listen", "在配置文件中不是表 is not a table in the settings file")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsRefused, match=r"none\.toml: 无法读取 cannot be read"):
        load_settings(tmp_path / "none.toml", {})


def test_plain_http_is_for_loopback_and_the_open_profile(tmp_path: Path) -> None:
    loopback = MINIMAL.replace("https://issuer.example", "http://127.0.0.1:8331")
    assert _load(tmp_path, loopback).profile is Profile.PRODUCTION
    assert _load(tmp_path, "profile = 'open'\n" + MINIMAL.replace("https:", "http:"))


@pytest.mark.parametrize("value", ["9" * 5_000, "[" * 100_000], ids=["a long number", "depth"])
def test_what_the_parser_cannot_hold_is_refused_in_words(tmp_path: Path, value: str) -> None:
    key, reason = _refusal(tmp_path, f"deadline_seconds = {value}\n{MINIMAL}")
    assert not key
    assert "TOML" not in reason
    assert len(reason) < 200


@pytest.mark.parametrize("name", ["GUESSES__DAYS", "LISTEN__PORT", "LISTEN__HOST", "HUB__REGION"])
def test_bytes_of_another_encoding_in_the_environment_are_refused(
    tmp_path: Path, name: str
) -> None:
    """Python hands over what is no UTF-8 as lone surrogates."""
    text = "八".encode("gbk").decode("utf-8", "surrogateescape")
    _key, reason = _refusal(tmp_path, MINIMAL, **{f"TONGXING_{name}": text})
    assert reason.isprintable()


TLS = '[listen.tls]\ncertificate = "hub.pem"\nkey = "/keys/hub.key"\n'


def test_files_of_tls_are_relative_to_the_settings(tmp_path: Path) -> None:
    tls = _load(tmp_path, MINIMAL + TLS).listen.tls
    assert tls is not None
    assert (tls.certificate, tls.key) == (tmp_path / "hub.pem", Path("/keys/hub.key"))


def test_tls_can_be_set_by_variables_alone(tmp_path: Path) -> None:
    variables = {
        "TONGXING_LISTEN__TLS__CERTIFICATE": "hub.pem",
        "TONGXING_LISTEN__TLS__KEY": "hub.key",
        "TONGXING_LISTEN__TLS__CLIENT_CA": "clients.pem",
        "TONGXING_LISTEN__TLS__CLIENTS": "required",
    }
    tls = _load(tmp_path, MINIMAL, **variables).listen.tls
    assert tls is not None
    assert (tls.client_ca, tls.clients) == (tmp_path / "clients.pem", "required")


def _of_hub(url: str) -> str:
    return MINIMAL.replace("[hub]\n", f'[hub]\nurl = "{url}"\n')


def _of_proxy(address: str) -> str:
    return MINIMAL + f'[proxy]\naddresses = ["10.0.0.1", "{address}"]\n'


ACCESS_REFUSED = {
    "no key": (MINIMAL + '[listen.tls]\ncertificate = "hub.pem"\n', "listen.tls.key"),
    "certificates of nobody in particular": (
        MINIMAL + TLS + 'clients = "required"\n',
        "listen.tls.clients",
    ),
    "a proxy's name": (_of_proxy("proxy.example"), "proxy.addresses[1]"),
    "everybody as proxy": (_of_proxy("0.0.0.0/0"), "proxy.addresses[1]"),
    "certificates from no proxy": (
        MINIMAL + "[proxy]\nclient_certificates = true\n",
        "proxy.client_certificates",
    ),
    "another header": (MINIMAL + '[proxy]\nheader = "x-real-ip"\n', "proxy.header"),
    "an address with a path": (_of_hub("https://hub.example/graphql"), "hub.url"),
    "an address that ends with a slash": (_of_hub("https://hub.example/"), "hub.url"),
    "an address with a query": (_of_hub("https://hub.example?a"), "hub.url"),
    "no address": (_of_hub("hub.example"), "hub.url"),
}


@pytest.mark.parametrize(("text", "key"), ACCESS_REFUSED.values(), ids=ACCESS_REFUSED)
def test_what_says_nothing_sure_about_clients_is_refused(
    tmp_path: Path, text: str, key: str
) -> None:
    assert _refusal(tmp_path, text)[0] == key


SIGN_IN = (
    '[sign_in]\nprovider = "https://id.example"\nclient_id = "hub"\nclient_secret = "secret"\n'
)
WITH_URL = MINIMAL.replace("[hub]\n", '[hub]\nurl = "https://hub.example"\n')
NO_SIGN_IN = {
    "a hub without a name of its own": (MINIMAL + SIGN_IN, "hub.url"),
    "a provider in plain HTTP": (
        WITH_URL + SIGN_IN.replace("https://id", "http://id"),
        "sign_in.provider",
    ),
    "a provider with a query": (
        WITH_URL + SIGN_IN.replace("id.example", "id.example?x"),
        "sign_in.provider",
    ),
    "no client": (WITH_URL + SIGN_IN.replace('"hub"', '""'), "sign_in.client_id"),
    "no secret": (WITH_URL + SIGN_IN.partition("client_secret")[0], "sign_in.client_secret"),
    "a claim that is no name": (WITH_URL + SIGN_IN + 'claim = "a b"\n', "sign_in.claim"),
}


@pytest.mark.parametrize(("text", "key"), NO_SIGN_IN.values(), ids=NO_SIGN_IN)
def test_nobody_signs_in_with(tmp_path: Path, text: str, key: str) -> None:
    assert _refusal(tmp_path, text)[0] == key


def test_a_provider_is_named(tmp_path: Path) -> None:
    sign_in = _load(tmp_path, WITH_URL + SIGN_IN).sign_in
    assert sign_in is not None
    assert (sign_in.claim, sign_in.client_secret) == ("sub", tmp_path / "secret")
    assert sign_in.discovery_url == "https://id.example/.well-known/openid-configuration"
