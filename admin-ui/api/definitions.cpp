// Definitions: all that stands as one document, and such a document brought in.
#include <fmt/format.h>

#include <utility>
#include <variant>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/definitions_reader.hpp"
#include "admin-ui/api/definitions_writer.hpp"
#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/limits.hpp"
#include "admin-ui/api/list_rooms.hpp"
#include "admin-ui/api/multipart.hpp"
#include "admin-ui/api/worker.hpp"
#include "broker/log.hpp"

namespace leveret::admin::endpoints {

namespace insight = broker::insight;

namespace {

using insight::Definitions;
using insight::Imported;
using insight::ImportedItem;
using insight::ImportReport;

/// Returns: the vhost of the path; nothing when the path means the whole broker.
std::optional<std::string> vhost_of(const Call& call) {
    if (call.route.pattern.ends_with("{vhost}")) return call["vhost"];
    return std::nullopt;
}

template <class Value, class Ask>
boost::asio::awaitable<void> fetch(Value& into, Ask ask) {
    into = co_await answer<Value>([&](auto then) { ask(std::move(then)); });
}

boost::asio::awaitable<Standing> all_that_stands(Call& call,
                                                 const std::optional<std::string>& vhost) {
    insight::Inspector& broker = call.broker();
    insight::Vhosts vhosts;
    if (vhost) vhosts = std::vector<std::string>{*vhost};
    Standing all;
    // Bindings first: what is bound later is not in, what they bind is looked for below.
    co_await fetch(all.bindings, [&](auto then) {
        broker.bindings({.vhosts = vhosts, .implicit = false}, std::move(then));
    });
    co_await fetch(all.queues, [&](auto then) { broker.queues(vhosts, {}, std::move(then)); });
    co_await fetch(all.exchanges,
                   [&](auto then) { broker.exchanges(vhosts, {}, std::move(then)); });
    co_await fetch(all.policies, [&](auto then) {
        broker.policies(broker::PolicyKind::user, vhosts, std::move(then));
    });
    co_await fetch(all.operator_policies, [&](auto then) {
        broker.policies(broker::PolicyKind::by_operator, vhosts, std::move(then));
    });
    co_await fetch(all.parameters,
                   [&](auto then) { broker.parameters({.vhosts = vhosts}, std::move(then)); });
    if (vhost) co_return all;
    co_await fetch(all.topic_permissions,
                   [&](auto then) { broker.topic_permissions({}, std::move(then)); });
    co_await fetch(all.permissions, [&](auto then) { broker.permissions({}, std::move(then)); });
    co_await fetch(all.vhosts, [&](auto then) { broker.vhosts({}, {}, std::move(then)); });
    co_await fetch(all.users, [&](auto then) { broker.users(std::move(then)); });
    co_await fetch(all.global_parameters,
                   [&](auto then) { broker.global_parameters(std::move(then)); });
    co_return all;
}

/// The document in the body: as it is, or a form's part `file`.
std::string_view document_of(const Request& request) {
    const std::string_view type = request.fields.find("content-type").value_or("");
    if (!type.starts_with("multipart/form-data")) return request.body;
    const auto part = form_part(type, request.body, "file");
    if (!part) throw bad_request("the form has no part named file");
    return *part;
}

/// Reads the document on the worker thread: it may be large. Throws: ApiError(400).
boost::asio::awaitable<Definitions> read(Call& call, std::optional<std::string> vhost) {
    using Outcome = std::variant<Definitions, ApiError>;
    auto work = [text = std::string(document_of(call.request)),
                 vhost = std::move(vhost)]() -> Outcome {
        try {
            return read_definitions(parse_body(text, limits::definitions_values), vhost);
        } catch (const ApiError& error) {
            return error;
        }
    };
    auto outcome = co_await call.services.worker.run<Outcome>(std::move(work));
    if (const auto* const error = std::get_if<ApiError>(&outcome)) throw ApiError(*error);
    co_return std::get<Definitions>(std::move(outcome));
}

std::string_view to_string(Imported outcome) {
    switch (outcome) {
        case Imported::created:
            return "created";
        case Imported::changed:
            return "changed";
        case Imported::unchanged:
            return "unchanged";
        case Imported::skipped:
            return "skipped";
        case Imported::left_out:
            return "left_out";
    }
    return "";
}

std::string warning_of(const ImportedItem& item) {
    const std::string vhost = item.vhost.empty() ? "" : fmt::format(" in vhost '{}'", item.vhost);
    return fmt::format("{} '{}'{} is {}: {}", item.kind, item.name, vhost,
                       item.outcome == Imported::left_out ? "left out" : to_string(item.outcome),
                       item.reason);
}

void render_report(const ImportReport& report, bool applied, JsonSink& out) {
    out.object([&] {
        out.member("applied", applied);
        out.object("totals", [&] {
            out.member("created", report.created);
            out.member("changed", report.changed);
            out.member("unchanged", report.unchanged);
            out.member("skipped", report.skipped);
            out.member("left_out", report.left_out);
        });
        out.array("items", [&] {
            for (const ImportedItem& item : report.items) {
                out.object([&] {
                    out.member("op", to_string(item.outcome));
                    out.member("kind", item.kind);
                    if (!item.vhost.empty()) out.member("vhost", item.vhost);
                    out.member("name", item.name);
                    if (!item.reason.empty()) out.member("reason", item.reason);
                });
            }
        });
        out.array("warnings", [&] {
            for (const ImportedItem& item : report.items) {
                if (!item.reason.empty()) out.text(warning_of(item));
            }
        });
    });
}

boost::asio::awaitable<ImportReport> import(Call& call, bool dry_run) {
    const std::optional<std::string> vhost = vhost_of(call);
    if (vhost && !call.services.vhosts.contains(*vhost)) throw object_not_found();
    Definitions definitions = co_await read(call, vhost);
    insight::ImportDefinitions request{
        .definitions = std::move(definitions), .dry_run = dry_run, .user = call.user().name};
    co_return co_await done<ImportReport>(
        [&](auto then) { call.broker().import_definitions(std::move(request), std::move(then)); });
}

}  // namespace

Answer get_definitions(Call& call) {
    const std::optional<std::string> vhost = vhost_of(call);
    if (vhost && !call.services.vhosts.contains(*vhost)) {
        throw ApiError(400, "bad_request", "vhost_not_found");
    }
    const ListRoom room = co_await call.services.lists.enter();
    Standing standing = co_await all_that_stands(call, vhost);
    Reply reply;
    reply.fields.add("content-type", "application/json");
    if (const auto name = call.query.find("download")) {
        reply.fields.add("content-disposition",
                         fmt::format("attachment; filename={}", percent_encode(*name)));
    }
    const broker::Config& config = call.services.config;
    auto work = [standing = std::move(standing), vhost,
                 head = DefinitionsHead{config.rabbitmq_version, config.cluster_name}] {
        return write_definitions(standing, head, vhost);
    };
    reply.body = co_await call.services.worker.run<std::string>(std::move(work));
    co_return reply;
}

Answer post_definitions(Call& call) {
    const bool dry_run = call.query.is_true("dry_run");
    const ImportReport report = co_await import(call, dry_run);
    if (!dry_run) co_return empty_reply(204);
    co_return json_reply([&](JsonSink& out) { render_report(report, false, out); });
}

Answer post_x_definitions(Call& call) {
    const bool dry_run = call.query.is_true("dry_run");
    const ImportReport report = co_await import(call, dry_run);
    co_return json_reply([&](JsonSink& out) { render_report(report, !dry_run, out); });
}

}  // namespace leveret::admin::endpoints
