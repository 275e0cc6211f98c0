// What must happen at some time: each owner has one deadline at most, and one timer serves all.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "broker/clock.hpp"

namespace leveret::broker {

class Deadlines;

/// Lifetime: is taken out of its Deadlines before it ends.
class DeadlineOwner {
public:
    /// The time has come; the deadline is no longer set.
    virtual void deadline_reached() = 0;

protected:
    ~DeadlineOwner() = default;

private:
    friend class Deadlines;
    std::optional<Instant> deadline_;
};

/// Thread: broker thread.
class Deadlines {
public:
    /// `on_earlier` is told when the first deadline is earlier than it was: run() must be called
    /// then.
    explicit Deadlines(std::function<void(Instant)> on_earlier)
        : on_earlier_(std::move(on_earlier)) {}

    /// Sets the owner's deadline, in place of the one it had.
    void set(DeadlineOwner& owner, Instant at);
    void clear(DeadlineOwner& owner);
    [[nodiscard]] static std::optional<Instant> of(const DeadlineOwner& owner) {
        return owner.deadline_;
    }

    /// The first deadline there is.
    [[nodiscard]] std::optional<Instant> next() const;

    /// Tells the owners whose time has come by `now`, at most `limits::deadlines_per_turn`.
    void run(Instant now);

private:
    std::function<void(Instant)> on_earlier_;
    std::set<std::pair<Instant, DeadlineOwner*>> waiting_;
};

}  // namespace leveret::broker
