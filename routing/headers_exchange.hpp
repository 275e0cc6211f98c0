// A headers exchange: the binding's arguments are compared with the message's headers, keys
// ignored. A binding that wants all of its headers can only match a message that has one certain
// one of them: those are found by it, and only the others are tried one by one.

#pragma once

#include <functional>
#include <string>
#include <unordered_map>

#include "routing/exchange.hpp"
#include "routing/header_match.hpp"
#include "routing/string_hash.hpp"

namespace leveret::routing {

class HeadersExchange final : public Exchange {
public:
    explicit HeadersExchange(ExchangeProperties properties);

    void match(RoutedMessage& message, MatchSink& sink) override;
    [[nodiscard]] bool keys_decide() const override { return false; }

protected:
    /// Throws: as HeaderMatch().
    void check_binding(std::string_view key,
                       const protocol::amqp::FieldTable& arguments) const override;
    void index(Binding& binding) override;
    void unindex(Binding& binding) override;

private:
    using Matches = std::unordered_map<Binding*, HeaderMatch>;
    /// By the value that the header must have, as comparable_value() writes it.
    using ByValue = std::unordered_map<std::string, Matches, StringHash, std::equal_to<>>;

    /// Those that are found by this header and value; nullptr: none.
    [[nodiscard]] const Matches* find(std::string_view header,
                                      const protocol::amqp::FieldValue& value) const;

    /// The header that a new binding is best found by: the fewest others share it. Empty: none.
    [[nodiscard]] std::string_view least_shared(const HeaderMatch& match) const;

    std::unordered_map<std::string, ByValue, StringHash, std::equal_to<>> by_header_;
    std::unordered_map<const Binding*, std::string> header_of_;
    Matches others_;
};

}  // namespace leveret::routing
