#include "admin-ui/api/definitions_writer.hpp"

#include <fmt/format.h>

#include <set>
#include <string_view>
#include <utility>

#include "admin-ui/api/field_json.hpp"
#include "admin-ui/api/json_writer.hpp"
#include "broker/identity.hpp"

namespace leveret::admin {

namespace insight = broker::insight;
namespace access = broker::access;
namespace identity = broker::identity;

namespace {

using Kind = routing::Destination::Kind;

class DefinitionsWriter {
public:
    DefinitionsWriter(const Standing& standing, const std::optional<std::string>& vhost,
                      JsonSink& out)
        : standing_(standing), vhost_(vhost), out_(out) {}

    void write(const DefinitionsHead& head) {
        out_.object([&] {
            write_head(head);
            if (!vhost_) {
                array("users", standing_.users,
                      [&](const auto& user) { render_user(user.user, out_); });
                array("vhosts", standing_.vhosts, [&](const auto& one) { write_vhost(one); });
                array("permissions", standing_.permissions,
                      [&](const auto& one) { render_permission(one, out_); });
                array("topic_permissions", standing_.topic_permissions,
                      [&](const auto& one) { render_topic_permission(one, out_); });
                array("global_parameters", standing_.global_parameters,
                      [&](const auto& one) { write_global(one); });
            }
            out_.array("parameters", [&] { write_parameters(); });
            array("policies", standing_.policies, [&](const auto& one) { write_policy(one); });
            array("queues", standing_.queues, [&](const auto& one) { write_queue(one); });
            array("exchanges", standing_.exchanges, [&](const auto& one) { write_exchange(one); });
            array("bindings", standing_.bindings, [&](const auto& one) { write_binding(one); });
        });
    }

private:
    template <class Entries, class Write>
    void array(std::string_view name, const Entries& entries, Write write) {
        out_.array(name, [&] {
            for (const auto& entry : entries) write(entry);
        });
    }

    void write_head(const DefinitionsHead& head) {
        out_.member("rabbit_version", head.rabbitmq_version);
        out_.member("rabbitmq_version", head.rabbitmq_version);
        out_.member("product_name", identity::own_name);
        out_.member("product_version", identity::own_version);
        out_.member("rabbitmq_definition_format", vhost_ ? "single_virtual_host" : "cluster");
        out_.member("original_cluster_name", head.cluster_name);
        if (vhost_) {
            out_.member("original_vhost_name", *vhost_);
            out_.member("explanation", fmt::format("Definitions of vhost '{}'", *vhost_));
        } else {
            out_.member("explanation", "Definitions of the whole broker");
        }
    }

    void write_vhost_name(const std::string& name) {
        if (!vhost_) out_.member("vhost", name);
    }

    void write_vhost(const insight::VhostSnapshot& vhost) {
        const auto metadata_members = [&] {
            out_.member("description", vhost.metadata.description);
            out_.array("tags", [&] {
                for (const std::string& tag : vhost.metadata.tags) out_.text(tag);
            });
            out_.member("default_queue_type", vhost.metadata.default_queue_type);
        };
        out_.object([&] {
            out_.member("name", vhost.name);
            metadata_members();
            out_.object("metadata", metadata_members);
            out_.array("limits", [] {});
        });
    }

    void write_global(const insight::ParameterSnapshot& parameter) {
        out_.object([&] {
            out_.member("name", parameter.name);
            out_.key("value");
            write_value(parameter.value, out_);
        });
    }

    void write_parameters() {
        for (const insight::ParameterSnapshot& one : standing_.parameters) {
            parameter(one.vhost, one.component, one.name, [&] { write_value(one.value, out_); });
        }
        for (const insight::PolicySnapshot& one : standing_.operator_policies) {
            parameter(one.vhost, "operator_policy", one.policy.name,
                      [&] { out_.object([&] { policy_members(one.policy, out_); }); });
        }
    }

    template <class WriteValue>
    void parameter(const std::string& vhost, std::string_view component, std::string_view name,
                   WriteValue value) {
        out_.object([&] {
            write_vhost_name(vhost);
            out_.member("component", component);
            out_.member("name", name);
            out_.key("value");
            value();
        });
    }

