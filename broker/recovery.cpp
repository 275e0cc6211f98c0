#include "broker/recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

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
    Messages& messages = messages_[queue];
    count_ += entries.size();
    for (const storage::RecoveredEntry& entry : entries) {
        messages.expiring |= entry.expiry.has_value();
        std::vector<PagedRuns::Run>& runs = messages.runs[entry.priority];
        const auto sequence = static_cast<std::uint64_t>(entry.sequence);
        if (!runs.empty() && runs.back().first + runs.back().count == sequence) {
            ++runs.back().count;
            runs.back().octets += entry.body_octets;
        } else {
            runs.push_back({.first = sequence, .count = 1, .octets = entry.body_octets});
        }
    }
}

void Recovery::done(const storage::RecoverySummary& summary) {
    log::info("{} messages of {} queues are stored; the last stop was {}", count_, messages_.size(),
              summary.clean ? "orderly" : "a crash, or this is the first start");
    if (summary.skipped_chunks != 0) {
        log::error("{} damaged chunks of the store were left out", summary.skipped_chunks);
    }
    broker_.for_each_queue([this](Queue& queue) {
        const auto messages = messages_.find(queue.id());
        if (messages != messages_.end()) restore(queue, std::move(messages->second));
    });
    messages_.clear();
}

/// Where messages were moved on disk, runs do not rise, and touch where they were apart.
void Recovery::restore(Queue& queue, Messages&& messages) {
    for (auto& [priority, runs] : messages.runs) {
        std::ranges::sort(runs, {}, &PagedRuns::Run::first);
        for (const PagedRuns::Run& run : runs) queue.restore(priority, run);
    }
    queue.restored(messages.expiring);
}

}  // namespace leveret::broker
