// The broker as a whole: overview, the node, vhosts, and what it says it is.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/list.hpp"
#include "admin-ui/api/render.hpp"
#include "broker/identity.hpp"
#include "routing/exchange.hpp"

namespace leveret::admin::endpoints {

namespace {

using insight::ListenerSnapshot;
using insight::NodeSnapshot;
using insight::OverviewSnapshot;

namespace identity = broker::identity;

/// There is no Erlang here; some clients want a text.
constexpr std::string_view erlang_version = "n/a";
constexpr std::string_view erlang_full_version = "n/a (native)";

constexpr std::uint64_t u32_max = std::numeric_limits<std::uint32_t>::max();

/// What a dashboard reads as limits of Erlang's: never reached here.
constexpr std::uint64_t proc_total = 1'048'576;

std::string_view description(std::string_view exchange_type) {
    if (exchange_type == "direct") return "AMQP direct exchange, as per the AMQP specification";
    if (exchange_type == "fanout") return "AMQP fanout exchange, as per the AMQP specification";
    if (exchange_type == "topic") return "AMQP topic exchange, as per the AMQP specification";
    if (exchange_type == "headers") return "AMQP headers exchange, as per the AMQP specification";
    return "";
}

void write_kinds(std::string_view name, JsonSink& out) {
    out.array(name, [&] {
        const auto entry = [&](std::string_view kind, std::string_view words) {
            out.object([&] {
                out.member("name", kind);
                out.member("description", words);
                out.member("enabled", true);
            });
        };
        if (name == "exchange_types") {
            for (const std::string_view type : routing::exchange_types()) {
                entry(type, description(type));
            }
        } else {
            entry("PLAIN", "SASL PLAIN authentication mechanism");
            entry("AMQPLAIN", "QPid AMQPLAIN mechanism");
        }
    });
}

void write_versions(const Call& call, JsonSink& out) {
    out.member("rabbitmq_version", call.services.config.rabbitmq_version);
    out.member("erlang_version", erlang_version);
    out.member("erlang_full_version", erlang_full_version);
}

void write_listeners(const Call& call, const std::vector<ListenerSnapshot>& listeners,
                     JsonSink& out) {
    out.array("listeners", [&] {
        for (const ListenerSnapshot& listener : listeners) {
            out.object([&] {
                out.member("node", call.node());
                out.member("protocol", listener.protocol);
                out.member("ip_address", listener.path.empty() ? listener.host : listener.path);
                out.member("port", listener.port);
                out.object("socket_opts", [] {});
                out.member("tls", listener.tls);
            });
        }
    });
}

/// The listeners of HTTP, once more: here the port is a text.
void write_contexts(const Call& call, const std::vector<ListenerSnapshot>& listeners,
                    JsonSink& out) {
    out.array("contexts", [&] {
        for (const ListenerSnapshot& listener : listeners) {
            if (!listener.protocol.starts_with("http")) continue;
            out.object([&] {
                out.member("node", call.node());
                out.member("description", "RabbitMQ Management");
                out.member("path", "/");
                out.member("ip", listener.path.empty() ? listener.host : listener.path);
                out.member("port", fmt::format("{}", listener.port));
                out.array("ssl_opts", [] {});
                out.object("cowboy_opts", [] {});
            });
        }
    });
}

void write_retention(JsonSink& out) {
    const auto ages = [&](std::string_view name, std::initializer_list<int> seconds) {
        out.array(name, [&] {
            for (const int age : seconds) out.integer(age);
        });
    };
    out.object("sample_retention_policies", [&] {
        ages("global", {600, 3600, 28800, 86400});
        ages("basic", {600, 3600});
        ages("detailed", {600});
    });
}

void write_overview(const Call& call, const OverviewSnapshot& overview,
                    const std::vector<ListenerSnapshot>& listeners, JsonSink& out) {
    out.member("management_version", call.services.config.rabbitmq_version);
    out.member("rates_mode", "basic");
    write_retention(out);
    write_kinds("exchange_types", out);
    out.member("product_name", identity::own_name);
    out.member("product_version", identity::own_version);
    write_versions(call, out);
    out.member("cluster_name", call.services.config.cluster_name);
    out.object("cluster_tags", [] {});
    out.object("node_tags", [] {});
    out.member("node", call.node());
    out.member("default_queue_type", "classic");
    out.member("disable_stats", false);
    out.member("enable_queue_totals", false);
    out.member("is_op_policy_updating_enabled", true);
    out.member("require_definition_json_extension", false);
    out.object("message_stats", [&] {
        write_messages(overview.messages, FiguresOf::broker, out);
        for (const std::string_view name : {"disk_reads", "disk_writes"}) {
            write_counter(name, 0, 0.0, {}, out);
        }
    });
    out.object("churn_rates", [&] { write_churn(overview.churn, out); });
    out.object("queue_totals", [&] { write_lengths(overview.lengths, out); });
    out.object("object_totals", [&] {
        out.member("channels", overview.channels);
        out.member("connections", overview.connections);
        out.member("consumers", overview.consumers);
        out.member("exchanges", overview.exchanges);
        out.member("queues", overview.queues);
    });
    out.member("statistics_db_event_queue", 0);
    const std::vector<ListenerSnapshot> shown =
        call.user().is_monitor() ? listeners : std::vector<ListenerSnapshot>{};
    write_listeners(call, shown, out);
    write_contexts(call, shown, out);
}

void write_gauge(std::string_view name, const insight::Gauge& gauge, JsonSink& out) {
    write_counter(name, gauge.value, gauge.rate, gauge.series, out);
}

void write_no_counter(std::string_view name, JsonSink& out) {
    write_counter(name, 0, 0.0, {}, out);
}

/// Counters of RabbitMQ's stores that have no counterpart here.
void write_foreign_counters(JsonSink& out) {
    static constexpr auto names = std::to_array<std::string_view>(
        {"io_read_count", "io_read_bytes", "io_write_count", "io_write_bytes", "io_sync_count",
         "io_seek_count", "io_reopen_count", "io_file_handle_open_attempt_count",
         "msg_store_read_count", "msg_store_write_count", "queue_index_read_count",
         "queue_index_write_count", "queue_index_journal_write_count", "mnesia_ram_tx_count",
         "mnesia_disk_tx_count", "gc_num", "gc_bytes_reclaimed"});
    for (const std::string_view name : names) write_no_counter(name, out);
    for (const std::string_view name :
         {"io_read_avg_time", "io_write_avg_time", "io_sync_avg_time", "io_seek_avg_time",
          "io_file_handle_open_attempt_avg_time"}) {
        out.member(name, 0.0);
        out.object(fmt::format("{}_details", name), [&] { out.member("rate", 0.0); });
    }
}

bool has_alarm(const NodeSnapshot& node, insight::Resource resource) {
    return std::any_of(node.alarms.begin(), node.alarms.end(),
                       [&](const auto& alarm) { return alarm.resource == resource; });
}

void render_node(const Call& call, const NodeSnapshot& node,
                 const std::vector<ListenerSnapshot>& listeners, JsonSink& out) {
    out.object([&] {
        out.member("name", call.node());
        out.member("type", "disc");
        out.member("running", true);
        out.member("being_drained", false);
        out.member("os_pid", fmt::format("{}", node.process_id));
        out.member("uptime", std::min<std::uint64_t>(
                                 static_cast<std::uint64_t>(node.uptime.count()), u32_max));
        out.member("run_queue", 0);
        out.member("processors", node.processors);
        out.member("rates_mode", "basic");
        out.member("net_ticktime", 60);
        out.member("mem_calculation_strategy", "rss");
        out.member("mem_limit", node.memory_limit);
        out.member("mem_alarm", has_alarm(node, insight::Resource::memory));
        write_gauge("mem_used", node.memory_used, out);
        out.member("disk_free_limit", node.disk_free_limit);
        out.member("disk_free_alarm", has_alarm(node, insight::Resource::disk));
        write_gauge("disk_free", node.disk_free, out);
        out.member("fd_total", std::min(node.descriptors_max, u32_max));
        write_gauge("fd_used", node.descriptors_used, out);
        out.member("sockets_total", std::min(node.descriptors_max, u32_max));
        write_counter("sockets_used", node.sockets_used, 0.0, {}, out);
        out.member("proc_total", proc_total);
        write_counter("proc_used", node.threads, 0.0, {}, out);
        write_counter("context_switches", node.context_switches, 0.0, {}, out);
        write_churn(node.churn, out);
        write_foreign_counters(out);
        write_kinds("exchange_types", out);
        write_kinds("auth_mechanisms", out);
        out.array("applications", [&] {
            out.object([&] {
                out.member("name", "rabbit");
                out.member("description", identity::own_name);
                out.member("version", call.services.config.rabbitmq_version);
            });
        });
        write_contexts(call, listeners, out);
        out.array("enabled_plugins", [&] { out.text("rabbitmq_management"); });
        for (const std::string_view name :
             {"partitions", "log_files", "config_files", "cluster_links"}) {
            out.array(name, [] {});
        }
        out.member("db_dir", call.services.config.data_dir.string());
        out.object("metrics_gc_queue_length", [] {});
        out.object("ra_open_file_metrics", [] {});
        write_versions(call, out);
    });
}

boost::asio::awaitable<NodeSnapshot> node_snapshot(Call& call) {
    const insight::Samples samples = call.samples();
    co_return co_await answer<NodeSnapshot>(
        [&](auto then) { call.broker().node(samples, std::move(then)); });
}

}  // namespace

Answer get_overview(Call& call) {
    const insight::Samples samples = call.samples();
    const auto overview = co_await answer<OverviewSnapshot>([&](auto then) {
        call.broker().overview(call.visible_vhosts(), samples, std::move(then));
    });
    const auto listeners = co_await call.listeners();
    co_return object_reply(call.query, [&](JsonSink& out) {
        out.object([&] { write_overview(call, overview, listeners, out); });
    });
}

Answer get_cluster_name(Call& call) {
    co_return json_reply([&](JsonSink& out) {
        out.object([&] { out.member("name", call.services.config.cluster_name); });
    });
}

Answer get_nodes(Call& call) {
    ListQuery list = parse_list_query(call.query);
    const auto listeners = co_await call.listeners();
    std::vector<NodeSnapshot> nodes;
    nodes.push_back(co_await node_snapshot(call));
    auto rows = std::make_unique<ItemsOf<NodeSnapshot>>(
        std::move(nodes), [&call, listeners](const NodeSnapshot& node, JsonSink& out) {
            render_node(call, node, listeners, out);
        });
    co_return co_await list_reply(std::move(list), ListRoom(), std::move(rows));
}

Answer get_node(Call& call) {
    if (call["node"] != call.node()) throw object_not_found();
    const auto listeners = co_await call.listeners();
    const NodeSnapshot node = co_await node_snapshot(call);
    co_return object_reply(call.query,
                           [&](JsonSink& out) { render_node(call, node, listeners, out); });
}

Answer get_extensions(Call&) {
    co_return json_reply([](JsonSink& out) { out.array([] {}); });
}

Answer get_version(Call&) {
    co_return json_reply([](JsonSink& out) { out.text(identity::own_version); });
}

Answer get_reference(Call&) {
    Reply reply;
    reply.fields.add("content-type", "text/html; charset=utf-8");
    reply.body = route_page();
    co_return reply;
}

}  // namespace leveret::admin::endpoints
