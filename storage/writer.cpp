#include "storage/writer.hpp"

#include <algorithm>
#include <optional>

#include "protocol/assert.hpp"
#include "storage/storage_error.hpp"

namespace leveret::storage {

namespace {

using namespace std::chrono_literals;

/// How long operations that nobody waits for may wait for company, and from which size they do not.
constexpr auto company_wait = 5ms;
constexpr std::uint64_t company_octets = 1ULL << 20;
/// How long a written group that nobody waits for is held before it gets a sync of its own.
constexpr auto unsynced_hold = 50ms;
constexpr auto space_interval = 1s;
constexpr auto retry_interval = 1s;
/// Chunks per commit whose acks are written for a purge or a removed queue.
constexpr std::size_t treated_per_commit = 1000;
/// Pages that a commit frees can be used by the second one after it.
constexpr std::uint32_t commits_until_freed = 2;
/// The disk alarm: where it begins and ends, in parts of the map.
constexpr std::uint64_t alarm_percent = 85;
constexpr std::uint64_t calm_percent = 80;
constexpr std::uint64_t disk_free_least = 50'000'000;
constexpr std::uint64_t disk_free_most = 1ULL << 30;

std::uint32_t saturated(std::chrono::milliseconds time) {
    constexpr std::int64_t most = 0xFFFF'FFFF;
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(time.count(), 0, most));
}

MessageToPack to_pack(const Batch::Published& published) {
    const protocol::amqp::Message& message = *published.message;
    const MessageFacts& facts = published.facts;
    MessageToPack packed;
    packed.parts[0] = message.route_wire();
    packed.parts[1] = message.property_octets();
    packed.parts[2] = message.body();
    packed.head_octets =
        static_cast<std::uint32_t>(packed.parts[0].size() + packed.parts[1].size());
    packed.body_octets = message.body_octets();
    packed.unix_ms = static_cast<std::uint64_t>(facts.enqueued.time_since_epoch().count());
    packed.priority = message.priority();
    if (message.persistent()) packed.flags |= ChunkMessage::persistent;
    if (facts.redelivered) packed.flags |= ChunkMessage::redelivered;
    if (facts.delayed) packed.flags |= ChunkMessage::delayed;
    if (facts.dead_lettered) packed.flags |= ChunkMessage::dead_lettered;
    if (facts.expiry) {
        packed.flags |= ChunkMessage::has_expiry;
        packed.expiry_ms = saturated(*facts.expiry);
    }
    return packed;
}

}  // namespace

Writer::Writer(Environment& environment, ChunkIndex& index, const StoreOptions& options,
               Mailbox& mailbox)
    : environment_(environment),
      index_(index),
      options_(options),
      disk_free_limit_(options.disk_free_limit),
      mailbox_(mailbox),
      admission_(index) {}

Writer::~Writer() {
    if (thread_.joinable()) stop(Stop::now);
}

void Writer::start(WriterStart start) {
    boot_ = start.boot;
    next_chunk_ = start.next_chunk;
    orphans_ = std::move(start.orphans);
    for (Treatment& treatment : start.treatments) {
        if (treatment.mark != 0) {
            treatment.mark = ++last_mark_;
            newest_mark_[treatment.queue] = treatment.mark;
        }
        treatments_.push_back(std::move(treatment));
    }
    thread_ = std::thread([this] { run(); });
}

void Writer::hand_over(std::unique_ptr<Batch> batch) {
    const std::lock_guard lock(mutex_);
    incoming_.push_back(std::move(batch));
    work_.notify_one();
}

void Writer::find(PageRequest& request) {
    const auto queue = static_cast<std::uint64_t>(request.queue);
    request.wanted.clear();
    const std::lock_guard lock(index_mutex_);
    const std::vector<EntryPlace> found = index_.live_in(queue, request.ranges, request.count);
    // Fewer than asked for: there are no more in any of the ranges.
    request.next = found.size() < request.count
                       ? static_cast<std::uint64_t>(request.ranges.back().end)
                       : found.back().sequence + 1;
    for (const EntryPlace& place : found) {
        const ChunkSlot& slot = index_.slot(place.slot);
        request.wanted.push_back({place.sequence, slot.id, place.entry, slot.count_of(place.entry),
                                  slot.id >> 40 <= boot_.last_unclean});
    }
}

void Writer::stop(Stop how) {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        stop_how_ = how;
        work_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    for (std::unique_ptr<Batch>& batch : incoming_) pending_.push_back(std::move(batch));
    incoming_.clear();
    release_all();
}

StoreStats Writer::stats() const {
    const std::lock_guard lock(mutex_);
    return stats_;
}

