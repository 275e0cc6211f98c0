// Policies, parameters and limits of vhosts, as they are asked for and set from outside.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/insight/requests.hpp"
#include "broker/policy.hpp"
#include "protocol/amqp/field_table.hpp"

namespace leveret::broker::insight {

struct PolicySnapshot {
    std::string vhost{};
    Policy policy{};
};

/// Puts policies in place of those of the same names, all or none of them.
struct SetPolicies {
    std::string vhost{};
    PolicyKind kind{};
    std::vector<Policy> policies{};
    std::string user{};  ///< who asks, for events
};

struct DeletePolicy {
    std::string vhost{};
    PolicyKind kind{};
    std::string name{};
    std::string user{};
};

/// Values are JSON's: Void is null; whole numbers are 64-bit integers.
struct ParameterSnapshot {
    std::string vhost{};      ///< empty: a global one
    std::string component{};  ///< empty: a global one
    std::string name{};
    protocol::amqp::FieldValue value{};
};

/// Which parameters of vhosts.
struct ParameterQuery {
    Vhosts vhosts{};
    std::optional<std::string> component{};
    std::optional<std::string> name{};
};

struct SetParameter {
    std::string vhost{};
    std::string component{};
    std::string name{};
    protocol::amqp::FieldValue value{};
    std::string user{};
};

struct DeleteParameter {
    std::string vhost{};
    std::string component{};
    std::string name{};
    std::string user{};
};

/// Of no vhost.
struct SetGlobalParameter {
    std::string name{};
    protocol::amqp::FieldValue value{};
};

struct VhostLimitsSnapshot {
    std::string vhost{};
    protocol::amqp::FieldTable limits{};  ///< `max-connections`, `max-queues`: those that are set
};

/// Whether what goes through a vhost is told to its exchange amq.rabbitmq.trace.
struct SetTracing {
    std::string vhost{};
    bool on{};
    std::string user{};
};

/// One limit of a vhost; the others stay.
struct SetVhostLimit {
    std::string vhost{};
    std::string name{};    ///< `max-connections`, `max-queues`
    std::int64_t value{};  ///< a negative one is none
    std::string user{};
};

struct DeleteVhostLimit {
    std::string vhost{};
    std::string name{};
    std::string user{};
};

}  // namespace leveret::broker::insight
