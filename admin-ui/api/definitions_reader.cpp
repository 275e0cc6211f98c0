#include "admin-ui/api/definitions_reader.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "admin-ui/api/error.hpp"
#include "admin-ui/api/field_json.hpp"
#include "admin-ui/api/http_message.hpp"
#include "admin-ui/api/members.hpp"
#include "broker/validation.hpp"

namespace leveret::admin {

namespace insight = broker::insight;
namespace access = broker::access;

namespace {

using broker::Policy;
using broker::PolicyKind;

constexpr std::string_view operator_policy_component = "operator_policy";

class DefinitionsReader {
public:
    DefinitionsReader(const JsonObject& document, const std::optional<std::string>& vhost)
        : document_(document), vhost_(vhost) {}

    insight::Definitions read() {
        if (!vhost_) {
            each("users", [&](const JsonObject& entry) { read_user(entry); });
            each("vhosts", [&](const JsonObject& entry) { read_vhost(entry); });
            each("permissions", [&](const JsonObject& entry) { read_user_permission(entry); });
            each("topic_permissions",
                 [&](const JsonObject& entry) { read_topic_permission(entry); });
            each("global_parameters",
                 [&](const JsonObject& entry) { read_global_parameter(entry); });
        }
        each("policies", [&](const JsonObject& entry) {
            out_.policies.push_back({vhost_of(entry), PolicyKind::user,
                                     read_policy(entry, required_text(entry, "name"))});
        });
        each("parameters", [&](const JsonObject& entry) { read_parameter(entry); });
        each("exchanges", [&](const JsonObject& entry) { read_exchange(entry); });
        each("queues", [&](const JsonObject& entry) { read_queue(entry); });
        each("bindings", [&](const JsonObject& entry) { read_binding(entry); });
        return std::move(out_);
    }

private:
    /// Reads the entries of one array, which need not be there.
    template <class Read>
    void each(std::string_view key, Read read) {
        const JsonValue* const value = find(document_, key);
        if (value == nullptr || value->is_null()) return;
        const JsonArray* const entries = value->as<JsonArray>();
        if (entries == nullptr) throw bad_request(fmt::format("{} must be an array", key));
        for (std::size_t i = 0; i < entries->size(); ++i) {
            const JsonObject* const entry = (*entries)[i].as<JsonObject>();
            if (entry == nullptr)
                throw bad_request(fmt::format("{}[{}] must be an object", key, i));
            try {
                read(*entry);
            } catch (const ApiError& error) {
                throw bad_request(
                    fmt::format("{}[{}]{}: {}", key, i, quoted_name(*entry), error.reason()));
            } catch (const broker::ValidationFailed& error) {
                throw bad_request(
                    fmt::format("{}[{}]{}: {}", key, i, quoted_name(*entry), error.what()));
            }
        }
    }

    static std::string quoted_name(const JsonObject& entry) {
        const JsonValue* const value = find(entry, "name");
        const std::string* const name = value == nullptr ? nullptr : value->as<std::string>();
        return name == nullptr ? "" : fmt::format(" '{}'", *name);
    }

    /// Rule: RabbitMQ: what names no vhost is of a document of one, which is brought in as such.
    std::string vhost_of(const JsonObject& entry) const {
        if (vhost_) return *vhost_;
        if (auto vhost = text_member(entry, "vhost")) return std::move(*vhost);
        throw bad_request(
            "key_missing: vhost; a document of one vhost is brought in for that vhost");
    }

    void read_user(const JsonObject& entry) {
        out_.users.push_back({.name = required_text(entry, "name"),
                              .password = read_password(entry),
                              .tags = read_tags(entry).value_or(std::vector<std::string>{}),
                              .limits = read_user_limits(entry)});
    }

