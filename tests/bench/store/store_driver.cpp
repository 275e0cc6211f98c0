#include "tests/bench/store/store_driver.hpp"

#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace {

std::atomic<std::uint64_t> syncs_begun{0};

}  // namespace

/// Stands before the one of libc: counts, then calls it.
extern "C" int fdatasync(int descriptor) {
    using Function = int (*)(int);
    static const auto real = reinterpret_cast<Function>(dlsym(RTLD_NEXT, "fdatasync"));
    syncs_begun.fetch_add(1);
    syncs_begun.notify_all();
    return real(descriptor);
}

namespace leveret::bench {

using namespace storage;

std::uint64_t syncs() { return syncs_begun.load(); }

void wait_for_sync(std::uint64_t number) {
    for (std::uint64_t now = syncs(); now < number; now = syncs()) syncs_begun.wait(now);
}

ScratchDirectory::ScratchDirectory(const std::filesystem::path& below) {
    std::string name = (below / "store-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot create " + name);
    path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

protocol::amqp::MessagePtr message_of(std::size_t body_octets, char fill) {
    protocol::amqp::BasicProperties properties;
    properties.flags = protocol::amqp::property::delivery_mode;
    properties.delivery_mode = 2;
    return protocol::amqp::Message::make("amq.topic", "orders.eu.created", properties,
                                         std::string(body_octets, fill));
}

StoreDriver::StoreDriver(const std::filesystem::path& directory, SyncMode sync) {
    StoreOptions options;
    options.data_dir = directory;
    options.sync = sync;
    options.disk_free_limit = 1;
    store_ = std::make_unique<LmdbStore>(options, [this](auto call) { post(std::move(call)); });
    store_->recover(sink_);
}

void StoreDriver::post(std::function<void()> call) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
    came_.notify_one();
}

void StoreDriver::run_notices() {
    std::vector<std::function<void()>> calls;
    {
        const std::lock_guard lock(mutex_);
        calls.swap(calls_);
    }
    for (const auto& call : calls) call();
}

void StoreDriver::wait_for_notice() {
    {
        std::unique_lock lock(mutex_);
        came_.wait(lock, [this] { return !calls_.empty(); });
    }
    run_notices();
    if (store_->health().state == Health::State::failed) {
        throw std::runtime_error("the store failed: " + store_->health().reason);
    }
}

void StoreDriver::define_queue(std::uint64_t queue) {
    Definition definition;
    definition.kind = DefinitionKind::queue;
    definition.id = DefinitionId{queue};
    definition.add(1, "a queue");
    store_->define(std::move(definition), {});
}

void StoreDriver::submit_awaited() {
    store_->barrier({listener_, ++awaited_});
    store_->submit();
}

void StoreDriver::settle_down() {
    submit_awaited();
    while (listener_->told != awaited_) wait_for_notice();
}

void StoreDriver::close() {
    if (store_ == nullptr) return;
    store_->close();
    run_notices();
    store_.reset();
}

}  // namespace leveret::bench
