// The methods of class connection (10): login, limits, virtual host, orderly end. Channel 0 only.
// One struct per method; its field list is the wire format, see method_codec.hpp.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "protocol/amqp/types.hpp"

namespace leveret::protocol::amqp::connection {

/// Server: what it is and which ways to log in it offers.
struct Start {
    static constexpr MethodId id{10, 10};
    static constexpr std::string_view name = "connection.start";
    static constexpr bool has_content = false;

    std::uint8_t version_major{};  ///< 0
    std::uint8_t version_minor{};  ///< 9
    TableOctets server_properties{};
    LongString mechanisms{};  ///< names with spaces between
    LongString locales{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.version_major, m.version_minor, m.server_properties, m.mechanisms,
                        m.locales);
    }
    bool operator==(const Start&) const = default;
};

/// Client: what it is, and its first answer to the login.
struct StartOk {
    static constexpr MethodId id{10, 11};
    static constexpr std::string_view name = "connection.start-ok";
    static constexpr bool has_content = false;

    TableOctets client_properties{};
    ShortString mechanism{};
    LongString response{};
    ShortString locale{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.client_properties, m.mechanism, m.response, m.locale);
    }
    bool operator==(const StartOk&) const = default;
};

/// Server: the next challenge of the login.
struct Secure {
    static constexpr MethodId id{10, 20};
    static constexpr std::string_view name = "connection.secure";
    static constexpr bool has_content = false;

    LongString challenge{};

    static constexpr auto fields(auto& m) { return std::tie(m.challenge); }
    bool operator==(const Secure&) const = default;
};

/// Client: the answer to it.
struct SecureOk {
    static constexpr MethodId id{10, 21};
    static constexpr std::string_view name = "connection.secure-ok";
    static constexpr bool has_content = false;

    LongString response{};

    static constexpr auto fields(auto& m) { return std::tie(m.response); }
    bool operator==(const SecureOk&) const = default;
};

/// Server: the limits it proposes.
struct Tune {
    static constexpr MethodId id{10, 30};
    static constexpr std::string_view name = "connection.tune";
    static constexpr bool has_content = false;

    std::uint16_t channel_max{};  ///< 0: no limit
    std::uint32_t frame_max{};    ///< octets of a frame with its envelope; 0: no limit
    std::uint16_t heartbeat{};    ///< seconds; 0: none

    static constexpr auto fields(auto& m) {
        return std::tie(m.channel_max, m.frame_max, m.heartbeat);
    }
    bool operator==(const Tune&) const = default;
};

/// Client: the limits that hold.
struct TuneOk {
    static constexpr MethodId id{10, 31};
    static constexpr std::string_view name = "connection.tune-ok";
    static constexpr bool has_content = false;

    std::uint16_t channel_max{};  ///< 0: no limit
    std::uint32_t frame_max{};    ///< octets of a frame with its envelope; 0: no limit
    std::uint16_t heartbeat{};    ///< seconds; 0: none

    static constexpr auto fields(auto& m) {
        return std::tie(m.channel_max, m.frame_max, m.heartbeat);
    }
    bool operator==(const TuneOk&) const = default;
};

/// Client: the virtual host it works in.
struct Open {
    static constexpr MethodId id{10, 40};
    static constexpr std::string_view name = "connection.open";
    static constexpr bool has_content = false;

    ShortString virtual_host{};
    ShortString reserved_1{};
    bool reserved_2{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.virtual_host, m.reserved_1, m.reserved_2);
    }
    bool operator==(const Open&) const = default;
};

/// Server: the virtual host is open.
struct OpenOk {
    static constexpr MethodId id{10, 41};
    static constexpr std::string_view name = "connection.open-ok";
    static constexpr bool has_content = false;

    ShortString reserved_1{};

    static constexpr auto fields(auto& m) { return std::tie(m.reserved_1); }
    bool operator==(const OpenOk&) const = default;
};

/// Both: the connection ends, and why.
struct Close {
    static constexpr MethodId id{10, 50};
    static constexpr std::string_view name = "connection.close";
    static constexpr bool has_content = false;

    std::uint16_t reply_code{};
    ShortString reply_text{};
    std::uint16_t class_id{};  ///< with method_id: the method at fault, or 0
    std::uint16_t method_id{};

    static constexpr auto fields(auto& m) {
        return std::tie(m.reply_code, m.reply_text, m.class_id, m.method_id);
    }
    bool operator==(const Close&) const = default;
};

/// Both: the answer; the socket is closed after it.
struct CloseOk {
    static constexpr MethodId id{10, 51};
    static constexpr std::string_view name = "connection.close-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const CloseOk&) const = default;
};

/// Server: publishes are not taken for now.
/// Rule: RabbitMQ extension, sent to clients with the capability connection.blocked.
struct Blocked {
    static constexpr MethodId id{10, 60};
    static constexpr std::string_view name = "connection.blocked";
    static constexpr bool has_content = false;

    ShortString reason{};

    static constexpr auto fields(auto& m) { return std::tie(m.reason); }
    bool operator==(const Blocked&) const = default;
};

/// Server: publishes are taken again. Rule: as Blocked.
struct Unblocked {
    static constexpr MethodId id{10, 61};
    static constexpr std::string_view name = "connection.unblocked";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const Unblocked&) const = default;
};

/// Client: a new password or token, before the old one runs out.
/// Rule: RabbitMQ extension.
struct UpdateSecret {
    static constexpr MethodId id{10, 70};
    static constexpr std::string_view name = "connection.update-secret";
    static constexpr bool has_content = false;

    LongString new_secret{};
    ShortString reason{};

    static constexpr auto fields(auto& m) { return std::tie(m.new_secret, m.reason); }
    bool operator==(const UpdateSecret&) const = default;
};

/// Server: it is accepted.
struct UpdateSecretOk {
    static constexpr MethodId id{10, 71};
    static constexpr std::string_view name = "connection.update-secret-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const UpdateSecretOk&) const = default;
};

}  // namespace leveret::protocol::amqp::connection
