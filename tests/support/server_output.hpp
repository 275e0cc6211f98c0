// What a server sends to one client, taken apart: methods with their contents, in order, one queue
// per channel. It checks on the way what holds of every such stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/amqp/frame.hpp"
#include "protocol/amqp/method_codec.hpp"
#include "protocol/amqp/properties.hpp"
#include "protocol/amqp/types.hpp"

namespace leveret::test {

/// A test asked for what did not come. Catch2 reports it as any exception, with its text.
class NotReceived : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A method as it came, with its content if it has one.
struct Answer {
    protocol::amqp::MethodId id{};
    std::string fields{};  ///< the octets behind the number
    std::string properties{};
    std::string body{};
    std::uint64_t announced{};  ///< octets of body that the header promised
    std::size_t number{};       ///< of all that came on the connection, from 1

    /// Returns: "basic.deliver(t, 1, false, , q) 'body'", for failures.
    [[nodiscard]] std::string describe() const;
};

/// A method that was received, and its content. It owns what its texts are views of.
template <class Method>
struct Received : Method {
    Received(Method method, std::shared_ptr<const Answer> from)
        : Method(method), answer(std::move(from)) {}

    std::shared_ptr<const Answer> answer;

    [[nodiscard]] std::string_view body() const { return answer->body; }
    [[nodiscard]] protocol::amqp::BasicProperties properties() const {
        return protocol::amqp::BasicProperties::parse(answer->properties);
    }
    /// Its place among all that came on the connection.
    [[nodiscard]] std::size_t number() const { return answer->number; }

    friend std::ostream& operator<<(std::ostream& out, const Received& received) {
        return out << received.answer->describe();
    }
};

/// Yes or no, and why: for checks that say what they saw.
struct Verdict {
    bool yes;
    std::string why;
    explicit operator bool() const { return yes; }
    bool operator!() const { return !yes; }
    friend std::ostream& operator<<(std::ostream& out, const Verdict& verdict) {
        return out << verdict.why;
    }
};

class ServerOutput {
public:
    /// Takes octets as they came from the server, in any pieces.
    void take(std::string_view octets);

    void set_frame_max(std::uint32_t frame_max);

    /// Takes the oldest answer of a channel, which must be this method.
    /// Throws: NotReceived.
    template <class Method>
    Received<Method> next(protocol::amqp::ChannelNumber channel) {
        auto answer = next(channel, Method::id, Method::name);
        const Method method = protocol::amqp::decode_method<Method>(
            protocol::amqp::WireReader(std::string_view(answer->fields)));
        return {method, std::move(answer)};
    }

    /// Whether nothing waits on a channel.
    [[nodiscard]] Verdict silent(protocol::amqp::ChannelNumber channel) const;
    [[nodiscard]] std::size_t waiting(protocol::amqp::ChannelNumber channel) const;
    /// Whether the oldest answer of a channel is of this kind.
    [[nodiscard]] bool next_is(protocol::amqp::ChannelNumber channel,
                               protocol::amqp::MethodId id) const;

    /// The eight octets of a protocol header that came instead of frames.
    [[nodiscard]] std::string_view protocol_header() const { return protocol_header_; }

    [[nodiscard]] std::uint64_t octets() const { return octets_; }
    [[nodiscard]] std::size_t heartbeats() const { return heartbeats_; }
    [[nodiscard]] std::size_t largest_frame() const { return largest_frame_; }

    /// Names that queue.declare-ok has told.
    [[nodiscard]] const std::set<std::string>& declared_queues() const { return declared_queues_; }

    /// What no server may send.
    [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

private:
    struct Channel {
        std::deque<std::shared_ptr<Answer>> answers;
        std::shared_ptr<Answer> unfinished;  ///< waits for its header or for octets of its body
        bool header_came = false;
        bool open = false;
        bool close_sent = false;
        std::uint64_t last_delivery_tag = 0;
        std::uint64_t last_confirmed = 0;
    };

    std::shared_ptr<Answer> next(protocol::amqp::ChannelNumber channel, protocol::amqp::MethodId id,
                                 std::string_view name);
    void take_frame(const protocol::amqp::Frame& frame);
    void take_method(Channel& channel, const protocol::amqp::Frame& frame);
    void take_header(Channel& channel, std::string_view payload);
    void take_body(Channel& channel, std::string_view payload);
    void look_at(Channel& channel, bool channel_0, const Answer& answer);
    void violated(const std::string& what) { violations_.push_back("server: " + what); }

    protocol::amqp::FrameParser frames_;
    std::uint32_t frame_max_ = 0;
    std::map<protocol::amqp::ChannelNumber, Channel> channels_;
    std::string protocol_header_;
    std::uint64_t octets_ = 0;
    std::size_t answers_ = 0;
    std::size_t heartbeats_ = 0;
    std::size_t largest_frame_ = 0;
    std::set<std::string> declared_queues_;
    std::vector<std::string> violations_;
};

}  // namespace leveret::test
