// What the broker keeps for those who look at it: who is connected, what has come and gone, and
// what happens, as it happens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/clock.hpp"
#include "broker/insight/clients.hpp"
#include "broker/insight/event.hpp"
#include "broker/insight/figures.hpp"

namespace leveret::broker::insight {

/// Told of every event.
/// Thread: broker thread; must neither throw nor change the broker.
class EventListener {
public:
    virtual void happened(Event&& event) = 0;

protected:
    ~EventListener() = default;
};

/// Thread: broker thread.
class Observation {
public:
    explicit Observation(const Clock& clock) : clock_(clock) {}

    Observation(const Observation&) = delete;
    Observation& operator=(const Observation&) = delete;

    [[nodiscard]] Clients& clients() { return clients_; }
    [[nodiscard]] ChurnFigures<std::uint64_t>& churn() { return churn_; }

    /// Where messaging clients are listened for.
    [[nodiscard]] std::vector<ListenerSnapshot>& listeners() { return listeners_; }

    /// Returns: a number that no other object of the broker has from here.
    [[nodiscard]] std::uint64_t next_number() { return ++last_number_; }

    /// What is told of an event; nothing is built while nobody listens.
    struct Told {
        EventType type{};
        std::uint64_t object = 0;
        std::string_view vhost{};
        std::string_view name{};
        std::string_view detail{};
    };
    void tell(const Told& told);

    [[nodiscard]] bool has_listener() const { return listener_ != nullptr; }
    /// None: nobody.
    /// Lifetime: the listener outlives the observation, or is taken out by nullptr.
    void set_listener(EventListener* listener) { listener_ = listener; }

    /// Who does what is done from now on, in this scope: a user. An empty name changes nothing.
    class Acting {
    public:
        Acting(Observation& observation, std::string_view user)
            : observation_(observation), before_(observation.user_) {
            if (!user.empty()) observation_.user_ = user;
        }
        ~Acting() { observation_.user_ = before_; }
        Acting(const Acting&) = delete;
        Acting& operator=(const Acting&) = delete;

    private:
        Observation& observation_;
        std::string_view before_;
    };

private:
    const Clock& clock_;
    Clients clients_;
    ChurnFigures<std::uint64_t> churn_;
    std::vector<ListenerSnapshot> listeners_;
    std::uint64_t last_number_ = 0;
    std::uint64_t last_event_ = 0;
    std::string_view user_;
    EventListener* listener_ = nullptr;
};

}  // namespace leveret::broker::insight
