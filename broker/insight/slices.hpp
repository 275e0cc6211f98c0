// Work of the broker thread for those who look at it, cut into slices: one slice a turn, so that
// messages flow in between however much is asked.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "broker/clock.hpp"
#include "broker/limits.hpp"
#include "routing/walk_list.hpp"

namespace leveret::broker::insight {

/// Runs a function on a certain thread, soon; never at once.
/// Thread: any.
using Post = std::function<void(std::function<void()>)>;

/// What one slice may still spend.
class Budget {
public:
    explicit Budget(const Clock& clock) : clock_(clock), until_(clock.now() + limits::slice_time) {}

    /// Spends what looking at `units` objects costs.
    /// Returns: whether there is something left.
    bool spend(std::uint32_t units = 1) {
        left_ -= units < left_ ? units : left_;
        spent_ += units;
        // Objects differ in what they cost: the clock is asked now and then.
        if (left_ != 0 && spent_ / units_between_looks != looks_) {
            looks_ = spent_ / units_between_looks;
            if (clock_.now() >= until_) left_ = 0;
        }
        return left_ != 0;
    }
    /// Spends what copying octets costs.
    bool spend_octets(std::uint64_t octets) {
        return spend(static_cast<std::uint32_t>(1 + octets / limits::slice_octets_per_unit));
    }
    /// The same, as what to do in a walk.
    routing::Visited visited(std::uint32_t units = 1) {
        return spend(units) ? routing::Visited::go_on : routing::Visited::stop;
    }
    [[nodiscard]] bool left() const { return left_ != 0; }
    [[nodiscard]] std::uint32_t spent() const { return spent_; }

private:
    static constexpr std::uint32_t units_between_looks = 32;

    const Clock& clock_;
    Instant until_;
    std::uint32_t left_ = limits::slice_units;
    std::uint32_t spent_ = 0;
    std::uint32_t looks_ = 0;
};

/// What was done in slices.
struct SliceFigures {
    std::uint64_t slices = 0;
    std::uint32_t largest_units = 0;  ///< of one slice
    std::uint64_t units = 0;
};

/// How far a task has got.
enum class Progress : std::uint8_t {
    done,   ///< it is destroyed
    more,   ///< another slice follows
    waits,  ///< for something else: wait() is called
};

/// Something that is done in slices.
/// Thread: broker thread.
class Task {
public:
    virtual ~Task() = default;

    /// Does a slice of it.
    [[nodiscard]] virtual Progress step(Budget& budget) = 0;

    /// Arranges that `resume` is called, once and later, when there is something to do again.
    virtual void wait(std::function<void()> resume) { resume(); }
};

/// Thread:   broker thread.
/// Lifetime: outlives what it has posted.
class Slices {
public:
    Slices(const Clock& clock, Post post) : clock_(clock), post_(std::move(post)) {}

    void start(std::unique_ptr<Task> task);

    [[nodiscard]] const SliceFigures& figures() const { return figures_; }
    [[nodiscard]] std::size_t tasks() const { return tasks_.size(); }

private:
    void post_next();
    void park(std::unique_ptr<Task> task);
    void run_one();

    const Clock& clock_;
    Post post_;
    std::deque<std::unique_ptr<Task>> tasks_;  ///< in turn
    std::map<Task*, std::unique_ptr<Task>> parked_;
    SliceFigures figures_;
    bool posted_ = false;
};

}  // namespace leveret::broker::insight
