// The codec of the basic properties; their order stands here once.
#include "protocol/amqp/properties.hpp"

#include <string>

#include "protocol/amqp/protocol_error.hpp"
#include "protocol/amqp/wire_reader.hpp"
#include "protocol/amqp/wire_writer.hpp"

namespace leveret::protocol::amqp {

namespace {

/// Marks the one text property that is a table on the wire.
template <class View>
struct Table {
    View& octets;
};

/// Calls each(flag, name, value) in the order of the wire.
void for_each_property(auto& p, auto&& each) {
    each(property::content_type, "content_type", p.content_type);
    each(property::content_encoding, "content_encoding", p.content_encoding);
    each(property::headers, "headers", Table{p.headers});
    each(property::delivery_mode, "delivery_mode", p.delivery_mode);
    each(property::priority, "priority", p.priority);
    each(property::correlation_id, "correlation_id", p.correlation_id);
    each(property::reply_to, "reply_to", p.reply_to);
    each(property::expiration, "expiration", p.expiration);
    each(property::message_id, "message_id", p.message_id);
    each(property::timestamp, "timestamp", p.timestamp);
    each(property::type, "type", p.type);
    each(property::user_id, "user_id", p.user_id);
    each(property::app_id, "app_id", p.app_id);
    each(property::cluster_id, "cluster_id", p.cluster_id);
}

struct ReadProperty {
    WireReader& in;
    std::uint16_t flags;

    template <class Value>
    void operator()(std::uint16_t flag, std::string_view, Value&& value) const {
        if ((flags & flag) != 0) read(value);
    }
    void read(std::string_view& value) const { value = in.short_octets(); }
    void read(Table<std::string_view>& value) const { value.octets = in.table().octets; }
    void read(std::uint8_t& value) const { value = in.u8(); }
    void read(std::uint64_t& value) const { value = in.u64(); }
};

struct WriteProperty {
    WireWriter& out;
    std::uint16_t flags;

    template <class Value>
    void operator()(std::uint16_t flag, std::string_view name, const Value& value) const {
        if ((flags & flag) != 0) write(name, value);
    }
    void write(std::string_view name, std::string_view value) const {
        if (value.size() > short_string_octets_max) {
            throw ProtocolError(reply::syntax_error, "property " + std::string(name) + " of " +
                                                         std::to_string(value.size()) +
                                                         " octets is longer than 255");
        }
        out.short_string(value);
    }
    void write(std::string_view, const Table<const std::string_view>& value) const {
        out.table({value.octets});
    }
    void write(std::string_view, std::uint8_t value) const { out.u8(value); }
    void write(std::string_view, std::uint64_t value) const { out.u64(value); }
};

}  // namespace

BasicProperties BasicProperties::parse(std::string_view property_octets) {
    BasicProperties properties;
    try {
        WireReader in(property_octets, "basic properties");
        properties.flags = in.u16();
        if ((properties.flags & property::more_flags) != 0) {
            throw ProtocolError(reply::syntax_error,
                                "cannot decode basic properties: a second word of flags");
        }
        for_each_property(properties, ReadProperty{in, properties.flags});
        in.expect_end();
    } catch (const ProtocolError& fault) {
        // The reader speaks of frames; properties have a code of their own.
        throw ProtocolError(reply::syntax_error, fault.explanation());
    }
    return properties;
}

void BasicProperties::encode(OctetBuffer& out) const {
    WireWriter writer(out);
    writer.u16(flags);
    for_each_property(*this, WriteProperty{writer, flags});
}

}  // namespace leveret::protocol::amqp
