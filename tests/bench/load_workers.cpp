#include "tests/bench/load_workers.hpp"

#include <cstdio>
#include <cstring>
#include <limits>
#include <thread>

namespace leveret::bench {

namespace {

constexpr std::chrono::milliseconds idle_after{50};
constexpr std::uint64_t drained_after_ns = 1'000'000'000;
constexpr std::size_t send_octets = 65536;          ///< a block for one send; more gains nothing
constexpr std::size_t key_number_digits = 6;        ///< ".000000" behind the key with --keys
constexpr std::uint64_t small_confirm_window = 64;  ///< below it messages go one by one

std::string encode_message(const LoadOptions& options, const std::string& routing_key,
                           std::uint32_t frame_max, std::size_t& body_offset) {
    std::string message;
    OctetWriter publish(method::basic_publish);
    publish.u16(0).short_string(options.exchange()).short_string(routing_key).u8(0);
    append_frame(message, frame_method, AmqpClient::channel, publish.view());

    OctetWriter header;
    header.u16(method::basic_publish.class_id).u16(0).u64(options.body_octets);
    constexpr std::uint16_t has_delivery_mode = 0x1000;
    if (options.persistent)
        header.u16(has_delivery_mode).u8(2);
    else
        header.u16(0);
    append_frame(message, frame_header, AmqpClient::channel, header.view());

    body_offset = message.size() + frame_header_octets;
    const std::size_t body_max = frame_max - frame_overhead_octets;
    for (std::size_t left = options.body_octets; left > 0;) {
        const std::size_t octets = std::min(left, body_max);
        append_frame(message, frame_body, AmqpClient::channel, std::string(octets, 'x'));
        left -= octets;
    }
    return message;
}

/// Where the digits of --keys stand in an encoded message.
std::size_t key_number_offset(const LoadOptions& options, const std::string& routing_key) {
    constexpr std::size_t before_exchange = frame_header_octets + 4 + 2;
    return before_exchange + 1 + options.exchange().size() + 1 + routing_key.size() -
           key_number_digits;
}

}  // namespace

Consumer::Consumer(const LoadOptions& options, Progress& progress, int index)
    : options_(options),
      progress_(progress),
      queue_(options.queue_name(index)),
      client_(options.login) {}

void Consumer::run() {
    subscribe();
    last_receipt_ns_ = now_ns();
    while (!progress_.stop && !drained_) {
        if (const auto frame = client_.next())
            receive(*frame);
        else
            when_idle();
    }
    progress_.consumed += uncounted_;
    ack();
    const std::lock_guard lock(progress_.latencies_mutex);
    progress_.latencies.insert(progress_.latencies.end(), latencies_.begin(), latencies_.end());
}

void Consumer::subscribe() {
    if (options_.prefetch > 0) {
        OctetWriter qos(method::basic_qos);
        client_.call(qos.u32(0).u16(options_.prefetch).u8(0), method::basic_qos_ok);
    }
    OctetWriter arguments;
    if (options_.stream()) arguments.short_string("x-stream-offset").u8('S').long_string("next");
    OctetWriter consume(method::basic_consume);
    consume.u16(0).short_string(queue_).short_string("").u8(options_.auto_ack ? bit_no_ack : 0);
    client_.call(consume.long_string(arguments.view()), method::basic_consume_ok);
    ++progress_.consuming;
    progress_.consuming.notify_all();
}

void Consumer::receive(const Frame& frame) {
    const char* payload = frame.payload.data();
    if (frame.type == frame_body) {
        if (options_.latency && body_left_ == options_.body_octets) note_latency(frame.payload);
        body_left_ -= frame.payload.size();
        if (body_left_ == 0) message_complete();
    } else if (frame.type == frame_header) {
        body_left_ = read_u64(payload + 4);
        if (body_left_ == 0) message_complete();
    } else if (frame.is(method::basic_deliver)) {
        const std::size_t consumer_tag_octets = read_u8(frame.arguments());
        delivery_tag_ = read_u64(frame.arguments() + 1 + consumer_tag_octets);
    }
}

void Consumer::message_complete() {
    ++uncounted_;
    ++unacked_;
    complete_tag_ = delivery_tag_;
    if (unacked_ >= options_.ack_every) ack();
}

void Consumer::when_idle() {
    if (uncounted_ > 0) last_receipt_ns_ = now_ns();
    progress_.consumed += uncounted_;
    uncounted_ = 0;
    if (options_.prefetch > 0) ack();
    if (client_.fill(idle_after)) return;
    ack();
    drained_ = options_.drain && now_ns() - last_receipt_ns_ > drained_after_ns;
}

void Consumer::ack() {
    if (options_.auto_ack || unacked_ == 0) return;
    constexpr std::uint8_t multiple = 1;
    client_.send_method(OctetWriter(method::basic_ack).u64(complete_tag_).u8(multiple));
    unacked_ = 0;
}

void Consumer::note_latency(std::string_view body) {
    std::uint64_t sent_ns = 0;
    if (body.size() < sizeof sent_ns) return;
    std::memcpy(&sent_ns, body.data(), sizeof sent_ns);
    constexpr std::uint64_t max = std::numeric_limits<std::uint32_t>::max();
    latencies_.push_back(static_cast<std::uint32_t>(std::min((now_ns() - sent_ns) / 100, max)));
}

Publisher::Publisher(const LoadOptions& options, Progress& progress, int index)
    : options_(options), progress_(progress), client_(options.login) {
    std::string routing_key = options.key.empty() ? options.queue_name(index) : options.key;
    if (options.keys > 1) routing_key.append(1, '.').append(key_number_digits, '0');
    encode(routing_key);
}

void Publisher::encode(const std::string& routing_key) {
    const std::string message =
        encode_message(options_, routing_key, client_.frame_max(), body_offset_);
    message_octets_ = message.size();

    const std::uint64_t window = options_.confirm_window;
    if (options_.rate == 0 && (window == 0 || window >= small_confirm_window)) {
        const std::size_t fitting = std::max<std::size_t>(1, send_octets / message_octets_);
        messages_per_send_ = window > 0 ? std::min<std::size_t>(fitting, window / 2) : fitting;
    }
    // --keys: N routing keys of equal length in turn, so that a broker cannot live on one
    // remembered route. The block holds whole sends, so the last keys may come round again.
    const std::size_t sends =
        options_.keys > 1 ? (options_.keys + messages_per_send_ - 1) / messages_per_send_ : 1;
    messages_in_block_ = sends * messages_per_send_;
    block_.reserve(messages_in_block_ * message_octets_);
    for (std::size_t i = 0; i < messages_in_block_; ++i) {
        block_ += message;
        if (options_.keys <= 1) continue;
        char digits[24];
        std::snprintf(digits, sizeof digits, "%06lu",
                      static_cast<unsigned long>(i % options_.keys));
        const std::size_t at = i * message_octets_ + key_number_offset(options_, routing_key);
        block_.replace(at, key_number_digits, digits, key_number_digits);
    }
}

void Publisher::run() {
    if (options_.confirm_window > 0)
        client_.call(OctetWriter(method::confirm_select).u8(0), method::confirm_select_ok);
    begin_ns_ = now_ns();
    while (!progress_.stop_publishing && (options_.count == 0 || sent_ < options_.count)) {
        if (options_.rate > 0) keep_pace();
        if (options_.latency) stamp();
        client_.send(std::string_view(block_).substr(position_ * message_octets_,
                                                     messages_per_send_ * message_octets_));
        sent_ += messages_per_send_;
        progress_.published += messages_per_send_;
        position_ = (position_ + messages_per_send_) % messages_in_block_;
        if (options_.confirm_window == 0) continue;
        take_confirms(false);
        while (sent_ - acked_ + messages_per_send_ > options_.confirm_window &&
               !progress_.stop_publishing)
            take_confirms(true);
    }
    if (options_.confirm_window > 0)
        while (acked_ < sent_ && !progress_.stop) take_confirms(true);
    progress_.stop.wait(false);  // the connection stays open: its end is not part of the load
}

/// Waits until the next message is due: sleeps while there is time, then spins, since a sleep
/// alone is too coarse for even gaps.
void Publisher::keep_pace() {
    constexpr std::uint64_t spin_ns = 50'000;
    constexpr std::uint64_t worth_a_sleep_ns = 60'000;
    const std::uint64_t due = begin_ns_ + sent_ * 1'000'000'000 / options_.rate;
    const std::uint64_t now = now_ns();
    if (now + worth_a_sleep_ns < due)
        std::this_thread::sleep_for(std::chrono::nanoseconds(due - now - spin_ns));
    while (now_ns() < due) {
    }
}

void Publisher::stamp() {
    const std::uint64_t now = now_ns();
    if (options_.body_octets < sizeof now) return;
    for (std::size_t i = 0; i < messages_per_send_; ++i)
        std::memcpy(block_.data() + (position_ + i) * message_octets_ + body_offset_, &now,
                    sizeof now);
}

void Publisher::take_confirms(bool wait) {
    for (;;) {
        if (const auto frame = client_.next()) {
            confirmed(*frame);
        } else if (wait) {
            client_.fill();
            wait = false;
        } else if (!client_.fill(std::chrono::milliseconds(0))) {
            return;
        }
    }
}

void Publisher::confirmed(const Frame& frame) {
    if (frame.is(method::basic_nack)) die("the broker nacked a message");
    if (!frame.is(method::basic_ack)) return;
    const std::uint64_t tag = read_u64(frame.arguments());
    const bool multiple = (read_u8(frame.arguments() + 8) & 1) != 0;
    const std::uint64_t before = acked_;
    acked_ = multiple ? std::max(acked_, tag) : acked_ + 1;
    progress_.confirmed += acked_ - before;
}

}  // namespace leveret::bench
