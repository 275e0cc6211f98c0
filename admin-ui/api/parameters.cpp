// Runtime parameters, of vhosts and global, and the limits of vhosts.
#include <utility>
#include <vector>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/field_json.hpp"
#include "admin-ui/api/list.hpp"
#include "admin-ui/api/members.hpp"

namespace leveret::admin::endpoints {

namespace insight = broker::insight;

namespace {

using Declared = insight::Inspector::Declared;
using insight::ParameterSnapshot;
using insight::VhostLimitsSnapshot;

void render_parameter(const ParameterSnapshot& parameter, JsonSink& out) {
    out.object([&] {
        out.key("value");
        write_value(parameter.value, out);
        out.member("vhost", parameter.vhost);
        out.member("component", parameter.component);
        out.member("name", parameter.name);
    });
}

void render_global(const ParameterSnapshot& parameter, JsonSink& out) {
    out.object([&] {
        out.member("name", parameter.name);
        out.key("value");
        write_value(parameter.value, out);
    });
}

void render_limits(const VhostLimitsSnapshot& limits, JsonSink& out) {
    out.object([&] {
        out.member("vhost", limits.vhost);
        out.key("value");
        write_table(limits.limits, out);
    });
}

/// Throws: ApiError(400) when there is none.
protocol::amqp::FieldValue value_of(const Call& call) {
    const JsonObject body = call.body();
    const JsonValue* const value = find(body, "value");
    if (value == nullptr) throw bad_request("key_missing: value");
    return to_field(*value);
}

boost::asio::awaitable<Reply> parameter_list(Call& call, insight::ParameterQuery query) {
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    auto found = co_await answer<std::vector<ParameterSnapshot>>(
        [&](auto then) { call.broker().parameters(std::move(query), std::move(then)); });
    auto rows = std::make_unique<ItemsOf<ParameterSnapshot>>(std::move(found), render_parameter);
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

boost::asio::awaitable<std::vector<ParameterSnapshot>> global_parameters(Call& call) {
    co_return co_await answer<std::vector<ParameterSnapshot>>(
        [&](auto then) { call.broker().global_parameters(std::move(then)); });
}

Reply declared_reply(Declared declared) {
    return empty_reply(declared == Declared::created ? 201 : 204);
}

}  // namespace

Answer get_parameters(Call& call) {
    return parameter_list(call, {.vhosts = call.visible_vhosts()});
}

Answer get_parameters_of_component(Call& call) {
    return parameter_list(call, {.vhosts = call.visible_vhosts(), .component = call["component"]});
}

Answer get_parameter(Call& call) {
    insight::ParameterQuery query{
        .vhosts = call.visible_vhosts(), .component = call["component"], .name = call["name"]};
    const auto found = co_await answer<std::vector<ParameterSnapshot>>(
        [&](auto then) { call.broker().parameters(std::move(query), std::move(then)); });
    if (found.empty()) throw object_not_found();
    co_return object_reply(call.query,
                           [&](JsonSink& out) { render_parameter(found.front(), out); });
}

Answer put_parameter(Call& call) {
    insight::SetParameter request{.vhost = call["vhost"],
                                  .component = call["component"],
                                  .name = call["name"],
                                  .value = value_of(call),
                                  .user = call.user().name};
    co_return declared_reply(co_await done<Declared>(
        [&](auto then) { call.broker().set(std::move(request), std::move(then)); }));
}

Answer delete_parameter(Call& call) {
    insight::DeleteParameter request{.vhost = call["vhost"],
                                     .component = call["component"],
                                     .name = call["name"],
                                     .user = call.user().name};
    co_await done<insight::Done>(
        [&](auto then) { call.broker().remove(std::move(request), std::move(then)); });
    co_return empty_reply(204);
}

Answer get_global_parameters(Call& call) {
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    auto rows = std::make_unique<ItemsOf<ParameterSnapshot>>(co_await global_parameters(call),
                                                             render_global);
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

Answer get_global_parameter(Call& call) {
    const std::vector<ParameterSnapshot> all = co_await global_parameters(call);
    for (const ParameterSnapshot& one : all) {
        if (one.name != call["name"]) continue;
        co_return object_reply(call.query, [&](JsonSink& out) { render_global(one, out); });
    }
    throw object_not_found();
}

Answer put_global_parameter(Call& call) {
    insight::SetGlobalParameter request{.name = call["name"], .value = value_of(call)};
    co_return declared_reply(co_await done<Declared>(
        [&](auto then) { call.broker().set(std::move(request), std::move(then)); }));
}

Answer delete_global_parameter(Call& call) {
    co_await done<insight::Done>(
        [&](auto then) { call.broker().remove_global_parameter(call["name"], std::move(then)); });
    co_return empty_reply(204);
}

Answer get_vhost_limits(Call& call) {
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    auto limits = co_await answer<std::vector<VhostLimitsSnapshot>>(
        [&](auto then) { call.broker().limits(call.visible_vhosts(), std::move(then)); });
    auto rows = std::make_unique<ItemsOf<VhostLimitsSnapshot>>(std::move(limits), render_limits);
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

Answer put_vhost_limit(Call& call) {
    const auto value = int_member(call.body(), "value");
    if (!value) throw bad_request("key_missing: value");
    insight::SetVhostLimit request{
        .vhost = call["vhost"], .name = call["name"], .value = *value, .user = call.user().name};
    co_await done<insight::Done>(
        [&](auto then) { call.broker().set(std::move(request), std::move(then)); });
    co_return empty_reply(204);
}

Answer delete_vhost_limit(Call& call) {
    insight::DeleteVhostLimit request{
        .vhost = call["vhost"], .name = call["name"], .user = call.user().name};
    co_await done<insight::Done>(
        [&](auto then) { call.broker().remove(std::move(request), std::move(then)); });
    co_return empty_reply(204);
}

}  // namespace leveret::admin::endpoints