void Writer::run() {
    while (wait_for_work()) {
        index_lock_.lock();
        try {
            work();
        } catch (const StorageError& error) {
            // A damaged file, met while reading: nothing that follows can be trusted.
            environment_.abandon();
            told_.reason = error.what();
            fail();
        }
        index_lock_.unlock();
        update_stats();
    }
    index_lock_.lock();
    if (stop_how_ == Stop::orderly && !failed_) end_orderly();
    index_lock_.unlock();
    update_stats();
}

void Writer::work() {
    check_space(Clock::now());
    if (failed_) {
        release_all();
    } else if (making_room_) {
        make_room();
    } else {
        step();
    }
}

/// Returns: false when the thread is to end: at once, or when nothing is left to do.
bool Writer::wait_for_work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        for (std::unique_ptr<Batch>& batch : incoming_) pending_.push_back(std::move(batch));
        incoming_.clear();
        if (stopping_) {
            const bool can_go_on = !failed_ && !making_room_;
            return stop_how_ == Stop::orderly && can_go_on &&
                   (!pending_.empty() || !treatments_.empty() || !orphans_.empty());
        }
        const TimePoint now = Clock::now();
        if (must_begin(now)) return true;
        work_.wait_until(lock, next_deadline(now));
        if (Clock::now() >= space_checked_at_ + space_interval) return true;
    }
}

bool Writer::must_begin(TimePoint now) const {
    if (failed_) return !pending_.empty();
    if (making_room_) return now >= retry_at_;
    if (!treatments_.empty() || !orphans_.empty() || maintains()) return true;
    if (pending_.empty()) return written_.any && now >= written_at_ + unsynced_hold;
    std::uint64_t octets = 0;
    for (const std::unique_ptr<Batch>& batch : pending_) {
        octets += batch->payload_octets;
        if (batch->somebody_waits || octets >= company_octets) return true;
    }
    return now >= last_begin_ + company_wait;
}

Writer::TimePoint Writer::next_deadline(TimePoint now) const {
    TimePoint deadline = std::max(now, space_checked_at_ + space_interval);
    if (making_room_) return std::min(deadline, retry_at_);
    if (!pending_.empty()) return std::min(deadline, last_begin_ + company_wait);
    if (written_.any) return std::min(deadline, written_at_ + unsynced_hold);
    return deadline;
}

void Writer::step() {
    const bool idle = pending_.empty() && treatments_.empty() && orphans_.empty() && !maintains();
    if (idle) {
        if (written_.any && Clock::now() >= written_at_ + unsynced_hold) sync_and_post();
        return;
    }
    (void)commit_group(Admission::Take::in_order);
    if (failed_ || making_room_ || !written_.any || written_.due.empty()) return;
    // Somebody waits: the next commit takes the root to disk if it begins now, else a sync must.
    bool begins_now;
    {
        const std::lock_guard lock(mutex_);
        for (std::unique_ptr<Batch>& batch : incoming_) pending_.push_back(std::move(batch));
        incoming_.clear();
        begins_now = must_begin(Clock::now()) && !pending_.empty();
    }
    if (!begins_now) sync_and_post();
}

/// Full disk or map: what frees something goes first, then all is tried again.
void Writer::make_room() {
    if (Clock::now() < retry_at_) return;
    if (commits_until_full_ > 0) {
        // Even a commit that only says the same again moves freed pages on.
        environment_.put(Database::meta, Key("boot"), boot_.encode());
        if (commit_group(Admission::Take::what_frees)) --commits_until_full_;
        if (!making_room_ || failed_) return;
        if (commits_until_full_ > 0) return;
    }
    making_room_ = false;
    (void)commit_group(Admission::Take::in_order);
    if (!making_room_) tell_health();
}

