// The durable store: chunks of messages in LMDB, written by one thread in group commits.
//
// Puts together its parts: Writer (operations to commits), ChunkIndex (where entries are), the
// codecs, and Environment (all that knows LMDB). README.md has the format of the files.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "storage/storage_error.hpp"
#include "storage/store.hpp"
#include "storage/store_options.hpp"

namespace leveret::storage {

class Environment;

/// Runs a function on the broker thread, soon. Called by the store's threads; must not block, must
/// not call the function at once.
using Post = std::function<void(std::function<void()>)>;

/// Thread:   made, used and destroyed on the broker thread; it has a writer thread and a reader
///           thread. Messages' counts are only touched on the broker thread.
/// Lifetime: what was posted and not yet run may run later than the end of the store.
class LmdbStore final : public Store {
public:
    /// Locks the directory and opens the files; recover() must follow.
    /// Throws: StorageError.
    LmdbStore(StoreOptions options, Post post);
    /// On another environment than the one of LMDB: for tests that let it fail.
    LmdbStore(StoreOptions options, Post post, std::unique_ptr<Environment> environment);
    /// Without close() before, this is as a crash: what was not durable may be lost.
    ~LmdbStore() override;

    void recover(RecoverySink& sink) override;
    void close() override;
    [[nodiscard]] std::uint64_t id_base() const override;

    void publish(const protocol::amqp::MessagePtr& message, std::span<const Entry> entries,
                 const MessageFacts& facts, Waiter waiter) override;
    void settle(Entry entry, Settled how) override;
    void count(Entry entry, std::uint16_t failed_deliveries) override;
    void purge(QueueId queue, Sequence below, std::span<const Sequence> kept,
               Waiter waiter) override;
    void remove(QueueId queue, Waiter waiter) override;
    void define(Definition definition, Waiter waiter) override;
    void undefine(DefinitionKind kind, DefinitionId id, Waiter waiter) override;
    void barrier(Waiter waiter) override;
    void submit() override;
    void page_in(QueueId queue, std::vector<SequenceRange> ranges, std::uint32_t count,
                 boost::intrusive_ptr<PageSink> sink) override;
    [[nodiscard]] std::uint64_t turn_number() const override;
    [[nodiscard]] std::uint64_t durable_turn() const override;
    [[nodiscard]] std::uint64_t unwritten_octets() const override;
    void set_disk_free_limit(std::uint64_t octets) override;
    [[nodiscard]] StoreStats stats() const override;

private:
    void open_transaction() override;
    void close_transaction(Waiter waiter) override;

    class Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace leveret::storage
