// Exchanges and queues by name, as a vhost has them, with nothing of a vhost's rules.

#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "routing/default_exchange.hpp"
#include "routing/exchange.hpp"
#include "routing/router.hpp"
#include "tests/support/catch.hpp"

namespace leveret::routing {

using protocol::amqp::FieldTable;
using Names = std::vector<std::string>;

/// The seed of a random test: Catch's --rng-seed, or a new one. Print it with CAPTURE.
inline std::uint32_t random_test_seed() {
    const std::uint32_t given = Catch::rngSeed();
    return given != 0 ? given : std::random_device{}();
}

class TestQueue final : public Destination {
public:
    explicit TestQueue(std::string name) : Destination(Kind::queue, std::move(name)) {}
};

class RoutingWorld final : public ExchangeLookup, public QueueLookup {
public:
    Exchange& exchange(const std::string& name, const std::string& type = "fanout",
                       FieldTable arguments = {}) {
        auto made = make_exchange({.name = name, .type = type, .arguments = std::move(arguments)});
        REQUIRE(made != nullptr);
        return *(exchanges_[name] = std::move(made));
    }
    TestQueue& queue(const std::string& name) {
        return *(queues_[name] = std::make_unique<TestQueue>(name));
    }
    void drop_exchange(const std::string& name) { exchanges_.erase(name); }
    void drop_queue(const std::string& name) { queues_.erase(name); }

    Exchange* find_exchange(std::string_view name) override {
        if (name.empty()) return &default_exchange_;
        const auto at = exchanges_.find(std::string(name));
        return at == exchanges_.end() ? nullptr : at->second.get();
    }
    Destination* find_queue(std::string_view name) override {
        const auto at = queues_.find(std::string(name));
        return at == queues_.end() ? nullptr : at->second.get();
    }

    /// The queues found, in alphabetical order: one that came twice stands there twice.
    Names route(Exchange& start, std::string_view key, std::vector<std::string_view> more_keys = {},
                const std::optional<FieldTable>& headers = std::nullopt) {
        const std::string octets = headers ? headers->encoded() : std::string();
        RoutedMessage message(key,
                              headers ? std::optional<std::string_view>(octets) : std::nullopt);
        message.use_more_keys(more_keys);
        router_.route(start, message, last_);
        Names names;
        for (const Destination* queue : last_.queues) names.push_back(queue->name());
        std::sort(names.begin(), names.end());
        return names;
    }
    /// Of the last call of route().
    [[nodiscard]] const Route& last() const { return last_; }

private:
    DefaultExchange default_exchange_{*this};
    std::map<std::string, std::unique_ptr<TestQueue>> queues_;
    std::map<std::string, std::unique_ptr<Exchange>> exchanges_;
    Router router_{*this};
    Route last_;
};

}  // namespace leveret::routing
