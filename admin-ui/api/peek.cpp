// Looking at messages without taking them: a page from anywhere in a queue, searched with a filter,
// or one message whole. Nothing of this leaves a trace.
#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

#include "admin-ui/api/broker_call.hpp"
#include "admin-ui/api/endpoints.hpp"
#include "admin-ui/api/field_json.hpp"
#include "admin-ui/api/json_writer.hpp"
#include "admin-ui/api/limits.hpp"
#include "admin-ui/api/members.hpp"
#include "admin-ui/api/message_filter.hpp"
#include "admin-ui/api/render.hpp"
#include "admin-ui/api/slices.hpp"
#include "broker/digest.hpp"
#include "protocol/amqp/protocol_error.hpp"
#include "protocol/utf8.hpp"

namespace leveret::admin::endpoints {

namespace {

using insight::PeekedMessage;
using insight::PeekPage;
using insight::PeekState;

/// Messages asked of the broker at a time, and when their bodies come whole.
constexpr std::uint32_t page_messages = 256;
constexpr std::uint32_t page_whole_messages = 16;

/// Octets of a body that a filter looks into.
constexpr std::uint64_t searched_octets = 1 << 20;

/// Which messages are meant.
enum class State { ready, unacked, all };

State parse_state(const Query& query) {
    const std::string_view text = query.find("state").value_or("ready");
    if (text == "ready") return State::ready;
    if (text == "unacked") return State::unacked;
    if (text == "all") return State::all;
    throw bad_request("state must be ready, unacked or all");
}

using From = decltype(insight::Peek::from);

From parse_from(const Query& query) {
    const std::string_view text = query.find("from").value_or("head");
    if (text == "head") return insight::PeekHead{};
    if (text == "tail") return insight::PeekTail{};
    const std::size_t colon = std::min(text.find(':'), text.size());
    const auto number = parse_natural(text.substr(std::min(text.size(), colon + 1)));
    if (number && text.substr(0, colon) == "position") return insight::PeekPosition{*number};
    constexpr std::uint64_t latest = 253'402'300'799'999;  // the year 9999, in milliseconds
    if (number && *number <= latest && text.substr(0, colon) == "time") {
        return insight::PeekTime{broker::UnixTime(std::chrono::milliseconds(*number))};
    }
    throw bad_request("from must be head, tail, position:N or time:MS");
}

/// A cursor is opaque to clients: the state it belongs to, and where that goes on.
std::string to_text(PeekState state, const insight::PeekCursor& cursor) {
    return fmt::format("{}{}{}-{}", state == PeekState::ready ? 'r' : 'u',
                       cursor.backwards ? 'b' : 'f', cursor.sequence, cursor.within);
}

struct Place {
    PeekState state;
    From from;
};

std::optional<Place> parse_cursor(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (text.size() < 4 || dash == std::string_view::npos) return std::nullopt;
    const auto sequence = parse_natural(text.substr(2, dash - 2));
    const auto within = parse_natural(text.substr(dash + 1));
    const bool state_known = text[0] == 'r' || text[0] == 'u';
    const bool way_known = text[1] == 'f' || text[1] == 'b';
    if (!sequence || !within || !state_known || !way_known) return std::nullopt;
    return Place{
        text[0] == 'r' ? PeekState::ready : PeekState::unacked,
        insight::PeekCursor{.sequence = *sequence, .backwards = text[1] == 'b', .within = *within}};
}

/// Where the unacked ones begin, once the ready ones are through.
constexpr std::string_view first_unacked = "u";

struct PeekRequest {
    State state;
    Place place;
    std::uint64_t limit;
    std::uint64_t scan;
    std::uint64_t body;
    std::optional<MessageFilter> filter;
};

PeekRequest parse_peek(const Query& query) {
    std::optional<MessageFilter> filter;
    const auto text = query.find("q");
    if (text && !text->empty()) filter.emplace(*text);
    const State state = parse_state(query);
    Place place{state == State::unacked ? PeekState::unacked : PeekState::ready, parse_from(query)};
    if (const auto after = query.find("after"); after && *after == first_unacked) {
        place = {PeekState::unacked, insight::PeekHead{}};
    } else if (after) {
        auto parsed = parse_cursor(*after);
        if (!parsed) throw bad_request("after is no cursor");
        place = *std::move(parsed);
    }
    const std::uint64_t scan_default =
        filter ? limits::peek_scan_with_filter : limits::peek_scan_default;
    return {
        .state = state,
        .place = std::move(place),
        .limit = natural_parameter(query, "limit", limits::peek_items_default, 1,
                                   limits::peek_items_most),
        .scan = natural_parameter(query, "scan", scan_default, 1, limits::peek_scan_most),
        .body =
            natural_parameter(query, "body", limits::peek_body_default, 0, limits::peek_body_most),
        .filter = std::move(filter),
    };
}

void write_body(const PeekedMessage& message, std::uint64_t octets_max, JsonSink& out) {
    std::string_view shown = std::string_view(message.body).substr(0, octets_max);
    // A character that was cut in two does not make binary of a text.
    std::string_view whole = protocol::cut_utf8(message.body, shown.size());
    if (shown.size() == message.body.size() && message.body.size() < message.body_octets) {
        whole = shown;
        for (int cut = 0; cut < 3 && !whole.empty() && !protocol::is_utf8(whole); ++cut) {
            whole.remove_suffix(1);
        }
    }
    const bool is_text = protocol::is_utf8(whole);
    if (is_text) shown = whole;
    out.member("payload", is_text ? std::string(shown) : broker::base64(shown));
    out.member("payload_encoding", is_text ? "string" : "base64");
    out.member("truncated", shown.size() < message.body_octets);
}

void write_holder(const insight::UnackedSnapshot& holder, JsonSink& out) {
    out.object("held_by", [&] {
        out.member("connection", holder.connection);
        out.member("channel", holder.channel_number);
        out.member("consumer_tag", holder.consumer_tag);
        out.member("delivery_tag", holder.delivery_tag);
        out.member("since", epoch_ms(holder.since));
    });
}

void write_message(const PeekedMessage& message, std::uint64_t body_max, bool with_wire,
                   JsonSink& out) {
    protocol::amqp::BasicProperties properties;
    protocol::amqp::FieldTable headers;
    try {
        properties = protocol::amqp::BasicProperties::parse(message.properties);
        headers = protocol::amqp::FieldTable::parse(properties.headers);
    } catch (const protocol::amqp::ProtocolError&) {
        // Walked when it came in; what is damaged since is shown without properties.
    }
    out.object([&] {
        out.member("id", fmt::format("{}", message.sequence));
        if (message.state == PeekState::ready) out.member("position", message.position);
        out.member("state", message.state == PeekState::ready ? "ready" : "unacked");
        if (message.enqueued_at) out.member("enqueued_at", epoch_ms(*message.enqueued_at));
        if (message.expires_at) out.member("expires_at", epoch_ms(*message.expires_at));
        out.member("redelivered", message.redelivered);
        out.member("delivery_count", message.delivery_count);
        out.member("exchange", message.exchange);
        out.member("routing_key", message.routing_key);
        out.key("properties");
        write_properties(properties, out);
        out.key("header_types");
        write_types(headers, out);
        if (with_wire) out.member("headers_wire", broker::base64(properties.headers));
        out.member("size", message.body_octets);
        write_body(message, body_max, out);
        if (headers.contains("x-death")) {
            out.member("origin", message.dead_lettered_here ? "broker" : "publisher");
        }
        if (message.held_by) write_holder(*message.held_by, out);
    });
}

/// What one answer has found, as JSON.
struct Found {
    std::string items = "[";
    std::uint64_t count = 0;
    std::uint64_t scanned = 0;
    std::string next;  ///< empty: there are no more
};

boost::asio::awaitable<PeekPage> next_page(Call& call, const PeekRequest& request,
                                           const Place& place, const Found& found) {
    const bool whole = request.filter && request.filter->reads_body();
    std::uint64_t count = whole ? page_whole_messages : page_messages;
    count = std::min(count, request.scan - found.scanned);
    // Of ready messages one may stop within a page; unacked ones are few.
    const bool to_the_end = !request.filter || place.state == PeekState::unacked;
    if (to_the_end) count = std::min(count, request.limit - found.count);
    insight::Peek peek{.vhost = call["vhost"],
                       .queue = call["queue"],
                       .state = place.state,
                       .from = place.from,
                       .count = static_cast<std::uint32_t>(count),
                       .body_octets = whole ? searched_octets : request.body};
    co_return co_await done<PeekPage>(
        [&](auto then) { call.broker().peek(std::move(peek), std::move(then)); });
}

/// Goes from page to page until enough is found, enough was looked at, or the time is over.
boost::asio::awaitable<Found> look(Call& call, PeekRequest& request) {
    Found found;
    JsonWriter writer(found.items);
    Slices slices;
    const auto now = std::chrono::system_clock::now();
    Place place = std::move(request.place);
    while (true) {
        slices.pause();
        PeekPage page = co_await next_page(call, request, place, found);
        slices.resume();
        std::size_t at = 0;
        for (; at < page.messages.size() && found.count < request.limit; ++at) {
            FilteredMessage message(page.messages[at], now);
            ++found.scanned;
            if (!request.filter || request.filter->matches(message)) {
                write_message(page.messages[at], request.body, false, writer);
                ++found.count;
            }
            if (slices.used_up()) co_await slices.rest();
        }
        if (at < page.messages.size()) {  // full in the middle of a page
            const bool backwards = std::holds_alternative<insight::PeekTail>(place.from) ||
                                   (std::holds_alternative<insight::PeekCursor>(place.from) &&
                                    std::get<insight::PeekCursor>(place.from).backwards);
            const PeekedMessage& first_left = page.messages[at];
            found.next = to_text(place.state, {.sequence = first_left.sequence,
                                               .backwards = backwards,
                                               .within = first_left.within});
            break;
        }
        if (page.next) {
            found.next = to_text(place.state, *page.next);
        } else if (request.state == State::all && place.state == PeekState::ready) {
            found.next = first_unacked;
        } else {
            found.next.clear();
            break;
        }
        const bool enough = found.count >= request.limit || found.scanned >= request.scan ||
                            slices.worked() >= limits::search_time;
        if (enough) break;
        if (page.next) {
            place.from = *page.next;
        } else {
            place.state = PeekState::unacked;
            place.from = insight::PeekHead{};
        }
    }
    found.items += ']';
    co_return found;
}

std::string file_name(const Call& call) {
    std::string name;
    for (const char c : call["queue"]) {
        const auto octet = static_cast<unsigned char>(c);
        name += std::isalnum(octet) != 0 || c == '-' || c == '.' ? c : '_';
    }
    return fmt::format("{}-{}.bin", name, call["id"]);
}

}  // namespace

Answer peek(Call& call) {
    PeekRequest request = parse_peek(call.query);
    co_await require_read(call);
    const Found found = co_await look(call, request);
    Reply reply;
    reply.body = fmt::format(R"({{"items":{},"scanned":{},"more":{})", found.items, found.scanned,
                             !found.next.empty());
    if (!found.next.empty()) reply.body += fmt::format(R"(,"next":"{}")", found.next);
    reply.body += '}';
    co_return reply;
}

Answer peek_one(Call& call) {
    const auto id = parse_natural(call["id"]);
    if (!id) throw object_not_found();
    co_await require_read(call);
    const auto message = co_await done<PeekedMessage>([&](auto then) {
        call.broker().message({call["vhost"], call["queue"]}, *id, std::move(then));
    });
    if (call.query.find("raw") == "1") {
        Reply raw;
        raw.fields.add("content-type", "application/octet-stream");
        raw.fields.add("content-disposition",
                       fmt::format("attachment; filename=\"{}\"", file_name(call)));
        raw.body = message.body;
        co_return raw;
    }
    co_return json_reply(
        [&](JsonSink& out) { write_message(message, message.body.size(), true, out); });
}

}  // namespace leveret::admin::endpoints
