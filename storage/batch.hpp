// The operations of one turn, on their way from the broker thread to the writer and back.
//
// The writer reads a batch and never takes a message or listener out of it: their counts belong to
// the broker thread, which gets the batch back when all of it is durable.
#pragma once

#include <cstdint>
#include <vector>

#include "storage/store.hpp"

namespace leveret::storage {

struct Operation {
    enum class Kind : std::uint8_t {
        publish,   ///< message `index`, `count` entries from `first`; its waiter
        settle,    ///< `count` entries of `queue` from `sequence`
        count,     ///< the entry (queue, sequence) failed `failed` times
        purge,     ///< `queue` below `sequence`, but for `count` kept from `first`; waiter
        remove,    ///< `queue`; waiter
        define,    ///< definition `index`; waiter
        undefine,  ///< of kind `index` and id `queue`; waiter
        barrier,   ///< waiter
        begin_transaction,
        end_transaction,  ///< waiter
    };

    Kind kind{};
    Settled how{};
    std::uint16_t failed{};
    bool done = false;  ///< by the writer, out of its order
    std::uint32_t index{};
    std::uint32_t first{};
    std::uint32_t count{};
    std::uint64_t queue{};
    std::uint64_t sequence{};
    DurableListener* listener{};  ///< Batch::listeners holds it
    std::uint64_t number{};
};

struct Batch {
    struct Published {
        protocol::amqp::MessagePtr message;
        MessageFacts facts;
    };

    std::vector<Operation> operations{};
    std::vector<Published> messages{};
    std::vector<Entry> entries{};
    std::vector<std::uint64_t> kept{};
    std::vector<Definition> definitions{};
    std::vector<boost::intrusive_ptr<DurableListener>> listeners{};
    std::uint64_t turn{};
    std::uint64_t octets{};  ///< of memory, about
    std::uint64_t payload_octets{};
    bool somebody_waits = false;
};

/// A listener to be told, borrowed from a batch.
struct DueWaiter {
    DurableListener* listener{};
    std::uint64_t number{};
};

}  // namespace leveret::storage
