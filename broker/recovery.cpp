#include "broker/recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "broker/access/stored_access.hpp"
#include "broker/log.hpp"
#include "broker/stored_definitions.hpp"
#include "storage/storage_error.hpp"

namespace leveret::broker {

using namespace std::chrono_literals;

Vhost& Recovery::vhost(const std::string& name) {
    Vhost* const vhost = broker_.find_vhost(name);
    if (vhost == nullptr) {
        throw storage::StorageError(
            fmt::format("what is stored belongs to vhost '{}', which is not stored", name));
    }
    return *vhost;
}

void Recovery::definition(const storage::Definition& definition) {
    switch (definition.kind) {
        case storage::DefinitionKind::vhost:
            broker_.restore_vhost(stored::read_vhost(definition), definition.id);
            break;
        case storage::DefinitionKind::user:
            broker_.access().restore(access::stored::read_user(definition), definition.id);
            break;
        case storage::DefinitionKind::permission: {
            auto stored = access::stored::read_permission(definition);
            (void)vhost(stored.vhost);
            broker_.access().restore(stored.user, stored.vhost, std::move(stored.permission),
                                     definition.id);
            break;
        }
        case storage::DefinitionKind::topic_permission: {
            auto stored = access::stored::read_topic_permission(definition);
            (void)vhost(stored.vhost);
            broker_.access().restore(stored.user, stored.vhost, stored.exchange,
                                     std::move(stored.permission), definition.id);
            break;
        }
        case storage::DefinitionKind::exchange: {
            stored::Exchange exchange = stored::read_exchange(definition);
            vhost(exchange.vhost).restore(std::move(exchange), definition.id);
            break;
        }
        case storage::DefinitionKind::queue: {
            stored::Queue queue = stored::read_queue(definition);
            Queue& restored = vhost(queue.vhost).restore(std::move(queue), definition.id);
            if (restored.delayed() != nullptr) delaying_.emplace(restored.id(), &restored);
            break;
        }
        case storage::DefinitionKind::binding: {
            const stored::Binding binding = stored::read_binding(definition);
            vhost(binding.vhost).restore(binding, definition.id);
            break;
        }
        case storage::DefinitionKind::policy: {
            stored::Policy policy = stored::read_policy(definition);
            vhost(policy.vhost).restore(std::move(policy), definition.id);
            break;
        }
        case storage::DefinitionKind::parameter: {
            stored::Parameter parameter = stored::read_parameter(definition);
            if (parameter.vhost.empty()) {
                broker_.global_parameters().restore(std::move(parameter.key),
                                                    std::move(parameter.value), definition.id);
            } else {
                vhost(parameter.vhost).restore(std::move(parameter), definition.id);
            }
            break;
        }
        default:
            log::warning("definition {} is of kind {}, which this version does not know",
                         static_cast<std::uint64_t>(definition.id),
                         static_cast<unsigned>(definition.kind));
    }
}

void Recovery::entries(storage::QueueId queue, std::span<const storage::RecoveredEntry> entries) {
    count_ += entries.size();
    if (const auto place = delaying_.find(queue); place != delaying_.end()) {
        for (const storage::RecoveredEntry& entry : entries) {
            place->second->delayed()->restore(
                entry.sequence, entry.enqueued + entry.expiry.value_or(0ms), entry.body_octets);
        }
        return;
    }
    policies_take_effect();
    const auto anywhere = expiring_anywhere_.find(queue);
    Messages& messages = messages_[queue];
    for (const storage::RecoveredEntry& entry : entries) {
        if (anywhere != expiring_anywhere_.end() && entry.expiry &&
            *entry.expiry < storage::expiry_beyond_table) {
            messages.expiries.emplace_back(entry.sequence, entry.enqueued + *entry.expiry);
        }
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

/// Which messages are worth remembering depends on what policies say.
void Recovery::policies_take_effect() {
    if (std::exchange(policies_have_effect_, true)) return;
    broker_.for_each_vhost([](Vhost& vhost) { vhost.restored(); });
    broker_.for_each_queue([this](Queue& queue) {
        if (queue.settings().expire_anywhere) expiring_anywhere_.insert(queue.id());
    });
}

void Recovery::done(const storage::RecoverySummary& summary) {
    log::info("{} messages of {} queues are stored; the last stop was {}", count_, messages_.size(),
              summary.clean ? "orderly" : "a crash, or this is the first start");
    if (summary.skipped_chunks != 0) {
        log::error("{} damaged chunks of the store were left out", summary.skipped_chunks);
    }
    policies_take_effect();
    broker_.for_each_queue([this](Queue& queue) {
        const auto messages = messages_.find(queue.id());
        if (messages != messages_.end()) restore(queue, std::move(messages->second));
    });
    messages_.clear();
    for (const auto& [id, queue] : delaying_) queue->delayed()->restored();
}

/// Where messages were moved on disk, runs do not rise, and touch where they were apart.
void Recovery::restore(Queue& queue, Messages&& messages) {
    for (auto& [priority, runs] : messages.runs) {
        std::ranges::sort(runs, {}, &PagedRuns::Run::first);
        for (const PagedRuns::Run& run : runs) queue.restore(priority, run);
    }
    for (const auto& [sequence, expiry] : messages.expiries) {
        queue.restore_expiry(sequence, expiry);
    }
    queue.restored(messages.expiring);
}

}  // namespace leveret::broker
