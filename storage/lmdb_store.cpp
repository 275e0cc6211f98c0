#include "storage/lmdb_store.hpp"

#include <algorithm>
#include <utility>

#include "protocol/assert.hpp"
#include "storage/batch.hpp"
#include "storage/chunk_index.hpp"
#include "storage/lmdb_environment.hpp"
#include "storage/mailbox.hpp"
#include "storage/reader.hpp"
#include "storage/recovery.hpp"
#include "storage/writer.hpp"

namespace leveret::storage {

namespace {

std::uint64_t number(QueueId id) { return static_cast<std::uint64_t>(id); }
std::uint64_t number(Sequence sequence) { return static_cast<std::uint64_t>(sequence); }

}  // namespace

class LmdbStore::Parts {
public:
    Parts(LmdbStore& store, StoreOptions options, Post post,
          std::unique_ptr<Environment> environment)
        : store_(store),
          options_(std::move(options)),
          environment_(std::move(environment)),
          boot_(read_boot(*environment_, options_)),
          mailbox_(std::move(post),
                   [alive = std::weak_ptr(alive_)] {
                       if (const auto parts = alive.lock()) (*parts)->deliver();
                   }),
          readers_(
              *environment_,
              [this](std::unique_ptr<PageRequest> request) {
                  mailbox_.add(
                      [&](Notice& notice) { notice.answered.push_back(std::move(request)); });
              },
              [this](PageRequest& request) { writer_.find(request); }),
          writer_(*environment_, index_, options_, mailbox_) {}

