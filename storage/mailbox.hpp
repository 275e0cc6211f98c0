// Where the store's threads leave what the broker thread must hear, and from where it is posted.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "storage/batch.hpp"
#include "storage/lmdb_store.hpp"
#include "storage/page_request.hpp"

namespace leveret::storage {

/// What the store's threads have to say.
struct Notice {
    std::vector<DueWaiter> due{};
    std::vector<std::unique_ptr<Batch>> released{};
    std::vector<std::unique_ptr<PageRequest>> answered{};
    std::optional<Health> health{};
    std::uint64_t durable_turn = 0;  ///< 0: as before
};

/// Thread: any, but for take_all().
class Mailbox {
public:
    /// `deliver` is what runs on the broker thread when there is something.
    Mailbox(Post post, std::function<void()> deliver)
        : post_(std::move(post)), deliver_(std::move(deliver)) {}

    /// Changes the notice that is being collected, and has it delivered.
    template <class Change>
    void add(Change&& change) {
        {
            const std::lock_guard lock(mutex_);
            change(notice_);
            if (std::exchange(posted_, true)) return;
        }
        post_(deliver_);
    }

    /// Thread: broker thread.
    [[nodiscard]] Notice take_all() {
        const std::lock_guard lock(mutex_);
        posted_ = false;
        return std::exchange(notice_, {});
    }

private:
    Post post_;
    std::function<void()> deliver_;
    std::mutex mutex_{};  ///< guards what follows
    Notice notice_{};
    bool posted_ = false;
};

}  // namespace leveret::storage
