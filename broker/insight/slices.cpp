#include "broker/insight/slices.hpp"

#include <algorithm>
#include <utility>

namespace leveret::broker::insight {

void Slices::start(std::unique_ptr<Task> task) {
    tasks_.push_back(std::move(task));
    post_next();
}

/// Posted anew for each slice: whoever else is ready comes first.
void Slices::post_next() {
    if (posted_ || tasks_.empty()) return;
    posted_ = true;
    post_([this] { run_one(); });
}

void Slices::run_one() {
    posted_ = false;
    std::unique_ptr<Task> task = std::move(tasks_.front());
    tasks_.pop_front();
    Budget budget(clock_);
    const Progress progress = task->step(budget);
    ++figures_.slices;
    figures_.units += budget.spent();
    figures_.largest_units = std::max(figures_.largest_units, budget.spent());
    if (progress == Progress::more) tasks_.push_back(std::move(task));
    if (progress == Progress::waits) park(std::move(task));
    post_next();
}

void Slices::park(std::unique_ptr<Task> task) {
    Task* const parked = task.get();
    parked_.emplace(parked, std::move(task));
    parked->wait([this, parked] {
        auto place = parked_.extract(parked);
        start(std::move(place.mapped()));
    });
}

}  // namespace leveret::broker::insight
