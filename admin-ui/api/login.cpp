// Logging in and out, and what the console asks of its session.
#include <algorithm>
#include <chrono>

#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/members.hpp"

namespace leveret::admin::endpoints {

namespace {

std::int64_t epoch_ms(std::chrono::system_clock::time_point time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

void write_user(const Call& call, const Principal& user, JsonSink& out) {
    const auto lifetime = call.services.config.console.session_lifetime;
    out.object([&] {
        out.member("name", user.name);
        out.array("tags", [&] {
            for (const std::string& tag : user.tags) out.text(tag);
        });
        out.member("is_internal_user", true);
        out.member("login_session_timeout",
                   std::chrono::duration_cast<std::chrono::minutes>(lifetime).count());
    });
}

struct Form {
    std::string name;
    std::string password;
};

/// RabbitMQ's page sends a form, scripts send JSON.
Form parse_form(const std::string& body) {
    if (body.starts_with('{')) {
        const JsonObject object = parse_body(body);
        return {required_text(object, "username"), required_text(object, "password")};
    }
    const Query form = parse_query(body);
    const auto name = form.find("username");
    const auto password = form.find("password");
    if (!name) throw bad_request("key_missing: username");
    if (!password) throw bad_request("key_missing: password");
    return {std::string(*name), std::string(*password)};
}

const SessionPtr& require_session(const Call& call) {
    if (!call.caller.session) throw bad_request("this request belongs to no session");
    return call.caller.session;
}

}  // namespace

Answer get_auth(Call&) {
    co_return json_reply(
        [](JsonSink& out) { out.object([&] { out.member("oauth_enabled", false); }); });
}

Answer get_whoami(Call& call) {
    co_return json_reply([&](JsonSink& out) { write_user(call, call.user(), out); });
}

Answer log_in(Call& call) {
    Form form = parse_form(call.request.body);
    auto answered = co_await call.services.gate.log_in(call.request, std::move(form.name),
                                                       std::move(form.password));
    if (auto* refusal = std::get_if<Reply>(&answered)) co_return std::move(*refusal);
    const Principal& user = std::get<Principal>(answered);
    if (!user.may_manage()) throw not_authorised("Not management user");
    Reply cookie;
    call.services.gate.end_session(call.request, cookie);  // a new id at every login
    cookie = Reply{};
    const SessionPtr session = call.services.gate.start_session(call.request, user.name, cookie);
    Reply reply = json_reply([&](JsonSink& out) {
        out.object([&] {
            out.key("user");
            write_user(call, user, out);
            out.member("csrf", session->csrf);
        });
    });
    reply.fields = std::move(cookie.fields);
    co_return reply;
}

Answer log_out(Call& call) {
    Reply reply = empty_reply(204);
    call.services.gate.end_session(call.request, reply);
    co_return reply;
}

Answer get_session(Call& call) {
    const auto& console = call.services.config.console;
    const auto listeners = co_await call.listeners();
    co_return json_reply([&](JsonSink& out) {
        out.object([&] {
            out.key("user");
            write_user(call, call.user(), out);
            if (const SessionPtr& session = call.caller.session) {
                const Sessions& sessions = call.services.gate.sessions();
                out.member("csrf", session->csrf);
                out.member("idle_at", epoch_ms(sessions.idle_end(*session)));
                out.member("expires_at", epoch_ms(sessions.end(*session)));
                out.member("confirmed_at", epoch_ms(session->created));
            }
            if (!console.environment.empty()) {
                out.object("environment", [&] {
                    out.member("label", console.environment);
                    if (!console.environment_colour.empty()) {
                        out.member("colour", console.environment_colour);
                    }
                });
            }
            out.array("listeners", [&] {
                for (const auto& listener : listeners) {
                    out.object([&] {
                        out.member("protocol", listener.protocol);
                        out.member("port", listener.port);
                        out.member("tls", listener.tls);
                    });
                }
            });
            if (call.user().is_administrator()) {
                out.member("default_password", call.services.users.has_default_password());
            }
        });
    });
}

Answer get_sessions(Call& call) {
    const auto sessions =
        call.services.gate.sessions().of_user(call.user().name, std::chrono::system_clock::now());
    co_return json_reply([&](JsonSink& out) {
        out.array([&] {
            for (const SessionPtr& session : sessions) {
                out.object([&] {
                    out.member("id", session->id);
                    out.member("current", session == call.caller.session);
                    out.member("created_at", epoch_ms(session->created));
                    out.member("used_at", epoch_ms(session->used));
                    out.member("address", session->address);
                    out.member("agent", session->agent);
                });
            }
        });
    });
}

Answer end_session(Call& call) {
    Sessions& sessions = call.services.gate.sessions();
    const auto own = sessions.of_user(call.user().name, std::chrono::system_clock::now());
    const auto found = std::find_if(own.begin(), own.end(), [&](const SessionPtr& session) {
        return session->id == call["session"];
    });
    if (found == own.end()) throw object_not_found();
    sessions.end_session(**found);
    co_return empty_reply(204);
}

Answer end_other_sessions(Call& call) {
    const SessionPtr current = require_session(call);
    Sessions& sessions = call.services.gate.sessions();
    for (const auto& session :
         sessions.of_user(call.user().name, std::chrono::system_clock::now())) {
        if (session != current) sessions.end_session(*session);
    }
    co_return empty_reply(204);
}

}  // namespace leveret::admin::endpoints
