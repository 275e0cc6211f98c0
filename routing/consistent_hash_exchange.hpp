// A consistent-hash exchange: each message goes to one destination, found from its routing key, a
// header or a property; as many of them as its weight says. When destinations come or go, only
// messages of theirs go elsewhere.

#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "routing/exchange.hpp"

namespace leveret::routing {

/// The destination is the one with the best score, of a hash of what is hashed and its name: the
/// same after every restart, and whatever was bound in between.
class ConsistentHashExchange final : public Exchange {
public:
    static constexpr std::string_view header_argument = "hash-header";
    static constexpr std::string_view property_argument = "hash-property";

    /// Throws: ProtocolError(precondition_failed) when both arguments are given, or one of them is
    ///         not what it must be.
    explicit ConsistentHashExchange(ExchangeProperties properties);

    void match(RoutedMessage& message, MatchSink& sink) override;
    [[nodiscard]] bool keys_decide() const override { return header_.empty() && property_.empty(); }

protected:
    /// Rule: RabbitMQ: the binding's key is its weight, an integer above 0.
    void check_binding(std::string_view key,
                       const protocol::amqp::FieldTable& arguments) const override;
    void index(Binding& binding) override;
    void unindex(Binding& binding) override;

private:
    struct Candidate {
        /// Rule: RabbitMQ: of several bindings to one destination the first one counts.
        std::vector<Binding*> bindings;
        std::uint64_t hash = 0;  ///< of the destination
        double weight = 1;
    };

    [[nodiscard]] std::uint64_t hash(RoutedMessage& message) const;

    std::string header_;
    std::string property_;
    std::unordered_map<const Destination*, Candidate> candidates_;
};

}  // namespace leveret::routing
