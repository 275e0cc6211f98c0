#include "tests/unit/storage/store_fixture.hpp"

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "protocol/amqp/properties.hpp"

namespace leveret::test {

using namespace storage;
using protocol::amqp::BasicProperties;
using protocol::amqp::Message;
using protocol::amqp::MessagePtr;

ScratchDirectory::ScratchDirectory(const std::filesystem::path& parent) {
    std::string name = (parent / "leveret-store-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = name;
}
ScratchDirectory::~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path memory_directory() {
    const std::filesystem::path memory = "/dev/shm";
    return access(memory.c_str(), W_OK) == 0 ? memory : std::filesystem::temp_directory_path();
}

void PostedCalls::post(std::function<void()> call) {
    std::unique_lock lock(mutex_);
    calls_.push_back(std::move(call));
    const std::uint64_t number = ++posted_;
    came_.notify_one();
    ran_.wait(lock, [&] { return !lockstep_ || run_ >= number; });
}

void PostedCalls::set_lockstep(bool lockstep) {
    const std::lock_guard lock(mutex_);
    lockstep_ = lockstep;
    ran_.notify_all();
}

bool PostedCalls::run_one(std::unique_lock<std::mutex>& lock) {
    if (calls_.empty()) return false;
    const std::function<void()> call = std::move(calls_.front());
    calls_.pop_front();
    lock.unlock();
    call();
    lock.lock();
    ++run_;
    ran_.notify_all();
    return true;
}

void PostedCalls::run_until(const std::function<bool()>& holds) {
    while (!holds()) {
        std::unique_lock lock(mutex_);
        if (!came_.wait_for(lock, std::chrono::seconds(60), [&] { return !calls_.empty(); })) {
            throw std::runtime_error("the store does not answer");
        }
        run_one(lock);
    }
}

void PostedCalls::run_all() {
    std::unique_lock lock(mutex_);
    while (run_one(lock)) continue;
}

void RememberingSink::entries(QueueId queue, std::span<const RecoveredEntry> entries) {
    StoredEntries& stored = queues[static_cast<std::uint64_t>(queue)];
    for (const RecoveredEntry& entry : entries) {
        const auto sequence = static_cast<std::uint64_t>(entry.sequence);
        if (!stored.emplace(sequence, entry).second) {
            throw std::runtime_error("an entry came twice");
        }
    }
}

void RememberingPages::paged_in(QueueId, std::span<const PagedMessage> messages,
                                Sequence next_from) {
    ++calls;
    next = static_cast<std::uint64_t>(next_from);
    for (const PagedMessage& message : messages) {
        pages[static_cast<std::uint64_t>(message.entry.sequence)] = {message.entry,
                                                                     message.make_message()};
    }
}

void RememberingPages::crashed(QueueId, std::span<const DamagedMessages> damaged_messages) {
    damaged.assign(damaged_messages.begin(), damaged_messages.end());
    for (const DamagedMessages& one : damaged) {
        for (const Sequence sequence : one.sequences) {
            crashed_entries.push_back(static_cast<std::uint64_t>(sequence));
        }
    }
}

MessagePtr message_of(std::string_view body, bool persistent) {
    BasicProperties properties;
    if (persistent) {
        properties.flags = protocol::amqp::property::delivery_mode;
        properties.delivery_mode = 2;
    }
    return Message::make("an exchange", "a.key", properties, body);
}

StoreOptions StoreWorld::options(const ScratchDirectory& directory, SyncMode sync) {
    StoreOptions options;
    options.data_dir = directory.path();
    options.sync = sync;
    options.max_octets = 256ULL << 20;
    options.disk_free_limit = 1;
    options.allow_network = true;
    return options;
}

StoreWorld::StoreWorld(const ScratchDirectory& directory, SyncMode sync)
    : store(std::make_unique<LmdbStore>(options(directory, sync),
                                        [this](auto call) { calls.post(std::move(call)); })) {
    store->set_health_listener(&health);
    store->recover(recovered);
}

StoreWorld::StoreWorld(std::unique_ptr<Environment> environment, SyncMode sync) {
    StoreOptions options;
    options.sync = sync;
    options.disk_free_limit = 1;
    store = std::make_unique<LmdbStore>(
        options, [this](auto call) { calls.post(std::move(call)); }, std::move(environment));
    store->set_health_listener(&health);
    store->recover(recovered);
}

void StoreWorld::define_queue(std::uint64_t queue) {
    Definition definition;
    definition.kind = DefinitionKind::queue;
    definition.id = DefinitionId{queue};
    definition.add(1, "a queue");
    store->define(std::move(definition), {});
}

void StoreWorld::publish(std::string_view body, std::vector<Entry> entries, MessageFacts facts,
                         bool persistent) {
    store->publish(message_of(body, persistent), entries, facts, waiter());
}

void StoreWorld::settle_down() {
    store->barrier(waiter());
    store->submit();
    const std::uint64_t last = asked;
    calls.run_until([&] {
        for (auto told = listener->told.rbegin(); told != listener->told.rend(); ++told) {
            if (*told == last) return true;
        }
        return false;
    });
}

boost::intrusive_ptr<RememberingPages> StoreWorld::page_in(std::uint64_t queue, std::uint64_t from,
                                                           std::uint32_t count) {
    boost::intrusive_ptr<RememberingPages> pages(new RememberingPages);
    store->page_in(QueueId{queue}, {{Sequence{from}, Sequence{~std::uint64_t{0}}}}, count, pages);
    calls.run_until([&] { return pages->calls != 0; });
    return pages;
}

}  // namespace leveret::test
