#include "storage/reader.hpp"

#include <algorithm>
#include <utility>

#include "storage/chunk.hpp"
#include "storage/storage_error.hpp"

namespace leveret::storage {

namespace {

constexpr std::size_t threads_count = 2;
/// Between a commit that moves chunks and the writer's next instructions a place is outdated.
constexpr std::size_t attempts_max = 10'000;
/// A snapshot keeps pages from being used again, so it serves only so many chunks.
constexpr std::size_t chunks_per_snapshot = 16;
constexpr const char* damaged_octets = "octets of messages are damaged";

/// A copy of a value, kept by the request.
std::string_view copy(PageRequest& request, const Snapshot& snapshot, std::string_view value) {
    auto buffer = std::make_unique_for_overwrite<char[]>(value.size());
    snapshot.load(value, 0, {buffer.get(), value.size()});
    const std::string_view copied(buffer.get(), value.size());
    request.buffers.push_back(std::move(buffer));
    return copied;
}

/// Where the entries of a chunk are among its messages.
class EntryTable {
public:
    explicit EntryTable(const ChunkView& chunk) : chunk_(chunk) {
        std::uint32_t entry = 0;
        for (std::uint32_t i = 0; i < chunk.header().runs; ++i) {
            first_entries_.push_back(entry);
            entry += chunk.run(i).count;
        }
    }
    /// Throws: StorageError when the chunk has no such entry, or it is another one.
    [[nodiscard]] ChunkMessage message_of(const PageRequest& request,
                                          const PageRequest::Wanted& wanted) const {
        const auto after =
            std::upper_bound(first_entries_.begin(), first_entries_.end(), wanted.entry);
        if (after != first_entries_.begin()) {
            const auto index = static_cast<std::uint32_t>(after - first_entries_.begin()) - 1;
            const ChunkRun run = chunk_.run(index);
            const std::uint32_t offset = wanted.entry - first_entries_[index];
            if (offset < run.count && run.first_sequence + offset == wanted.sequence &&
                run.queue == static_cast<std::uint64_t>(request.queue)) {
                return chunk_.message(run.first_message + offset);
            }
        }
        throw StorageError("chunk " + std::to_string(wanted.chunk) + ": has no entry " +
                           std::to_string(wanted.entry));
    }

private:
    const ChunkView& chunk_;
    std::vector<std::uint32_t> first_entries_{};
};

/// The whole payload, cut into head and body.
/// Throws: StorageError when a piece is missing or damaged.
void cut_payload(PageRequest& request, const Snapshot& snapshot, const ChunkView& chunk,
                 const ChunkMessage& row, PagedMessage& message) {
    const auto refuse = [](std::uint64_t id, const char* what) {
        throw StorageError("chunk " + std::to_string(id) + ": " + what);
    };
    std::vector<std::string_view> parts;
    std::uint64_t left = row.payload_octets();
    for (std::uint16_t i = 0; i < row.pieces; ++i) {
        const std::uint64_t id = row.first_piece + i;
        const auto value = snapshot.get(Database::chunks, Key(id));
        if (!value) refuse(id, "a piece is missing");
        const ChunkView piece(id, copy(request, snapshot, *value));
        if (!piece.payload_intact()) refuse(id, damaged_octets);
        parts.push_back(piece.piece().substr(0, left));
        left -= parts.back().size();
    }
    parts.push_back(chunk.payload(row));
    if (parts.back().size() != left || parts.front().size() < row.head_octets) {
        refuse(chunk.id(), damaged_octets);
    }
    const std::string_view head = parts.front().substr(0, row.head_octets);
    parts.front().remove_prefix(row.head_octets);
    // Two short strings; the rest of the head are the properties.
    std::size_t route = 0;
    for (int i = 0; i < 2; ++i) {
        if (route >= head.size()) refuse(chunk.id(), damaged_octets);
        route += 1u + static_cast<unsigned char>(head[route]);
    }
    if (route + 2 > head.size()) refuse(chunk.id(), damaged_octets);
    message.route = head.substr(0, route);
    message.properties = head.substr(route);
    std::erase_if(parts, [](std::string_view part) { return part.empty(); });
    request.bodies.push_back(std::make_unique<std::vector<std::string_view>>(std::move(parts)));
    message.body = *request.bodies.back();
}

/// Notes down that an entry must not be delivered.
void mark_damaged(PageRequest& request, const PageRequest::Wanted& wanted, const char* why) {
    if (request.damaged.empty() || request.damaged.back().chunk != wanted.chunk) {
        request.damaged.push_back({wanted.chunk, {}, why});
    }
    request.damaged.back().sequences.push_back(Sequence{wanted.sequence});
}

/// Reads the wanted entries of one chunk into the answer.
/// Throws: StorageError when nothing of it can be read; nothing was added then.
void read_chunk(PageRequest& request, std::span<const PageRequest::Wanted> of_chunk,
                const Snapshot& snapshot, std::string_view value) {
    const ChunkView chunk(of_chunk.front().chunk, copy(request, snapshot, value));
    if (!chunk.payload_intact()) {
        throw StorageError("chunk " + std::to_string(chunk.id()) + ": " + damaged_octets);
    }
    const EntryTable table(chunk);
    for (const PageRequest::Wanted& wanted : of_chunk) {
        try {
            const ChunkMessage row = table.message_of(request, wanted);
            PagedMessage message;
            message.entry = entry_of(chunk.header(), row);
            message.entry.sequence = Sequence{wanted.sequence};
            message.entry.redelivered |= wanted.redelivered || wanted.count > 0;
            message.entry.failed_deliveries =
                static_cast<std::uint16_t>(wanted.count == 0 ? 0 : wanted.count - 1);
            cut_payload(request, snapshot, chunk, row, message);
            request.messages.push_back(message);
        } catch (const StorageError& error) {
            mark_damaged(request, wanted, error.what());
        }
    }
}

}  // namespace

RecoveredEntry entry_of(const ChunkHeader& header, const ChunkMessage& row) {
    RecoveredEntry entry;
    entry.head_octets = row.head_octets;
    entry.body_octets = row.body_octets;
    entry.enqueued = UnixTime(std::chrono::milliseconds(header.base_unix_ms + row.time_ms));
    if ((row.flags & ChunkMessage::has_expiry) != 0) {
        entry.expiry = std::chrono::milliseconds(row.expiry_ms);
    }
    entry.priority = row.priority;
    entry.delayed = (row.flags & ChunkMessage::delayed) != 0;
    entry.dead_lettered = (row.flags & ChunkMessage::dead_lettered) != 0;
    entry.redelivered = (row.flags & ChunkMessage::redelivered) != 0;
    return entry;
}

bool read_page(const Environment& environment, PageRequest& request) {
    std::unique_ptr<Snapshot> snapshot;
    std::size_t chunks_read = 0;
    for (std::size_t i = 0; i < request.wanted.size();) {
        // The wanted entries stand in order of sequence; neighbours mostly share a chunk.
        const std::uint64_t id = request.wanted[i].chunk;
        const std::size_t begin = i;
        while (i < request.wanted.size() && request.wanted[i].chunk == id) ++i;
        const std::span of_chunk(request.wanted.begin() + static_cast<std::ptrdiff_t>(begin),
                                 i - begin);
        if (snapshot == nullptr || chunks_read++ % chunks_per_snapshot == 0) {
            snapshot.reset();
            snapshot = environment.snapshot();
        }
        const auto value = snapshot->get(Database::chunks, Key(id));
        if (!value) return false;
        try {
            read_chunk(request, of_chunk, *snapshot, *value);
        } catch (const StorageError& error) {
            for (const PageRequest::Wanted& wanted : of_chunk) {
                mark_damaged(request, wanted, error.what());
            }
        }
    }
    return true;
}

Readers::Readers(const Environment& environment, Answer answer, Find find)
    : environment_(environment), answer_(std::move(answer)), find_(std::move(find)) {}

Readers::~Readers() { stop(); }

void Readers::start() {
    while (threads_.size() < threads_count) threads_.emplace_back([this] { run(); });
}

void Readers::read(std::unique_ptr<PageRequest> request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    work_.notify_one();
}

void Readers::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        work_.notify_all();
    }
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    for (std::unique_ptr<PageRequest>& request : requests_) answer_(std::move(request));
    requests_.clear();
}

/// Finds and reads; again, when chunks were moved in between.
void Readers::serve(PageRequest& request) const {
    std::string why = "chunks of it are missing";
    for (std::size_t i = 0; i < attempts_max; ++i) {
        find_(request);
        try {
            if (read_page(environment_, request)) return;
        } catch (const StorageError& error) {
            why = error.what();
            break;
        }
        request.forget_answer();
        std::this_thread::yield();
    }
    // What cannot be read is not delivered: the queue stops until somebody looks.
    request.forget_answer();
    for (const PageRequest::Wanted& wanted : request.wanted) {
        mark_damaged(request, wanted, why.c_str());
    }
}

void Readers::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        work_.wait(lock, [this] { return stopping_ || !requests_.empty(); });
        if (stopping_) return;
        std::unique_ptr<PageRequest> request = std::move(requests_.front());
        requests_.pop_front();
        lock.unlock();
        serve(*request);
        answer_(std::move(request));
        lock.lock();
    }
}

}  // namespace leveret::storage
