// Vhosts: what there are, made, described, protected and deleted.
#include <utility>
#include <vector>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/definitions_reader.hpp"
#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/list.hpp"
#include "admin-ui/api/members.hpp"
#include "admin-ui/api/render.hpp"

namespace leveret::admin::endpoints {

namespace {

using Declared = insight::Inspector::Declared;
using insight::VhostSnapshot;

boost::asio::awaitable<void> protect(Call& call, bool is_protected) {
    const auto vhosts = co_await answer<std::vector<VhostSnapshot>>([&](auto then) {
        call.broker().vhosts(std::vector<std::string>{call["vhost"]}, {}, std::move(then));
    });
    if (vhosts.empty()) throw object_not_found();
    insight::PutVhost request{
        .name = call["vhost"], .protected_from_deletion = is_protected, .user = call.user().name};
    co_await done<Declared>(
        [&](auto then) { call.broker().put(std::move(request), std::move(then)); });
}

}  // namespace

Answer get_vhosts(Call& call) {
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    const insight::Samples samples = call.samples();
    auto vhosts = co_await answer<std::vector<VhostSnapshot>>(
        [&](auto then) { call.broker().vhosts(call.visible_vhosts(), samples, std::move(then)); });
    const View view{call.node(), stats_choice(call.query)};
    auto rows = std::make_unique<ItemsOf<VhostSnapshot>>(
        std::move(vhosts),
        [view](const VhostSnapshot& vhost, JsonSink& out) { render_vhost(vhost, view, out); });
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

Answer get_vhost(Call& call) {
    const insight::Samples samples = call.samples();
    const auto vhosts = co_await answer<std::vector<VhostSnapshot>>(
        [&](auto then) { call.broker().vhosts(call.visible_vhosts(), samples, std::move(then)); });
    if (vhosts.empty()) throw object_not_found();
    const View view{call.node(), stats_choice(call.query)};
    co_return object_reply(call.query,
                           [&](JsonSink& out) { render_vhost(vhosts.front(), view, out); });
}

/// Rule: RabbitMQ: an empty body, or one that is not there, is a vhost as vhosts are.
Answer put_vhost(Call& call) {
    const JsonObject body = call.body();
    const auto tracing = bool_member(body, "tracing");
    auto type = text_member(body, "default_queue_type");
    if (!type) type = text_member(body, "defaultqueuetype");
    if (type == "undefined" || type == "") type.reset();
    insight::PutVhost request{.name = call["vhost"],
                              .description = text_member(body, "description"),
                              .tags = read_tags(body),
                              .default_queue_type = std::move(type),
                              .user = call.user().name};
    const auto declared = co_await done<Declared>(
        [&](auto then) { call.broker().put(std::move(request), std::move(then)); });
    if (tracing) {
        insight::SetTracing trace{.vhost = call["vhost"], .on = *tracing, .user = call.user().name};
        co_await done<insight::Done>(
            [&](auto then) { call.broker().set(std::move(trace), std::move(then)); });
    }
    co_return empty_reply(declared == Declared::created ? 201 : 204);
}

/// Rule: RabbitMQ: one that is protected is refused with 412.
Answer delete_vhost(Call& call) {
    insight::DeleteVhost request{.name = call["vhost"], .user = call.user().name};
    try {
        co_await done<insight::Done>(
            [&](auto then) { call.broker().remove(std::move(request), std::move(then)); });
    } catch (const Refused& refused) {
        if (refused.refusal().code.name != "PRECONDITION_FAILED") throw;
        throw ApiError(412, "precondition_failed", std::string(refused.refusal().explanation()));
    }
    co_return empty_reply(204);
}

Answer protect_vhost(Call& call) {
    co_await protect(call, true);
    co_return empty_reply(204);
}

Answer unprotect_vhost(Call& call) {
    co_await protect(call, false);
    co_return empty_reply(204);
}

/// Rule: RabbitMQ starts a vhost that has failed on a node; here none does.
Answer start_vhost(Call&) { co_return empty_reply(204); }

}  // namespace leveret::admin::endpoints