/// Takes a group and commits it.
/// Returns: whether something was written.
bool Writer::commit_group(Admission::Take take) {
    last_begin_ = Clock::now();
    Group group = admission_.take(pending_, operations_done_, take);
    gather_treatments(group);
    if (!group.at_once.empty()) {
        mailbox_.add([&](Notice& notice) {
            notice.due.insert(notice.due.end(), group.at_once.begin(), group.at_once.end());
        });
        group.at_once.clear();
    }
    const std::uint64_t next_chunk = next_chunk_;
    std::optional<Maintenance> maintenance;
    if (maintains()) {
        maintenance.emplace(environment_, index_, next_chunk_, boot_.last_unclean, options_.log);
        if (!maintenance->choose()) maintenance.reset();
    }
    if (!group.writes() && orphans_.empty() && !making_room_ && !maintenance) {
        advance_treatments();  // their chunks may all be gone or moved
        nothing_to_write(group);
        return false;
    }
    Packer packer(environment_, next_chunk_);
    write(group, packer, maintenance ? &*maintenance : nullptr);
    switch (commit()) {
        case Committed::written:
            written(group, packer, maintenance ? &*maintenance : nullptr);
            return true;
        case Committed::nothing:
            // Only erases of what was not there.
            update_index(group, packer);
            nothing_to_write(group);
            return false;
        case Committed::no_space:
            next_chunk_ = next_chunk;
            lost(group);
            if (written_.any) post(written_);  // the probe has synced it
            making_room_ = true;
            commits_until_full_ = commits_until_freed + 1;
            retry_at_ = Clock::now() + retry_interval;
            tell_health();
            return false;
        case Committed::failed:
            lost(group);
            fail();
            return false;
    }
    return false;
}

void Writer::gather_treatments(Group& group) {
    std::size_t left = treated_per_commit;
    for (Treatment& treatment : treatments_) {
        treatment.next_if_good = treatment.next;
        for (; treatment.next_if_good < treatment.chunks.size() && left > 0; --left) {
            const SlotRef& ref = treatment.chunks[treatment.next_if_good++];
            ChunkSlot& slot = index_.slot(ref.slot);
            if (slot.id != ref.chunk || std::exchange(slot.touched, true)) continue;
            group.touched.push_back(ref.slot);
        }
        if (treatment.next_if_good == treatment.chunks.size() && treatment.mark != 0) {
            const auto newest = newest_mark_.find(treatment.queue);
            if (newest != newest_mark_.end() && newest->second == treatment.mark) {
                group.marks_done.push_back(treatment.queue);
            }
        }
    }
}

void Writer::advance_treatments() {
    for (Treatment& treatment : treatments_) treatment.next = treatment.next_if_good;
    std::erase_if(treatments_, [](const Treatment& treatment) {
        return treatment.next == treatment.chunks.size();
    });
}

void Writer::write(Group& group, Packer& packer, Maintenance* maintenance) {
    piece_changes_.clear();
    for (const std::uint64_t queue : group.marks_done) {
        environment_.erase(Database::qmarks, Key(queue));
    }
    pack(group, packer);
    write_acks(group);
    if (maintenance != nullptr) {
        maintenance->write();
        for (const auto& [pieces, users] : maintenance->piece_users()) {
            note_pieces({&pieces, 1}, users);
        }
    }
    for (const auto& [batch, operation] : group.records) {
        if (operation->kind == Operation::Kind::define) {
            const Definition& definition = batch->definitions[operation->index];
            environment_.put(Database::defs,
                             Key(static_cast<std::uint8_t>(definition.kind),
                                 static_cast<std::uint64_t>(definition.id)),
                             encode_definition(definition));
        } else {
            environment_.erase(Database::defs,
                               Key(static_cast<std::uint8_t>(operation->index), operation->queue));
        }
    }
    for (const Group::Purge& purge : group.purges) {
        environment_.put(Database::qmarks, Key(purge.queue), purge.mark.encode());
    }
    for (const std::uint64_t queue : group.removed) {
        environment_.erase(Database::defs,
                           Key(static_cast<std::uint8_t>(DefinitionKind::queue), queue));
        environment_.erase(Database::qmarks, Key(queue));
    }
    for (std::size_t i = 0; i < std::min(orphans_.size(), treated_per_commit); ++i) {
        environment_.erase(orphans_[i].database, Key(orphans_[i].key));
    }
    erase_pieces();
}

void Writer::pack(const Group& group, Packer& packer) {
    std::vector<Entry> entries;
    for (const Group::Message& message : group.messages) {
        if (message.live == 0) continue;
        entries.clear();
        for (std::uint32_t i = 0; i < message.count; ++i) {
            const Group::MessageEntry& entry = group.entries[message.first + i];
            if (!entry.dead) entries.push_back({QueueId{entry.queue}, Sequence{entry.sequence}});
        }
        packer.add(to_pack(*message.published), entries);
    }
    packer.finish();
    DeliveryCounts counts;
    for (const Group::MessageEntry& entry : group.entries) {
        if (!group.counts) break;
        if (entry.count != 0 && !entry.dead) counts[entry.queue][entry.sequence] = entry.count;
    }
    packed_acks_.clear();
    for (const PackedChunk& chunk : packer.chunks()) {
        note_pieces(chunk.pieces, 1);
        packed_acks_.push_back(acks_of_new(chunk, counts));
        if (packed_acks_.back().counts.empty()) continue;
        environment_.put(Database::acks, Key(chunk.id), packed_acks_.back().encode());
    }
}