    void read_vhost(const JsonObject& entry) {
        const JsonObject metadata = object_member(entry, "metadata");
        insight::PutVhost vhost{.name = required_text(entry, "name")};
        const auto either = [&](std::string_view key) {
            auto text = text_member(entry, key);
            return text ? text : text_member(metadata, key);
        };
        vhost.description = either("description");
        vhost.tags = read_tags(entry);
        if (!vhost.tags) vhost.tags = read_tags(metadata);
        vhost.default_queue_type = either("default_queue_type");
        if (vhost.default_queue_type == "undefined" || vhost.default_queue_type == "") {
            vhost.default_queue_type.reset();
        }
        out_.vhosts.push_back(std::move(vhost));
    }

    void read_user_permission(const JsonObject& entry) {
        out_.permissions.push_back({.user_name = required_text(entry, "user"),
                                    .vhost = vhost_of(entry),
                                    .permission = read_permission(entry)});
    }

    void read_topic_permission(const JsonObject& entry) {
        out_.topic_permissions.push_back(
            {.user_name = required_text(entry, "user"),
             .vhost = vhost_of(entry),
             .exchange = required_text(entry, "exchange"),
             .permission = {required_text(entry, "write"), required_text(entry, "read")}});
    }

    static protocol::amqp::FieldValue value_of(const JsonObject& entry) {
        const JsonValue* const value = find(entry, "value");
        if (value == nullptr) throw bad_request("key_missing: value");
        return to_field(*value);
    }

    void read_global_parameter(const JsonObject& entry) {
        out_.global_parameters.push_back({required_text(entry, "name"), value_of(entry)});
    }

    /// Rule: RabbitMQ exports operator policies as parameters.
    void read_parameter(const JsonObject& entry) {
        std::string component = required_text(entry, "component");
        std::string name = required_text(entry, "name");
        if (component == operator_policy_component) {
            out_.operator_policies.push_back(
                {vhost_of(entry), PolicyKind::by_operator,
                 read_policy(object_member(entry, "value"), std::move(name))});
            return;
        }
        out_.parameters.push_back({.vhost = vhost_of(entry),
                                   .component = std::move(component),
                                   .name = std::move(name),
                                   .value = value_of(entry)});
    }

    void read_exchange(const JsonObject& entry) {
        out_.exchanges.push_back({.vhost = vhost_of(entry),
                                  .name = required_text(entry, "name"),
                                  .type = text_member(entry, "type").value_or("direct"),
                                  .durable = bool_member(entry, "durable").value_or(true),
                                  .auto_delete = bool_member(entry, "auto_delete").value_or(false),
                                  .internal = bool_member(entry, "internal").value_or(false),
                                  .arguments = to_table(object_member(entry, "arguments"))});
    }

    void read_queue(const JsonObject& entry) {
        insight::DeclareQueue queue{
            .vhost = vhost_of(entry),
            .name = required_text(entry, "name"),
            .durable = bool_member(entry, "durable").value_or(true),
            .auto_delete = bool_member(entry, "auto_delete").value_or(false),
            .arguments = to_table(object_member(entry, "arguments"))};
        const auto type = text_member(entry, "type");
        if (type && type != "classic" && queue.arguments.find("x-queue-type") == nullptr) {
            queue.arguments.set("x-queue-type", *type);
        }
        out_.queues.push_back(std::move(queue));
    }

    void read_binding(const JsonObject& entry) {
        using Kind = routing::Destination::Kind;
        const std::string type = text_member(entry, "destination_type").value_or("queue");
        if (type != "queue" && type != "exchange") {
            throw bad_request("destination_type must be queue or exchange");
        }
        out_.bindings.push_back({.vhost = vhost_of(entry),
                                 .source = required_text(entry, "source"),
                                 .destination = required_text(entry, "destination"),
                                 .destination_kind = type == "queue" ? Kind::queue : Kind::exchange,
                                 .routing_key = text_member(entry, "routing_key").value_or(""),
                                 .arguments = to_table(object_member(entry, "arguments"))});
    }

