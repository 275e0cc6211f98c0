// A recent-history exchange: every binding matches, and a new one gets the last messages first.
// It keeps them; handing them out is left to the vhost. They are gone with the process.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "protocol/amqp/message.hpp"
#include "routing/exchange.hpp"

namespace leveret::routing {

class RecentHistoryExchange final : public Exchange {
public:
    static constexpr std::string_view length_argument = "x-recent-history-length";
    static constexpr std::string_view no_store_header = "x-recent-history-no-store";
    static constexpr std::size_t default_length = 20;
    /// What one exchange may keep in memory; the oldest messages beyond it are forgotten.
    static constexpr std::uint64_t octets_max = 64ULL * 1024 * 1024;

    /// Throws: ProtocolError(precondition_failed) when the length is no number from 0 on.
    explicit RecentHistoryExchange(ExchangeProperties properties);

    void match(RoutedMessage& message, MatchSink& sink) override;
    /// Each message must be seen.
    [[nodiscard]] bool keys_decide() const override { return false; }
    void routed(const protocol::amqp::MessagePtr& message) override;
    [[nodiscard]] bool keeps_messages() const override { return true; }

    /// The oldest first.
    [[nodiscard]] const std::deque<protocol::amqp::MessagePtr>& history() const { return history_; }

private:
    std::size_t length_;
    std::deque<protocol::amqp::MessagePtr> history_;
    std::uint64_t octets_ = 0;
};

}  // namespace leveret::routing
