// Every frame in every state of the content assembler.
#include "protocol/amqp/content_assembler.hpp"

#include <functional>

#include "protocol/amqp/protocol_error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/octets.hpp"
#include "tests/unit/protocol/expect_error.hpp"

using namespace leveret::protocol::amqp;
using leveret::test::error_of;
using leveret::test::octets;
using leveret::test::text_of_error;

namespace {

constexpr std::uint64_t size_max = 1000;

std::string header(std::uint64_t body, int class_id = 60, int weight = 0,
                   std::string_view properties = {"\0\0", 2}) {
    std::string made = octets({class_id >> 8, class_id & 255, weight >> 8, weight & 255});
    for (int shift = 56; shift >= 0; shift -= 8) made += static_cast<char>(body >> shift);
    return made.append(properties);
}

enum class State { idle, await_header, await_body };

/// An assembler in a state; in await_body three octets are missing of five.
ContentAssembler in_state(State state) {
    ContentAssembler assembler(size_max);
    if (state == State::idle) return assembler;
    assembler.start({.exchange = "e", .routing_key = "k", .mandatory = true});
    if (state == State::await_header) return assembler;
    REQUIRE_FALSE(assembler.header(header(5)));
    REQUIRE_FALSE(assembler.body("ab"));
    return assembler;
}

/// What a frame leads to.
struct Outcome {
    enum Kind { stays_or_moves, completes, refused } kind;
    State next = State::idle;
    ReplyCode code{};
    std::string_view text{};
};

Outcome moves_to(State state) { return {Outcome::stays_or_moves, state, {}, {}}; }
Outcome completes() { return {Outcome::completes, State::idle, {}, {}}; }
Outcome refused(const ReplyCode& code, std::string_view text) {
    return {Outcome::refused, State::idle, code, text};
}

struct Event {
    std::string name;
    std::function<std::optional<Content>(ContentAssembler&)> happen;
    Outcome idle, await_header, await_body;
};

const Outcome no_method =
    refused(reply::unexpected_frame,
            "UNEXPECTED_FRAME - expected method frame, got non method frame instead");
const Outcome no_header =
    refused(reply::unexpected_frame,
            "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame "
            "instead");
const Outcome no_body =
    refused(reply::unexpected_frame,
            "UNEXPECTED_FRAME - expected content body, got non content body frame instead");

Event header_event(std::string name, std::string payload, Outcome expected) {
    return {std::move(name),
            [payload](ContentAssembler& assembler) { return assembler.header(payload); }, no_method,
            expected, no_body};
}
Event body_event(std::string name, std::string payload, Outcome expected) {
    return {std::move(name),
            [payload](ContentAssembler& assembler) { return assembler.body(payload); }, no_method,
            no_header, expected};
}

std::vector<Event> events() {
    return {
        {"a publish",
         [](ContentAssembler& assembler) {
             assembler.start({});
             return std::optional<Content>{};
         },
         moves_to(State::await_header), no_header, no_body},
        {"another method",
         [](ContentAssembler& assembler) {
             assembler.expect_method();
             return std::optional<Content>{};
         },
         moves_to(State::idle), no_header, no_body},
        header_event("a header", header(5), moves_to(State::await_body)),
        header_event("a header of the largest size", header(size_max), moves_to(State::await_body)),
        header_event("a header without a body", header(0), completes()),
        header_event("a header of another class", header(5, 50),
                     refused(reply::unexpected_frame,
                             "UNEXPECTED_FRAME - expected content header for class 60, got one for "
                             "class 50 instead")),
        header_event(
            "a header with a weight", header(5, 60, 1),
            refused(reply::unexpected_frame,
                    "UNEXPECTED_FRAME - expected content header for class 60 and weight 0, "
                    "got weight 1 instead")),
        header_event("a header above the limit", header(size_max + 1),
                     refused(reply::precondition_failed,
                             "PRECONDITION_FAILED - message size 1001 is larger than configured "
                             "max size 1000")),
        header_event("a header above the hard limit", header(body_octets_max + 1ull),
                     refused(reply::frame_error,
                             "FRAME_ERROR - content body size 536870913 exceeds maximum allowed "
                             "size 536870912")),
        header_event("a header of the largest number", header(~0ull),
                     refused(reply::frame_error,
                             "FRAME_ERROR - content body size 18446744073709551615 exceeds maximum "
                             "allowed size 536870912")),
        header_event("a header that is cut", header(5).substr(0, 11),
                     refused(reply::frame_error,
                             "FRAME_ERROR - content header of 11 octets is too short, 12 octets "
                             "come before the properties")),
        header_event("an empty header", "",
                     refused(reply::frame_error,
                             "FRAME_ERROR - content header of 0 octets is too short, 12 octets "
                             "come before the properties")),
        header_event(
            "a header without flags", header(5).substr(0, 12),
            refused(reply::syntax_error,
                    "SYNTAX_ERROR - cannot decode basic properties: 2 octets wanted, 0 are "
                    "left")),
        header_event(
            "a header with half a property", header(5, 60, 0, {"\x80\0\5ab", 5}),
            refused(reply::syntax_error,
                    "SYNTAX_ERROR - cannot decode basic properties: 6 octets wanted, 3 are "
                    "left")),
        body_event("an empty body frame", "", moves_to(State::await_body)),
        body_event("a part of the body", "cd", moves_to(State::await_body)),
        body_event("the rest of the body", "cde", completes()),
        body_event("more than the rest", "cdef",
                   refused(reply::frame_error,
                           "FRAME_ERROR - content body frame exceeds remaining content size")),
    };
}

State state_of(ContentAssembler& assembler) {
    if (assembler.idle()) return State::idle;
    ContentAssembler& probe = assembler;
    const std::string text = text_of_error([&] { probe.expect_method(); });
    return text.find("header") != std::string::npos ? State::await_header : State::await_body;
}

}  // namespace