    const JsonObject& document_;
    const std::optional<std::string>& vhost_;
    insight::Definitions out_;
};

/// Throws: ApiError(400) when it is no array of texts, nor one text.
std::vector<std::string> texts_of(const JsonValue& value, std::string_view key) {
    std::vector<std::string> texts;
    const auto add = [&](std::string_view text) {
        text = trimmed(text);
        if (!text.empty()) texts.emplace_back(text);
    };
    if (const std::string* const text = value.as<std::string>()) {
        std::string_view rest = *text;
        while (!rest.empty()) {
            const std::size_t comma = rest.find(',');
            add(rest.substr(0, comma));
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        }
        return texts;
    }
    const JsonArray* const array = value.as<JsonArray>();
    if (array == nullptr) throw bad_request(fmt::format("{} must be an array of texts", key));
    for (const JsonValue& element : *array) {
        const std::string* const text = element.as<std::string>();
        if (text == nullptr) throw bad_request(fmt::format("{} must be an array of texts", key));
        add(*text);
    }
    return texts;
}

}  // namespace

insight::Definitions read_definitions(const JsonObject& document,
                                      const std::optional<std::string>& vhost) {
    return DefinitionsReader(document, vhost).read();
}

Policy read_policy(const JsonObject& object, std::string name) {
    const std::int64_t priority = int_member(object, "priority").value_or(0);
    if (priority < std::numeric_limits<std::int32_t>::min() ||
        priority > std::numeric_limits<std::int32_t>::max()) {
        throw bad_request("priority must fit into 32 bits");
    }
    std::string pattern = required_text(object, "pattern");
    if (find(object, "definition") == nullptr) throw bad_request("key_missing: definition");
    try {
        return {.name = std::move(name),
                .pattern = std::move(pattern),
                .definition = to_table(object_member(object, "definition")),
                .priority = static_cast<std::int32_t>(priority),
                .applies_to =
                    broker::parse_applies_to(text_member(object, "apply-to").value_or("all"))};
    } catch (const broker::ValidationFailed& fault) {
        throw bad_request(fault.what());
    }
}

access::Permission read_permission(const JsonObject& object) {
    return {.configure = required_text(object, "configure"),
            .write = required_text(object, "write"),
            .read = required_text(object, "read")};
}

access::PasswordHash read_password(const JsonObject& object) {
    const auto algorithm_name = text_member(object, "hashing_algorithm");
    const auto algorithm = algorithm_name ? access::find_hash_algorithm(*algorithm_name)
                                          : std::optional(access::HashAlgorithm::sha256);
    if (!algorithm) {
        throw bad_request(
            fmt::format("hashing_algorithm '{}' is none of "
                        "rabbit_password_hashing_sha256, _sha512, _md5 and bcrypt",
                        *algorithm_name));
    }
    if (const auto password = text_member(object, "password")) {
        if (password->empty()) return {.algorithm = *algorithm};
        const bool may_be_made = *algorithm == access::HashAlgorithm::sha256 ||
                                 *algorithm == access::HashAlgorithm::sha512;
        if (!may_be_made) throw bad_request("no new password is hashed with MD5 or bcrypt");
        return access::hash_password(*password, *algorithm);
    }
    const auto hash = text_member(object, "password_hash");
    if (!hash || hash->empty()) return {.algorithm = *algorithm};
    try {
        return access::parse_password_hash(*hash, *algorithm);
    } catch (const broker::ValidationFailed& fault) {
        throw bad_request(fault.what());
    }
}

std::optional<std::vector<std::string>> read_tags(const JsonObject& object) {
    const JsonValue* const value = find(object, "tags");
    if (value == nullptr || value->is_null()) return std::nullopt;
    return texts_of(*value, "tags");
}

std::optional<access::UserLimits> read_user_limits(const JsonObject& object) {
    if (find(object, "limits") == nullptr) return std::nullopt;
    const JsonObject limits = object_member(object, "limits");
    return access::UserLimits{.connections = int_member(limits, access::user_connections_limit),
                              .channels = int_member(limits, access::user_channels_limit)};
}

}  // namespace leveret::admin
