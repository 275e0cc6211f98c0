// The ready messages of one priority of a queue, of which only some are in memory:
//
//     returned | front | paged out | back
//
// in the order of their sequence numbers. Messages come back to `returned`, leave from the first
// part that has any, and arrive at the end. `front` is the window that is kept for the next
// consumers; what arrives when it is full waits in `back` until it is durable, and is paged out
// then. What is paged out comes back to `front` when that has room.
#pragma once

#include <boost/container/deque.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "broker/paged_runs.hpp"
#include "broker/queued_message.hpp"

namespace leveret::broker {

/// Who can store messages that were not stored when they came, so that they may be paged out.
class LateStore {
public:
    /// Hands the message to the store and marks it stored.
    virtual void store_late(QueuedMessage& message) = 0;

protected:
    ~LateStore() = default;
};

/// Knows no queue and no store: whoever owns it tells it what is durable.
/// Thread: broker thread.
class ReadyMessages {
public:
    [[nodiscard]] bool empty() const { return count() == 0; }
    [[nodiscard]] std::uint64_t count() const { return resident_count() + paged_.count(); }
    /// Of the bodies.
    [[nodiscard]] std::uint64_t octets() const { return resident_octets_ + paged_.octets(); }
    /// What its messages take in memory.
    [[nodiscard]] std::uint64_t memory_octets() const { return memory_octets_; }

    /// Whether a message that comes now can stay in memory only if all before it were gone: it must
    /// be stored, so that it can be paged out.
    [[nodiscard]] bool must_be_stored() const {
        return !paged_.empty() || !back_.empty() || beyond_.has_value();
    }

    /// Adds a message at the end. `turn` is the store's turn in which it was handed over, if it is
    /// stored; `window` are the octets that `front` may take.
    void push(QueuedMessage&& message, std::uint64_t turn, std::uint64_t window);

    /// Puts back what was taken, in its old place.
    void put_back(QueuedMessage&& message);

    /// The first message, if it is in memory.
    [[nodiscard]] const QueuedMessage* first() const;
    /// Takes it out. Requires: first() is not nullptr.
    [[nodiscard]] QueuedMessage take_first();

    /// Takes these out, wherever they stand: those in memory are appended to `messages`, the
    /// numbers of the others to `paged_out`. Requires: `wanted` rises.
    void take_out(std::span<const storage::Sequence> wanted, std::vector<QueuedMessage>& messages,
                  std::vector<storage::Sequence>& paged_out);
    [[nodiscard]] bool contains(storage::Sequence sequence) const;

    // Paging

    /// Whether something is beyond what may be kept that was not durable yet.
    [[nodiscard]] bool holds_back() const { return !back_.empty() || beyond_.has_value(); }

    /// There is memory enough: gives up only what has come beyond the window and is durable.
    void page_out_back(std::uint64_t durable_turn);

    /// Memory is short: of what is not returned, gives up all but `keep` octets as far as it is
    /// durable, and has the rest stored, to be given up when called again.
    void page_out(std::uint64_t keep, std::uint64_t durable_turn, std::uint64_t turn,
                  LateStore& store);

    /// What should be paged in now; none: nothing, or it was asked for already.
    /// Returns: how many messages were appended to `ranges`.
    std::uint32_t ask(std::uint64_t window, std::vector<storage::SequenceRange>& ranges);

    /// A number that the answer to the last ask() must bring; it changes when what was asked for is
    /// not wanted any more.
    [[nodiscard]] std::uint32_t asked() const { return asked_; }
    /// The next message of the answer. Returns: whether it is still wanted.
    bool paged_in(QueuedMessage&& message);
    /// The answer is complete up to `next`: what did not come is not there.
    void page_complete(storage::Sequence next);

    /// Messages that only the store has, at a start. In order, before any other.
    void restore(const PagedRuns::Run& run) { paged_.append(run); }

    /// Calls visit(const QueuedMessage&) in order, without those that are paged out.
    template <class Visit>
    void for_each_resident(Visit&& visit) const {
        for (const auto& [sequence, message] : returned_) visit(message);
        for (const QueuedMessage& message : front_) visit(message);
        for (const QueuedMessage& message : back_) visit(message);
    }
    [[nodiscard]] const PagedRuns& paged() const { return paged_; }

    /// A message as it can be looked at: in memory, or as a number that the store knows.
    struct Place {
        storage::Sequence sequence{};
        const QueuedMessage* message = nullptr;  ///< none: it is paged out
    };

    /// Appends the messages from this position on, at most `count`. The cost is in proportion to
    /// their number, to what came back and to the runs that are paged out, not to the position.
    void look(std::uint64_t position, std::uint64_t count, std::vector<Place>& places) const;

    /// Returns: how many messages stand before this sequence number.
    [[nodiscard]] std::uint64_t position_of(storage::Sequence sequence) const;

    /// Forgets all and gives the memory back.
    void clear();

private:
    using Messages = boost::container::deque<QueuedMessage>;

    /// What was handed to the store in a turn: messages up to `last`.
    struct Mark {
        std::uint64_t turn;
        storage::Sequence last;
    };

    [[nodiscard]] std::uint64_t resident_count() const {
        return returned_.size() + front_.size() + back_.size();
    }
    void take_out_of(Messages& part, std::span<const storage::Sequence> wanted,
                     std::vector<QueuedMessage>& messages);
    void count_in(const QueuedMessage& message);
    void count_out(const QueuedMessage& message);
    void give_up_back(std::uint64_t durable_turn);
    void store_beyond(std::uint64_t keep, std::uint64_t turn, LateStore& store);
    void prepend_last_to_paged();

    /// What came back. It was delivered before anything in front_ was, so it comes first.
    std::map<storage::Sequence, QueuedMessage> returned_;
    Messages front_;
    PagedRuns paged_;
    Messages back_;
    boost::container::deque<Mark> marks_;  ///< of what is in back_
    std::optional<Mark> beyond_;  ///< what store_beyond() has seen to: up to here all is stored
    std::uint64_t resident_octets_ = 0;
    std::uint64_t memory_octets_ = 0;
    std::uint64_t front_memory_ = 0;
    std::uint32_t asked_ = 0;
    bool waits_for_page_ = false;
};

}  // namespace leveret::broker
