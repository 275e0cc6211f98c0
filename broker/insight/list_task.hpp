// A task that is nothing but a walk.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "broker/insight/lists.hpp"
#include "broker/insight/slices.hpp"

namespace leveret::broker::insight {

/// `Slice` has `bool advance(Budget&, std::vector<Snapshot>&)`, which appends what it finds and
/// says whether it is done.
template <class Snapshot, class Slice>
class ListTask final : public Task {
public:
    ListTask(Gather<Snapshot> gather, std::unique_ptr<Slice> slice)
        : gather_(std::move(gather)), slice_(std::move(slice)) {}

    Progress step(Budget& budget) override {
        std::vector<Snapshot> found;
        found.reserve(reserved_);
        const bool done = slice_->advance(budget, found);
        reserved_ = found.size();
        if (!found.empty()) gather_.part(std::move(found));
        if (done) gather_.done();
        return done ? Progress::done : Progress::more;
    }

private:
    Gather<Snapshot> gather_;
    std::unique_ptr<Slice> slice_;
    std::size_t reserved_ = 0;  ///< as many as the slice before found
};

template <class Snapshot, class Slice>
std::unique_ptr<Task> make_list_task(Gather<Snapshot> gather, std::unique_ptr<Slice> slice) {
    return std::make_unique<ListTask<Snapshot, Slice>>(std::move(gather), std::move(slice));
}

}  // namespace leveret::broker::insight
