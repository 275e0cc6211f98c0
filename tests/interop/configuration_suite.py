#!/usr/bin/python3
"""`leveret config from-rabbitmq`: what each key of a rabbitmq.conf becomes."""

import os
import re
import subprocess
import tempfile

from harness import case, expect, main, require
from own_broker import LEVERET, ROOT

# Lines of rabbitmq.conf; what the file of ours then has, or (not =) what is said about the key.
ROWS = [
    ("listeners.tcp.1 = 127.0.0.1:5672", 'listen = ["127.0.0.1:5672"]'),
    ("listeners.tcp.default = 5673", 'listen = ["0.0.0.0:5673", "[::]:5673"]'),
    ("listeners.tcp.1 = :::5672", 'listen = ["[::]:5672"]'),
    ("listeners.tcp.local = unix:/run/amqp:0", 'listen = ["unix:/run/amqp"]'),
    ("listeners.tcp.1 = nonsense", "no address: nonsense"),
    ("listeners.tcp = none", "listen = []"),
    ("listeners.ssl.default = 5671", 'tls_listen = ["0.0.0.0:5671", "[::]:5671"]'),
    ("listeners.ssl = none", "tls_listen = []"),
    ("num_acceptors.tcp = 10", "not needed"),
    ("handshake_timeout = 12000", 'handshake_timeout = "12000ms"'),
    ("ssl_handshake_timeout = 7000", '[tls]\nhandshake_timeout = "7000ms"'),
    ("tcp_listen_options.backlog = 128", "not needed"),
    ("proxy_protocol = true", "no counterpart yet"),
    ("frame_max = 65536", "frame_max = 65536"),
    ("initial_frame_max = 8192", "no counterpart"),
    ("channel_max = 100", "channel_max = 100"),
    ("heartbeat = 30", 'heartbeat = "30s"'),
    ("max_message_size = 1048576", "max_message_size = 1048576"),
    ("max_connections = 100", "max_connections"),
    ("connection_max = 100", "connection_max|max_connections"),
    ("max_channels_per_connection = 9", "channel_max = 9"),
    ("channel_max_per_node = 9", "channel_max_per_node|max_channels"),
    ("consumer_max_per_channel = 9", "consumer"),
    ("session_max_per_connection = 9", "not spoken"),
    ("link_max_per_session = 9", "not spoken"),
    ("cluster_queue_limit = 9", "cluster_queue_limit|max_queues"),
    ("cluster_exchange_limit = 9", "cluster_exchange_limit|max_exchanges"),
    ("vhost_max = 9", "vhost_max|max_vhosts"),
    ("runtime_parameters.limits.shovel = 9", "no counterpart"),
    ("vm_memory_high_watermark.relative = 0.5", "high_watermark = 0.5"),
    ("vm_memory_high_watermark.relative = 7.5", "a share from 0 to 1"),
    ("vm_memory_high_watermark.absolute = 2GB", "high_watermark = 2000000000"),
    ("vm_memory_high_watermark.absolute = 2Gib", "not understood: 2Gib"),
    ("vm_memory_high_watermark_paging_ratio = 0.5", "not needed"),
    ("vm_memory_calculation_strategy = rss", "not needed"),
    ("disk_free_limit.absolute = 1GiB", "free_limit = 1073741824"),
    ("disk_free_limit.relative = 1.0", "no counterpart"),
    ("consumer_timeout = 60000", "consumer_timeout"),
    ("consumer_disconnected_timeout = 60000", "not needed"),
    ("default_user = ops", 'default_user = "ops"'),
    ("default_pass = s\"ec\\ret", 'default_pass = "s\\"ec\\\\ret"'),
    ("default_vhost = shop", 'default_vhost = "shop"'),
    ("default_user_tags.monitoring = true", 'default_tags = ["monitoring"]'),
    ("default_permissions.configure = ^own-", 'default_permissions = ["^own-", ".*", ".*"]'),
    ("default_users.a.password = x", "no counterpart"),
    ("default_limits.vhosts.1.max_queues = 9", "no counterpart"),
    ("default_policies.operator.a.expires = 9", "no counterpart"),
    ("default_queue_type = quorum", "default_queue_type"),
    ("loopback_users.guest = true", 'loopback_users = ["guest"]'),
    ("loopback_users.guest = false", "loopback_users = []"),
    ("loopback_users = none", "loopback_users = []"),
    ("anonymous_login_user = none", "no counterpart"),
    ("anonymous_login_pass = none", "no counterpart"),
    ("auth_mechanisms.1 = PLAIN", "auth_mechanisms|mechanisms"),
    ("auth_backends.1 = internal", "no counterpart"),
    ("credential_validator.min_length = 9", "no counterpart"),
    ("password_hashing_module = rabbit_password_hashing_sha256", "no counterpart"),
    ("load_definitions = /etc/definitions.json", "load_definitions"),
    ("management.load_definitions = /etc/definitions.json", "load_definitions"),
    ("definitions.local.path = /etc/definitions.json", "definitions"),
    ("definitions.skip_if_unchanged = true", "no counterpart"),
    ("cluster_name = shop", 'cluster_name = "shop"'),
    ("cluster_tags.region = west", "no counterpart"),
    ("node_tags.region = west", "no counterpart"),
    ("queue_types.stream.enabled = false", "no counterpart"),
    ("exchange_types.local_random.enabled = false", "no counterpart"),
    ("quorum_queue.property_equivalence.relaxed_checks_on_redeclaration = true",
     "no counterpart"),
    ("message_interceptors.incoming.set_header_timestamp.overwrite = true", "no counterpart"),
    ("ssl_options.certfile = /c.pem", 'cert = ["/c.pem"]'),
    ("ssl_options.keyfile = /k.pem", 'key = ["/k.pem"]'),
    ("ssl_options.cacertfile = /ca.pem", 'ca = "/ca.pem"'),
    ("ssl_options.password = x", 'key_password = "x"'),
    ("ssl_options.depth = 2", "verify_depth = 2"),
    ("ssl_options.verify = verify_none", 'verify = "none"'),
    ("ssl_options.verify = verify_peer", 'verify = "optional"'),
    ("ssl_options.verify = verify_peer\nssl_options.fail_if_no_peer_cert = true",
     'verify = "required"'),
    ("ssl_options.versions.1 = tlsv1.3", 'min_version = "1.3"'),
    ("ssl_options.versions.1 = tlsv1.3\nssl_options.versions.2 = tlsv1.2",
     'max_version = "1.3"\nmin_version = "1.2"'),
    ("ssl_options.versions.1 = tlsv1.1", "not spoken here: tlsv1.1"),
    ("ssl_options.ciphers.1 = ECDHE-RSA-AES256-GCM-SHA384",
     'ciphers = ["ECDHE-RSA-AES256-GCM-SHA384"]'),
    ("ssl_options.honor_cipher_order = true", "always so"),
    ("ssl_options.honor_ecc_order = true", "not needed"),
    ("ssl_options.client_renegotiation = false", "never allowed"),
    ("ssl_options.secure_renegotiate = true", "not needed"),
    ("ssl_options.dhfile = /dh.pem", "no counterpart"),
    ("ssl_cert_login_from = common_name", 'login_from = "common_name"'),
    ("ssl_cert_login_san_type = email", 'login_san_type = "email"'),
    ("ssl_cert_login_san_index = 1", "login_san_index = 1"),
    ("log.console = true", "standard error"),
    ("log.console.level = debug", 'level = "debug"'),
    ("log.console.formatter = json", 'format = "json"'),
    ("log.file = /var/log/broker.log", 'file = "/var/log/broker.log"'),
    ("log.file = false", "no log file unless"),
    ("default_vhost = shop # of the old one", 'default_vhost = "shop"'),
    ("default_pass = 'a # b' # quoted", 'default_pass = "a # b"'),
    ("ssl_options.verify = verify_nobody", "not understood: verify_nobody"),
    ("log.file.level = warning", 'level = "warning"'),
    ("log.file.formatter = plaintext", 'format = "text"'),
    ("log.file.rotation.size = 10485760", "max_size = 10485760"),
    ("log.file.rotation.count = 3", "keep = 3"),
    ("log.file.rotation.date = $D0", "no counterpart"),
    ("log.level = critical", 'level = "error"'),
    ("log.exchange = true", "no counterpart"),
    ("log.exchange.level = info", "no counterpart"),
    ("log.connection.level = info", "one log"),
    ("log.dir = /var/log", "no counterpart"),
    ("management.tcp.ip = 127.0.0.1", '[http]\nlisten = ["127.0.0.1:15672"]'),
    ("management.tcp.port = 15680", 'listen = ["0.0.0.0:15680", "[::]:15680"]'),
    ("management.listener.ip = ::1", 'listen = ["[::1]:15672"]'),
    ("management.listener.port = 15680\nmanagement.listener.ip = 10.0.0.1",
     'listen = ["10.0.0.1:15680"]'),
    ("management.ssl.ip = 10.0.0.1", 'tls_listen = ["10.0.0.1:15671"]'),
    ("management.ssl.port = 15671", 'tls_listen = ["0.0.0.0:15671", "[::]:15671"]'),
    ("management.ssl.verify = verify_peer", 'tls_verify = "optional"'),
    ("management.ssl.verify = verify_peer\nmanagement.ssl.fail_if_no_peer_cert = true",
     'tls_verify = "required"'),
    ("management.ssl.certfile = /c.pem", "no counterpart: HTTPS"),
    ("management.path_prefix = /mq", 'path_prefix = "/mq"'),
    ("management.cors.allow_origins.1 = https://a.example", 'cors_origins = ["https://a.example"]'),
    ("management.http.max_body_size = 1000000", "max_body_size = 1000000"),
    ("management.login_session_timeout = 30", 'session_idle = "30m"'),
    ("management.rates_mode = basic", "no counterpart"),
    ("collect_statistics_interval = 5000", "not needed"),
    ("collect_statistics = fine", "not needed"),
    ("prometheus.tcp.ip = 127.0.0.1", '[metrics]\nlisten = ["127.0.0.1:15692"]'),
    ("prometheus.tcp.port = 9000", 'listen = ["0.0.0.0:9000", "[::]:9000"]'),
    ("prometheus.return_per_object_metrics = true", "no counterpart"),
] + [(f"{key} = 1", "not spoken") for key in (
    "mqtt.listeners.tcp.default", "stomp.listeners.tcp.1", "stream.frame_max",
    "web_mqtt.tcp.port", "web_stomp.tcp.port",
)] + [(f"{key} = 1", "no counterpart") for key in (
    "auth_oauth2.resource_server_id", "auth_ldap.servers.1", "auth_http.user_path",
    "auth_cache.cache_ttl", "trust_store.directory", "shovel.topology.predeclared",
)] + [(f"{key} = 1", "not needed") for key in (
    "cluster_formation.peer_discovery_backend", "cluster_partition_handling",
    "cluster_keepalive_interval", "raft.wal_max_size_bytes", "net_ticktime",
    "mnesia_table_loading_retry_timeout", "mnesia_table_loading_retry_limit",
    "metadata_store.khepri.default_timeout", "distribution.listener.port_range.min",
    "sysmon_handler.thresholds.busy_processes", "delegate_count", "background_gc_enabled",
    "background_gc_target_interval", "hipe_compile", "queue_index_embed_msgs_below",
    "msg_store_file_size_limit", "msg_store_credit_disc_bound",
)]