/// A chunk without live entries goes, and its pieces with it; others get a new record of acks.
void Writer::write_acks(const Group& group) {
    for (const SlotIndex index : group.touched) {
        const ChunkSlot& slot = index_.slot(index);
        if (slot.live == 0) {
            environment_.erase(Database::chunks, Key(slot.id));
            environment_.erase(Database::acks, Key(slot.id));
            note_pieces(slot.pieces, -1);
        } else {
            environment_.put(Database::acks, Key(slot.id), slot.ack_record().encode());
        }
    }
}

void Writer::note_pieces(std::span<const PieceRange> pieces, std::int32_t users) {
    for (const PieceRange& range : pieces) {
        auto& change = piece_changes_[range.first];
        change.first = range;
        change.second += users;
    }
}

void Writer::erase_pieces() {
    for (const auto& [first, change] : piece_changes_) {
        const std::int64_t users = std::int64_t{index_.piece_users(first)} + change.second;
        if (users > 0) continue;
        for (std::uint32_t i = 0; i < change.first.count; ++i) {
            environment_.erase(Database::chunks, Key(first + i));
        }
    }
}

Committed Writer::commit() {
    const TimePoint begin = Clock::now();
    index_lock_.unlock();
    const Committed committed = environment_.commit();
    index_lock_.lock();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
    const std::lock_guard lock(mutex_);
    stats_.commit_microseconds += static_cast<std::uint64_t>(took.count());
    if (committed == Committed::written) ++stats_.commits;
    return committed;
}

void Writer::written(Group& group, Packer& packer, Maintenance* maintenance) {
    {
        const std::lock_guard lock(mutex_);
        stats_.published_messages += group.messages.size();
        stats_.written_messages += group.messages.size() - group.elided;
        stats_.elided_messages += group.elided;
        stats_.written_octets += packer.octets();
        if (maintenance != nullptr) stats_.written_octets += maintenance->octets();
    }
    // The sync of this commit took the root of the one before to disk.
    if (written_.any) post(written_);
    finish_batches(group, written_);
    written_.due = std::move(group.due);
    written_.any = true;
    written_at_ = Clock::now();
    if (maintenance != nullptr) maintenance->install();
    update_index(group, packer);
    if (options_.sync != SyncMode::pipelined) post(written_);
}

void Writer::update_index(Group& group, Packer& packer) {
    orphans_.erase(orphans_.begin(), orphans_.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                            orphans_.size(), treated_per_commit)));
    for (const SlotIndex index : group.touched) {
        index_.slot(index).touched = false;
        if (index_.slot(index).live == 0) index_.free(index);
    }
    for (const std::uint64_t queue : group.marks_done) newest_mark_.erase(queue);
    advance_treatments();
    for (std::size_t i = 0; i < packer.chunks().size(); ++i) {
        index_.add(std::move(packer.chunks()[i]), &packed_acks_[i]);
    }
    for (const Group::Purge& purge : group.purges) {
        Treatment treatment;
        treatment.queue = purge.queue;
        treatment.mark = ++last_mark_;
        newest_mark_[purge.queue] = treatment.mark;
        index_.purge(purge.queue, purge.mark.below, purge.mark.kept, treatment.chunks);
        treatments_.push_back(std::move(treatment));
    }
    for (const std::uint64_t queue : group.removed) {
        Treatment treatment;
        index_.remove(queue, treatment.chunks);
        newest_mark_.erase(queue);
        if (!treatment.chunks.empty()) treatments_.push_back(std::move(treatment));
    }
    std::uint64_t tidied = 0;
    for (const Group::Killed& killed : group.killed) {
        if (killed.queue != tidied) index_.tidy(killed.queue);
        tidied = killed.queue;
    }
}

/// Everything in the group was settled before it was written, or it only asks. An empty commit
/// syncs nothing, so what waits needs a sync of what was written before.
void Writer::nothing_to_write(Group& group) {
    {
        const std::lock_guard lock(mutex_);
        stats_.published_messages += group.messages.size();
        stats_.elided_messages += group.elided;
    }
    Waiting waiting;
    finish_batches(group, waiting);
    waiting.due = std::move(group.due);
    waiting.any = true;
    if (written_.any && waiting.due.empty()) {
        // Nobody is in a hurry: with the group before.
        for (std::unique_ptr<Batch>& batch : waiting.batches) {
            written_.batches.push_back(std::move(batch));
        }
        written_.turn = std::max(written_.turn, waiting.turn);
        return;
    }
    if (written_.any) sync_and_post();
    if (failed_) {
        // What waits here is never told; the batches go back.
        waiting.due.clear();
        waiting.turn = 0;
    }
    post(waiting);
}

