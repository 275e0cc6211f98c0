// Bindings: who gets what from where.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/field_json.hpp"
#include "admin-ui/api/list.hpp"
#include "admin-ui/api/members.hpp"
#include "admin-ui/api/properties_key.hpp"

namespace leveret::admin::endpoints {

namespace {

namespace insight = broker::insight;
using insight::BindingSnapshot;
using Kind = routing::Destination::Kind;

struct NamedBinding {
    std::string vhost;
    std::string name;  ///< what the list is sorted by: source, destination, key
    std::string properties_key;
    BindingSnapshot binding;
};

void render_binding(const NamedBinding& named, JsonSink& out) {
    const BindingSnapshot& binding = named.binding;
    out.object([&] {
        out.member("source", binding.source);
        out.member("vhost", binding.vhost);
        out.member("destination", binding.destination);
        out.member("destination_type",
                   binding.destination_kind == Kind::queue ? "queue" : "exchange");
        out.member("routing_key", binding.routing_key);
        out.key("arguments");
        write_table(binding.arguments, out);
        out.member("properties_key", named.properties_key);
    });
}

boost::asio::awaitable<std::vector<NamedBinding>> find_bindings(Call& call,
                                                                insight::BindingQuery query) {
    auto bindings = co_await answer<std::vector<BindingSnapshot>>(
        [&](auto then) { call.broker().bindings(std::move(query), std::move(then)); });
    const std::vector<std::string> keys = properties_keys(bindings);
    std::vector<NamedBinding> named;
    named.reserve(bindings.size());
    for (std::size_t i = 0; i < bindings.size(); ++i) {
        BindingSnapshot& binding = bindings[i];
        std::string vhost = binding.vhost;
        std::string name = fmt::format("{}\n{}\n{}", binding.source, binding.destination, keys[i]);
        named.push_back({std::move(vhost), std::move(name), keys[i], std::move(binding)});
    }
    co_return named;
}

Answer binding_list(Call& call, insight::BindingQuery query) {
    ListQuery list = parse_list_query(call.query);
    ListRoom room = co_await call.services.lists.enter();
    auto bindings = co_await find_bindings(call, std::move(query));
    auto rows = std::make_unique<ItemsOf<NamedBinding>>(std::move(bindings), render_binding);
    co_return co_await list_reply(std::move(list), std::move(room), std::move(rows));
}

insight::Vhosts vhost_of(const Call& call) { return std::vector<std::string>{call["vhost"]}; }

bool is_to_queue(const Call& call) {
    return call.route.pattern.find("{queue}") != std::string_view::npos;
}

/// The two ends that the path names.
insight::BindingQuery ends_of(const Call& call) {
    const bool to_queue = is_to_queue(call);
    return {.vhosts = vhost_of(call),
            .source = call.exchange(),
            .destination = to_queue ? call["queue"] : call.exchange("destination"),
            .destination_kind = to_queue ? Kind::queue : Kind::exchange};
}

insight::Bind bind_request(const Call& call) {
    insight::BindingQuery ends = ends_of(call);
    return {.vhost = call["vhost"],
            .source = *std::move(ends.source),
            .destination = *std::move(ends.destination),
            .destination_kind = *ends.destination_kind,
            .user = call.user().name};
}

/// The binding that the path names.
/// Rule: clients differ in how often they escape: as it is first, then with one more escape undone.
boost::asio::awaitable<NamedBinding> find_binding(Call& call) {
    insight::BindingQuery ends = ends_of(call);
    std::vector<NamedBinding> bindings = co_await find_bindings(call, std::move(ends));
    const auto named = [&](std::string_view key) {
        return std::find_if(bindings.begin(), bindings.end(),
                            [&](const auto& one) { return one.properties_key == key; });
    };
    auto found = named(call["properties"]);
    if (found == bindings.end()) {
        // A space in a key came as a plus, escaped or not.
        const auto again = unescape_properties_key(call["properties"]);
        if (again) found = named(*again);
    }
    if (found == bindings.end()) {
        const auto wanted = unescape_properties_key(call["properties"]);
        found = std::find_if(bindings.begin(), bindings.end(), [&](const auto& one) {
            return wanted && one.binding.arguments.empty() && one.binding.routing_key == *wanted &&
                   !one.binding.routing_key.empty();
        });
    }
    if (found == bindings.end()) throw object_not_found();
    co_return std::move(*found);
}

}  // namespace

Answer get_bindings(Call& call) { return binding_list(call, {.vhosts = call.visible_vhosts()}); }

Answer get_bindings_from_exchange(Call& call) {
    co_await done<insight::ExchangeSnapshot>([&](auto then) {
        call.broker().exchange({call["vhost"], call.exchange()}, {}, std::move(then));
    });
    insight::BindingQuery query{.vhosts = vhost_of(call), .source = call.exchange()};
    co_return co_await binding_list(call, std::move(query));
}

Answer get_bindings_to_exchange(Call& call) {
    co_await done<insight::ExchangeSnapshot>([&](auto then) {
        call.broker().exchange({call["vhost"], call.exchange()}, {}, std::move(then));
    });
    insight::BindingQuery query{.vhosts = vhost_of(call),
                                .destination = call.exchange(),
                                .destination_kind = Kind::exchange};
    co_return co_await binding_list(call, std::move(query));
}

Answer get_bindings_of_queue(Call& call) {
    co_await done<insight::QueueSnapshot>([&](auto then) {
        call.broker().queue({call["vhost"], call["queue"]}, {}, std::move(then));
    });
    insight::BindingQuery query{
        .vhosts = vhost_of(call), .destination = call["queue"], .destination_kind = Kind::queue};
    co_return co_await binding_list(call, std::move(query));
}

Answer get_bindings_between(Call& call) { return binding_list(call, ends_of(call)); }

Answer post_binding(Call& call) {
    const JsonObject body = call.body();
    insight::Bind request = bind_request(call);
    request.routing_key = text_member(body, "routing_key").value_or("");
    JsonObject arguments = object_member(body, "arguments");
    std::sort(arguments.begin(), arguments.end(),  // as a binding keeps them
              [](const auto& a, const auto& b) { return a.first < b.first; });
    request.arguments = to_table(arguments);
    const insight::Bind made = request;
    co_await done<insight::Inspector::Declared>(
        [&](auto then) { call.broker().bind(std::move(request), std::move(then)); });
    // Its name depends on the others of the same ends.
    insight::BindingQuery ends = ends_of(call);
    std::vector<NamedBinding> bindings = co_await find_bindings(call, std::move(ends));
    const auto found = std::find_if(bindings.begin(), bindings.end(), [&](const auto& one) {
        return one.binding.routing_key == made.routing_key &&
               one.binding.arguments == made.arguments;
    });
    Reply reply = empty_reply(201);
    if (found != bindings.end()) {
        const std::string destination = is_to_queue(call) ? call["queue"] : call["destination"];
        reply.fields.add("location", fmt::format("{}/{}", percent_encode(destination),
                                                 percent_encode(found->properties_key)));
    }
    co_return reply;
}

Answer get_binding(Call& call) {
    const NamedBinding found = co_await find_binding(call);
    co_return object_reply(call.query, [&](JsonSink& out) { render_binding(found, out); });
}

Answer delete_binding(Call& call) {
    const NamedBinding found = co_await find_binding(call);
    insight::Bind request = bind_request(call);
    request.routing_key = found.binding.routing_key;
    request.arguments = found.binding.arguments;
    co_await done<insight::Done>(
        [&](auto then) { call.broker().unbind(std::move(request), std::move(then)); });
    co_return empty_reply(204);
}

}  // namespace leveret::admin::endpoints
