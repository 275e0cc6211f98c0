// A store under the hand of the test: it answers when told to, and keeps the books of what it was
// handed, so that a message forgotten in the store, or settled twice there, is found.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/store.hpp"

namespace leveret::test {

class HoldingStore final : public storage::Store {
public:
    /// From now on nothing becomes durable until the test says so.
    void hold() { holding_ = true; }
    /// Makes the oldest `count` of what waits durable.
    void release(std::size_t count);
    /// Makes everything durable, and answers at every submit() from now on.
    void release_all();
    /// How many answers are due of what was submitted.
    [[nodiscard]] std::size_t waiting() const { return submitted_.size(); }

    /// Operations that no submit() has taken yet; none are left when a turn has ended.
    [[nodiscard]] std::size_t not_submitted() const { return not_submitted_; }

    /// Entries that the store holds for a queue: published and not settled.
    [[nodiscard]] std::size_t entries(storage::QueueId queue) const;
    [[nodiscard]] std::size_t publishes() const { return publishes_; }
    [[nodiscard]] std::size_t transactions() const { return transactions_; }

    /// What a restart would tell, by rising kind and then id.
    [[nodiscard]] std::vector<storage::Definition> definitions() const;

    /// What the broker did against the rules of the store.
    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

    void publish(const protocol::amqp::MessagePtr& message, std::span<const storage::Entry> entries,
                 const storage::MessageFacts& facts, storage::Waiter waiter) override;
    void settle(storage::Entry entry, storage::Settled how) override;
    void count(storage::Entry entry, std::uint16_t failed_deliveries) override;
    void purge(storage::QueueId queue, storage::Sequence below,
               std::span<const storage::Sequence> kept, storage::Waiter waiter) override;
    void remove(storage::QueueId queue, storage::Waiter waiter) override;
    void define(storage::Definition definition, storage::Waiter waiter) override;
    void undefine(storage::DefinitionKind kind, storage::DefinitionId id,
                  storage::Waiter waiter) override;
    void barrier(storage::Waiter waiter) override { add(std::move(waiter)); }
    void submit() override;
    /// Answered at the next submit().
    void page_in(storage::QueueId queue, std::vector<storage::SequenceRange> ranges,
                 std::uint32_t count, boost::intrusive_ptr<storage::PageSink> sink) override;
    [[nodiscard]] std::uint64_t turn_number() const override { return turn_; }
    [[nodiscard]] std::uint64_t durable_turn() const override { return durable_turn_; }

    /// The octets of these are damaged from now on.
    void damage(storage::QueueId queue) { damaged_.insert(queue); }
    [[nodiscard]] std::size_t pages() const { return pages_; }
    /// Answers what was asked for.
    void answer_pages();

private:
    struct Stored {
        protocol::amqp::MessagePtr message;
        storage::MessageFacts facts;
        std::uint16_t failed_deliveries = 0;
        bool redelivered = false;
    };
    struct Asked {
        storage::QueueId queue;
        std::vector<storage::SequenceRange> ranges;
        std::uint32_t count;
        boost::intrusive_ptr<storage::PageSink> sink;
    };

    void open_transaction() override;
    void close_transaction(storage::Waiter waiter) override;
    void answer(const Asked& asked);
    void add(storage::Waiter&& waiter) {
        ++not_submitted_;
        if (waiter.listener) handed_over_.push_back(std::move(waiter));
    }
    void violated(const std::string& what) { violations_.push_back("store: " + what); }

    bool holding_ = false;
    bool in_transaction_ = false;
    std::size_t not_submitted_ = 0;
    std::size_t publishes_ = 0;
    std::size_t transactions_ = 0;
    std::vector<storage::Waiter> handed_over_;  ///< since the last submit()
    std::vector<storage::Waiter> submitted_;
    std::map<storage::QueueId, std::map<storage::Sequence, Stored>> entries_;
    std::map<std::pair<storage::DefinitionKind, storage::DefinitionId>, storage::Definition>
        definitions_;
    std::set<storage::QueueId> damaged_;
    std::vector<Asked> asked_;
    std::size_t pages_ = 0;
    std::uint64_t turn_ = 1;
    std::uint64_t durable_turn_ = 0;
    std::map<storage::QueueId, storage::Sequence> last_;  ///< sequence numbers rise
    std::vector<std::string> violations_;
};

}  // namespace leveret::test