    void write_policy(const insight::PolicySnapshot& one) {
        out_.object([&] {
            write_vhost_name(one.vhost);
            out_.member("name", one.policy.name);
            policy_members(one.policy, out_);
        });
    }

    void write_queue(const insight::QueueSnapshot& queue) {
        if (queue.exclusive) return;
        queues_.insert({queue.vhost, queue.name});
        out_.object([&] {
            out_.member("name", queue.name);
            write_vhost_name(queue.vhost);
            out_.member("durable", queue.durable);
            out_.member("auto_delete", queue.auto_delete);
            out_.member("type", queue.type);
            out_.key("arguments");
            write_table(queue.arguments, out_);
        });
    }

    void write_exchange(const insight::ExchangeSnapshot& exchange) {
        exchanges_.insert({exchange.vhost, exchange.name});
        if (exchange.predeclared || exchange.name.empty()) return;
        out_.object([&] {
            out_.member("name", exchange.name);
            write_vhost_name(exchange.vhost);
            out_.member("type", exchange.type);
            out_.member("durable", exchange.durable);
            out_.member("auto_delete", exchange.auto_delete);
            out_.member("internal", exchange.internal);
            out_.key("arguments");
            write_table(exchange.arguments, out_);
        });
    }

    /// What went or came while all this was read must not leave a binding without its ends.
    void write_binding(const insight::BindingSnapshot& binding) {
        const bool to_queue = binding.destination_kind == Kind::queue;
        if (!exchanges_.contains({binding.vhost, binding.source})) return;
        if (!(to_queue ? queues_ : exchanges_).contains({binding.vhost, binding.destination})) {
            return;
        }
        out_.object([&] {
            out_.member("source", binding.source);
            write_vhost_name(binding.vhost);
            out_.member("destination", binding.destination);
            out_.member("destination_type", to_queue ? "queue" : "exchange");
            out_.member("routing_key", binding.routing_key);
            out_.key("arguments");
            write_table(binding.arguments, out_);
        });
    }

    using Names = std::set<std::pair<std::string_view, std::string_view>>;

    const Standing& standing_;
    const std::optional<std::string>& vhost_;
    JsonSink& out_;
    Names queues_;  ///< by vhost: those that bindings may lead to
    Names exchanges_;
};

}  // namespace

std::string write_definitions(const Standing& standing, const DefinitionsHead& head,
                              const std::optional<std::string>& vhost) {
    return json([&](JsonSink& out) { DefinitionsWriter(standing, vhost, out).write(head); });
}

void render_user(const access::User& user, JsonSink& out) {
    out.object([&] {
        out.member("name", user.name);
        out.member("password_hash", user.password.text());
        out.member("hashing_algorithm", access::to_string(user.password.algorithm));
        out.array("tags", [&] {
            for (const std::string& tag : user.tags) out.text(tag);
        });
        out.object("limits", [&] {
            if (user.limits.connections) {
                out.member(access::user_connections_limit, *user.limits.connections);
            }
            if (user.limits.channels) {
                out.member(access::user_channels_limit, *user.limits.channels);
            }
        });
    });
}

void render_permission(const insight::PermissionSnapshot& one, JsonSink& out) {
    out.object([&] {
        out.member("user", one.user);
        out.member("vhost", one.vhost);
        out.member("configure", one.permission.configure);
        out.member("write", one.permission.write);
        out.member("read", one.permission.read);
    });
}

void render_topic_permission(const insight::TopicPermissionSnapshot& one, JsonSink& out) {
    out.object([&] {
        out.member("user", one.user);
        out.member("vhost", one.vhost);
        out.member("exchange", one.exchange);
        out.member("write", one.permission.write);
        out.member("read", one.permission.read);
    });
}

void policy_members(const broker::Policy& policy, JsonSink& out) {
    out.member("pattern", policy.pattern);
    out.member("apply-to", to_string(policy.applies_to));
    out.key("definition");
    write_table(policy.definition, out);
    out.member("priority", policy.priority);
}

}  // namespace leveret::admin
