// The methods of class tx (90): transactions of publishes and acks on one channel.
// One struct per method; its field list is the wire format, see method_codec.hpp.
#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

#include "protocol/amqp/types.hpp"

namespace leveret::protocol::amqp::tx {

/// Client: the channel is transactional from now on.
struct Select {
    static constexpr MethodId id{90, 10};
    static constexpr std::string_view name = "tx.select";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const Select&) const = default;
};

/// Server: it is.
struct SelectOk {
    static constexpr MethodId id{90, 11};
    static constexpr std::string_view name = "tx.select-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const SelectOk&) const = default;
};

/// Client: what was published and acked since shall happen.
struct Commit {
    static constexpr MethodId id{90, 20};
    static constexpr std::string_view name = "tx.commit";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const Commit&) const = default;
};

/// Server: it has happened.
struct CommitOk {
    static constexpr MethodId id{90, 21};
    static constexpr std::string_view name = "tx.commit-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const CommitOk&) const = default;
};

/// Client: what was published and acked since shall not happen.
struct Rollback {
    static constexpr MethodId id{90, 30};
    static constexpr std::string_view name = "tx.rollback";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const Rollback&) const = default;
};

/// Server: it is forgotten.
struct RollbackOk {
    static constexpr MethodId id{90, 31};
    static constexpr std::string_view name = "tx.rollback-ok";
    static constexpr bool has_content = false;

    static constexpr auto fields(auto&) { return std::tie(); }
    bool operator==(const RollbackOk&) const = default;
};

}  // namespace leveret::protocol::amqp::tx
