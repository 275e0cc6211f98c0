// Copies messages out of chunks for queues that have given their bodies up. Threads of their own,
// so that a cold disk delays neither the broker nor a commit.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/chunk.hpp"
#include "storage/environment.hpp"
#include "storage/page_request.hpp"

namespace leveret::storage {

class Readers {
public:
    using Find = std::function<void(PageRequest&)>;
    using Answer = std::function<void(std::unique_ptr<PageRequest>)>;

    /// `find` notes down where what is wanted is, `answer` takes requests that are done; both are
    /// called on the readers' threads.
    Readers(const Environment& environment, Answer answer, Find find);
    ~Readers();

    void start();
    /// Thread: any.
    void read(std::unique_ptr<PageRequest> request);
    /// Ends the threads. What was not read goes to `answer` as it is.
    void stop();

private:
    void run();
    void serve(PageRequest& request) const;

    const Environment& environment_;
    Answer answer_;
    Find find_;
    std::vector<std::thread> threads_{};
    std::mutex mutex_{};  ///< guards what follows
    std::condition_variable work_{};
    std::deque<std::unique_ptr<PageRequest>> requests_{};
    bool stopping_ = false;
};

/// What a chunk tells of a message, but for its sequence.
[[nodiscard]] RecoveredEntry entry_of(const ChunkHeader& header, const ChunkMessage& row);

/// Reads what the request wants into its answer.
/// Returns: false when a chunk is not there any more.
/// Throws:  StorageError when the database cannot be read.
[[nodiscard]] bool read_page(const Environment& environment, PageRequest& request);

}  // namespace leveret::storage
