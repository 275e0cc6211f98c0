#include "storage/recovery.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "storage/chunk.hpp"
#include "storage/data_directory.hpp"
#include "storage/reader.hpp"
#include "storage/storage_error.hpp"

namespace leveret::storage {

namespace {

constexpr std::uint32_t format_version = 1;
const Key unsynced_key("unsynced");
constexpr std::uint8_t last_known_kind = static_cast<std::uint8_t>(DefinitionKind::console_setting);
constexpr std::size_t orphans_in_first_commit = 1000;
/// Holds the table of most chunks with messages above 500 octets.
constexpr std::size_t first_read_octets = 4096;

std::uint64_t number_of(std::string_view key, std::size_t octets_before, const char* database) {
    const auto number = Key::number_of(key, octets_before);
    if (!number) throw StorageError(std::string(database) + ": a key of a wrong size");
    return *number;
}

class Recovery {
public:
    Recovery(const Environment& environment, const StoreOptions& options, const Boot& boot,
             ChunkIndex& index, RecoverySink& sink, RecoverySummary& summary)
        : snapshot_(environment.snapshot()),
          options_(options),
          boot_(boot),
          index_(index),
          sink_(sink),
          summary_(summary) {}

    WriterStart run() {
        read_definitions();
        read_marks();
        index_.begin_filling();
        read_chunks();
        index_.end_filling();
        find_orphaned_pieces();
        start_.boot = boot_.now;
        start_.next_chunk = boot_.id_base() + 1;
        for (auto& [queue, marked] : marks_) {
            if (queues_.contains(queue)) {
                start_.treatments.push_back(std::move(marked.treatment));
            } else {
                start_.orphans.push_back({Database::qmarks, queue});
            }
        }
        summary_.orphans = start_.orphans.size();
        return std::move(start_);
    }

private:
    struct Marked {
        PurgeMark mark{};
        Treatment treatment{};
    };

    void read_definitions() {
        const auto scan = snapshot_->scan(Database::defs);
        while (scan->next()) {
            const std::uint64_t id = number_of(scan->key(), 1, "defs");
            const auto kind = static_cast<std::uint8_t>(scan->key()[0]);
            const Definition definition =
                decode_definition(DefinitionKind{kind}, DefinitionId{id}, scan->value());
            if (kind == 0 || kind > last_known_kind) {
                if ((definition.flags & Definition::flag_ignorable) != 0) continue;
                throw StorageError("definition " + std::to_string(id) + ": of unknown kind " +
                                   std::to_string(kind) + "; a later broker wrote it");
            }
            if (definition.kind == DefinitionKind::queue) queues_.insert(id);
            sink_.definition(definition);
        }
    }

    void read_marks() {
        const auto scan = snapshot_->scan(Database::qmarks);
        while (scan->next()) {
            const std::uint64_t queue = number_of(scan->key(), 0, "qmarks");
            Marked marked;
            marked.mark = PurgeMark::decode(queue, scan->value());
            marked.treatment.queue = queue;
            marked.treatment.mark = 1;
            marks_.emplace(queue, std::move(marked));
        }
    }

    void read_chunks() {
        const auto acks = snapshot_->scan(Database::acks);
        std::optional<std::uint64_t> acked = next_acked(*acks);
        const auto chunks = snapshot_->scan(Database::chunks);
        while (chunks->next()) {
            const std::uint64_t id = number_of(chunks->key(), 0, "chunks");
            for (; acked && *acked < id; acked = next_acked(*acks)) {
                start_.orphans.push_back({Database::acks, *acked});
            }
            const bool has_acks = acked && *acked == id;
            try {
                const ChunkView chunk(id, load_table(chunks->value()));
                if (id >= boot_.id_base()) {
                    throw StorageError("chunk " + std::to_string(id) + ": of a later start");
                }
                if (chunk.header().kind == ChunkKind::piece) {
                    pieces_.push_back(id);
                } else {
                    std::optional<AckRecord> record;
                    if (has_acks) record = AckRecord::decode(id, acks->value());
                    take_up(id, chunk, std::move(record), has_acks);
                }
                ++summary_.chunks;
            } catch (const StorageError& error) {
                skip_damaged(id, has_acks, error);
            }
            if (has_acks) acked = next_acked(*acks);
        }
        for (; acked; acked = next_acked(*acks)) {
            start_.orphans.push_back({Database::acks, *acked});
        }
    }