TEST_CASE("every frame in every state moves on, completes, or is refused by its own sentence",
          "[content_assembler]") {
    for (const Event& event : events()) {
        for (State state : {State::idle, State::await_header, State::await_body}) {
            INFO(event.name << " in state " << static_cast<int>(state));
            const Outcome& expected = state == State::idle           ? event.idle
                                      : state == State::await_header ? event.await_header
                                                                     : event.await_body;
            ContentAssembler assembler = in_state(state);
            if (expected.kind == Outcome::refused) {
                const auto error = error_of([&] { event.happen(assembler); });
                CHECK(error.code() == expected.code);
                CHECK(error.text() == expected.text);
                const MethodId blamed = state == State::idle ? MethodId{} : basic::Publish::id;
                CHECK(error.method() == blamed);
                CHECK(assembler.idle());
            } else {
                const auto content = event.happen(assembler);
                CHECK(content.has_value() == (expected.kind == Outcome::completes));
                CHECK(state_of(assembler) == expected.next);
            }
        }
    }
}

TEST_CASE("a content is what its frames said", "[content_assembler]") {
    ContentAssembler assembler;
    std::string exchange = "exchange", key = "key";
    assembler.start({.exchange = exchange, .routing_key = key, .mandatory = true});
    exchange.assign(8, '?');  // the frame is gone when the header comes
    key.assign(3, '?');
    const std::string head = header(6, 60, 0, {"\x10\0\2", 3});
    CHECK_FALSE(assembler.header(head));
    CHECK_FALSE(assembler.body("abc"));
    const auto content = assembler.body("def");
    REQUIRE(content);
    CHECK(content->mandatory);
    CHECK_FALSE(content->immediate);
    CHECK(content->message->exchange() == "exchange");
    CHECK(content->message->routing_key() == "key");
    CHECK(content->message->header_payload() == head);
    CHECK(content->message->body() == "abcdef");
    CHECK(content->message->persistent());
}

TEST_CASE("contents follow each other", "[content_assembler]") {
    ContentAssembler assembler;
    for (int i = 0; i < 3; ++i) {
        const std::string key = std::to_string(i);
        assembler.start({.routing_key = key, .immediate = i == 1});
        CHECK_FALSE(assembler.header(header(1)));
        const auto content = assembler.body("x");
        REQUIRE(content);
        CHECK(content->message->routing_key() == key);
        CHECK(content->immediate == (i == 1));
    }
}

TEST_CASE("a content that is given up leaves nothing behind", "[content_assembler]") {
    ContentAssembler assembler = in_state(State::await_body);
    assembler.reset();
    CHECK(assembler.idle());
    assembler.start({.routing_key = "next"});
    const auto content = assembler.header(header(0));
    REQUIRE(content);
    CHECK(content->message->routing_key() == "next");
}

TEST_CASE("names of 255 octets fit a content", "[content_assembler]") {
    const std::string longest(255, 'n');
    ContentAssembler assembler;
    assembler.start({.exchange = longest, .routing_key = longest});
    const auto content = assembler.header(header(0));
    REQUIRE(content);
    CHECK(content->message->exchange() == longest);
    CHECK(content->message->routing_key() == longest);
}
