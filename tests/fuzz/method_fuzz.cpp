// The payload of a method frame: what is decoded is encoded to octets that mean the same.
#include <cstdint>
#include <string_view>

#include "protocol/amqp/method_codec.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "protocol/assert.hpp"

using namespace leveret::protocol;
using namespace leveret::protocol::amqp;

namespace {

struct EncodeAgain {
    template <class Method>
    void on(const Method& method) {
        OctetBuffer out;
        append_method_payload(out, method);
        WireReader in(out.view());
        LEVERET_ASSERT(read_method_id(in) == Method::id);
        LEVERET_ASSERT(decode_method<Method>(in) == method);
        encoded_octets = out.size();
    }
    std::size_t encoded_octets = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view payload(reinterpret_cast<const char*>(data), size);
    try {
        WireReader in(payload);
        const MethodId id = read_method_id(in);
        EncodeAgain handler;
        dispatch(id, in, handler, AllMethods{});
        LEVERET_ASSERT(handler.encoded_octets == size);
    } catch (const ProtocolError& error) {
        LEVERET_ASSERT(error.code() == reply::frame_error ||
                       error.code() == reply::command_invalid);
    }
    return 0;
}
