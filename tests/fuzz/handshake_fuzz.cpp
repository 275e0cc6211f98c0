// A client of which nothing is known yet: its octets as they are, in pieces, from the greeting on.
// Input: the size of the pieces, where it comes from, then what it sends.
#include <chrono>
#include <cstdint>
#include <string_view>

#include "protocol/assert.hpp"
#include "tests/support/test_broker.hpp"

using namespace leveret::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::size_t piece_max = 1u + data[0];
    std::string_view input(reinterpret_cast<const char*>(data + 2), size - 2);
    TestBroker broker;
    broker.expect_unknown_queues();
    TestConnection client = broker.accept(/*loopback=*/(data[1] & 1) == 0);
    while (!input.empty()) {
        const std::string_view piece = input.substr(0, piece_max);
        input.remove_prefix(piece.size());
        client.send_octets(piece);
    }
    // By then the time for the handshake is over: who is still here has logged in.
    broker.advance(std::chrono::seconds{25});
    LEVERET_ASSERT(client.ended() || !client.core().user().empty());
    return 0;
}
