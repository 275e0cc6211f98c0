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
                           std::span<const Entry> entries, const storage::MessageFacts& facts,
                           Waiter waiter) {
    ++publishes_;
    if (!message->persistent() && waiter.listener) violated("somebody waits for what is transient");
    if (entries.empty()) violated("a message was published to no queue");
    for (const Entry& entry : entries) {
        Sequence& last = last_[entry.queue];
        if (entry.sequence <= last) violated(describe(entry) + " does not rise");
        last = entry.sequence;
        entries_[entry.queue].insert({entry.sequence, {message, facts}});
    }
    add(std::move(waiter));
}

void HoldingStore::settle(Entry entry, storage::Settled) {
    ++not_submitted_;
    if (entries_[entry.queue].erase(entry.sequence) == 0) {
        violated(describe(entry) + " is settled but was not there");
    }
}

void HoldingStore::count(Entry entry, std::uint16_t failed_deliveries) {
    const auto place = entries_[entry.queue].find(entry.sequence);
    if (place == entries_[entry.queue].end()) {
        return violated(describe(entry) + " is counted but was not there");
    }
    place->second.redelivered = true;
    place->second.failed_deliveries = failed_deliveries;
}

void HoldingStore::purge(QueueId queue, Sequence below, std::span<const Sequence> kept,
                         Waiter waiter) {
    std::erase_if(entries_[queue], [&](const auto& entry) {
        return entry.first < below &&
               std::find(kept.begin(), kept.end(), entry.first) == kept.end();
    });
    add(std::move(waiter));
}

void HoldingStore::define(storage::Definition definition, Waiter waiter) {
    const std::pair key(definition.kind, definition.id);
    definitions_.insert_or_assign(key, std::move(definition));
    add(std::move(waiter));
}

void HoldingStore::undefine(storage::DefinitionKind kind, storage::DefinitionId id, Waiter waiter) {
    if (definitions_.erase({kind, id}) == 0)
        violated("a definition is taken back that is not there");
    add(std::move(waiter));
}

std::vector<storage::Definition> HoldingStore::definitions() const {
    std::vector<storage::Definition> all;
    for (const auto& [key, definition] : definitions_) all.push_back(definition);
    return all;
}

void HoldingStore::remove(QueueId queue, Waiter waiter) {
    entries_.erase(queue);
    const storage::DefinitionId id{static_cast<std::uint64_t>(queue)};
    definitions_.erase({storage::DefinitionKind::queue, id});
    add(std::move(waiter));
}

void HoldingStore::open_transaction() {
    if (std::exchange(in_transaction_, true)) violated("a transaction began inside another");
}

void HoldingStore::close_transaction(Waiter waiter) {
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
    ++turn_;
    answer_pages();
    if (holding_) return;
    durable_turn_ = turn_ - 1;
    release(submitted_.size());
}

void HoldingStore::page_in(QueueId queue, std::vector<storage::SequenceRange> ranges,
                           std::uint32_t count, boost::intrusive_ptr<storage::PageSink> sink) {
    asked_.push_back({queue, std::move(ranges), count, std::move(sink)});
}

void HoldingStore::answer_pages() {
    for (const Asked& asked : std::exchange(asked_, {})) answer(asked);
}

void HoldingStore::answer(const Asked& asked) {
    ++pages_;
    std::vector<storage::PagedMessage> messages;
    std::vector<std::string_view> bodies;
    std::vector<Sequence> damaged;
    bodies.reserve(asked.count);
    for (const storage::SequenceRange& range : asked.ranges) {
        const auto& stored = entries_[asked.queue];
        for (auto entry = stored.lower_bound(range.first);
             entry != stored.end() && entry->first < range.end; ++entry) {
            const auto& [sequence, kept] = *entry;
            if (damaged_.contains(asked.queue)) {
                damaged.push_back(sequence);
                continue;
            }
            bodies.push_back(kept.message->body());
            storage::PagedMessage& page = messages.emplace_back();
            page.entry = {.sequence = sequence,
                          .body_octets = kept.message->body_octets(),
                          .enqueued = kept.facts.enqueued,
                          .expiry = kept.facts.expiry,
                          .priority = kept.message->priority(),
                          .dead_lettered = kept.facts.dead_lettered,
                          .redelivered = kept.facts.redelivered || kept.redelivered,
                          .failed_deliveries = kept.failed_deliveries};
            page.route = kept.message->route_wire();
            page.properties = kept.message->property_octets();
            page.body = {&bodies.back(), 1};
        }
    }
    if (!damaged.empty()) {
        const storage::DamagedMessages all{.chunk = 1, .sequences = damaged, .why = "by the test"};
        asked.sink->crashed(asked.queue, {&all, 1});
    }
    asked.sink->paged_in(asked.queue, messages, asked.ranges.back().end);
}

}  // namespace leveret::test
