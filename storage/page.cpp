#include "storage/page.hpp"

#include "protocol/amqp/properties.hpp"
#include "protocol/amqp/wire_writer.hpp"
#include "protocol/octet_buffer.hpp"

namespace leveret::storage {

using namespace protocol::amqp;

MessagePtr PagedMessage::make_message() const {
    constexpr std::uint16_t basic_class = 60;
    protocol::OctetBuffer header;
    WireWriter writer(header);
    writer.u16(basic_class);
    writer.u16(0);
    writer.u64(entry.body_octets);
    writer.octets(properties);
    MessageBuilder builder(route, header.view(), entry.body_octets, check_properties(properties));
    for (const std::string_view part : body) builder.append(part);
    return builder.finish();
}

}  // namespace leveret::storage
