#include "broker/insight/history.hpp"

#include <algorithm>
#include <cmath>

namespace leveret::broker::insight {

namespace {

using namespace std::chrono_literals;

/// A rate is a mean over at least so long.
constexpr std::chrono::milliseconds rate_span = 4500ms;

/// What has not moved for so long loses its rings.
constexpr std::int64_t rest_seconds = 3600;

/// Readings are due at multiples of this when nobody watches.
constexpr std::int64_t reading_step = 5;

std::int64_t round_up(std::int64_t value, std::int64_t step) {
    return (value + step - 1) / step * step;
}

std::int64_t second_of(UnixTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

UnixTime time_of(std::int64_t second) { return UnixTime(std::chrono::seconds(second)); }

}  // namespace

// Ring

void Ring::add(std::int64_t slot, std::size_t figure, std::int64_t difference) {
    if (slot > newest_) advance(slot);
    auto& column = columns_[figure];
    if (!column) column = std::make_unique<std::int64_t[]>(slots_);
    column[place(slot)] += difference;
}

void Ring::advance(std::int64_t slot) {
    const std::int64_t passed = std::min<std::int64_t>(slot - newest_, slots_);
    for (auto& column : columns_) {
        if (!column) continue;
        for (std::int64_t i = 0; i < passed; ++i) column[place(slot - i)] = 0;
    }
    newest_ = slot;
}

std::int64_t Ring::at(std::int64_t slot, std::size_t figure) const {
    if (slot > newest_ || slot <= newest_ - slots_ || !columns_[figure]) return 0;
    return columns_[figure][place(slot)];
}

std::int64_t Ring::sum_after(std::int64_t slot, std::size_t figure) const {
    std::int64_t sum = 0;
    for (std::int64_t each = std::max(slot + 1, newest_ - slots_ + 1); each <= newest_; ++each) {
        sum += at(each, figure);
    }
    return sum;
}

std::uint64_t Ring::octets() const {
    std::uint64_t octets = sizeof(Ring) + columns_.size() * sizeof(void*);
    for (const auto& column : columns_) {
        if (column) octets += slots_ * sizeof(std::int64_t);
    }
    return octets;
}

// History

/// Two slots more than the steps that are told of: the one that fills, and the one before the
/// first.
std::span<const History::Step> History::steps(ObjectKind kind) {
    static constexpr std::array<Step, 4> all{{{5s, 123}, {60s, 63}, {600s, 51}, {1800s, 50}}};
    switch (kind) {
        case ObjectKind::overview:
        case ObjectKind::vhost:
            return all;
        case ObjectKind::channel:
            return std::span(all).first(1);
        default:
            return std::span(all).first(2);
    }
}

void History::begin(UnixTime at, bool watched) {
    ++reading_;
    complete_ = false;
    times_[reading_ % recent_readings] = at;
    const std::int64_t second = second_of(at);
    // Readings that come late, within their step, count as those that they should have been.
    second_ = std::max(second_, watched ? second : second / reading_step * reading_step);
}

void History::add(const ObjectKey& key, const Row& row) {
    const auto [place, is_new] = objects_.try_emplace(key);
    Object& object = place->second;
    if (is_new) {
        object.known_since = second_;
        // What was there before the first reading has a past that nobody knows.
        object.last = reading_ == 1 ? row : Row::zeros(row.size());
    }
    move(object, key.kind, row);
}

void History::move(Object& object, ObjectKind kind, const Row& row) {
    std::uint64_t moved = 0;
    for (std::size_t figure = 0; figure < row.size(); ++figure) {
        const auto difference = static_cast<std::int64_t>(row[figure] - object.last[figure]);
        if (difference == 0) continue;
        moved += static_cast<std::uint64_t>(std::abs(difference));
        if (!object.recent) object.recent.emplace(recent_readings, row.size());
        object.recent->add(static_cast<std::int64_t>(reading_), figure, difference);
        if (object.rings.empty()) {
            if (octets_ >= octets_max_) continue;
            for (const Step& step : steps(kind)) object.rings.emplace_back(step.slots, row.size());
        }
        const std::span<const Step> all_steps = steps(kind);
        for (std::size_t i = 0; i < object.rings.size(); ++i) {
            const std::int64_t step = all_steps[i].step.count();
            object.rings[i].add(round_up(second_, step) / step, figure, difference);
        }
    }
    object.last = row;
    if (moved == 0) return;
    object.last_moved = reading_;
    object.activity = object.activity / 2 + moved;
}

void History::end() {
    complete_ = true;
    give_up_what_rests();
    count_octets();
    keep_within_bound();
}

void History::give_up_what_rests() {
    for (auto& [key, object] : objects_) {
        if (object.rings.empty()) continue;
        const std::int64_t step = steps(key.kind).front().step.count();
        if (second_ - object.rings.front().newest() * step > rest_seconds) {
            std::vector<Ring>().swap(object.rings);
            object.recent.reset();
            object.known_since = second_;
        }
    }
}

void History::count_octets() {
    octets_ = 0;
    for (const auto& [key, object] : objects_) {
        octets_ += sizeof(ObjectKey) + sizeof(Object) + 2 * sizeof(void*);
        if (object.recent) octets_ += object.recent->octets();
        for (const Ring& ring : object.rings) octets_ += ring.octets();
    }
}

/// The coarsest rings of what moves least go first, then the finer ones, until there is some room.
void History::keep_within_bound() {
    if (octets_ <= octets_max_) return;
    const std::uint64_t target = octets_max_ - octets_max_ / 8;
    std::vector<Object*> by_activity;
    for (auto& [key, object] : objects_) {
        if (!object.rings.empty()) by_activity.push_back(&object);
    }
    std::sort(by_activity.begin(), by_activity.end(), [](const Object* a, const Object* b) {
        return std::pair(a->last_moved, a->activity) < std::pair(b->last_moved, b->activity);
    });
    for (const std::size_t kept : {std::size_t{1}, std::size_t{0}}) {
        for (Object* object : by_activity) {
            if (octets_ <= target) return;
            while (object->rings.size() > kept) {
                octets_ -= object->rings.back().octets();
                object->rings.pop_back();
            }
            if (kept == 0) object->known_since = second_;
        }
    }
}

std::optional<UnixTime> History::latest() const {
    const std::uint64_t latest = complete_ ? reading_ : reading_ - 1;
    if (reading_ == 0 || latest == 0) return std::nullopt;
    return times_[latest % recent_readings];
}

const History::Object* History::find(const ObjectKey& key) const {
    const auto place = objects_.find(key);
    return place == objects_.end() ? nullptr : &place->second;
}

double History::rate(const ObjectKey& key, std::size_t figure) const {
    const Object* const object = find(key);
    return object == nullptr || !object->recent ? 0.0 : rate_of(*object, figure);
}

/// Of the readings, from the newest back to the first one that is far enough away.
double History::rate_of(const Object& object, std::size_t figure) const {
    const std::uint64_t newest = complete_ ? reading_ : reading_ - 1;
    std::int64_t sum = 0;
    std::chrono::milliseconds span{};
    for (std::uint64_t back = 0; back + 2 < recent_readings && back + 1 < newest; ++back) {
        sum += object.recent->at(static_cast<std::int64_t>(newest - back), figure);
        span = times_[newest % recent_readings] - times_[(newest - back - 1) % recent_readings];
        if (span >= rate_span) break;
    }
    if (span.count() <= 0) return 0.0;
    return static_cast<double>(sum) / std::chrono::duration<double>(span).count();
}

void History::add_samples(const ObjectKey& key, std::size_t figure, const SampleRange& range,
                          Series& series) const {
    const Object* const object = find(key);
    if (object == nullptr || object->rings.empty()) return;
    const std::int64_t step = range.step.count();
    const std::int64_t newest = second_ / step * step;
    const std::span<const Step> all_steps = steps(key.kind);
    std::size_t ring = 0;
    std::size_t place = 0;
    for (std::int64_t second = newest; second >= newest - range.age.count(); second -= step) {
        if (second < object->known_since) break;
        const auto covers = [&](std::size_t i) {
            const std::int64_t now = round_up(second_, all_steps[i].step.count());
            return now - second < all_steps[i].step.count() * (all_steps[i].slots - 1);
        };
        while (ring < object->rings.size() && !covers(ring)) ++ring;
        if (ring == object->rings.size()) break;
        const std::int64_t ring_step = all_steps[ring].step.count();
        const std::int64_t value =
            static_cast<std::int64_t>(object->last[figure]) -
            object->rings[ring].sum_after(round_up(second, ring_step) / ring_step, figure);
        if (place == series.samples.size()) series.samples.push_back({0, time_of(second)});
        series.samples[place++].value += value;
    }
    series.summarize();
}

}  // namespace leveret::broker::insight
