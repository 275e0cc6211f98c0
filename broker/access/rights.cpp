#include "broker/access/rights.hpp"

#include <fmt/format.h>

#include "protocol/amqp/protocol_error.hpp"

namespace leveret::broker::access {

using protocol::amqp::ProtocolError;
namespace reply = protocol::amqp::reply;

namespace {

constexpr std::string_view queue_kind = "queue";
constexpr std::string_view exchange_kind = "exchange";
constexpr std::string_view topic_type = "topic";

std::string_view exchange_name(std::string_view name) {
    return name.empty() ? "amq.default" : name;
}

}  // namespace

void Rights::require_configure_queue(std::string_view name) {
    require(Right::configure, queue_kind, name);
}
void Rights::require_write_queue(std::string_view name) { require(Right::write, queue_kind, name); }
void Rights::require_read_queue(std::string_view name) { require(Right::read, queue_kind, name); }
void Rights::require_configure_exchange(std::string_view name) {
    require(Right::configure, exchange_kind, exchange_name(name));
}
void Rights::require_read_exchange(std::string_view name) {
    require(Right::read, exchange_kind, exchange_name(name));
}

void Rights::require_write_exchange(std::string_view name) {
    refresh();
    if (written_is_known_ && written_ == name) return;
    require(Right::write, exchange_kind, exchange_name(name));
    written_ = name;
    written_is_known_ = true;
}

void Rights::require_write_topic(const routing::Exchange& exchange, std::string_view key) {
    require_topic(true, exchange, key);
}
void Rights::require_read_topic(const routing::Exchange& exchange, std::string_view key) {
    require_topic(false, exchange, key);
}

bool Rights::may_impersonate() const {
    const UserPtr user = access_.find_user(user_);
    return user != nullptr && user->has_tag(impersonator_tag);
}

void Rights::require(Right right, std::string_view kind, std::string_view name) {
    refresh();
    if (grants_ != nullptr && grants_->permission) {
        const CompiledPermission& permission = *grants_->permission;
        const NamePattern& pattern = right == Right::configure ? permission.configure
                                     : right == Right::write   ? permission.write
                                                               : permission.read;
        if (pattern.matches(name)) return;
    }
    throw ProtocolError(reply::access_refused,
                        fmt::format("access to {} '{}' in vhost '{}' refused for user '{}'", kind,
                                    name, vhost_, user_));
}

/// Rule: RabbitMQ: who has no topic permission for an exchange may use all keys of it.
void Rights::require_topic(bool write, const routing::Exchange& exchange, std::string_view key) {
    refresh();
    if (grants_ == nullptr || grants_->topics.empty() || exchange.type() != topic_type) return;
    const auto place = grants_->topics.find(exchange.name());
    if (place == grants_->topics.end()) return;
    const NamePattern& pattern = write ? place->second.write : place->second.read;
    if (pattern.matches(key)) return;
    throw ProtocolError(
        reply::access_refused,
        fmt::format("access to topic '{}' in exchange '{}' in vhost '{}' refused for user '{}'",
                    key, exchange.name(), vhost_, user_));
}

void Rights::refresh() {
    if (generation_ == access_.generation()) return;
    generation_ = access_.generation();
    grants_ = access_.find_grants(user_, vhost_);
    written_is_known_ = false;
}

}  // namespace leveret::broker::access
