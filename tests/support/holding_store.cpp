#include "tests/support/holding_store.hpp"

#include <algorithm>
#include <utility>

namespace leveret::test {

using storage::Entry;
using storage::QueueId;
using storage::Sequence;
using storage::Waiter;

namespace {

std::string describe(Entry entry) {
    return "entry " + std::to_string(static_cast<std::uint64_t>(entry.sequence)) + " of queue " +
           std::to_string(static_cast<std::uint64_t>(entry.queue));
}

}  // namespace

void HoldingStore::release(std::size_t count) {
    count = std::min(count, submitted_.size());
    const auto end = submitted_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<Waiter> answered(std::make_move_iterator(submitted_.begin()),
                                 std::make_move_iterator(end));
    submitted_.erase(submitted_.begin(), end);
    for (const Waiter& waiter : answered) waiter.listener->durable(waiter.number);
}

void HoldingStore::release_all() {
    holding_ = false;
    release(submitted_.size());
}

std::size_t HoldingStore::entries(QueueId queue) const {
    const auto place = entries_.find(queue);
    return place == entries_.end() ? 0 : place->second.size();
}

void HoldingStore::publish(const protocol::amqp::MessagePtr& message,
                           std::span<const Entry> entries, const storage::MessageFacts&,
                           Waiter waiter) {
    ++publishes_;
    if (!message->persistent()) violated("a transient message was published");
    if (entries.empty()) violated("a message was published to no queue");
    for (const Entry& entry : entries) {
        Sequence& last = last_[entry.queue];
        if (entry.sequence <= last) violated(describe(entry) + " does not rise");
        last = entry.sequence;
        entries_[entry.queue].insert(entry.sequence);
    }
    add(std::move(waiter));
}

void HoldingStore::settle(Entry entry, storage::Settled) {
    ++not_submitted_;
    if (entries_[entry.queue].erase(entry.sequence) == 0) {
        violated(describe(entry) + " is settled but was not there");
    }
}

void HoldingStore::purge(QueueId queue, Sequence below, std::span<const Sequence> kept,
                         Waiter waiter) {
    std::erase_if(entries_[queue], [&](Sequence sequence) {
        return sequence < below && std::find(kept.begin(), kept.end(), sequence) == kept.end();
    });
    add(std::move(waiter));
}

void HoldingStore::remove(QueueId queue, Waiter waiter) {
    entries_.erase(queue);
    add(std::move(waiter));
}

void HoldingStore::begin_transaction() {
    if (std::exchange(in_transaction_, true)) violated("a transaction began inside another");
}

void HoldingStore::end_transaction(Waiter waiter) {
    if (!std::exchange(in_transaction_, false)) violated("no transaction had begun");
    ++transactions_;
    add(std::move(waiter));
}

void HoldingStore::submit() {
    if (in_transaction_) violated("a turn ended inside a transaction");
    not_submitted_ = 0;
    std::vector<Waiter> handed_over;
    handed_over.swap(handed_over_);  // a listener may publish
    for (Waiter& waiter : handed_over) submitted_.push_back(std::move(waiter));
    if (!holding_) release(submitted_.size());
}

void HoldingStore::page_in(QueueId queue, Sequence from, std::uint32_t,
                           boost::intrusive_ptr<storage::PageSink> sink) {
    sink->paged_in(queue, {}, from);
}

}  // namespace leveret::test
