#include "storage/admission.hpp"

#include <algorithm>

namespace leveret::storage {

Group Admission::take(std::deque<std::unique_ptr<Batch>>& batches, std::size_t operations_done,
                      Take take) {
    Group group;
    std::size_t messages = 0;
    std::size_t entries = 0;
    for (const std::unique_ptr<Batch>& batch : batches) {
        messages += batch->messages.size();
        entries += batch->entries.size();
    }
    group.messages.reserve(messages);
    group.entries.reserve(entries);
    staged_.clear();
    last_staged_ = {};
    in_transaction_ = false;
    bool in_transaction = false;  // of what is passed over
    for (std::size_t b = 0; b < batches.size(); ++b) {
        Batch& batch = *batches[b];
        for (std::size_t o = b == 0 ? operations_done : 0; o < batch.operations.size(); ++o) {
            Operation& operation = batch.operations[o];
            if (operation.done) continue;
            if (take == Take::what_frees) {
                if (operation.kind == Operation::Kind::begin_transaction) in_transaction = true;
                if (operation.kind == Operation::Kind::end_transaction) in_transaction = false;
                if (!frees(operation, in_transaction)) continue;
                group.out_of_order.push_back(&operation);
            } else if (!in_transaction_ && group.payload_octets >= commit_payload_max) {
                group.batches_done = b;
                group.operations_done = o;
                finish(group);
                return group;
            }
            this->take(group, batch, operation, take);
        }
    }
    if (take == Take::in_order) {
        group.batches_done = batches.size();
    } else {
        group.operations_done = operations_done;
    }
    finish(group);
    return group;
}

void Admission::take(Group& group, const Batch& batch, Operation& operation, Take take) {
    using Kind = Operation::Kind;
    switch (operation.kind) {
        case Kind::publish:
            publish(group, batch, operation);
            return;  // its waiter depends
        case Kind::settle:
            settle(group, operation);
            break;
        case Kind::count:
            count(group, operation);
            break;
        case Kind::purge:
            purge(group, batch, operation);
            break;
        case Kind::remove:
            remove(group, operation.queue);
            if (take == Take::what_frees) removed_early_.insert(operation.queue);
            break;
        case Kind::define:
        case Kind::undefine:
            group.records.push_back({&batch, &operation});
            break;
        case Kind::begin_transaction:
            in_transaction_ = true;
            break;
        case Kind::end_transaction:
            in_transaction_ = false;
            break;
        case Kind::barrier:
            break;
    }
    if (operation.listener != nullptr) {
        group.due.push_back({operation.listener, operation.number});
    }
}

/// A settle of what is not in the index belongs to a publish that waits.
bool Admission::frees(const Operation& operation, bool in_transaction) {
    if (in_transaction) return false;
    switch (operation.kind) {
        case Operation::Kind::settle:
            for (std::uint32_t i = 0; i < operation.count; ++i) {
                if (!index_.find(operation.queue, operation.sequence + i)) return false;
            }
            return true;
        case Operation::Kind::define:
        case Operation::Kind::undefine:
        case Operation::Kind::remove:
            return true;
        default:
            return false;
    }
}

void Admission::publish(Group& group, const Batch& batch, Operation& operation) {
    Group::Message message;
    message.published = &batch.messages[operation.index];
    message.first = static_cast<std::uint32_t>(group.entries.size());
    message.count = operation.count;
    message.live = operation.count;
    message.operation = &operation;
    message.due_at = group.due.size();
    if (operation.listener != nullptr) group.due.push_back({operation.listener, operation.number});
    const auto number = static_cast<std::uint32_t>(group.messages.size());
    for (std::uint32_t i = 0; i < operation.count; ++i) {
        const Entry& entry = batch.entries[operation.first + i];
        const auto queue = static_cast<std::uint64_t>(entry.queue);
        if (last_staged_.second == nullptr || last_staged_.first != queue) {
            last_staged_ = {queue, &staged_[queue]};
        }
        last_staged_.second->push_back(static_cast<std::uint32_t>(group.entries.size()));
        group.entries.push_back(
            {queue, static_cast<std::uint64_t>(entry.sequence), number, 0, false});
        if (removed_early_.empty() || !removed_early_.contains(queue)) continue;
        group.entries.back().dead = true;
        message.all_taken = false;
        --message.live;
    }
    group.messages.push_back(message);
    const protocol::amqp::Message& octets = *message.published->message;
    group.payload_octets +=
        octets.body_octets() + octets.header_payload().size() + octets.route_wire().size();
}

/// Returns: what of the queue is in the group; none when nothing is.
Admission::Staged* Admission::staged_of(std::uint64_t queue) {
    const auto staged = staged_.find(queue);
    return staged == staged_.end() ? nullptr : &staged->second;
}

Group::MessageEntry* Admission::find_staged(Group& group, const Staged* staged,
                                            std::uint64_t sequence) {
    if (staged == nullptr || sequence < group.entries[staged->front()].sequence) return nullptr;
    const auto place = std::lower_bound(staged->begin(), staged->end(), sequence,
                                        [&](std::uint32_t entry, std::uint64_t wanted) {
                                            return group.entries[entry].sequence < wanted;
                                        });
    if (place == staged->end() || group.entries[*place].sequence != sequence) return nullptr;
    return &group.entries[*place];
}

void Admission::kill_staged(Group& group, Group::MessageEntry& entry, Settled how) {
    if (entry.dead) return;
    entry.dead = true;
    Group::Message& message = group.messages[entry.message];
    --message.live;
    if (how != Settled::taken) message.all_taken = false;
}

void Admission::settle(Group& group, const Operation& operation) {
    // One half of a transaction is not final before the other one is durable.
    const Settled how = in_transaction_ ? Settled::dropped : operation.how;
    const Staged* const staged = staged_of(operation.queue);
    for (std::uint32_t i = 0; i < operation.count; ++i) {
        settle_one(group, staged, operation.queue, operation.sequence + i, how);
    }
}

void Admission::settle_one(Group& group, const Staged* staged, std::uint64_t queue,
                           std::uint64_t sequence, Settled how) {
    if (Group::MessageEntry* const entry = find_staged(group, staged, sequence)) {
        kill_staged(group, *entry, how);
    } else if (const auto place = index_.kill(queue, sequence)) {
        group.killed.push_back({queue, *place});
        touch(group, place->slot);
    }
}

void Admission::touch(Group& group, SlotIndex slot) {
    if (std::exchange(index_.slot(slot).touched, true)) return;
    group.touched.push_back(slot);
}

void Admission::count(Group& group, const Operation& operation) {
    const auto count =
        static_cast<std::uint16_t>(std::min<std::uint32_t>(operation.failed + 1u, 0xFFFF));
    if (Group::MessageEntry* const entry =
            find_staged(group, staged_of(operation.queue), operation.sequence)) {
        entry->count = count;
        group.counts = true;
    } else if (const auto place = index_.find(operation.queue, operation.sequence)) {
        // Stays when the commit fails: it is true, and only tells more than was asked for.
        index_.slot(place->slot).set_count(place->entry, count);
        touch(group, place->slot);
    }
}

void Admission::purge(Group& group, const Batch& batch, const Operation& operation) {
    if (removed_early_.contains(operation.queue)) return;
    const std::span kept(batch.kept.data() + operation.first, operation.count);
    drop_staged_below(group, operation.queue, operation.sequence, kept);
    if (kept.size() <= purge_kept_max) {
        group.purges.push_back({operation.queue, {operation.sequence, {kept.begin(), kept.end()}}});
        return;
    }
    constexpr std::uint32_t all = ~std::uint32_t{0};
    const SequenceRange below{Sequence{0}, Sequence{operation.sequence}};
    for (const EntryPlace& place : index_.live_in(operation.queue, {&below, 1}, all)) {
        if (std::binary_search(kept.begin(), kept.end(), place.sequence)) continue;
        settle_one(group, staged_of(operation.queue), operation.queue, place.sequence,
                   Settled::dropped);
    }
}

void Admission::remove(Group& group, std::uint64_t queue) {
    drop_staged_below(group, queue, ~std::uint64_t{0}, {});
    group.removed.push_back(queue);
}

void Admission::drop_staged_below(Group& group, std::uint64_t queue, std::uint64_t below,
                                  std::span<const std::uint64_t> kept) {
    const Staged* const staged = staged_of(queue);
    if (staged == nullptr) return;
    for (const std::uint32_t index : *staged) {
        Group::MessageEntry& entry = group.entries[index];
        if (entry.sequence >= below) continue;
        if (std::binary_search(kept.begin(), kept.end(), entry.sequence)) continue;
        kill_staged(group, entry, Settled::dropped);
    }
}

/// Decides who may be told at once.
void Admission::finish(Group& group) {
    for (const Group::Message& message : group.messages) {
        if (message.live == 0) ++group.elided;
        Operation& operation = *message.operation;
        if (operation.listener == nullptr) continue;
        if (message.live != 0 || !message.all_taken) continue;
        group.at_once.push_back({operation.listener, operation.number});
        operation.listener = nullptr;  // told, even if the group must be taken again
        group.due[message.due_at].listener = nullptr;
    }
    if (group.at_once.empty()) return;
    std::erase_if(group.due, [](const DueWaiter& due) { return due.listener == nullptr; });
}

void Admission::revert(Group& group) {
    for (const SlotIndex slot : group.touched) index_.slot(slot).touched = false;
    for (auto killed = group.killed.rbegin(); killed != group.killed.rend(); ++killed) {
        index_.revive(killed->queue, killed->place);
    }
}

}  // namespace leveret::storage