void Writer::lost(Group& group) {
    admission_.revert(group);
    for (Treatment& treatment : treatments_) treatment.next_if_good = treatment.next;
}

void Writer::fail() {
    failed_ = true;
    written_.due.clear();  // never told
    tell_health();
    release_all();
}

/// Moves what the group has finished out of the queue of batches.
void Writer::finish_batches(Group& group, Waiting& waiting) {
    for (Operation* const operation : group.out_of_order) operation->done = true;
    for (std::size_t i = 0; i < group.batches_done; ++i) {
        waiting.turn = pending_.front()->turn;
        waiting.batches.push_back(std::move(pending_.front()));
        pending_.pop_front();
    }
    operations_done_ = group.operations_done;
}

void Writer::sync_and_post() {
    const TimePoint begin = Clock::now();
    const bool good = sync();
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin);
    {
        const std::lock_guard lock(mutex_);
        ++stats_.explicit_syncs;
        stats_.commit_microseconds += static_cast<std::uint64_t>(took.count());
    }
    if (good) {
        post(written_);
    } else {
        fail();
    }
}

bool Writer::sync() {
    index_lock_.unlock();
    const bool good = environment_.sync();
    index_lock_.lock();
    return good;
}

void Writer::post(Waiting& waiting) {
    update_stats();
    mailbox_.add([&](Notice& notice) {
        notice.due.insert(notice.due.end(), waiting.due.begin(), waiting.due.end());
        for (std::unique_ptr<Batch>& batch : waiting.batches) {
            notice.released.push_back(std::move(batch));
        }
        notice.durable_turn = std::max(notice.durable_turn, waiting.turn);
    });
    waiting = {};
}

/// Gives batches back that will never be durable.
void Writer::release_all() {
    mailbox_.add([&](Notice& notice) {
        for (std::unique_ptr<Batch>& batch : written_.batches) {
            notice.released.push_back(std::move(batch));
        }
        for (std::unique_ptr<Batch>& batch : pending_) {
            notice.released.push_back(std::move(batch));
        }
    });
    written_ = {};
    pending_.clear();
    operations_done_ = 0;
}

void Writer::check_space(TimePoint now) {
    if (now < space_checked_at_ + space_interval) return;
    space_checked_at_ = now;
    environment_.forget_pages(resident_pages_max);
    const Space space = environment_.space();
    const std::uint64_t wanted =
        disk_free_limit_ != 0
            ? disk_free_limit_.load()
            : std::max(disk_free_least, std::min(disk_free_most, space.disk_total / 20));
    const std::uint64_t percent = space_alarm_ ? calm_percent : alarm_percent;
    space_alarm_ = space.used > space.map / 100 * percent || space.disk_free < wanted;
    {
        const std::lock_guard lock(mutex_);
        stats_.used_octets = space.used;
        stats_.file_octets = space.file;
    }
    tell_health();
}

void Writer::tell_health() {
    Health health;
    if (failed_) {
        health.state = Health::State::failed;
        health.reason = told_.reason.empty() ? environment_.last_error() : told_.reason;
    } else if (making_room_) {
        health.state = Health::State::disk_alarm;
        health.reason = environment_.last_error();
    } else if (space_alarm_) {
        health.state = Health::State::disk_alarm;
        health.reason = "the disk or the map of the store is nearly full";
    }
    if (health.state == told_.state) return;
    told_ = health;
    mailbox_.add([&](Notice& notice) { notice.health = health; });
}

void Writer::update_stats() {
    const std::lock_guard lock(mutex_);
    stats_.full_chunks = index_.full_chunks();
    stats_.young_chunks = index_.young_chunks();
    stats_.sparse_chunks = index_.sparse().slots.size();
    stats_.live_entries = index_.live_entries();
}

/// The last commit of an orderly stop.
void Writer::end_orderly() {
    // What a full disk keeps from being written makes the end unclean, as a crash would.
    boot_.clean = pending_.empty();
    environment_.put(Database::meta, Key("boot"), boot_.encode());
    const bool unsynced = options_.sync == SyncMode::none;
    if (unsynced) environment_.put(Database::meta, Key("unsynced"), std::string(16, '\0'));
    if (commit() == Committed::failed || !sync()) return fail();
    if (written_.any) post(written_);
    if (!unsynced) return;
    try {
        environment_.end_unsynced();
    } catch (const StorageError& error) {
        options_.log(LogLevel::error, error.what());
    }
}

}  // namespace leveret::storage
