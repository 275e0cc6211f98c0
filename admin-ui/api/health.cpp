// Checks of health, as load balancers and clusters' probes ask for them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/members.hpp"

namespace leveret::admin::endpoints {

namespace {

namespace insight = broker::insight;

using More = std::function<void(JsonSink&)>;

Reply passed(const More& more = {}) {
    return json_reply([&](JsonSink& out) {
        out.object([&] {
            out.member("status", "ok");
            if (more) more(out);
        });
    });
}

Reply failed(std::string_view reason, const More& more = {}) {
    Reply reply = json_reply([&](JsonSink& out) {
        out.object([&] {
            out.member("status", "failed");
            out.member("reason", reason);
            if (more) more(out);
        });
    });
    reply.status = 503;
    return reply;
}

void write_texts(std::string_view name, const std::set<std::string>& texts, JsonSink& out) {
    out.array(name, [&] {
        for (const std::string& text : texts) out.text(text);
    });
}

/// RabbitMQ's many names for a protocol.
std::string protocol_name(std::string_view asked) {
    std::string name;
    for (const char c : asked) {
        name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> aliases{{
        {"amqp091", "amqp"},
        {"amqp0-9-1", "amqp"},
        {"amqp0.9.1", "amqp"},
        {"amqp10", "amqp"},
        {"amqp1.0", "amqp"},
        {"amqps", "amqp/ssl"},
        {"amqp-ssl", "amqp/ssl"},
        {"management", "http"},
    }};
    for (const auto& [alias, meant] : aliases) {
        if (name == alias) return std::string(meant);
    }
    return name;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        parts.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(text.size(), comma + 1));
    }
    return parts;
}

constexpr std::string_view aliveness_queue = "aliveness-test";

}  // namespace

Answer aliveness_test(Call& call) {
    const std::string& vhost = call["vhost"];
    const std::string queue(aliveness_queue);
    co_await done<insight::Inspector::Declared>([&](auto then) {
        call.broker().declare(
            insight::DeclareQueue{.vhost = vhost, .name = queue, .user = call.user().name},
            std::move(then));
    });
    const auto published = co_await done<insight::Published>([&](auto then) {
        call.broker().publish(insight::Publish{.vhost = vhost,
                                               .routing_key = queue,
                                               .properties = std::string(2, '\0'),
                                               .body = "test_message",
                                               .user = call.user().name},
                              std::move(then));
    });
    const auto got = co_await done<std::vector<insight::GotMessage>>([&](auto then) {
        call.broker().get(
            {.vhost = vhost, .queue = queue, .count = 1, .mode = insight::GetMode::ack},
            std::move(then));
    });
    if (published != insight::Published::routed || got.empty()) {
        co_return failed("the message did not come back");
    }
    co_return passed();
}

Answer check_alarms(Call& call) {
    const auto node = co_await answer<insight::NodeSnapshot>(
        [&](auto then) { call.broker().node({}, std::move(then)); });
    if (node.alarms.empty()) co_return passed();
    co_return failed("There are alarms in effect in the cluster", [&](JsonSink& out) {
        out.array("alarms", [&] {
            for (const insight::AlarmSnapshot& alarm : node.alarms) {
                out.object([&] {
                    out.member("node", call.node());
                    out.member("resource", insight::to_string(alarm.resource));
                });
            }
        });
    });
}

Answer check_port_listener(Call& call) {
    const auto port = parse_natural(call["port"]);
    if (!port || *port > 65535) throw bad_request("Invalid port");
    std::set<std::uint16_t> ports;
    for (const auto& listener : co_await call.listeners()) {
        if (listener.path.empty()) ports.insert(listener.port);
    }
    if (ports.contains(static_cast<std::uint16_t>(*port))) {
        co_return passed([&](JsonSink& out) { out.member("port", *port); });
    }
    co_return failed("No active listener", [&](JsonSink& out) {
        out.member("missing", *port);
        out.array("ports", [&] {
            for (const std::uint16_t one : ports) out.natural(one);
        });
    });
}

Answer check_protocol_listener(Call& call) {
    const std::vector<std::string> asked = split(call["protocols"]);
    std::set<std::string> active;
    for (const auto& listener : co_await call.listeners()) active.insert(listener.protocol);
    std::vector<std::string> missing;
    for (const std::string& one : asked) {
        if (!active.contains(protocol_name(one))) missing.push_back(one);
    }
    // One protocol is answered as RabbitMQ 3 does, several as RabbitMQ 4.
    if (missing.empty()) {
        co_return passed([&](JsonSink& out) {
            if (asked.size() == 1) return out.member("protocol", protocol_name(asked.front()));
            write_texts("protocols", active, out);
        });
    }
    co_return failed("No active listener", [&](JsonSink& out) {
        if (asked.size() == 1) {
            out.member("missing", missing.front());
        } else {
            out.array("missing", [&] {
                for (const std::string& one : missing) out.text(one);
            });
        }
        write_texts("protocols", active, out);
    });
}

Answer check_vhosts(Call& call) {
    co_return passed([&](JsonSink& out) {
        out.array("virtual-hosts", [&] {
            for (const std::string& name : call.services.vhosts) out.text(name);
        });
    });
}

Answer check_quorum(Call&) {
    co_return passed([](JsonSink& out) { out.member("reason", "single node cluster"); });
}

/// Whoever gets here is served: while the broker starts or stops, all of the API answers 503.
Answer check_in_service(Call&) { co_return passed(); }

Answer check_ready(Call& call) {
    const auto all = co_await call.listeners();
    const bool amqp = std::any_of(all.begin(), all.end(), [](const auto& listener) {
        return listener.protocol.starts_with("amqp");
    });
    co_return amqp ? passed() : failed("no listener for AMQP");
}

}  // namespace leveret::admin::endpoints