def translate(conf):
    """Returns the configuration and the remarks."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8") as file:
        file.write(conf)
        file.flush()
        done = subprocess.run([LEVERET, "config", "from-rabbitmq", file.name], timeout=30,
                              capture_output=True, text=True, check=False)
    expect(done.returncode, 0, done.stderr)
    return done.stdout, done.stderr


def fits(pattern, key):
    rule = re.escape(pattern).replace(r"\*\*", ".+").replace(r"\*", r"[^.]+")
    return re.fullmatch(rule, key) is not None


@case("every key of the table is translated, or reported with the reason")
def rows():
    for conf, wanted in ROWS:
        toml, remarks = translate(conf)
        key = conf.split("=")[0].strip()
        if " = " in wanted:
            require(wanted in toml, f"{conf!r} becomes {wanted!r}: {toml!r} {remarks!r}")
        else:
            said = toml + remarks
            require(any(one in said for one in wanted.split("|")), f"{conf!r}: {said!r}")
            require(toml or key in remarks, f"{conf!r} is named: {remarks!r}")


@case("no row of the table is without a test")
def complete():
    with open(os.path.join(ROOT, "cli", "from_rabbitmq_table.cpp"), encoding="utf-8") as file:
        patterns = re.findall(r'^    \{"([^"]+)", ', file.read(), re.MULTILINE)
    require(len(patterns) > 100, f"the table is read: {len(patterns)}")
    keys = [line.split("=")[0].strip() for conf, _ in ROWS for line in conf.split("\n")]
    untested = [pattern for pattern in patterns if not any(fits(pattern, key) for key in keys)]
    expect(untested, [], "rows without a test")


@case("a whole file becomes one that `leveret config check` accepts, comments and all")
def whole():
    toml, remarks = translate("""
# The network
listeners.tcp.default = 5672
listeners.ssl.1 = 0.0.0.0:5671
ssl_options.certfile = /c.pem
ssl_options.keyfile  = /k.pem
ssl_options.cacertfile = /ca.pem
ssl_options.verify = verify_peer
  ## and more
heartbeat = 20
heartbeat = 25
vm_memory_high_watermark.relative = 0.4
never.heard.of = 1
this is no line
default_pass = $(PASSWORD)
""")
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as file:
        file.write(toml)
        file.flush()
        checked = subprocess.run([LEVERET, "config", "check", file.name], timeout=30,
                                 capture_output=True, text=True, check=False)
    expect(checked.returncode, 0, checked.stderr + toml)
    require('heartbeat = "25s"' in toml, "the later line wins")
    for words in ("never.heard.of: is unknown", "this is no line", "default_pass: "):
        require(words in remarks, remarks)


@case("a file that cannot be read is said so")
def unreadable():
    done = subprocess.run([LEVERET, "config", "from-rabbitmq", "/nowhere.conf"], timeout=30,
                          capture_output=True, text=True, check=False)
    expect(done.returncode, 2, "exit code")
    require("/nowhere.conf" in done.stderr, done.stderr)


if __name__ == "__main__":
    main()
