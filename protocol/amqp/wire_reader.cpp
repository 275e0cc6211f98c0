// The rare half of WireReader: tables, and everything that ends in an error.
#include "protocol/amqp/wire_reader.hpp"

#include <string>

#include "protocol/amqp/field_table.hpp"
#include "protocol/amqp/protocol_error.hpp"

namespace leveret::protocol::amqp {

namespace {

[[noreturn, gnu::cold]] void fail(std::string_view subject, std::string_view what) {
    std::string text = "cannot decode ";
    text.append(subject).append(": ").append(what);
    throw ProtocolError(reply::frame_error, text);
}

}  // namespace

TableOctets WireReader::table() {
    const std::string_view octets = long_octets();
    if (const std::string fault = FieldTable::find_fault(octets); !fault.empty()) {
        fail(subject_, "field table: " + fault);
    }
    return {octets};
}

void WireReader::check_utf8(std::string_view text) const {
    if (!is_utf8(text)) throw ProtocolError(reply::frame_error, "Malformed UTF-8 in shortstr");
}

void WireReader::fail_too_short(std::size_t wanted) const {
    fail(subject_,
         std::to_string(wanted) + " octets wanted, " + std::to_string(left()) + " are left");
}

void WireReader::fail_octets_left() const {
    fail(subject_, std::to_string(left()) + " octets after the last field");
}

}  // namespace leveret::protocol::amqp
