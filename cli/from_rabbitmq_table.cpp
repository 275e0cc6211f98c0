#include "cli/from_rabbitmq_table.hpp"

namespace leveret::cli {

namespace {

constexpr std::string_view needless = "not needed here";
constexpr std::string_view no_counterpart = "has no counterpart";
constexpr std::string_view one_certificate =
    "has no counterpart: HTTPS shows the certificates of tls.cert";
constexpr std::string_view one_log = "has no counterpart: there is one log, and one level";
constexpr std::string_view other_protocol = "has no counterpart: the protocol is not spoken yet";

constexpr RabbitmqRow rows[] = {
    // Listeners; how a value becomes an address is the same for all
    {"listeners.tcp.*", "amqp.listen", Becomes::address},
    {"listeners.tcp", "amqp.listen", Becomes::address},
    {"listeners.ssl.*", "amqp.tls_listen", Becomes::address},
    {"listeners.ssl", "amqp.tls_listen", Becomes::address},
    {"num_acceptors.**", "", Becomes::nothing, needless},
    {"handshake_timeout", "limits.handshake_timeout", Becomes::milliseconds},
    {"ssl_handshake_timeout", "tls.handshake_timeout", Becomes::milliseconds},
    {"tcp_listen_options.**", "", Becomes::nothing, needless},
    {"proxy_protocol", "amqp.proxy_protocol", Becomes::boolean},

    // Limits
    {"frame_max", "limits.frame_max", Becomes::number},
    {"initial_frame_max", "", Becomes::nothing, "has no counterpart: it is 8192"},
    {"channel_max", "limits.channel_max", Becomes::number},
    {"heartbeat", "limits.heartbeat", Becomes::seconds},
    {"max_message_size", "limits.max_message_size", Becomes::size},
    {"max_connections", "limits.max_connections", Becomes::number},
    {"connection_max", "limits.max_connections", Becomes::number},
    {"max_channels_per_connection", "limits.channel_max", Becomes::number},
    {"channel_max_per_node", "limits.max_channels", Becomes::number},
    {"consumer_max_per_channel", "limits.consumers_per_channel", Becomes::number},
    {"session_max_per_connection", "", Becomes::nothing, other_protocol},
    {"link_max_per_session", "", Becomes::nothing, other_protocol},
    {"cluster_queue_limit", "limits.max_queues", Becomes::number},
    {"cluster_exchange_limit", "limits.max_exchanges", Becomes::number},
    {"vhost_max", "limits.max_vhosts", Becomes::number},
    {"runtime_parameters.limits.**", "", Becomes::nothing, no_counterpart},
    {"vm_memory_high_watermark.relative", "memory.high_watermark", Becomes::share},
    {"vm_memory_high_watermark.absolute", "memory.high_watermark", Becomes::size},
    {"vm_memory_high_watermark_paging_ratio", "", Becomes::nothing, needless},
    {"vm_memory_calculation_strategy", "", Becomes::nothing, needless},
    {"disk_free_limit.absolute", "disk.free_limit", Becomes::size},
    {"disk_free_limit.relative", "", Becomes::nothing,
     "has no counterpart: disk.free_limit is a size, or chosen from the size of the disk"},
    {"consumer_timeout", "limits.consumer_timeout", Becomes::milliseconds},
    {"consumer_disconnected_timeout", "", Becomes::nothing, needless},

    // Users, vhosts and how one logs in
    {"default_user", "auth.default_user", Becomes::text},
    {"default_pass", "auth.default_pass", Becomes::text},
    {"default_vhost", "auth.default_vhost", Becomes::text},
    {"default_user_tags.*", "auth.default_tags", Becomes::item},
    {"default_permissions.*", "auth.default_permissions", Becomes::item},  // put together
    {"default_users.**", "", Becomes::nothing, no_counterpart},
    {"default_limits.**", "", Becomes::nothing, no_counterpart},
    {"default_policies.**", "", Becomes::nothing,
     "has no counterpart: set the policy once, it is kept"},
    {"default_queue_type", "default_queue_type", Becomes::text},
    // loopback_users.NAME = true or false; `loopback_users = none`
    {"loopback_users.*", "auth.loopback_users", Becomes::item},
    {"loopback_users", "auth.loopback_users", Becomes::item},
    {"anonymous_login_user", "", Becomes::nothing, "has no counterpart: nobody is let in unnamed"},
    {"anonymous_login_pass", "", Becomes::nothing, "has no counterpart: nobody is let in unnamed"},
    {"auth_mechanisms.*", "auth.mechanisms", Becomes::item},
    {"auth_backends.**", "", Becomes::nothing,
     "has no counterpart: users are the broker's own ones"},
    {"credential_validator.**", "", Becomes::nothing, no_counterpart},
    {"password_hashing_module", "", Becomes::nothing, no_counterpart},
    {"load_definitions", "load_definitions", Becomes::text},
    {"management.load_definitions", "load_definitions", Becomes::text},
    {"definitions.local.path", "load_definitions", Becomes::text},
    {"definitions.**", "", Becomes::nothing, no_counterpart},
    {"cluster_name", "cluster_name", Becomes::text},
    {"cluster_tags.**", "", Becomes::nothing, no_counterpart},
    {"node_tags.**", "", Becomes::nothing, no_counterpart},
    {"queue_types.**", "", Becomes::nothing, no_counterpart},
    {"exchange_types.**", "", Becomes::nothing, no_counterpart},
    {"quorum_queue.**", "", Becomes::nothing, no_counterpart},
    {"message_interceptors.**", "", Becomes::nothing, no_counterpart},

    // TLS; verify and fail_if_no_peer_cert make one setting of ours together
    {"ssl_options.certfile", "tls.cert", Becomes::item},
    {"ssl_options.keyfile", "tls.key", Becomes::item},
    {"ssl_options.cacertfile", "tls.ca", Becomes::text},
    {"ssl_options.password", "tls.key_password", Becomes::text},
    {"ssl_options.depth", "tls.verify_depth", Becomes::number},
    {"ssl_options.verify", "tls.verify", Becomes::text},
    {"ssl_options.fail_if_no_peer_cert", "tls.verify", Becomes::text},
    {"ssl_options.versions.*", "tls.min_version", Becomes::text},
    {"ssl_options.ciphers.*", "tls.ciphers", Becomes::item},
    {"ssl_options.honor_cipher_order", "", Becomes::nothing, "is always so"},
    {"ssl_options.honor_ecc_order", "", Becomes::nothing, needless},
    {"ssl_options.client_renegotiation", "", Becomes::nothing, "is never allowed"},
    {"ssl_options.secure_renegotiate", "", Becomes::nothing, needless},
    {"ssl_options.**", "", Becomes::nothing, no_counterpart},
    {"ssl_cert_login_from", "tls.login_from", Becomes::text},
    {"ssl_cert_login_san_type", "tls.login_san_type", Becomes::text},
    {"ssl_cert_login_san_index", "tls.login_san_index", Becomes::number},

    // The log
    {"log.console", "", Becomes::nothing, "goes to standard error unless log.file is set"},
    {"log.console.level", "log.level", Becomes::level},
    {"log.console.formatter", "log.format", Becomes::format},
    {"log.file", "log.file", Becomes::text},
    {"log.file.level", "log.level", Becomes::level},
    {"log.file.formatter", "log.format", Becomes::format},
    {"log.file.rotation.size", "log.max_size", Becomes::size},
    {"log.file.rotation.count", "log.keep", Becomes::number},
    {"log.file.rotation.date", "", Becomes::nothing,
     "has no counterpart: log files are put aside by size"},
    {"log.level", "log.level", Becomes::level},
    {"log.exchange", "", Becomes::nothing, no_counterpart},
    {"log.exchange.**", "", Becomes::nothing, no_counterpart},
    {"log.*.level", "", Becomes::nothing, one_log},
    {"log.**", "", Becomes::nothing, no_counterpart},

    // Management and metrics; address and port make one setting of ours together
    {"management.tcp.ip", "http.listen", Becomes::address},
    {"management.tcp.port", "http.listen", Becomes::address},
    {"management.listener.ip", "http.listen", Becomes::address},
    {"management.listener.port", "http.listen", Becomes::address},
    {"management.ssl.ip", "http.tls_listen", Becomes::address},
    {"management.ssl.port", "http.tls_listen", Becomes::address},
    {"management.ssl.verify", "http.tls_verify", Becomes::text},
    {"management.ssl.fail_if_no_peer_cert", "http.tls_verify", Becomes::text},
    {"management.ssl.**", "", Becomes::nothing, one_certificate},
    {"management.path_prefix", "http.path_prefix", Becomes::text},
    {"management.cors.allow_origins.*", "http.cors_origins", Becomes::item},
    {"management.http.max_body_size", "http.max_body_size", Becomes::size},
    {"management.login_session_timeout", "console.session_idle", Becomes::minutes},
    {"management.**", "", Becomes::nothing, no_counterpart},
    {"collect_statistics_interval", "", Becomes::nothing, needless},
    {"collect_statistics", "", Becomes::nothing, needless},
    {"prometheus.tcp.ip", "metrics.listen", Becomes::address},
    {"prometheus.tcp.port", "metrics.listen", Becomes::address},
    {"prometheus.**", "", Becomes::nothing, no_counterpart},

    // Other protocols and plugins
    {"mqtt.**", "", Becomes::nothing, other_protocol},
    {"stomp.**", "", Becomes::nothing, other_protocol},
    {"stream.**", "", Becomes::nothing, other_protocol},
    {"web_mqtt.**", "", Becomes::nothing, other_protocol},
    {"web_stomp.**", "", Becomes::nothing, other_protocol},
    {"auth_oauth2.**", "", Becomes::nothing, no_counterpart},
    {"auth_ldap.**", "", Becomes::nothing, no_counterpart},
    {"auth_http.**", "", Becomes::nothing, no_counterpart},
    {"auth_cache.**", "", Becomes::nothing, no_counterpart},
    {"trust_store.**", "", Becomes::nothing, no_counterpart},
    {"shovel.**", "", Becomes::nothing, no_counterpart},

    // What only a cluster, or Erlang, needs
    {"cluster_formation.**", "", Becomes::nothing, needless},
    {"cluster_partition_handling", "", Becomes::nothing, needless},
    {"cluster_keepalive_interval", "", Becomes::nothing, needless},
    {"raft.**", "", Becomes::nothing, needless},
    {"net_ticktime", "", Becomes::nothing, needless},
    {"mnesia_table_loading_retry_timeout", "", Becomes::nothing, needless},
    {"mnesia_table_loading_retry_limit", "", Becomes::nothing, needless},
    {"metadata_store.**", "", Becomes::nothing, needless},
    {"distribution.**", "", Becomes::nothing, needless},
    {"sysmon_handler.**", "", Becomes::nothing, needless},
    {"delegate_count", "", Becomes::nothing, needless},
    {"background_gc_enabled", "", Becomes::nothing, needless},
    {"background_gc_target_interval", "", Becomes::nothing, needless},
    {"hipe_compile", "", Becomes::nothing, needless},
    {"queue_index_embed_msgs_below", "", Becomes::nothing, needless},
    {"msg_store_file_size_limit", "", Becomes::nothing, needless},
    {"msg_store_credit_disc_bound", "", Becomes::nothing, needless},
};

}  // namespace

std::span<const RabbitmqRow> rabbitmq_rows() { return rows; }

}  // namespace leveret::cli
