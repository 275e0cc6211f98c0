// Users, what they may do, and how many connections and channels they may have.
#include <algorithm>
#include <utility>
#include <vector>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/definitions_reader.hpp"
#include "admin-ui/api/definitions_writer.hpp"
#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/list.hpp"
#include "admin-ui/api/members.hpp"

namespace leveret::admin::endpoints {

namespace insight = broker::insight;
namespace access = broker::access;

namespace {

using Declared = insight::Inspector::Declared;
using insight::PermissionSnapshot;
using insight::TopicPermissionSnapshot;
using insight::UserSnapshot;

/// A user, with the members that lists are sorted and filtered by.
struct NamedUser {
    std::string name;
    access::User user;
};

Reply put_reply(Declared declared) {
    return empty_reply(declared == Declared::created ? 201 : 204);
}

boost::asio::awaitable<Reply> user_list(Call& call, std::vector<UserSnapshot> users) {
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    std::vector<NamedUser> named;
    named.reserve(users.size());
    for (UserSnapshot& one : users) {
        std::string name = one.user.name;
        named.push_back({std::move(name), std::move(one.user)});
    }
    auto rows = std::make_unique<ItemsOf<NamedUser>>(
        std::move(named), [](const NamedUser& one, JsonSink& out) { render_user(one.user, out); });
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

/// Which permissions the path asks for.
insight::PermissionQuery query_of(const Call& call) {
    insight::PermissionQuery query;
    if (call.route.pattern.find("{user}") != std::string_view::npos) query.user = call["user"];
    if (call.route.pattern.find("{vhost}") != std::string_view::npos) query.vhost = call["vhost"];
    return query;
}

/// Throws: Refused when there is no such user.
boost::asio::awaitable<UserSnapshot> require_user(Call& call) {
    co_return co_await done<UserSnapshot>(
        [&](auto then) { call.broker().user(call["user"], std::move(then)); });
}

/// Throws: ApiError(404), Refused when the path names what is not there.
boost::asio::awaitable<void> require_names(Call& call) {
    const insight::PermissionQuery query = query_of(call);
    if (query.vhost && !call.services.vhosts.contains(*query.vhost)) throw object_not_found();
    if (query.user) (void)co_await require_user(call);
}

boost::asio::awaitable<std::vector<PermissionSnapshot>> permissions(Call& call) {
    co_return co_await answer<std::vector<PermissionSnapshot>>(
        [&](auto then) { call.broker().permissions(query_of(call), std::move(then)); });
}

boost::asio::awaitable<std::vector<TopicPermissionSnapshot>> topic_permissions(Call& call) {
    co_return co_await answer<std::vector<TopicPermissionSnapshot>>(
        [&](auto then) { call.broker().topic_permissions(query_of(call), std::move(then)); });
}

/// Reads what comes with a new user: `{"vhost": {"configure", "write", "read"}}`.
std::vector<insight::InitialPermission> initial_permissions(const JsonObject& body) {
    std::vector<insight::InitialPermission> permissions;
    for (const auto& [vhost, value] : object_member(body, "permissions")) {
        const JsonObject* const patterns = value.as<JsonObject>();
        if (patterns == nullptr) throw bad_request("permissions must be objects, by vhost");
        permissions.push_back({vhost, read_permission(*patterns)});
    }
    return permissions;
}

void render_limits(const UserSnapshot& one, JsonSink& out) {
    out.object([&] {
        out.member("user", one.user.name);
        out.object("value", [&] {
            const access::UserLimits& limits = one.user.limits;
            if (limits.connections) {
                out.member(access::user_connections_limit, *limits.connections);
            }
            if (limits.channels) out.member(access::user_channels_limit, *limits.channels);
        });
    });
}

}  // namespace

// Users

Answer get_users(Call& call) {
    auto users = co_await answer<std::vector<UserSnapshot>>(
        [&](auto then) { call.broker().users(std::move(then)); });
    co_return co_await user_list(call, std::move(users));
}

Answer get_users_without_permissions(Call& call) {
    auto users = co_await answer<std::vector<UserSnapshot>>(
        [&](auto then) { call.broker().users(std::move(then)); });
    const auto granted = co_await permissions(call);
    std::erase_if(users, [&](const UserSnapshot& one) {
        return std::ranges::any_of(
            granted, [&](const PermissionSnapshot& some) { return some.user == one.user.name; });
    });
    co_return co_await user_list(call, std::move(users));
}

Answer get_user(Call& call) {
    const UserSnapshot found = co_await require_user(call);
    co_return object_reply(call.query, [&](JsonSink& out) { render_user(found.user, out); });
}

/// Rule: RabbitMQ: tags must be given; without a password nobody logs in as the user any more.
Answer put_user(Call& call) {
    const JsonObject body = call.body();
    auto tags = read_tags(body);
    if (!tags) throw bad_request("key_missing: tags");
    insight::PutUser request{.name = call["user"],
                             .password = read_password(body),
                             .tags = std::move(*tags),
                             .limits = read_user_limits(body),
                             .permissions = initial_permissions(body),
                             .may_change_protected = call.request.peer.trusted_local,
                             .user = call.user().name};
    co_return put_reply(co_await done<Declared>(
        [&](auto then) { call.broker().put(std::move(request), std::move(then)); }));
}

Answer delete_user(Call& call) {
    insight::DeleteUsers request{.names = {call["user"]},
                                 .may_change_protected = call.request.peer.trusted_local,
                                 .user = call.user().name};
    co_await done<insight::Done>(
        [&](auto then) { call.broker().remove(std::move(request), std::move(then)); });
    co_return empty_reply(204);
}

/// Rule: RabbitMQ: users that are protected are passed over.
Answer delete_users(Call& call) {
    const JsonObject body = call.body();
    const JsonValue* const value = find(body, "users");
    const JsonArray* const names = value == nullptr ? nullptr : value->as<JsonArray>();
    if (names == nullptr) throw bad_request("users must be an array of names");
    insight::DeleteUsers request{.pass_over_protected = true, .user = call.user().name};
    for (const JsonValue& name : *names) {
        const std::string* const text = name.as<std::string>();
        if (text == nullptr) throw bad_request("users must be an array of names");
        if (!call.services.users.find_user(*text)) {
            throw ApiError(400, "bad_request", "no_such_user: " + *text);
        }
        request.names.push_back(*text);
    }
    co_await done<insight::Done>(
        [&](auto then) { call.broker().remove(std::move(request), std::move(then)); });
    co_return empty_reply(204);
}

// Permissions

Answer get_permissions(Call& call) {
    ListQuery list = parse_list_query(call.query);
    co_await require_names(call);
    ListRoom room = co_await call.services.lists.enter();
    auto rows = std::make_unique<ItemsOf<PermissionSnapshot>>(co_await permissions(call),
                                                              render_permission);
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

Answer get_permission(Call& call) {
    const auto found = co_await permissions(call);
    if (found.empty()) throw object_not_found();
    co_return object_reply(call.query,
                           [&](JsonSink& out) { render_permission(found.front(), out); });
}

Answer put_permission(Call& call) {
    insight::PutPermission request{.user_name = call["user"],
                                   .vhost = call["vhost"],
                                   .permission = read_permission(call.body()),
                                   .user = call.user().name};
    co_return put_reply(co_await done<Declared>(
        [&](auto then) { call.broker().put(std::move(request), std::move(then)); }));
}

Answer delete_permission(Call& call) {
    insight::DeletePermission request{
        .user_name = call["user"], .vhost = call["vhost"], .user = call.user().name};
    co_await done<insight::Done>(
        [&](auto then) { call.broker().remove(std::move(request), std::move(then)); });
    co_return empty_reply(204);
}

Answer get_topic_permissions(Call& call) {
    ListQuery list = parse_list_query(call.query);
    const insight::PermissionQuery query = query_of(call);
    co_await require_names(call);
    ListRoom room = co_await call.services.lists.enter();
    auto found = co_await topic_permissions(call);
    if (query.user && query.vhost && found.empty()) throw object_not_found();
    auto rows = std::make_unique<ItemsOf<TopicPermissionSnapshot>>(std::move(found),
                                                                   render_topic_permission);
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

Answer put_topic_permission(Call& call) {
    const JsonObject body = call.body();
    insight::PutTopicPermission request{
        .user_name = call["user"],
        .vhost = call["vhost"],
        .exchange = exchange_name(required_text(body, "exchange")),
        .permission = {required_text(body, "write"), required_text(body, "read")},
        .user = call.user().name};
    co_return put_reply(co_await done<Declared>(
        [&](auto then) { call.broker().put(std::move(request), std::move(then)); }));
}

Answer delete_topic_permissions(Call& call) {
    insight::DeleteTopicPermission request{
        .user_name = call["user"], .vhost = call["vhost"], .user = call.user().name};
    if (call.route.pattern.ends_with("{exchange}")) request.exchange = call.exchange();
    co_await done<insight::Done>(
        [&](auto then) { call.broker().remove(std::move(request), std::move(then)); });
    co_return empty_reply(204);
}

// Limits

/// Rule: RabbitMQ: everybody may see their own.
Answer get_user_limits(Call& call) {
    ListQuery list = parse_list_query(call.query);
    const bool of_one = query_of(call).user.has_value();
    if (of_one && !call.owns(call["user"])) throw not_authorised("Not administrator user");
    ListRoom room = co_await call.services.lists.enter();
    std::vector<UserSnapshot> users;
    if (of_one) {
        users.push_back(co_await require_user(call));
    } else {
        users = co_await answer<std::vector<UserSnapshot>>(
            [&](auto then) { call.broker().users(std::move(then)); });
    }
    std::erase_if(users,
                  [](const UserSnapshot& one) { return one.user.limits == access::UserLimits{}; });
    auto rows = std::make_unique<ItemsOf<UserSnapshot>>(std::move(users), render_limits);
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

Answer put_user_limit(Call& call) {
    const auto value = int_member(call.body(), "value");
    if (!value) throw bad_request("key_missing: value");
    insight::SetUserLimit request{
        .name = call["user"], .limit = call["name"], .value = *value, .user = call.user().name};
    co_await done<insight::Done>(
        [&](auto then) { call.broker().set(std::move(request), std::move(then)); });
    co_return empty_reply(204);
}

Answer delete_user_limit(Call& call) {
    insight::SetUserLimit request{
        .name = call["user"], .limit = call["name"], .user = call.user().name};
    co_await done<insight::Done>(
        [&](auto then) { call.broker().set(std::move(request), std::move(then)); });
    co_return empty_reply(204);
}

}  // namespace leveret::admin::endpoints
