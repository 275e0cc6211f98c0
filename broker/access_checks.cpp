#include "broker/access_checks.hpp"

#include <optional>
#include <string>

namespace leveret::broker {

namespace {

constexpr std::string_view names_of_the_broker = "amq.";

/// Returns: the exchange that an argument names; nothing when it is not given, or no text.
std::optional<std::string> exchange_in(const protocol::amqp::FieldTable& arguments,
                                       std::string_view argument) {
    const protocol::amqp::FieldValue* const value = arguments.find(argument);
    if (value == nullptr) return std::nullopt;
    const auto text = protocol::amqp::as_string(*value);
    return text ? std::optional(std::string(*text)) : std::nullopt;
}

}  // namespace

void require_may_declare(access::Rights& rights, Vhost& vhost,
                         const ExchangeDeclaration& declaration) {
    if (!routing::is_exchange_type(declaration.type) || declaration.name.empty()) return;
    rights.require_configure_exchange(declaration.name);
    if (vhost.find_exchange(declaration.name) != nullptr) return;
    if (declaration.name.starts_with(names_of_the_broker)) return;
    if (const auto alternate = exchange_in(declaration.arguments, "alternate-exchange")) {
        rights.require_read_exchange(declaration.name);
        rights.require_write_exchange(*alternate);
    }
}

void require_may_declare(access::Rights& rights, Vhost& vhost,
                         const QueueDeclaration& declaration) {
    if (declaration.name.starts_with(names_of_the_broker)) return;
    const std::string_view name =
        declaration.name.empty() ? declaration.generated_name : declaration.name;
    rights.require_configure_queue(name);
    if (vhost.find_named_queue(name) != nullptr) return;
    if (const auto dead_letters = exchange_in(declaration.arguments, "x-dead-letter-exchange")) {
        rights.require_read_queue(name);
        rights.require_write_exchange(*dead_letters);
    }
}

void require_may_delete_exchange(access::Rights& rights, std::string_view name) {
    if (name.empty() || name.starts_with(names_of_the_broker)) return;
    rights.require_configure_exchange(name);
}

void require_may_bind(access::Rights& rights, Vhost& vhost, const BindingDeclaration& binding,
                      routing::Destination::Kind destination_kind) {
    const bool to_queue = destination_kind == routing::Destination::Kind::queue;
    if (to_queue) {
        rights.require_write_queue(binding.destination);
    } else {
        rights.require_write_exchange(binding.destination);
    }
    if (binding.source.empty() || (!to_queue && binding.destination.empty())) return;
    rights.require_read_exchange(binding.source);
    const routing::Exchange* const source = vhost.find_exchange(binding.source);
    if (source != nullptr) rights.require_read_topic(*source, binding.routing_key);
}

}  // namespace leveret::broker
