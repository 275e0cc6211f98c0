// Queues: what there is, declare and delete, purge, get, pause.
#include <fmt/format.h>

#include <utility>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/field_json.hpp"
#include "admin-ui/api/limits.hpp"
#include "admin-ui/api/list.hpp"
#include "admin-ui/api/members.hpp"
#include "admin-ui/api/render.hpp"
#include "broker/digest.hpp"
#include "protocol/amqp/properties.hpp"
#include "protocol/utf8.hpp"

namespace leveret::admin::endpoints {

namespace {

using insight::ConsumerSnapshot;
using insight::GotMessage;
using insight::QueueSnapshot;

/// What POST .../get asks for.
struct GetRequest {
    std::uint64_t count;
    insight::GetMode mode;
    bool always_base64;
    std::optional<std::uint64_t> truncate;
};

insight::GetMode parse_mode(const JsonObject& body) {
    auto text = text_member(body, "ackmode");
    if (!text) text = text_member(body, "ack_mode");
    if (!text) throw bad_request("key_missing: ackmode");
    if (*text == "ack_requeue_true") return insight::GetMode::ack_requeue;
    if (*text == "ack_requeue_false") return insight::GetMode::ack;
    if (*text == "reject_requeue_true") return insight::GetMode::reject_requeue;
    if (*text == "reject_requeue_false") return insight::GetMode::reject;
    throw bad_request(fmt::format("bad_value: ackmode, {}", *text));
}

GetRequest parse_get(const JsonObject& body) {
    const auto count = int_member(body, "count");
    if (!count) throw bad_request("key_missing: count");
    if (*count < 1 || static_cast<std::uint64_t>(*count) > limits::get_messages) {
        throw bad_request(fmt::format("count must be from 1 to {}", limits::get_messages));
    }
    const std::string encoding = text_member(body, "encoding").value_or("auto");
    if (encoding != "auto" && encoding != "base64") {
        throw bad_request(fmt::format("unsupported_encoding: {}", encoding));
    }
    const auto truncate = int_member(body, "truncate");
    if (truncate && *truncate < 0) throw bad_request("truncate must not be negative");
    return {
        .count = static_cast<std::uint64_t>(*count),
        .mode = parse_mode(body),
        .always_base64 = encoding == "base64",
        .truncate = truncate ? std::optional(static_cast<std::uint64_t>(*truncate)) : std::nullopt};
}

void render_got(const GotMessage& message, const GetRequest& asked, JsonSink& out) {
    const std::string_view all = message.body;
    const bool as_text = !asked.always_base64 && protocol::is_utf8(all);
    std::string_view shown = all.substr(0, asked.truncate.value_or(all.size()));
    if (as_text) shown = protocol::cut_utf8(all, shown.size());
    out.object([&] {
        out.member("payload_bytes", all.size());
        out.member("redelivered", message.redelivered);
        out.member("exchange", message.exchange);
        out.member("routing_key", message.routing_key);
        out.member("message_count", message.message_count);
        out.key("properties");
        write_properties(protocol::amqp::BasicProperties::parse(message.properties), out);
        out.member("payload", as_text ? std::string(shown) : broker::base64(shown));
        out.member("payload_encoding", as_text ? "string" : "base64");
    });
}

boost::asio::awaitable<QueueSnapshot> find_queue(Call& call) {
    const insight::Samples samples = call.samples();
    co_return co_await done<QueueSnapshot>([&](auto then) {
        call.broker().queue({call["vhost"], call["queue"]}, samples, std::move(then));
    });
}

}  // namespace

Answer get_queues(Call& call) {
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    const insight::Samples samples = call.samples();
    auto queues = co_await answer<std::vector<QueueSnapshot>>(
        [&](auto then) { call.broker().queues(call.visible_vhosts(), samples, std::move(then)); });
    const View view{call.node(), stats_choice(call.query)};
    auto rows = std::make_unique<ItemsOf<QueueSnapshot>>(
        std::move(queues),
        [view](const QueueSnapshot& queue, JsonSink& out) { render_queue(queue, view, out); });
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

Answer get_queue(Call& call) {
    const QueueSnapshot queue = co_await find_queue(call);
    const auto consumers = co_await answer<std::vector<ConsumerSnapshot>>([&](auto then) {
        call.broker().consumers(
            {.vhosts = std::vector<std::string>{queue.vhost}, .queue = queue.name},
            std::move(then));
    });
    const View view{call.node(), stats_choice(call.query)};
    co_return object_reply(call.query, [&](JsonSink& out) {
        out.object([&] {
            queue_members(queue, view, out);
            out.array("consumer_details", [&] {
                for (const ConsumerSnapshot& consumer : consumers) {
                    render_consumer(consumer, view, out);
                }
            });
            out.array("deliveries", [] {});
            out.array("incoming", [] {});
        });
    });
}

Answer put_queue(Call& call) {
    const JsonObject body = call.body();
    if (bool_member(body, "exclusive").value_or(false)) {
        throw bad_request("an exclusive queue belongs to a connection, and this one ends now");
    }
    const std::string node = text_member(body, "node").value_or("");
    if (!node.empty() && node != call.node()) {
        throw bad_request(fmt::format("Node {} is not a cluster member", node));
    }
    insight::DeclareQueue declaration{
        .vhost = call["vhost"],
        .name = call["queue"],
        .durable = bool_member(body, "durable").value_or(false),
        .auto_delete = bool_member(body, "auto_delete").value_or(false),
        .arguments = to_table(object_member(body, "arguments")),
        .user = call.user().name,
    };
    const auto declared = co_await done<insight::Inspector::Declared>(
        [&](auto then) { call.broker().declare(std::move(declaration), std::move(then)); });
    co_return empty_reply(declared == insight::Inspector::Declared::created ? 201 : 204);
}

Answer delete_queue(Call& call) {
    insight::DeleteQueue request{.vhost = call["vhost"],
                                 .name = call["queue"],
                                 .if_unused = call.query.is_true("if-unused"),
                                 .if_empty = call.query.is_true("if-empty"),
                                 .user = call.user().name};
    if (call.query.has("max_messages")) {
        request.messages_max =
            natural_parameter(call.query, "max_messages", 0, 0, std::uint64_t(1) << 62);
    }
    const bool conditional = request.messages_max.has_value();
    const auto removed = co_await answer<insight::Result<std::uint64_t>>(
        [&](auto then) { call.broker().remove(std::move(request), std::move(then)); });
    if (removed) co_return empty_reply(204);
    const insight::Refusal& refusal = removed.refusal();
    if (conditional && refusal.code == protocol::amqp::reply::precondition_failed) {
        throw ApiError(412, "precondition_failed", std::string(refusal.explanation()));
    }
    throw api_error(refusal);
}

Answer purge_queue(Call& call) {
    insight::Purge request{
        .vhost = call["vhost"], .queue = call["queue"], .user = call.user().name};
    if (const auto text = call.query.find("count")) {
        request.count = parse_natural(*text);
        if (!request.count) throw bad_request("Count must be a number");
        if (*request.count == 0) throw bad_request("Count must be greater than 0");
    }
    co_await done<std::uint64_t>(
        [&](auto then) { call.broker().purge(std::move(request), std::move(then)); });
    co_return empty_reply(204);
}

Answer get_messages(Call& call) {
    const GetRequest asked = parse_get(call.body());
    insight::Get request{
        .vhost = call["vhost"], .queue = call["queue"], .count = asked.count, .mode = asked.mode};
    co_await require_read(call);
    ListRoom room = co_await call.services.lists.enter();
    auto result = co_await answer<insight::Result<std::vector<GotMessage>>>(
        [&](auto then) { call.broker().get(std::move(request), std::move(then)); });
    if (!result) throw message_error(result.refusal());
    auto messages = std::make_unique<ItemsOf<GotMessage>>(
        std::move(*result),
        [asked](const GotMessage& message, JsonSink& out) { render_got(message, asked, out); });
    ListQuery in_their_order;
    in_their_order.sort = "";
    co_return co_await list_reply(std::move(in_their_order), std::move(room), std::move(messages));
}

Answer queue_action(Call& call) {
    const std::string action = required_text(call.body(), "action");
    co_await find_queue(call);
    if (action != "sync" && action != "cancel_sync") {
        throw bad_request(fmt::format("unknown action: {}", action));
    }
    co_return empty_reply(204);
}

Answer get_unacked(Call& call) {
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    auto unacked = co_await done<std::vector<insight::UnackedSnapshot>>(
        [&](auto then) { call.broker().unacked({call["vhost"], call["queue"]}, std::move(then)); });
    const auto now = std::chrono::system_clock::now();
    if (!list.sort) list.sort = "";  // the oldest first
    auto rows = std::make_unique<ItemsOf<insight::UnackedSnapshot>>(
        std::move(unacked), [now](const insight::UnackedSnapshot& delivery, JsonSink& out) {
            const auto held =
                std::chrono::duration_cast<std::chrono::seconds>(now - delivery.since);
            out.object([&] {
                out.member("delivery_tag", delivery.delivery_tag);
                out.member("consumer_tag", delivery.consumer_tag.empty() ? std::string("Basic get")
                                                                         : delivery.consumer_tag);
                out.member("unacked_for_seconds", held.count());
                out.member("channel_name", delivery.channel);
            });
        });
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

}  // namespace leveret::admin::endpoints
