// The seam over the database: puts and deletes go in, a verdict comes out, and values are read in
// snapshots. Packing, the index and recovery stand above it and never see a transaction; tests put
// a failing twin in its place.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "protocol/assert.hpp"

namespace leveret::storage {

/// The databases of format version 1 that this broker uses; README.md has keys and values.
enum class Database : std::uint8_t { meta, defs, chunks, acks, qmarks };
inline constexpr std::array<std::string_view, 5> database_names{"meta", "defs", "chunks", "acks",
                                                                "qmarks"};

/// A key as it is in the file: numbers are big endian, so that their order is the order of octets.
class Key {
public:
    Key() = default;  ///< before all others
    explicit Key(std::uint64_t number) { add(number); }
    Key(std::uint8_t kind, std::uint64_t number) {
        octets_[size_++] = static_cast<char>(kind);
        add(number);
    }
    explicit Key(std::string_view name) {
        LEVERET_ASSERT(name.size() <= octets_.size());
        std::memcpy(octets_.data(), name.data(), name.size());
        size_ = name.size();
    }
    [[nodiscard]] std::string_view octets() const { return {octets_.data(), size_}; }

    /// The number at the end of a key that was read.
    [[nodiscard]] static std::optional<std::uint64_t> number_of(std::string_view key,
                                                                std::size_t octets_before) {
        if (key.size() != octets_before + sizeof(std::uint64_t)) return std::nullopt;
        std::uint64_t number;
        std::memcpy(&number, key.data() + octets_before, sizeof number);
        return __builtin_bswap64(number);
    }

private:
    void add(std::uint64_t number) {
        number = __builtin_bswap64(number);
        std::memcpy(octets_.data() + size_, &number, sizeof number);
        size_ += sizeof number;
    }

    std::array<char, 16> octets_{};
    std::size_t size_ = 0;
};

/// What became of a transaction.
enum class Committed : std::uint8_t {
    written,   ///< its pages are synced; its root is with the next commit or sync
    nothing,   ///< it was empty: nothing was written, and nothing was synced
    no_space,  ///< lost, without harm: make room. What was committed before is synced
    failed,    ///< the disk cannot be trusted any more, for good
};

/// How much room there is, in octets.
struct Space {
    std::uint64_t used{};    ///< of the map, by pages in use
    std::uint64_t extent{};  ///< of the map, up to the last page that was ever in use
    std::uint64_t map{};
    std::uint64_t file{};
    std::uint64_t disk_free{};
    std::uint64_t disk_total{};
};

/// Pages of the map count as memory of the process: what became resident is given back above this.
inline constexpr std::uint64_t resident_pages_max = 64ULL << 20;

/// An ordered walk over a database.
/// Lifetime: ends before its snapshot.
class Scan {
public:
    virtual ~Scan() = default;
    /// Returns: whether there is a next record.
    /// Throws:  StorageError.
    virtual bool next() = 0;
    /// Lifetime: views into the map, until the snapshot ends.
    [[nodiscard]] virtual std::string_view key() const = 0;
    [[nodiscard]] virtual std::string_view value() const = 0;
};

/// What was committed when it was taken. It keeps pages from being used again: milliseconds only.
/// Thread: one at a time.
class Snapshot {
public:
    virtual ~Snapshot() = default;
    /// Lifetime: a view into the map, until the snapshot ends.
    /// Throws:   StorageError.
    [[nodiscard]] virtual std::optional<std::string_view> get(Database database,
                                                              const Key& key) const = 0;
    [[nodiscard]] virtual std::unique_ptr<Scan> scan(Database database) const = 0;

    /// Copies octets of a value from `from` on, as many as there is room for, and does not make
    /// pages of the map resident for it. A disk that cannot be read is an error, and no SIGBUS.
    /// Throws: StorageError.
    virtual void load(std::string_view value, std::size_t from, std::span<char> room) const {
        std::memcpy(room.data(), value.data() + from, room.size());
    }
};

/// Thread: puts, commit() and sync() on one thread at a time; from the first put to its commit() on
///         the same one. The rest on any.
class Environment {
public:
    virtual ~Environment() = default;

    /// Room for a value, not cleared: fill it before the next call. Chunks come in rising order.
    /// When the transaction has failed already, the room leads nowhere and commit() tells.
    [[nodiscard]] virtual std::span<char> reserve(Database database, const Key& key,
                                                  std::size_t octets) = 0;
    virtual void put(Database database, const Key& key, std::string_view value) = 0;
    /// Returns: whether it was there.
    virtual bool erase(Database database, const Key& key) = 0;

    /// Ends the transaction that the first put or erase began. Missing databases are created with
    /// the first one that is written.
    [[nodiscard]] virtual Committed commit() = 0;
    /// Forgets the transaction.
    virtual void abandon() = 0;

    /// Everything committed is durable when it returns true. False: the disk failed, for good.
    [[nodiscard]] virtual bool sync() = 0;

    /// Throws: StorageError.
    [[nodiscard]] virtual std::unique_ptr<Snapshot> snapshot() const = 0;

    [[nodiscard]] virtual Space space() const = 0;
    /// Gives the memory of pages that were read back to the system when it is more than this; the
    /// page cache keeps them.
    virtual void forget_pages(std::uint64_t above) const = 0;

    /// Before the first put: shrinks the file when it is mostly free pages, or when the options say
    /// so. No snapshot may be open.
    virtual void compact() {}
    /// From now on commits are not synced, and the files say so. What was committed is durable.
    /// Throws: StorageError.
    virtual void begin_unsynced() {}
    /// What was committed has been synced: the files say so.
    /// Throws: StorageError.
    virtual void end_unsynced() {}
    /// What went wrong last, for the log.
    [[nodiscard]] virtual std::string last_error() const = 0;
};

}  // namespace leveret::storage
