// Field tables: read, written and read again; shown to people; searched for faults.
#include <cstdint>
#include <string_view>

#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "protocol/assert.hpp"

using namespace leveret::protocol::amqp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view octets(reinterpret_cast<const char*>(data), size);
    const bool sound = FieldTable::find_fault(octets).empty();
    try {
        const FieldTable table = FieldTable::parse(octets);
        LEVERET_ASSERT(sound);
        const std::string encoded = table.encoded();
        LEVERET_ASSERT(encoded.size() == octets.size());
        LEVERET_ASSERT(FieldTable::parse(encoded) == table);
        for (const auto& [name, value] : table) {
            LEVERET_ASSERT(render(value).size() <= 100);
            LEVERET_ASSERT(table.find(name) != nullptr);
        }
    } catch (const ProtocolError& error) {
        LEVERET_ASSERT(!sound);
        LEVERET_ASSERT(error.code() == reply::frame_error);
    }
    return 0;
}
