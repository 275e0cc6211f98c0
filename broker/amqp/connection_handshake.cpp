// The handshake of a connection: greeting, login, limits, vhost.
#include <fmt/format.h>

#include <string>
#include <utility>

#include "broker/amqp/connection.hpp"
#include "broker/identity.hpp"
#include "broker/limits.hpp"
#include "broker/log.hpp"
#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/protocol_header.hpp"
#include "protocol/amqp/sasl.hpp"

namespace leveret::broker::amqp {

using namespace protocol::amqp;

namespace {

/// Before the limits are agreed on. Room for a login with a large token.
constexpr std::uint32_t handshake_frame_max = 8192;

constexpr std::string_view mechanisms = "PLAIN AMQPLAIN";
constexpr std::uint16_t channel_max_lowest = 1;

FieldTable server_properties(const Config& config) {
    FieldTable capabilities;
    for (const char* name :
         {"publisher_confirms", "exchange_exchange_bindings", "basic.nack",
          "consumer_cancel_notify", "connection.blocked", "consumer_priorities",
          "authentication_failure_close", "per_consumer_qos", "direct_reply_to"}) {
        capabilities.append(name, true);
    }
    FieldTable properties;
    properties.append("capabilities", capabilities);
    properties.append("cluster_name", config.cluster_name);
    properties.append("copyright", std::string("The authors of Leveret"));
    properties.append("information", fmt::format("{} {}, licensed under Apache-2.0",
                                                 identity::own_name, identity::own_version));
    properties.append("platform", fmt::format("{} {}", identity::own_name, identity::own_version));
    properties.append("product", std::string(identity::product));
    properties.append("version", config.rabbitmq_version);
    return properties;
}

ClientCapabilities read_capabilities(const FieldTable& client_properties) {
    const FieldValue* const value = client_properties.find("capabilities");
    const FieldTable* const table = value == nullptr ? nullptr : as_table(*value);
    const auto has = [&](std::string_view name) {
        const FieldValue* const flag = table == nullptr ? nullptr : table->find(name);
        return flag != nullptr && as_bool(*flag).value_or(false);
    };
    return {.authentication_failure_close = has("authentication_failure_close"),
            .connection_blocked = has("connection.blocked"),
            .consumer_cancel_notify = has("consumer_cancel_notify")};
}

/// Rule: 0 means no limit, which only a server without one accepts.
void require_within(std::string_view what, std::uint32_t lowest, std::uint32_t offered,
                    std::uint32_t chosen) {
    const auto refuse = [&](std::string_view relation, std::uint32_t bound) {
        throw ProtocolError(reply::not_allowed,
                            fmt::format("negotiated {} = {} is {} allowed value ({})", what, chosen,
                                        relation, bound));
    };
    if (chosen != 0 && chosen < lowest) refuse("lower than the minimum", lowest);
    if (offered != 0 && (chosen == 0 || chosen > offered)) {
        refuse("higher than the maximum", offered);
    }
}

}  // namespace

std::string_view Connection::take_greeting(std::string_view octets) {
    const std::size_t missing = protocol_header_octets - greeting_.size();
    const std::size_t taken = std::min(missing, octets.size());
    greeting_.append(octets.substr(0, taken));
    octets.remove_prefix(taken);
    const Greeting greeting = classify_greeting(greeting_);
    if (greeting == Greeting::incomplete) return {};
    if (greeting != Greeting::amqp_0_9_1) {
        refuse_greeting(greeting);
        return {};
    }
    std::string().swap(greeting_);
    frames_.set_frame_max(handshake_frame_max);
    const std::string properties = server_properties(broker_.config()).encoded();
    send(connection::Start{.version_major = 0,
                           .version_minor = 9,
                           .server_properties = {properties},
                           .mechanisms = mechanisms,
                           .locales = "en_US"});
    state_ = State::starting;
    return octets;
}

void Connection::refuse_greeting(Greeting greeting) {
    switch (greeting) {
        case Greeting::http:
            log::warning(
                "{}: this is HTTP; this port speaks AMQP, the console and the HTTP API "
                "are at http.listen (15672 by default)",
                peer_.name);
            break;
        case Greeting::tls:
            log::warning(
                "{}: this is TLS; this port takes plain AMQP, TLS has its own "
                "(amqp.tls_listen)",
                peer_.name);
            break;
        default:
            log::warning("{}: no AMQP 0-9-1, but {}", peer_.name, log::escaped(greeting_));
    }
    outbox_.octets().append(answer_to(greeting));
    finish();
}

void Connection::on(const connection::StartOk& method) {
    require_state(State::starting);
    const FieldTable properties = FieldTable::parse(method.client_properties);
    capabilities_ = read_capabilities(properties);
    client_properties_ = method.client_properties.octets;
    mechanism_ = method.mechanism;
    Credentials credentials;
    if (method.mechanism == "PLAIN") {
        credentials = parse_plain(method.response);
    } else if (method.mechanism == "AMQPLAIN") {
        credentials = parse_amqplain(method.response);
    } else {
        throw ProtocolError(
            reply::command_invalid,
            fmt::format("unknown authentication mechanism '{}'", method.mechanism.text));
    }
    user_ = std::move(credentials.user);
    state_ = State::checking;
    deadline_.reset();  // the pause after failed logins may be longer, and ends by itself
    login_ = broker_.logins().begin({.user = user_,
                                     .password = std::move(credentials.password),
                                     .source = peer_.host,
                                     .from_this_machine = peer_.loopback},
                                    [this](access::LoginOutcome outcome) { login_ended(outcome); });
}

void Connection::login_ended(access::LoginOutcome outcome) {
    if (state_ != State::checking) return;
    deadline_ = broker_.clock().now() + broker_.config().limits.handshake_timeout;
    if (outcome != access::LoginOutcome::accepted) {
        if (outcome == access::LoginOutcome::only_from_this_machine) {
            log::warning(
                "user '{}' may only log in from this machine; take it out of auth.loopback_users, "
                "or start with --dev, to let it in from elsewhere",
                log::escaped(user_));
        }
        log::warning("{}: login of user '{}' refused", peer_.name, log::escaped(user_));
        broker_.observation().tell({.type = insight::EventType::user_authentication_failure,
                                    .name = user_,
                                    .detail = peer_.name});
        return refuse_login();
    }
    const Config::Limits& limits = broker_.config().limits;
    send(connection::Tune{.channel_max = limits.channel_max,
                          .frame_max = limits.frame_max,
                          .heartbeat = static_cast<std::uint16_t>(limits.heartbeat.count())});
    state_ = State::tuning;
    if (sent_early_.empty()) return;
    const std::string early = std::exchange(sent_early_, {});
    read(early);
}

void Connection::refuse_login() {
    std::string().swap(sent_early_);
    state_ = State::refused;
    deadline_ = broker_.clock().now() + limits::refused_login_pause;
}

void Connection::on(const connection::SecureOk&) {
    refuse_in_this_state();  // no mechanism that is offered asks a second time
}

void Connection::on(const connection::TuneOk& method) {
    require_state(State::tuning);
    const Config::Limits& limits = broker_.config().limits;
    require_within("frame_max", frame_min_size, limits.frame_max, method.frame_max);
    require_within("channel_max", channel_max_lowest, limits.channel_max, method.channel_max);
    frame_max_ = method.frame_max;
    channel_max_ = method.channel_max;
    heartbeat_ = std::chrono::seconds(method.heartbeat);
    frames_.set_frame_max(frame_max_);
    state_ = State::opening;
}

void Connection::on(const connection::Open& method) {
    require_state(State::opening);
    Vhost* const vhost = broker_.find_vhost(method.virtual_host);
    if (vhost == nullptr) {
        throw ProtocolError(reply::not_allowed,
                            fmt::format("vhost {} not found", method.virtual_host.text));
    }
    require_room_for_connection(*vhost);
    const access::Grants* const grants = broker_.access().find_grants(user_, vhost->name());
    if (grants == nullptr || !grants->permission) {
        throw ProtocolError(
            reply::not_allowed,
            fmt::format("access to vhost '{}' refused for user '{}'", vhost->name(), user_));
    }
    vhost_ = vhost->shared_from_this();
    rights_.emplace(broker_.access(), user_, vhost->name());
    deadline_.reset();
    state_ = State::running;
    join_clients();
    send(connection::OpenOk{});
    log::info("{}: user '{}' logged in, vhost '{}'", peer_.name, log::escaped(user_),
              log::escaped(vhost->name()));
}

/// Rule: RabbitMQ: the node's limit, then the vhost's, then the user's.
void Connection::require_room_for_connection(Vhost& vhost) const {
    const auto refuse = [](const std::string& why) {
        throw ProtocolError(reply::not_allowed, why);
    };
    const insight::Clients& clients = broker_.observation().clients();
    const std::uint32_t of_node = broker_.config().limits.max_connections;
    if (of_node != 0 && clients.connection_count() >= of_node) {
        refuse(
            fmt::format("access to vhost '{}' refused for user '{}': node connection limit ({}) "
                        "is reached",
                        vhost.name(), user_, of_node));
    }
    const auto of_vhost = vhost.limits().connections;
    if (of_vhost && vhost.statistics().connections >= *of_vhost) {
        refuse(fmt::format(
            "access to vhost '{}' refused for user '{}': connection limit ({}) is reached",
            vhost.name(), user_, *of_vhost));
    }
    const access::UserPtr user = broker_.access().find_user(user_);
    const auto of_user = user == nullptr ? std::nullopt : user->limits.connections;
    if (of_user && *of_user >= 0 &&
        clients.of_user(user_).connections >= static_cast<std::uint64_t>(*of_user)) {
        refuse(
            fmt::format("connection refused for user '{}': user connection limit ({}) is reached",
                        user_, *of_user));
    }
}

void Connection::require_room_for_channel() const {
    const access::UserPtr user = broker_.access().find_user(user_);
    const auto of_user = user == nullptr ? std::nullopt : user->limits.channels;
    if (!of_user || *of_user < 0) return;
    const insight::Clients& clients = broker_.observation().clients();
    if (clients.of_user(user_).channels < static_cast<std::uint64_t>(*of_user)) return;
    throw ProtocolError(reply::not_allowed,
                        fmt::format("number of channels opened for user '{}' has reached the "
                                    "maximum allowed user limit of ({})",
                                    user_, *of_user));
}

void Connection::on(const connection::UpdateSecret&) {
    // A password that is checked once has nothing to renew; tokens, which do, are not offered.
    require_state(State::running);
    send(connection::UpdateSecretOk{});
}

void Connection::require_state(State state) const {
    if (state_ != state) refuse_in_this_state();
}

void Connection::refuse_in_this_state() const {
    throw ProtocolError(reply::channel_error,
                        fmt::format("unexpected method in connection state {}", state_name()));
}

std::string_view Connection::state_name() const {
    switch (state_) {
        case State::greeting:
            return "greeting";
        case State::starting:
            return "starting";
        case State::checking:
            return "checking the login";
        case State::tuning:
            return "tuning";
        case State::opening:
            return "opening";
        case State::running:
            return "running";
        case State::refused:
            return "refused";
        case State::closing:
            return "closing";
        case State::finished:
            return "closed";
    }
    return "unknown";
}

}  // namespace leveret::broker::amqp
