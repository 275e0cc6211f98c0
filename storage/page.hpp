// Messages that come back from disk: octets of chunks, cut into what a Message is made of.
#pragma once

#include <boost/smart_ptr/intrusive_ref_counter.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/amqp/message.hpp"
#include "storage/entry.hpp"
#include "storage/recovery_sink.hpp"

namespace leveret::storage {

/// A message read back.
/// Lifetime: its views end when the sink's call returns.
struct PagedMessage {
    RecoveredEntry entry{};
    std::string_view route{};                  ///< exchange and routing key as two short strings
    std::string_view properties{};             ///< flags and values
    std::span<const std::string_view> body{};  ///< in one part, or in several when it is big

    /// Throws: ProtocolError when the properties are malformed; what broker wrote them checked.
    [[nodiscard]] protocol::amqp::MessagePtr make_message() const;
};

/// Entries of one chunk whose octets are not what was written.
struct DamagedMessages {
    std::uint64_t chunk{};              ///< as the log and `leveret serve --repair` name it
    std::vector<Sequence> sequences{};  ///< rising
    std::string why{};
};

/// Who asked for messages.
/// Thread: broker thread; counted without atomics.
class PageSink : public boost::intrusive_ref_counter<PageSink, boost::thread_unsafe_counter> {
public:
    virtual ~PageSink() = default;

    /// Entries that live, in rising order: at most as many as asked for. Of the ranges asked for,
    /// all below `next` is answered by this: what did not come is not there.
    virtual void paged_in(QueueId queue, std::span<const PagedMessage> messages, Sequence next) = 0;

    /// Some of the entries asked for must never be delivered: their octets are damaged. Comes just
    /// before the paged_in() of the same request, which has only the others. The damaged ones stay,
    /// over restarts too, until they are settled.
    virtual void crashed(QueueId queue, std::span<const DamagedMessages> damaged) = 0;
};

}  // namespace leveret::storage