    ~Parts() {
        if (!closed_) stop(Writer::Stop::now);
        (void)mailbox_.take_all();
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;

    [[nodiscard]] std::uint64_t id_base() const { return boot_.id_base(); }

    void recover(RecoverySink& sink) {
        LEVERET_ASSERT(!started_);
        RecoverySummary summary;
        WriterStart start = recover_store(*environment_, options_, boot_, index_, sink, summary);
        started_ = true;
        readers_.start();
        writer_.start(std::move(start));
        sink.done(summary);
    }

    void close() {
        if (closed_) return;
        submit();
        stop(Writer::Stop::orderly);
        environment_.reset();  // the threads are gone: nobody uses it any more
        deliver();
    }

    /// A new operation at the end of the turn's.
    Operation& add(Operation::Kind kind, Waiter&& waiter = {}) {
        Batch& batch = *batch_;
        batch.octets += sizeof(Operation);
        Operation& operation = batch.operations.emplace_back();
        operation.kind = kind;
        if (waiter.listener) {
            batch.somebody_waits = true;
            operation.listener = waiter.listener.get();
            operation.number = waiter.number;
            // Most waiters of a turn are one channel's.
            if (batch.listeners.empty() || batch.listeners.back() != waiter.listener) {
                batch.listeners.push_back(std::move(waiter.listener));
            }
        }
        return operation;
    }

    void publish(const protocol::amqp::MessagePtr& message, std::span<const Entry> entries,
                 const MessageFacts& facts, Waiter&& waiter) {
        LEVERET_ASSERT(!entries.empty());
        Operation& operation = add(Operation::Kind::publish, std::move(waiter));
        Batch& batch = *batch_;
        operation.index = static_cast<std::uint32_t>(batch.messages.size());
        operation.first = static_cast<std::uint32_t>(batch.entries.size());
        operation.count = static_cast<std::uint32_t>(entries.size());
        batch.messages.push_back({message, facts});
        if (facts.enqueued == UnixTime{}) batch.messages.back().facts.enqueued = now();
        batch.entries.insert(batch.entries.end(), entries.begin(), entries.end());
        batch.octets += message->memory_octets() + entries.size_bytes();
        batch.payload_octets += message->memory_octets();
    }

    void settle(Entry entry, Settled how) {
        if (!batch_->operations.empty()) {
            Operation& last = batch_->operations.back();
            if (last.kind == Operation::Kind::settle && last.how == how &&
                last.queue == number(entry.queue) &&
                last.sequence + last.count == number(entry.sequence)) {
                ++last.count;
                return;
            }
        }
        Operation& operation = add(Operation::Kind::settle);
        operation.how = how;
        operation.queue = number(entry.queue);
        operation.sequence = number(entry.sequence);
        operation.count = 1;
    }

    void purge(QueueId queue, Sequence below, std::span<const Sequence> kept, Waiter&& waiter) {
        Operation& operation = add(Operation::Kind::purge, std::move(waiter));
        operation.queue = number(queue);
        operation.sequence = number(below);
        operation.first = static_cast<std::uint32_t>(batch_->kept.size());
        operation.count = static_cast<std::uint32_t>(kept.size());
        for (const Sequence sequence : kept) batch_->kept.push_back(number(sequence));
        LEVERET_ASSERT(std::is_sorted(kept.begin(), kept.end()));
    }

    void define(Definition&& definition, Waiter&& waiter) {
        Operation& operation = add(Operation::Kind::define, std::move(waiter));
        operation.index = static_cast<std::uint32_t>(batch_->definitions.size());
        for (const Definition::Field& field : definition.fields) {
            batch_->octets += field.octets.size();
        }
        batch_->definitions.push_back(std::move(definition));
    }

    void begin_transaction() {
        LEVERET_ASSERT(!std::exchange(in_transaction_, true));
        add(Operation::Kind::begin_transaction);
    }
    void end_transaction(Waiter&& waiter) {
        LEVERET_ASSERT(std::exchange(in_transaction_, false));
        add(Operation::Kind::end_transaction, std::move(waiter));
    }

    void submit() {
        LEVERET_ASSERT(!in_transaction_);
        if (batch_->operations.empty()) return;
        auto batch = std::exchange(batch_, std::make_unique<Batch>());
        turn_time_ = {};
        if (!started_ || closed_) return;
        batch->turn = turn_++;
        unwritten_octets_ += batch->octets;
        writer_.hand_over(std::move(batch));
    }

    void page_in(QueueId queue, std::vector<SequenceRange>&& ranges, std::uint32_t count,
                 boost::intrusive_ptr<PageSink>&& sink) {
        if (!started_ || closed_) return;
        auto request = std::make_unique<PageRequest>();
        request->queue = queue;
        request->ranges = std::move(ranges);
        request->count = count;
        request->sink = std::move(sink);
        readers_.read(std::move(request));
    }

    [[nodiscard]] std::uint64_t turn_number() const { return turn_; }
    [[nodiscard]] std::uint64_t durable_turn() const { return durable_turn_; }
    [[nodiscard]] std::uint64_t unwritten_octets() const { return unwritten_octets_; }
    void set_disk_free_limit(std::uint64_t octets) { writer_.set_disk_free_limit(octets); }
    [[nodiscard]] StoreStats stats() const { return writer_.stats(); }

private:
    void stop(Writer::Stop how) {
        closed_ = true;
        readers_.stop();
        writer_.stop(how);
    }

    void deliver() {
        const Notice notice = mailbox_.take_all();
        durable_turn_ = std::max(durable_turn_, notice.durable_turn);
        if (notice.health) store_.tell_health(*notice.health);
        for (const DueWaiter& due : notice.due) due.listener->durable(due.number);
        for (const std::unique_ptr<Batch>& batch : notice.released) {
            unwritten_octets_ -= batch->octets;
        }
        if (closed_) return;  // nobody pages in any more
        for (const std::unique_ptr<PageRequest>& request : notice.answered) {
            if (!request->damaged.empty()) {
                request->sink->crashed(request->queue, request->damaged);
            }
            request->sink->paged_in(request->queue, request->messages, Sequence{request->next});
        }
    }

    UnixTime now() {
        if (turn_time_ == UnixTime{}) {
            turn_time_ = std::chrono::time_point_cast<std::chrono::milliseconds>(
                std::chrono::system_clock::now());
        }
        return turn_time_;
    }

    LmdbStore& store_;
    StoreOptions options_;
    std::unique_ptr<Environment> environment_;
    Boot boot_;
    std::shared_ptr<Parts*> alive_ = std::make_shared<Parts*>(this);
    ChunkIndex index_{};
    Mailbox mailbox_;
    Readers readers_;
    Writer writer_;
    bool started_ = false;
    bool closed_ = false;

    std::unique_ptr<Batch> batch_ = std::make_unique<Batch>();  ///< of the turn under way
    bool in_transaction_ = false;
    UnixTime turn_time_{};
    std::uint64_t turn_ = 1;
    std::uint64_t durable_turn_ = 0;
    std::uint64_t unwritten_octets_ = 0;
};

LmdbStore::LmdbStore(StoreOptions options, Post post) {
    auto environment = open_lmdb(options);
    parts_ =
        std::make_unique<Parts>(*this, std::move(options), std::move(post), std::move(environment));
}
LmdbStore::LmdbStore(StoreOptions options, Post post, std::unique_ptr<Environment> environment)
    : parts_(std::make_unique<Parts>(*this, std::move(options), std::move(post),
                                     std::move(environment))) {}
LmdbStore::~LmdbStore() = default;

void LmdbStore::recover(RecoverySink& sink) { parts_->recover(sink); }
void LmdbStore::close() { parts_->close(); }
std::uint64_t LmdbStore::id_base() const { return parts_->id_base(); }

void LmdbStore::publish(const protocol::amqp::MessagePtr& message, std::span<const Entry> entries,
                        const MessageFacts& facts, Waiter waiter) {
    parts_->publish(message, entries, facts, std::move(waiter));
}
void LmdbStore::settle(Entry entry, Settled how) { parts_->settle(entry, how); }
void LmdbStore::count(Entry entry, std::uint16_t failed_deliveries) {
    Operation& operation = parts_->add(Operation::Kind::count);
    operation.queue = number(entry.queue);
    operation.sequence = number(entry.sequence);
    operation.failed = failed_deliveries;
}
void LmdbStore::purge(QueueId queue, Sequence below, std::span<const Sequence> kept,
                      Waiter waiter) {
    parts_->purge(queue, below, kept, std::move(waiter));
}
void LmdbStore::remove(QueueId queue, Waiter waiter) {
    parts_->add(Operation::Kind::remove, std::move(waiter)).queue = number(queue);
}
void LmdbStore::define(Definition definition, Waiter waiter) {
    parts_->define(std::move(definition), std::move(waiter));
}
void LmdbStore::undefine(DefinitionKind kind, DefinitionId id, Waiter waiter) {
    LEVERET_ASSERT(kind != DefinitionKind::queue);
    Operation& operation = parts_->add(Operation::Kind::undefine, std::move(waiter));
    operation.index = static_cast<std::uint32_t>(kind);
    operation.queue = static_cast<std::uint64_t>(id);
}
void LmdbStore::barrier(Waiter waiter) { parts_->add(Operation::Kind::barrier, std::move(waiter)); }
void LmdbStore::open_transaction() { parts_->begin_transaction(); }
void LmdbStore::close_transaction(Waiter waiter) { parts_->end_transaction(std::move(waiter)); }
void LmdbStore::submit() { parts_->submit(); }
void LmdbStore::page_in(QueueId queue, std::vector<SequenceRange> ranges, std::uint32_t count,
                        boost::intrusive_ptr<PageSink> sink) {
    parts_->page_in(queue, std::move(ranges), count, std::move(sink));
}
std::uint64_t LmdbStore::turn_number() const { return parts_->turn_number(); }
std::uint64_t LmdbStore::durable_turn() const { return parts_->durable_turn(); }
std::uint64_t LmdbStore::unwritten_octets() const { return parts_->unwritten_octets(); }
void LmdbStore::set_disk_free_limit(std::uint64_t octets) { parts_->set_disk_free_limit(octets); }
StoreStats LmdbStore::stats() const { return parts_->stats(); }

}  // namespace leveret::storage
