// One reading of the counters: what has moved since the one before, as plain numbers, on its way
// from the broker thread to those who keep the past.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "broker/clock.hpp"
#include "broker/insight/figures.hpp"
#include "broker/insight/slices.hpp"

namespace leveret::broker {
class Broker;
}

namespace leveret::broker::insight {

enum class ObjectKind : std::uint8_t {
    queue,
    exchange,
    channel,
    connection,
    vhost,
    overview,
    node
};

/// What the past is kept of.
struct ObjectKey {
    ObjectKind kind{};
    std::uint64_t id{};
    bool operator==(const ObjectKey&) const = default;
};

/// The figures of an object side by side, in the order of their for_each().
class Row {
public:
    static constexpr std::size_t figures_max = 17;

    [[nodiscard]] static Row zeros(std::size_t figures) {
        Row row;
        row.size_ = figures;
        return row;
    }

    template <template <class> class Figures>
    Row& add(const Figures<std::uint64_t>& figures) {
        Figures<std::uint64_t>::for_each([&](std::string_view, std::uint64_t value) { add(value); },
                                         figures);
        return *this;
    }
    Row& add(std::uint64_t value) {
        values_[size_++] = value;
        return *this;
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::uint64_t operator[](std::size_t figure) const { return values_[figure]; }

    /// A number that is another one, as good as surely, when a figure is.
    [[nodiscard]] std::uint64_t fingerprint() const;

private:
    std::array<std::uint64_t, figures_max> values_{};
    std::size_t size_ = 0;
};

/// Where the sets of figures begin in the rows.
namespace at {
inline constexpr std::size_t messages = 0;        ///< of all but exchanges and the node
inline constexpr std::size_t lengths = 11;        ///< of queues, vhosts and the overview
inline constexpr std::size_t dead_letters = 13;   ///< of queues
inline constexpr std::size_t vhost_traffic = 13;  ///< of vhosts and the overview
inline constexpr std::size_t connection_traffic = 11;
inline constexpr std::size_t exchange = 0;
inline constexpr std::size_t churn = 0;   ///< of the node
inline constexpr std::size_t gauges = 7;  ///< of the node: memory, disk, descriptors
}  // namespace at

/// Objects that have moved, with their figures.
struct ReadingPart {
    struct Object {
        ObjectKey key{};
        Row row{};
    };
    std::vector<Object> objects{};
};

/// Reads all counters, in slices.
/// Thread: broker thread.
class ReadCounters final : public Task {
public:
    /// `part` is called for each slice that has something to tell, `done` at the end. `all`: also
    /// those that have not moved.
    ReadCounters(Broker& broker, bool all, std::function<void(ReadingPart)> part,
                 std::function<void()> done);
    ~ReadCounters() override;

    Progress step(Budget& budget) override;

private:
    class Walks;
    std::unique_ptr<Walks> walks_;
};

}  // namespace leveret::broker::insight