    /// Returns: the value, of which only header and table are there.
    /// Lifetime: until the next call.
    std::string_view load_table(std::string_view value) {
        const std::size_t first = std::min(value.size(), first_read_octets);
        snapshot_->load(value, 0, {value_.data(), first});
        const std::size_t wanted =
            std::min({value.size(), value_.size(),
                      ChunkView::octets_before_payload({value_.data(), first})});
        if (wanted > first) snapshot_->load(value, first, {value_.data() + first, wanted - first});
        return {value_.data(), value.size()};
    }

    /// Throws: StorageError that says what to do, unless this start is to repair.
    void skip_damaged(std::uint64_t id, bool has_acks, const StorageError& error) {
        if (!options_.repair) {
            throw StorageError(std::string(error.what()) +
                               ". Copy the data directory first; then `leveret serve --repair` "
                               "starts once without what is damaged, and its messages are lost");
        }
        options_.log(LogLevel::error, std::string("left out and deleted: ") + error.what());
        start_.orphans.push_back({Database::chunks, id});
        if (has_acks) start_.orphans.push_back({Database::acks, id});
        ++summary_.skipped_chunks;
    }

    static std::optional<std::uint64_t> next_acked(Scan& scan) {
        if (!scan.next()) return std::nullopt;
        return number_of(scan.key(), 0, "acks");
    }

    void take_up(std::uint64_t id, const ChunkView& chunk, std::optional<AckRecord> acks,
                 bool has_acks) {
        const ChunkHeader& header = chunk.header();
        AckRecord record;
        if (acks) {
            record = std::move(*acks);
            if (record.entries != header.entries) {
                throw StorageError("acks of chunk " + std::to_string(id) +
                                   ": of another number of entries");
            }
        } else {
            record.entries = header.entries;
            record.live = header.entries;
            record.dead.assign((header.entries + 63) / 64, 0);
        }
        PackedChunk packed;
        packed.id = id;
        packed.kind = header.kind;
        packed.entries = header.entries;
        packed.used_octets = header.used_octets;
        packed.message_octets.reserve(header.messages);
        std::vector<Marked*> marked;
        std::uint32_t first_entry = 0;
        for (std::uint32_t i = 0; i < header.runs; ++i) {
            const ChunkRun run = chunk.run(i);
            packed.runs.push_back(run);
            take_up_run(id, chunk, run, first_entry, record, marked);
            first_entry += run.count;
        }
        for (std::uint32_t i = 0; i < header.messages; ++i) {
            const ChunkMessage row = chunk.message(i);
            packed.message_octets.push_back(
                static_cast<std::uint16_t>(chunk_message_octets + row.octets_here()));
            if (row.pieces != 0) packed.pieces.push_back({row.first_piece, row.pieces});
        }
        if (record.live == 0 && marked.empty()) {
            start_.orphans.push_back({Database::chunks, id});
            if (has_acks) start_.orphans.push_back({Database::acks, id});
            return;
        }
        for (const PieceRange& range : packed.pieces) used_pieces_.push_back(range);
        const SlotIndex slot = index_.add(std::move(packed), &record);
        for (Marked* mark : marked) mark->treatment.chunks.push_back({slot, id});
    }

