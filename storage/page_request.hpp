// A request for messages from disk, on its way: from the broker thread to a reader, who asks the
// writer for the places and copies the octets, and back.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "storage/page.hpp"

namespace leveret::storage {

/// Lifetime: made and destroyed on the broker thread, as it holds the sink.
struct PageRequest {
    /// An entry, and where the writer found it.
    struct Wanted {
        std::uint64_t sequence{};
        std::uint64_t chunk{};
        std::uint32_t entry{};
        std::uint16_t count{};  ///< as in DeliveryCount
        bool redelivered{};
    };

    QueueId queue{};
    std::vector<SequenceRange> ranges{};
    std::uint32_t count{};
    boost::intrusive_ptr<PageSink> sink{};

    std::vector<Wanted> wanted{};
    std::uint64_t next{};  ///< where to ask from for what follows

    // The answer.
    std::vector<std::unique_ptr<char[]>> buffers{};  ///< copies of chunks; views lead into them
    std::vector<PagedMessage> messages{};
    std::vector<std::unique_ptr<std::vector<std::string_view>>> bodies{};
    std::vector<DamagedMessages> damaged{};

    /// As before it was read.
    void forget_answer() {
        messages.clear();
        bodies.clear();
        buffers.clear();
        damaged.clear();
    }
};

}  // namespace leveret::storage
