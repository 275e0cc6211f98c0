#include "broker/recovery.hpp"

#include <fmt/format.h>

#include <utility>

#include "broker/limits.hpp"
#include "broker/log.hpp"
#include "broker/stored_definitions.hpp"
#include "storage/storage_error.hpp"

namespace leveret::broker {

Vhost& Recovery::vhost(const std::string& name) {
    Vhost* const vhost = broker_.find_vhost(name);
    if (vhost == nullptr) {
        throw storage::StorageError(
            fmt::format("what is stored belongs to vhost '{}', which this configuration has not "
                        "(auth.default_vhost)",
                        name));
    }
    return *vhost;
}

void Recovery::definition(const storage::Definition& definition) {
    switch (definition.kind) {
        case storage::DefinitionKind::exchange: {
            stored::Exchange exchange = stored::read_exchange(definition);
            vhost(exchange.vhost).restore(std::move(exchange), definition.id);
            break;
        }
        case storage::DefinitionKind::queue: {
            stored::Queue queue = stored::read_queue(definition);
            vhost(queue.vhost).restore(std::move(queue), definition.id);
            break;
        }
        case storage::DefinitionKind::binding: {
            const stored::Binding binding = stored::read_binding(definition);
            vhost(binding.vhost).restore(binding, definition.id);
            break;
        }
        default:
            log::warning("definition {} is of kind {}, which this version does not know",
                         static_cast<std::uint64_t>(definition.id),
                         static_cast<unsigned>(definition.kind));
    }
}

void Recovery::entries(storage::QueueId queue, std::span<const storage::RecoveredEntry> entries) {
    counts_[queue] += entries.size();
}

void Recovery::done(const storage::RecoverySummary& summary) {
    std::uint64_t messages = 0;
    for (const auto& [queue, count] : counts_) messages += count;
    log::info("{} messages of {} queues are stored; the last stop was {}", messages, counts_.size(),
              summary.clean ? "orderly" : "a crash, or this is the first start");
    if (summary.skipped_chunks != 0) {
        log::error("{} damaged chunks of the store were left out", summary.skipped_chunks);
    }
}

std::vector<QueuePtr> Recovery::queues_with_messages() const {
    std::vector<QueuePtr> queues;
    broker_.for_each_queue([&](Queue& queue) {
        if (counts_.contains(queue.id())) queues.emplace_back(&queue);
    });
    return queues;
}

MessageLoader::MessageLoader(storage::Store& store, std::vector<QueuePtr> queues,
                             std::function<void()> loaded)
    : store_(store), queues_(std::move(queues)), loaded_(std::move(loaded)) {}

void MessageLoader::start() {
    if (queues_.empty()) return loaded_();
    ask(storage::Sequence{0});
}

void MessageLoader::ask(storage::Sequence from) {
    asked_from_ = from;
    store_.page_in(queues_.back()->id(), from, limits::messages_per_page, this);
}

void MessageLoader::paged_in(storage::QueueId, std::span<const storage::PagedMessage> messages,
                             storage::Sequence next) {
    Queue& queue = *queues_.back();
    for (const storage::PagedMessage& message : messages) {
        queue.restore({.message = message.make_message(),
                       .sequence = message.entry.sequence,
                       .redelivered = message.entry.redelivered,
                       .stored = true});
    }
    if (next != asked_from_) return ask(next);
    queues_.pop_back();
    start();
}

void MessageLoader::crashed(storage::QueueId, std::span<const storage::DamagedMessages> damaged) {
    for (const storage::DamagedMessages& one : damaged) {
        log::error("queue '{}': {} messages are damaged on disk and are left out, from {}: {}",
                   log::escaped(queues_.back()->name()), one.sequences.size(),
                   static_cast<std::uint64_t>(one.sequences.front()), one.why);
    }
}

}  // namespace leveret::broker