    /// Tells what lives of a run, and marks dead what does not.
    void take_up_run(std::uint64_t id, const ChunkView& chunk, const ChunkRun& run,
                     std::uint32_t first_entry, AckRecord& record, std::vector<Marked*>& marked) {
        const bool known = queues_.contains(run.queue);
        const auto mark = marks_.find(run.queue);
        const bool uncertain = id >> 40 <= boot_.now.last_unclean;
        entries_.clear();
        for (std::uint32_t i = 0; i < run.count; ++i) {
            const std::uint32_t entry = first_entry + i;
            if ((record.dead[entry / 64] >> entry % 64 & 1) != 0) continue;
            const std::uint64_t sequence = run.first_sequence + i;
            const ChunkMessage row = chunk.message(run.first_message + i);
            const bool purged = known && mark != marks_.end() &&
                                sequence < mark->second.mark.below &&
                                !std::binary_search(mark->second.mark.kept.begin(),
                                                    mark->second.mark.kept.end(), sequence);
            if (!known || purged || (row.flags & ChunkMessage::persistent) == 0) {
                record.dead[entry / 64] |= std::uint64_t{1} << entry % 64;
                --record.live;
                if (purged && (marked.empty() || marked.back() != &mark->second)) {
                    marked.push_back(&mark->second);
                }
                continue;
            }
            RecoveredEntry told = entry_of(chunk.header(), row);
            told.sequence = Sequence{sequence};
            told.redelivered |= uncertain;
            if (const std::uint16_t count = count_of(record.counts, entry); count != 0) {
                told.redelivered = true;
                told.failed_deliveries = static_cast<std::uint16_t>(count - 1);
            }
            entries_.push_back(told);
        }
        if (entries_.empty()) return;
        summary_.entries += entries_.size();
        sink_.entries(QueueId{run.queue}, entries_);
    }

    void find_orphaned_pieces() {
        if (summary_.skipped_chunks != 0) return;  // one of those may have named them
        std::sort(used_pieces_.begin(), used_pieces_.end(),
                  [](const PieceRange& a, const PieceRange& b) { return a.first < b.first; });
        // Several chunks may name the same pieces.
        used_pieces_.erase(std::unique(used_pieces_.begin(), used_pieces_.end()),
                           used_pieces_.end());
        auto piece = pieces_.begin();
        const auto orphan = [&] {
            start_.orphans.push_back({Database::chunks, *piece});
            ++piece;
        };
        for (const PieceRange& range : used_pieces_) {
            while (piece != pieces_.end() && *piece < range.first) orphan();
            for (std::uint32_t i = 0; i < range.count; ++i, ++piece) {
                if (piece != pieces_.end() && *piece == range.first + i) continue;
                throw StorageError("chunk " + std::to_string(range.first + i) +
                                   ": a piece of a message is missing");
            }
        }
        while (piece != pieces_.end()) orphan();
    }

    std::unique_ptr<Snapshot> snapshot_;
    const StoreOptions& options_;
    const Boot& boot_;
    ChunkIndex& index_;
    RecoverySink& sink_;
    RecoverySummary& summary_;
    std::unordered_set<std::uint64_t> queues_{};
    std::unordered_map<std::uint64_t, Marked> marks_{};  ///< by queue
    std::vector<std::uint64_t> pieces_{};                ///< found, rising
    std::vector<PieceRange> used_pieces_{};
    std::vector<char> value_ = std::vector<char>(full_chunk_octets);
    std::vector<RecoveredEntry> entries_{};  ///< kept for its room
    WriterStart start_{};
};

FormatRecord new_format() {
    FormatRecord format;
    std::random_device random;
    for (char& octet : format.uuid) octet = static_cast<char>(random());
    format.created_unix_ms =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                       std::chrono::system_clock::now().time_since_epoch())
                                       .count());
    return format;
}

/// Whether the octets of a mark are those of a store that was left in order.
bool is_synced_mark(std::string_view mark) {
    return std::all_of(mark.begin(), mark.end(), [](char octet) { return octet == 0; });
}

/// An error with the store's place before it.
StorageError placed(const StoreOptions& options, const StorageError& error) {
    return StorageError((options.data_dir / "store").string() + ": " + error.what());
}

