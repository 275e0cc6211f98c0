// Exchanges: what there is, declare and delete, and publishing over HTTP.
#include <fmt/format.h>

#include <utility>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/field_json.hpp"
#include "admin-ui/api/list.hpp"
#include "admin-ui/api/members.hpp"
#include "admin-ui/api/render.hpp"
#include "broker/digest.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::admin::endpoints {

namespace {

using insight::ExchangeSnapshot;

std::string decode_payload(const JsonObject& body) {
    std::string payload = required_text(body, "payload");
    const std::string encoding = required_text(body, "payload_encoding");
    if (encoding == "string") return payload;
    if (encoding != "base64") {
        throw bad_request(fmt::format("unsupported_encoding: {}", encoding));
    }
    auto octets = broker::base64_decode(payload);
    if (!octets) throw bad_request("not_base64: payload");
    return *std::move(octets);
}

}  // namespace

Answer get_exchanges(Call& call) {
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    const insight::Samples samples = call.samples();
    auto exchanges = co_await answer<std::vector<ExchangeSnapshot>>([&](auto then) {
        call.broker().exchanges(call.visible_vhosts(), samples, std::move(then));
    });
    const View view{call.node(), stats_choice(call.query)};
    auto rows = std::make_unique<ItemsOf<ExchangeSnapshot>>(
        std::move(exchanges), [view](const ExchangeSnapshot& exchange, JsonSink& out) {
            render_exchange(exchange, view, out);
        });
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

Answer get_exchange(Call& call) {
    const insight::Samples samples = call.samples();
    const auto exchange = co_await done<ExchangeSnapshot>([&](auto then) {
        call.broker().exchange({call["vhost"], call.exchange()}, samples, std::move(then));
    });
    const View view{call.node(), stats_choice(call.query)};
    co_return object_reply(call.query, [&](JsonSink& out) {
        out.object([&] {
            exchange_members(exchange, view, out);
            out.array("incoming", [] {});
            out.array("outgoing", [] {});
        });
    });
}

Answer put_exchange(Call& call) {
    const JsonObject body = call.body();
    insight::DeclareExchange declaration{
        .vhost = call["vhost"],
        .name = call.exchange(),
        .type = text_member(body, "type").value_or("direct"),
        .durable = bool_member(body, "durable").value_or(false),
        .auto_delete = bool_member(body, "auto_delete").value_or(false),
        .internal = bool_member(body, "internal").value_or(false),
        .arguments = to_table(object_member(body, "arguments")),
        .user = call.user().name,
    };
    const auto declared = co_await done<insight::Inspector::Declared>(
        [&](auto then) { call.broker().declare(std::move(declaration), std::move(then)); });
    co_return empty_reply(declared == insight::Inspector::Declared::created ? 201 : 204);
}

Answer delete_exchange(Call& call) {
    insight::DeleteExchange request{.vhost = call["vhost"],
                                    .name = call.exchange(),
                                    .if_unused = call.query.is_true("if-unused"),
                                    .user = call.user().name};
    co_await done<insight::Done>(
        [&](auto then) { call.broker().remove(std::move(request), std::move(then)); });
    co_return empty_reply(204);
}

Answer publish(Call& call) {
    const JsonObject body = call.body();
    insight::Publish request{
        .vhost = call["vhost"],
        .exchange = call.exchange(),
        .routing_key = required_text(body, "routing_key"),
        .body = decode_payload(body),
        .user = call.user().name,
    };
    if (find(body, "properties") == nullptr) throw bad_request("key_missing: properties");
    request.properties = encode_properties(object_member(body, "properties"));
    const auto result = co_await answer<insight::Result<insight::Published>>(
        [&](auto then) { call.broker().publish(std::move(request), std::move(then)); });
    if (!result) throw message_error(result.refusal());
    if (*result == insight::Published::rejected) {
        throw bad_request("rejected Unable to publish message. Check queue limits.");
    }
    co_return json_reply([&](JsonSink& out) {
        out.object([&] { out.member("routed", *result == insight::Published::routed); });
    });
}

}  // namespace leveret::admin::endpoints
