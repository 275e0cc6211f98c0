// Looking at messages leaves no trace, wherever they are: ready, on disk, out for delivery.
#include "broker/limits.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_inspector.hpp"

using namespace leveret::test;
using namespace leveret::protocol::amqp;
using namespace leveret::broker;
using namespace leveret::broker::insight;

namespace {

PeekPage peek(TestInspector& inspector, Peek request) {
    request.vhost = "/";
    request.queue = "q";
    return *inspector.ask<Result<PeekPage>>(
        [&](Inspector& i, auto then) { i.peek(request, std::move(then)); });
}

std::vector<std::string> bodies(const PeekPage& page) {
    std::vector<std::string> bodies;
    for (const PeekedMessage& message : page.messages) bodies.push_back(message.body);
    return bodies;
}

/// Of all pages, from there on.
std::vector<std::string> all_bodies(TestInspector& inspector, Peek request) {
    std::vector<std::string> all;
    for (;;) {
        const PeekPage page = peek(inspector, request);
        for (const PeekedMessage& message : page.messages) all.push_back(message.body);
        if (!page.next) return all;
        request.from = *page.next;
    }
}

std::vector<std::string> numbers(int first, int last) {
    std::vector<std::string> numbers;
    const int step = first <= last ? 1 : -1;
    for (int i = first; i != last + step; i += step) numbers.push_back(std::to_string(i));
    return numbers;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("peeking shows messages from head, tail and position, page by page", "[insight][peek]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    for (int i = 0; i < 10; ++i) channel.publish_to("q", std::to_string(i));

    const PeekPage head = peek(inspector, {.count = 3});
    CHECK(bodies(head) == numbers(0, 2));
    CHECK(head.messages[2].position == 2);
    CHECK(head.messages[0].routing_key == "q");
    CHECK(head.messages[0].enqueued_at);
    REQUIRE(head.next);
    CHECK(bodies(peek(inspector, {.from = *head.next, .count = 3})) == numbers(3, 5));
    CHECK(bodies(peek(inspector, {.from = PeekTail{}, .count = 3})) == numbers(9, 7));
    CHECK(bodies(peek(inspector, {.from = PeekPosition{8}})) == numbers(8, 9));
    CHECK(bodies(peek(inspector, {.from = PeekPosition{10}})).empty());
    CHECK(all_bodies(inspector, {.count = 4}) == numbers(0, 9));
    CHECK(all_bodies(inspector, {.from = PeekTail{}, .count = 4}) == numbers(9, 0));
}

TEST_CASE("peeking changes nothing: order, flags, figures", "[insight][peek]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    for (int i = 0; i < 3; ++i) channel.publish_to("q", std::to_string(i));
    const auto figures = [&] {
        return inspector
            .ask<Result<QueueSnapshot>>(
                [](Inspector& i, auto then) { i.queue({"/", "q"}, {}, then); })
            ->messages.counts;
    };
    const auto before = figures();
    (void)peek(inspector, {});
    (void)peek(inspector, {.from = PeekTail{}});
    CHECK(figures() == before);
    CHECK(broker.queue("q").ready_count() == 3);
    for (int i = 0; i < 3; ++i) {
        const auto got = channel.get("q", true);
        CHECK(got.body() == std::to_string(i));
        CHECK_FALSE(got.redelivered);
    }
}

TEST_CASE("a page goes on where it ended, whatever went meanwhile", "[insight][peek]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    for (int i = 0; i < 10; ++i) channel.publish_to("q", std::to_string(i));
    const PeekPage head = peek(inspector, {.count = 4});
    for (int i = 0; i < 6; ++i) (void)channel.get("q", true);
    CHECK(bodies(peek(inspector, {.from = *head.next})) == numbers(6, 9));
    const PeekPage tail = peek(inspector, {.from = PeekTail{}, .count = 2});
    channel.publish_to("q", "new");
    CHECK(bodies(peek(inspector, {.from = *tail.next})) == numbers(7, 6));
}

TEST_CASE("priorities and what came back are shown in the order of delivery", "[insight][peek]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q", .arguments = Arguments{{"x-max-priority", 3}}});
    const auto publish = [&](std::string_view body, std::uint8_t priority) {
        channel.publish(
            {.routing_key = "q"}, body,
            BasicProperties().set(property::priority, &BasicProperties::priority, priority));
    };
    for (const char* body : {"a", "b"}) publish(body, 0);
    for (const char* body : {"x", "y"}) publish(body, 3);
    (void)channel.get("q");
    channel.nack(1, false, true);
    const PeekPage page = peek(inspector, {});
    CHECK(bodies(page) == Texts{"x", "y", "a", "b"});
    CHECK(page.messages[0].redelivered);
    CHECK(page.messages[3].position == 3);
    CHECK(all_bodies(inspector, {.count = 1}) == Texts{"x", "y", "a", "b"});
    // Whoever stops within a page goes on at the first that he left.
    const PeekedMessage& left = page.messages[2];
    CHECK(bodies(peek(inspector, {.from = PeekCursor{left.sequence, false, left.within}})) ==
          Texts{"a", "b"});
    CHECK(all_bodies(inspector, {.from = PeekTail{}, .count = 1}) == Texts{"b", "a", "y", "x"});
}

