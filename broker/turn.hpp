// The turn: what is handled in one go of the event loop, and what is paid once at its end
// (pumping queues, confirms, one send per session) instead of once per message.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "broker/clock.hpp"
#include "broker/queue.hpp"

namespace leveret::broker {

/// Whoever has output to send when the turn ends: a session, which writes its confirms and
/// flushes its outbox.
class TurnParticipant {
public:
    /// Thread: broker thread, after the queues were pumped.
    virtual void end_turn() = 0;

protected:
    ~TurnParticipant() = default;

private:
    friend class Turn;
    bool in_turn_ = false;
};

/// Collects what the current turn has touched.
/// Thread: broker thread.
class Turn {
public:
    /// `schedule` is called once per turn, when the first thing is marked; it must arrange that
    /// end() is called after what is being handled now. `before_output` runs between the queues
    /// and the participants: the store takes its batch there.
    Turn(const Clock& clock, std::function<void()> schedule, std::function<void()> before_output)
        : clock_(clock), schedule_(std::move(schedule)), before_output_(std::move(before_output)) {}

    /// The time of this turn: read once, when first asked for.
    [[nodiscard]] UnixTime unix_now() {
        if (unix_now_ == UnixTime{}) {
            unix_now_ = clock_.unix_now();
            ensure_scheduled();  // a turn that ends reads the clock anew
        }
        return unix_now_;
    }
    [[nodiscard]] const Clock& clock() const { return clock_; }

    /// The queue may have something for a consumer: it is pumped when the turn ends.
    void pump_later(Queue& queue) {
        if (queue.in_turn_) return;
        queue.in_turn_ = true;
        queues_.emplace_back(&queue);
        ensure_scheduled();
    }

    /// The participant has output.
    void flush_later(TurnParticipant& participant) {
        if (participant.in_turn_) return;
        participant.in_turn_ = true;
        participants_.push_back(&participant);
        ensure_scheduled();
    }

    /// Something may have been handed to the store, which takes it when the turn ends.
    void end_soon() { ensure_scheduled(); }

    /// The participant is about to be destroyed.
    void forget(TurnParticipant& participant);

    /// Ends the turn: pumps, hands the store its batch, lets everybody send. What these mark
    /// belongs to the same turn as far as output goes; queues marked by them wait for the next.
    void end();

private:
    void ensure_scheduled() {
        if (scheduled_) return;
        scheduled_ = true;
        schedule_();
    }

    const Clock& clock_;
    UnixTime unix_now_{};
    std::function<void()> schedule_;
    std::function<void()> before_output_;
    std::vector<QueuePtr> queues_;
    std::vector<TurnParticipant*> participants_;
    bool scheduled_ = false;
};

}  // namespace leveret::broker
