#include "tests/support/server_output.hpp"

#include <tuple>
#include <type_traits>
#include <utility>

#include "protocol/amqp/protocol_error.hpp"

namespace leveret::test {

using namespace protocol::amqp;

namespace {

template <class Field>
std::string text_of(const Field& field) {
    if constexpr (std::is_same_v<Field, bool>) {
        return field ? "true" : "false";
    } else if constexpr (std::is_same_v<Field, TableOctets>) {
        return "table of " + std::to_string(field.octets.size()) + " octets";
    } else if constexpr (std::is_convertible_v<Field, std::string_view>) {
        return "'" + std::string(std::string_view(field)) + "'";
    } else {
        return std::to_string(static_cast<std::uint64_t>(field));
    }
}

struct Describer {
    std::string text;

    template <class Method>
    void on(const Method& method) {
        text = std::string(Method::name) + "(";
        std::apply([&](const auto&... field) { ((text += text_of(field) + ", "), ...); },
                   Method::fields(method));
        if (text.ends_with(", ")) text.resize(text.size() - 2);
        text += ")";
    }
};

}  // namespace

std::string Answer::describe() const {
    Describer describer;
    dispatch(id, WireReader(std::string_view(fields)), describer, ServerMethods{});
    if (!body.empty()) describer.text += " '" + body.substr(0, 40) + "'";
    return describer.text;
}

void ServerOutput::set_frame_max(std::uint32_t frame_max) {
    frame_max_ = frame_max;
    frames_.set_frame_max(frame_max);
}

void ServerOutput::take(std::string_view octets) {
    if (octets_ == 0 && octets.starts_with("AMQP")) protocol_header_ = octets;
    octets_ += octets.size();
    if (!protocol_header_.empty()) return;
    try {
        frames_.feed(octets);
        while (const auto frame = frames_.next()) take_frame(*frame);
    } catch (const ProtocolError& error) {
        violated(error.text());
    }
}

void ServerOutput::take_frame(const Frame& frame) {
    const std::size_t octets = frame.payload.size() + frame_overhead_octets;
    largest_frame_ = std::max(largest_frame_, octets);
    if (frame_max_ != 0 && octets > frame_max_) {
        violated("a frame of " + std::to_string(octets) + " octets");
    }
    if (frame.type == FrameType::heartbeat) {
        ++heartbeats_;
        return;
    }
    Channel& channel = channels_[frame.channel];
    if (frame.type == FrameType::method) {
        take_method(channel, frame);
    } else if (!channel.unfinished) {
        violated("a content frame without a method");
    } else if (frame.type == FrameType::header) {
        take_header(channel, frame.payload);
    } else {
        take_body(channel, frame.payload);
    }
}

void ServerOutput::take_method(Channel& channel, const Frame& frame) {
    if (channel.unfinished) violated("a method inside a content");
    channel.unfinished.reset();
    WireReader in(frame.payload);
    auto answer = std::make_shared<Answer>();
    answer->id = read_method_id(in);
    answer->fields = in.rest();
    answer->number = ++answers_;
    look_at(channel, frame.channel == ChannelNumber{0}, *answer);
    const bool has_content = answer->id == basic::Deliver::id || answer->id == basic::Return::id ||
                             answer->id == basic::GetOk::id;
    if (has_content) {
        channel.unfinished = std::move(answer);
        channel.header_came = false;
    } else {
        channel.answers.push_back(std::move(answer));
    }
}

void ServerOutput::take_header(Channel& channel, std::string_view payload) {
    if (std::exchange(channel.header_came, true)) violated("a second header");
    WireReader in(payload);
    if (in.u16() != 60 || in.u16() != 0) violated("a header of another class, or with a weight");
    channel.unfinished->announced = in.u64();
    channel.unfinished->properties = in.rest();
    if (channel.unfinished->announced == 0) {
        channel.answers.push_back(std::exchange(channel.unfinished, nullptr));
    }
}

void ServerOutput::take_body(Channel& channel, std::string_view payload) {
    if (!channel.header_came) violated("a body before its header");
    Answer& answer = *channel.unfinished;
    answer.body += payload;
    if (answer.body.size() > answer.announced) violated("more body than announced");
    if (answer.body.size() >= answer.announced) {
        channel.answers.push_back(std::exchange(channel.unfinished, nullptr));
    }
}

/// What holds of every method whatever the test is about.
void ServerOutput::look_at(Channel& channel, bool channel_0, const Answer& answer) {
    const WireReader in(std::string_view(answer.fields));
    if (!channel_0) {
        if (answer.id == channel::OpenOk::id) {
            if (channel.open && !channel.close_sent) violated("an open channel was opened");
            channel.open = true;
            channel.close_sent = false;
            channel.last_delivery_tag = channel.last_confirmed = 0;
            return;
        }
        if (!channel.open) violated(answer.describe() + " on a closed channel");
        if (channel.close_sent && answer.id != channel::CloseOk::id) {
            violated(answer.describe() + " after channel.close");
        }
    }
    const auto delivered = [&](DeliveryTag tag) {
        if (static_cast<std::uint64_t>(tag) != ++channel.last_delivery_tag) {
            violated(answer.describe() + ": delivery tags count from 1");
        }
    };
    const auto confirmed = [&](DeliveryTag tag) {
        if (static_cast<std::uint64_t>(tag) <= channel.last_confirmed) {
            violated(answer.describe() + ": confirmed already");
        }
        channel.last_confirmed = static_cast<std::uint64_t>(tag);
    };
    if (answer.id == channel::CloseOk::id) channel.open = channel.close_sent;
    if (answer.id == channel::Close::id) channel.close_sent = true;
    if (answer.id == basic::Deliver::id) delivered(decode_method<basic::Deliver>(in).delivery_tag);
    if (answer.id == basic::GetOk::id) delivered(decode_method<basic::GetOk>(in).delivery_tag);
    if (answer.id == basic::Ack::id) confirmed(decode_method<basic::Ack>(in).delivery_tag);
    if (answer.id == basic::Nack::id) confirmed(decode_method<basic::Nack>(in).delivery_tag);
    if (answer.id == queue::DeclareOk::id) {
        declared_queues_.insert(decode_method<queue::DeclareOk>(in).queue.str());
    }
}

std::shared_ptr<Answer> ServerOutput::next(ChannelNumber channel, MethodId id,
                                           std::string_view name) {
    auto& answers = channels_[channel].answers;
    const std::string wanted = std::string(name) + " was awaited on channel " +
                               std::to_string(static_cast<unsigned>(channel));
    if (answers.empty()) throw NotReceived(wanted + ", nothing came");
    if (answers.front()->id != id) {
        throw NotReceived(wanted + ", this came: " + answers.front()->describe());
    }
    std::shared_ptr<Answer> answer = std::move(answers.front());
    answers.pop_front();
    return answer;
}

Verdict ServerOutput::silent(ChannelNumber channel) const {
    const auto place = channels_.find(channel);
    if (place == channels_.end()) return {true, "nothing came"};
    if (place->second.unfinished) {
        return {false,
                "this came, without all of its body: " + place->second.unfinished->describe()};
    }
    if (place->second.answers.empty()) return {true, "nothing came"};
    std::string came;
    for (const auto& answer : place->second.answers) {
        if (came.size() > 1000) break;
        came += "\n  " + answer->describe();
    }
    return {false, "this came:" + came};
}

std::size_t ServerOutput::waiting(ChannelNumber channel) const {
    const auto place = channels_.find(channel);
    return place == channels_.end() ? 0 : place->second.answers.size();
}

bool ServerOutput::next_is(ChannelNumber channel, MethodId id) const {
    const auto place = channels_.find(channel);
    return place != channels_.end() && !place->second.answers.empty() &&
           place->second.answers.front()->id == id;
}

}  // namespace leveret::test