TEST_CASE("peeking from a time begins at the first message that came then or later",
          "[insight][peek]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    for (int i = 0; i < 20; ++i) {
        channel.publish_to("q", std::to_string(i));
        broker.advance(std::chrono::seconds{1});
    }
    const UnixTime first = *peek(inspector, {.count = 1}).messages[0].enqueued_at;
    CHECK(bodies(peek(inspector, {.from = PeekTime{first + std::chrono::milliseconds{11'500}}})) ==
          numbers(12, 19));
    CHECK(bodies(peek(inspector, {.from = PeekTime{first}, .count = 1})) == Texts{"0"});
    CHECK(bodies(peek(inspector, {.from = PeekTime{first + std::chrono::hours{1}}})).empty());
}

TEST_CASE("bodies are cut as asked, and one message comes whole", "[insight][peek]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    const std::string body(3'000'000, 'b');
    channel.publish_to("q", body);
    channel.publish_to("q", "out");
    const PeekPage page = peek(inspector, {.count = 1, .body_octets = 10});
    REQUIRE(page.messages.size() == 1);
    CHECK(page.messages[0].body == std::string(10, 'b'));
    CHECK(page.messages[0].body_octets == 3'000'000);

    const auto message = [&](std::uint64_t sequence) {
        return inspector.ask<Result<PeekedMessage>>(
            [&](Inspector& i, auto then) { i.message({"/", "q"}, sequence, std::move(then)); });
    };
    const SliceFigures before = inspector->slices();
    const auto whole = message(page.messages[0].sequence);
    REQUIRE(whole);
    CHECK(whole->body == body);
    CHECK(inspector->slices().slices - before.slices >= 3);
    CHECK(inspector->slices().largest_units <= limits::slice_units + 64);

    (void)channel.get("q", true);
    CHECK(message(page.messages[0].sequence).refusal().code == reply::not_found);
}

TEST_CASE("unacked messages are shown with who holds them", "[insight][peek]") {
    TestBroker broker;
    TestInspector inspector(broker);
    auto channel = broker.connect().open_channel();
    auto other = broker.connect().open_channel();
    channel.queue_declare({.queue = "q"});
    for (int i = 0; i < 5; ++i) channel.publish_to("q", std::to_string(i));
    channel.consume({.queue = "q", .consumer_tag = "c"});
    for (int i = 0; i < 5; ++i) (void)channel.next_delivery();
    channel.nack(5, false, true);
    (void)channel.next_delivery();
    channel.cancel("c");
    channel.nack(6, false, true);
    (void)other.get("q");

    const Peek out{.state = PeekState::unacked, .count = 2};
    CHECK(all_bodies(inspector, out) == numbers(0, 4));
    const PeekPage page = peek(inspector, out);
    REQUIRE(page.messages.size() == 2);
    REQUIRE(page.messages[0].held_by);
    CHECK(page.messages[0].held_by->consumer_tag == "c");
    CHECK(page.messages[0].held_by->delivery_tag == 1);
    const auto whole = inspector.ask<Result<PeekedMessage>>([&](Inspector& i, auto then) {
        i.message({"/", "q"}, page.messages[1].sequence, std::move(then));
    });
    REQUIRE(whole);
    CHECK(whole->body == "1");
    CHECK(whole->state == PeekState::unacked);
    CHECK(peek(inspector, {}).messages.empty());
}

TEST_CASE("a position far down on disk is found by counting runs, not messages",
          "[insight][peek]") {
    ReadyMessages ready;
    ready.restore({.first = 1, .count = 3'000'000, .redelivered = false, .octets = 3'000'000});
    ready.restore({.first = 4'000'001, .count = 1'000'000, .redelivered = true, .octets = 1});
    std::vector<ReadyMessages::Place> places;
    ready.look(3'000'010, 2, places);
    REQUIRE(places.size() == 2);
    CHECK(places[0].sequence == leveret::storage::Sequence{4'000'011});
    CHECK(places[0].message == nullptr);
    CHECK(ready.position_of(leveret::storage::Sequence{4'000'011}) == 3'000'010);
    CHECK(ready.position_of(leveret::storage::Sequence{3'500'000}) == 3'000'000);
}

TEST_CASE("messages on disk are peeked from there", "[insight][peek]") {
    Config config = TestBroker::default_config();
    config.memory.bodies = {std::uint64_t{1}};  // memory is always short
    TestBroker broker(config);
    TestInspector inspector(broker);
    broker.expect_paging();
    auto channel = broker.connect().open_channel();
    channel.queue_declare({.queue = "q", .durable = true});
    const std::string padding(20'000, '.');
    for (int i = 0; i < 300; ++i) {
        channel.publish({.routing_key = "q"}, std::to_string(i) + padding, persistent());
        broker.advance(std::chrono::seconds{1});
    }
    std::uint64_t paged = 0;
    for (const ReadyMessages& level : broker.queue("q").ready()) paged += level.paged().count();
    REQUIRE(paged > 100);

    const auto first_three = [](const PeekPage& page) {
        std::vector<std::string> starts;
        for (const PeekedMessage& message : page.messages) {
            starts.push_back(message.body.substr(0, 3));
        }
        return starts;
    };
    CHECK(
        first_three(peek(inspector, {.from = PeekPosition{200}, .count = 100, .body_octets = 3})) ==
        numbers(200, 299));
    CHECK(first_three(peek(inspector, {.from = PeekTail{}, .count = 100, .body_octets = 3})) ==
          numbers(299, 200));
    const PeekPage at = peek(inspector, {.from = PeekPosition{150}, .count = 1});
    REQUIRE(at.messages.size() == 1);
    CHECK(at.messages[0].position == 150);
    CHECK(first_three(peek(inspector, {.from = PeekTime{*at.messages[0].enqueued_at},
                                       .count = 1,
                                       .body_octets = 3})) == Texts{"150"});
    const auto whole = inspector.ask<Result<PeekedMessage>>([&](Inspector& i, auto then) {
        i.message({"/", "q"}, at.messages[0].sequence, std::move(then));
    });
    REQUIRE(whole);
    CHECK(whole->body == "150" + padding);
    CHECK(broker.queue("q").ready_count() == 300);
}