/// The first commit of a process, and the one sync before any other: a meta page that only the
/// page cache of a former process had must not be built upon.
void make_first_commit(Environment& environment, const StoreOptions& options, const Boot& boot,
                       WriterStart& start) {
    if (!boot.format) {
        environment.put(Database::meta, Key("format"), new_format().encode());
    }
    environment.put(Database::meta, Key("boot"), boot.now.encode());
    if (options.sync == SyncMode::none) {
        environment.put(Database::meta, unsynced_key, kernel_boot_id());
    } else if (boot.unsynced) {
        environment.erase(Database::meta, unsynced_key);
    }
    const std::size_t orphans = std::min(start.orphans.size(), orphans_in_first_commit);
    for (std::size_t i = 0; i < orphans; ++i) {
        environment.erase(start.orphans[i].database, Key(start.orphans[i].key));
    }
    if (environment.commit() != Committed::written || !environment.sync()) {
        throw StorageError("the first commit failed: " + environment.last_error());
    }
    start.orphans.erase(start.orphans.begin(),
                        start.orphans.begin() + static_cast<std::ptrdiff_t>(orphans));
    if (options.sync != SyncMode::none) return environment.end_unsynced();
    environment.begin_unsynced();
    options.log(
        LogLevel::warning,
        "storage.sync is \"none\": what is stored survives an end of the broker, but not of "
        "the machine");
}

Boot read_boot_records(const Environment& environment, const StoreOptions& options) {
    const auto snapshot = environment.snapshot();
    Boot boot;
    if (const auto format = snapshot->get(Database::meta, Key("format"))) {
        boot.format = FormatRecord::decode(*format);
        if (boot.format->min_reader_version > format_version) {
            throw StorageError("the store is of format version " +
                               std::to_string(boot.format->version) + ", for brokers that know " +
                               std::to_string(boot.format->min_reader_version) +
                               "; this one knows " + std::to_string(format_version));
        }
        if (boot.format->page_octets != 4096 || boot.format->chunk_pages != 16) {
            throw StorageError("the store is made for pages of another size");
        }
        const auto found = snapshot->get(Database::meta, Key("boot"));
        if (!found) throw StorageError("meta boot: missing");
        boot.found = BootRecord::decode(*found);
        const auto mark = snapshot->get(Database::meta, unsynced_key);
        if (mark && !is_synced_mark(*mark)) refuse_mark_of_another_boot(*mark);
        boot.unsynced = mark.has_value();
        if (options.refuse_synced && !boot.unsynced) {
            throw StorageError(
                "what is in it was written with syncs, and would be less safe from now on: start "
                "without --dev, or give --dev a data directory of its own");
        }
    } else if (snapshot->scan(Database::chunks)->next()) {
        throw StorageError("meta format: missing, and there are chunks");
    }
    boot.now.count = boot.found.count + 1;
    if (boot.now.count >= 1u << 24) throw StorageError("meta boot: too many starts");
    const bool unclean = boot.format && !boot.found.clean;
    boot.now.last_unclean = unclean ? boot.found.count : boot.found.last_unclean;
    return boot;
}

}  // namespace

Boot read_boot(const Environment& environment, const StoreOptions& options) {
    try {
        return read_boot_records(environment, options);
    } catch (const StorageError& error) {
        throw placed(options, error);
    }
}

WriterStart recover_store(Environment& environment, const StoreOptions& options, const Boot& boot,
                          ChunkIndex& index, RecoverySink& sink, RecoverySummary& summary) {
    summary.boot_count = boot.now.count;
    summary.clean = !boot.format || boot.found.clean;
    environment.compact();
    WriterStart start;
    try {
        start = Recovery(environment, options, boot, index, sink, summary).run();
    } catch (const StorageError& error) {
        throw placed(options, error);
    }
    environment.forget_pages(0);
    make_first_commit(environment, options, boot, start);
    return start;
}

}  // namespace leveret::storage
