// The past of the figures: rings of differences, of several steps, for what has moved; and the
// rates that follow from them. A bound of memory is shared by all: what moves least loses its past
// first.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "broker/clock.hpp"
#include "broker/insight/figures.hpp"
#include "broker/insight/reading.hpp"
#include "broker/insight/requests.hpp"

namespace leveret::broker::insight {

/// Differences of some figures in the latest slots of time.
class Ring {
public:
    Ring(std::uint32_t slots, std::size_t figures) : slots_(slots), columns_(figures) {}

    /// Requires: slots come in rising order.
    void add(std::int64_t slot, std::size_t figure, std::int64_t difference);
    [[nodiscard]] std::int64_t at(std::int64_t slot, std::size_t figure) const;
    /// Of all slots after this one.
    [[nodiscard]] std::int64_t sum_after(std::int64_t slot, std::size_t figure) const;
    [[nodiscard]] std::uint32_t slots() const { return slots_; }
    [[nodiscard]] std::int64_t newest() const { return newest_; }
    [[nodiscard]] std::uint64_t octets() const;

private:
    [[nodiscard]] std::size_t place(std::int64_t slot) const {
        return static_cast<std::size_t>(slot) % slots_;
    }
    void advance(std::int64_t slot);

    std::uint32_t slots_;
    std::int64_t newest_ = 0;
    std::vector<std::unique_ptr<std::int64_t[]>> columns_;  ///< made when first needed
};

/// Thread: one, whichever.
class History {
public:
    /// Units: octets that all rings together may take.
    explicit History(std::uint64_t octets_max) : octets_max_(octets_max) {}

    /// A reading begins; what it says of objects follows.
    void begin(UnixTime at, bool watched);
    void add(const ObjectKey& key, const Row& row);
    /// It is complete: what it did not tell of has not moved.
    void end();

    /// The object is gone.
    void forget(const ObjectKey& key) { objects_.erase(key); }

    /// When the latest complete reading was.
    [[nodiscard]] std::optional<UnixTime> latest() const;

    /// Fills in the rates of the figures that stand from place `first` on in the object's rows.
    template <template <class> class Figures>
    void rates(const ObjectKey& key, std::size_t first, Figures<double>& rates) const {
        const Object* const object = find(key);
        if (object == nullptr || !object->recent) return;
        Figures<double>::for_each(
            [&](std::string_view, double& rate) { rate += rate_of(*object, first++); }, rates);
    }
    [[nodiscard]] double rate(const ObjectKey& key, std::size_t figure) const;

    /// Adds samples to what is in the series: of several objects they are summed up.
    template <template <class> class Figures>
    void series(const ObjectKey& key, std::size_t first, const SampleRange& range,
                Figures<Series>& series) const {
        Figures<Series>::for_each(
            [&](std::string_view, Series& each) { add_samples(key, first++, range, each); },
            series);
    }
    void add_samples(const ObjectKey& key, std::size_t figure, const SampleRange& range,
                     Series& series) const;

    /// What the rings take.
    [[nodiscard]] std::uint64_t octets() const { return octets_; }
    [[nodiscard]] std::size_t objects() const { return objects_.size(); }

private:
    struct Step {
        std::chrono::seconds step;
        std::uint32_t slots;
    };
    struct Object {
        Row last;
        std::int64_t known_since = 0;  ///< second of the first reading of it
        std::uint64_t last_moved = 0;  ///< number of the reading
        std::uint64_t activity = 0;    ///< differences of late, summed up
        std::optional<Ring> recent{};  ///< by the number of the reading
        std::vector<Ring> rings{};     ///< of steps(kind), finest first
    };
    struct KeyHash {
        std::size_t operator()(const ObjectKey& key) const {
            return std::hash<std::uint64_t>{}(key.id << 3 | static_cast<std::uint64_t>(key.kind));
        }
    };

    /// Finest first.
    [[nodiscard]] static std::span<const Step> steps(ObjectKind kind);
    [[nodiscard]] const Object* find(const ObjectKey& key) const;
    [[nodiscard]] double rate_of(const Object& object, std::size_t figure) const;
    void move(Object& object, ObjectKind kind, const Row& row);
    void give_up_what_rests();
    void keep_within_bound();
    void count_octets();

    std::uint64_t octets_max_;
    std::uint64_t octets_ = 0;
    std::unordered_map<ObjectKey, Object, KeyHash> objects_;

    std::uint64_t reading_ = 0;  ///< the number of the latest one; 0: none yet
    bool complete_ = false;
    std::int64_t second_ = 0;  ///< of the latest reading, aligned to what readings are due at
    static constexpr std::size_t recent_readings = 8;
    std::array<UnixTime, recent_readings> times_{};  ///< of the latest readings, by number
};

}  // namespace leveret::broker::insight
