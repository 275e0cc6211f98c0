// Messages that wait for their time: behind an exchange that delays, or to be tried again. Of each
// there are 16 octets in memory, in a heap by time; the message itself is on disk as soon as it is
// durable there, and comes back shortly before it is due.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "broker/clock.hpp"
#include "broker/deadlines.hpp"
#include "broker/queued_message.hpp"
#include "storage/entry.hpp"
#include "storage/page.hpp"

namespace leveret::broker {

class Queue;
struct QueueContext;

/// Who takes messages whose time has come.
class DueListener {
public:
    virtual void due(QueuedMessage&& message) = 0;
    /// The octets of a message are damaged on disk: it will never come, and its entry is settled.
    virtual void lost(storage::Sequence sequence) = 0;

protected:
    ~DueListener() = default;
};

/// Messages of one time leave in the order in which they came.
/// Thread: broker thread.
class DelayedMessages final : private DeadlineOwner {
public:
    /// `queue` is under whose id the store has the messages; all three outlive this.
    DelayedMessages(Queue& queue, const QueueContext& context, DueListener& listener);
    ~DelayedMessages();

    /// The message was, or will be in this turn, handed to the store under its number; one that is
    /// not stored stays in memory.
    void add(QueuedMessage&& message, std::chrono::milliseconds delay);

    /// Puts back what only the store has, at a start; restored() follows.
    void restore(storage::Sequence sequence, UnixTime due, std::uint64_t octets);
    void restored();

    /// Forgets all; what the store has of them is the caller's affair.
    void clear();

    [[nodiscard]] std::size_t count() const { return far_.size() + near_.size(); }
    /// Of their bodies.
    [[nodiscard]] std::uint64_t octets() const { return octets_; }

private:
    class Page;

    struct Pending {
        UnixTime due{};
        storage::Sequence sequence{};
        auto operator<=>(const Pending&) const = default;
    };
    /// A message that is in memory until it is durable.
    struct Unwritten {
        std::uint64_t turn;
        storage::Sequence sequence;
    };

    void deadline_reached() override;
    void look();
    void forget_written();
    void draw_near(UnixTime now);
    void ask_for_pages();
    void page_arrived(std::span<const storage::PagedMessage> messages, std::size_t damaged);
    [[nodiscard]] std::size_t near_most() const;
    void release(UnixTime now);
    void schedule(UnixTime now);

    Queue& queue_;
    const QueueContext& context_;
    DueListener& listener_;

    std::vector<Pending> far_;  ///< a heap, the earliest first
    /// What is due soon, with its message once it is in memory.
    std::map<Pending, std::optional<QueuedMessage>> near_;
    /// Messages of far_ that are not durable yet, or never will be.
    std::unordered_map<storage::Sequence, QueuedMessage> in_memory_;
    std::deque<Unwritten> unwritten_;
    std::vector<Pending> asked_;  ///< of the store, and not answered yet
    std::uint64_t octets_ = 0;    ///< of the bodies of all
};

}  // namespace leveret::broker
